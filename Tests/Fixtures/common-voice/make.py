"""expected.json anew from the tables and the clips, which are inputs: python3 make.py [--check]

    pip install soundfile==0.14.0 soxr==1.1.0 numpy==2.4.6

The clips were spoken by espeak-ng 1.51 and encoded by LAME 3.100; how long each was before it was encoded
(source_*) and how far resamplers differ cannot be had from them and stay as they are."""
import csv
import pathlib
import re
import sys

import numpy as np
import soundfile
import soxr

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import remake

PROBLEMS = {"missing": "file does not exist", "empty": "file of zero bytes",
            "corrupt": "no audio can be decoded"}


def accents(cell):
    """Split at `|`, and at commas that no bracket closes behind before one opens."""
    parts = re.split(r"\||,(?![^()]*\))", cell)
    return [part.strip() for part in parts if part.strip()]


def decode(path):
    """The samples of all channels and their rate, or what is wrong with the file."""
    if not path.exists():
        return "missing"
    if path.stat().st_size == 0:
        return "empty"
    try:
        samples, rate = soundfile.read(str(path), dtype="float64", always_2d=True)
    except soundfile.SoundFileError:
        return "corrupt"
    return (samples, rate) if len(samples) else "corrupt"


def audio(path):
    decoded = decode(path)
    if isinstance(decoded, str):
        return {"ok": False, "problem": PROBLEMS[decoded], "kind": decoded}
    samples, rate = decoded
    resampled = soxr.resample(samples.mean(1), rate, 16_000, quality="VHQ")
    data = path.read_bytes()
    # The tag is in the first frame, after its header and side information.
    tagged = any(mark in data[:200] for mark in (b"Xing", b"Info"))
    return {
        "ok": True, "sample_rate": rate, "channels": samples.shape[1], "bytes": len(data),
        "decoded_samples": len(samples), "duration_seconds": len(samples) / rate,
        "has_lame_tag": tagged, "resampled_16k_samples": len(resampled),
        "rms_16k": float(np.sqrt(np.mean(resampled**2))),
        "peak_16k": float(np.abs(resampled).max())}


def locale(name, old):
    with open(HERE / name / "validated.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    known = {row["path"]: row for row in old}
    result = []
    for line, row in enumerate(rows, 2):
        new = {"line": line} | {key: row[key] for key in ("path", "client_id", "sentence")}
        new |= {"accents_raw": row["accents"], "accents": accents(row["accents"]), "age": row["age"],
                "gender": row["gender"]}
        new |= audio(HERE / name / "clips" / row["path"])
        kept = {key: value for key, value in known.get(row["path"], {}).items()
                if key.startswith("source_")}
        result.append(new | kept)
    return list(rows[0]), result


def tolerance(key, old):
    """The README's; a count of samples is a duration at 48 or 16 kHz."""
    return {"duration_seconds": 0.08, "decoded_samples": 0.08 * 48_000,
            "resampled_16k_samples": 0.08 * 16_000, "rms_16k": 0.03 * old,
            "peak_16k": 0.05 * old}.get(key, 0)


def main():
    again = remake.Remake(HERE, remake.parser(__doc__).parse_args().check)
    expected = remake.read_json(HERE / "expected.json")
    for name, old in expected["locales"].items():
        expected["columns"], expected["locales"][name] = locale(name, old)
    rows = [(name, row) for name, rows in expected["locales"].items() for row in rows]
    expected["bad_rows"] = [[name, row["path"], row["kind"]] for name, row in rows if not row["ok"]]
    expected["good_clips"] = sum(row["ok"] for _, row in rows)
    expected["versions"] |= remake.versions("soundfile", "soxr", "numpy")
    again.json("expected.json", expected, tolerance)
    again.end()


main()
