#!/usr/bin/env python3
"""Corpora at size, with a built cld-train: choosing from a table of two million rows, loading 16,000
cached vectors, what reading and caching cost beside the encoder, and memory over 10,000 clips. What each
gives is checked; a wrong result ends it with status 1.
Needs nothing but Python and lame; `make bench-corpora`."""

import argparse
import hashlib
import json
import math
import os
import random
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import wave
from array import array
from pathlib import Path

HERE = Path(__file__).resolve().parent
TINY = HERE.parent.parent / "Tests/Fixtures/whisper-tiny-random/model"


def run(command, watch=None):
    """Output, error, seconds, peak memory in MB. `watch` is called with the process' id meanwhile."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
        while watch and process.returncode is None:
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
            if done:
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            watch(process.pid)
            time.sleep(0.05)
        if process.returncode is None:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        out.seek(0)
        err.seek(0)
        texts = out.read().decode(), err.read().decode()
    if process.returncode != 0:
        sys.exit(f"{command}: status {process.returncode}\n{texts[1]}")
    return *texts, seconds, usage.ru_maxrss / 1e3


def require(found, wanted, what):
    """Ends the program unless a result is what it must be."""
    if found != wanted:
        sys.exit(f"wrong: {what}: {found}, not {wanted}")


def write_wave(path, samples, rate=16_000):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array("h", samples).tobytes())


def sound(seconds, rate, seed):
    """Noise with a slow envelope: only its length matters here."""
    random.seed(seed)
    return [
        int(random.gauss(0, 3000) * (0.6 + 0.4 * math.sin(2 * math.pi * 3 * i / rate)))
        % 20000 - 10000
        for i in range(int(seconds * rate))
    ]


def selection(cld, folder, rows):
    """`corpus` on a Common Voice folder of that many rows; one clip in twenty is there."""
    accents = ["United States English", "England English", "Scottish English",
               "India and South Asia (India, Pakistan, Sri Lanka)", "Canadian English"]
    clips = folder / "en/clips"
    clips.mkdir(parents=True)
    random.seed(1)
    header = ("client_id path sentence_id sentence sentence_domain up_votes down_votes age gender "
              "accents variant locale segment").split()
    with open(folder / "en/validated.tsv", "w") as table, \
            open(folder / "en/clip_durations.tsv", "w") as durations:
        table.write("\t".join(header) + "\n")
        durations.write("clip\tduration[ms]\n")
        speaker, left = "", 0
        matching, there = dict.fromkeys(accents, 0), dict.fromkeys(accents, 0)
        for i in range(rows):
            if left == 0:
                speaker, left = f"{random.getrandbits(512):0128x}", random.choice([1, 2, 5, 40])
            left -= 1
            name = f"common_voice_en_{17_000_000 + i}.mp3"
            cell = random.choices(["", random.choice(accents)], [3, 2])[0]
            table.write("\t".join([
                speaker, name, f"{random.getrandbits(256):064x}",
                "A sentence of the usual length, as people read them out.", "", "2", "0",
                "twenties", "", cell, "", "en", ""]) + "\n")
            durations.write(f"{name}\t{random.randint(1500, 10500)}\n")
            if i % 20 == 0:
                (clips / name).write_bytes(b"x")
            if cell:
                matching[cell] += 1
                there[cell] += i % 20 == 0
    config = folder / "config.json"
    config.write_text(json.dumps({
        "corpus": {"root": str(folder), "data_seed": 8, "params": {"samples_per_class": 3200},
                   "languages": {"en": {"accents": [
                       {"code": a[:8], "column_name": a, "dataset": "common_voice"}
                       for a in accents]}}},
        "encoder": {"path": "none"}, "output": str(folder / "out")}))
    best = None
    for _ in range(3):
        out, _, seconds, peak = run([cld, "corpus", "--config", str(config), "--json"])
        best = min(best or (seconds, peak), (seconds, peak))
    plan = json.loads(out)
    used = sum(min(3200 // len(accents), count) for count in there.values())
    require([plan["asked"], plan["found"], plan["used"]], [3200, sum(matching.values()), used],
            "selection: clips asked, found and used")
    size = os.path.getsize(folder / "en/validated.tsv") / 1e6
    print(f"selection: {used} of {rows} rows ({size:.0f} MB): {best[0]:.2f} s, {best[1]:.0f} MB "
          f"(target: 10 s, 500 MB)")


def cached_vectors(cld, folder, count, width):
    """The time that `cache export` says it takes to read all vectors, checksums included."""
    path = folder / "cache.sqlite"
    run([cld, "cache", "merge", str(path), str(make_empty(cld, folder))])
    random.seed(2)
    vectors = {}
    with sqlite3.connect(path) as database:
        for i in range(count):
            vector = random.randbytes(4 * width)
            # No exponent of ones: every pattern is a number.
            vector = bytes(b & 0xBF if j % 4 == 3 else b for j, b in enumerate(vector))
            checksum = int.from_bytes(hashlib.sha256(vector).digest()[:8], "big", signed=True)
            clip = hashlib.sha256(b"%d" % i).hexdigest()
            vectors[clip] = vector
            database.execute(
                "INSERT INTO embeddings VALUES (?, ?, ?, ?, ?, 1, 0.5, ?, 5)",
                ("whisper/bench/mean", "bench", clip, width, vector, checksum))
    times, opening = [], []
    for _ in range(3):
        _, err, _, peak = run([cld, "cache", "export", str(path), "-o", str(folder / "x.npy"),
                               "--log-level", "debug"])
        times.append(float(re.search(r"read in ([\d.e-]+) s", err)[1]))
        opening.append(run([cld, "cache", "info", str(path)])[2])
    names = (folder / "x.clips.txt").read_text().split()
    require(names == sorted(vectors), True, "cache: the clips exported are those stored, sorted")
    data = npy(folder / "x.npy")
    for i, name in enumerate(names):
        require(data[4 * width * i:4 * width * (i + 1)] == vectors[name], True,
                f"cache: row {i} is the vector stored")
    require(len(data), 4 * width * count, "cache: bytes exported")
    print(f"cache: {count} vectors of {width} loaded in {min(times):.2f} s (target: 1 s), "
          f"opened and checked in {min(opening):.2f} s, peak {peak:.0f} MB")


def npy(path):
    """The numbers of an npy file, version 1.0, as bytes."""
    data = path.read_bytes()
    return data[10 + int.from_bytes(data[8:10], "little"):]


def make_empty(cld, folder):
    """A cache without values: that of a shard of a corpus that has one clip, pruned."""
    model, config = tiny_model(folder / "tiny"), folder / "one.json"
    manifest(folder / "one", [("a", 0.5)])
    config.write_text(json.dumps(corpus_config(folder / "one", model, folder / "one-out")))
    run([cld, "embed", "--config", str(config), "--set", f"cache={folder}/empty.sqlite"])
    run([cld, "cache", "prune", str(folder / "empty.sqlite"), "--kind", "embeddings"])
    return folder / "empty.sqlite"


def manifest(folder, clips):
    folder.mkdir()
    with open(folder / "list.tsv", "w") as table:
        table.write("path\ttext\n")
        for name, seconds in clips:
            write_wave(folder / f"{name}.wav", sound(seconds, 16_000, name))
            table.write(f"{name}.wav\t\n")


def corpus_config(folder, model, output):
    with open(folder / "list.tsv") as table:
        count = sum(1 for _ in table) - 1
    return {
        "corpus": {"sources": {"own": {"files": [str(folder / "list.tsv")]}},
                   "languages": {"en": {"accents": [{"code": "x", "dataset": "own"}]}},
                   "params": {"samples_per_class": count}},
        "encoder": {"path": str(model)}, "output": str(output)}


def tiny_model(target):
    """The random Whisper of the tests, with windows of two seconds."""
    if target.exists():
        return target
    target.mkdir()
    for file in TINY.iterdir():
        if file.name != "model.safetensors":
            (target / file.name).write_bytes(file.read_bytes())
    for name, changes in [("config.json", {"max_source_positions": 100}),
                          ("preprocessor_config.json",
                           {"chunk_length": 2, "n_samples": 32000, "nb_max_frames": 200})]:
        path = target / name
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    data = (TINY / "model.safetensors").read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header, parts, offset = json.loads(data[8:start]), [], 0
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        low, high = (start + o for o in entry["data_offsets"])
        part = data[low:high]
        if name == "model.encoder.embed_positions.weight":
            part = part[:len(part) * 100 // entry["shape"][0]]
            entry["shape"][0] = 100
        parts.append(part)
        entry["data_offsets"] = [offset, offset + len(part)]
        offset += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (target / "model.safetensors").write_bytes(
        struct.pack("<Q", len(text)) + text + b"".join(parts))
    return target


def overhead(cld, folder, model, count, seconds):
    """Seconds of each stage as `embed` logs them, as if nothing ran beside the encoder."""
    name = Path(model).name
    clips = folder / f"overhead-{name}"
    clips.mkdir()
    with open(clips / "list.tsv", "w") as table:
        table.write("path\ttext\n")
        for i in range(count):
            write_wave(clips / "x.wav", sound(seconds, 48_000, i), 48_000)
            subprocess.run(["lame", "--quiet", "-b", "64", clips / "x.wav", clips / f"{i}.mp3"],
                           check=True)
            table.write(f"{i}.mp3\t\n")
    config = clips / "config.json"
    config.write_text(json.dumps(corpus_config(clips, model, clips / "out")))
    out, err, wall, peak = run(
        [cld, "embed", "--config", str(config), "--json", "--log-level", "debug"])
    require_embedded(out, count, "overhead")
    found = re.search(r"lookup ([\d.e-]+) s, decoding ([\d.e-]+) s, preparing ([\d.e-]+) s, "
                      r"encoding ([\d.e-]+) s, storing ([\d.e-]+) s", err)
    lookup, decoding, preparing, encoding, storing = map(float, found.groups())
    beside = lookup + decoding + storing
    print(f"overhead, {name}, {count} mp3 of {seconds} s: encoding {encoding:.2f} s, its features "
          f"{preparing:.2f} s; digest and lookup {lookup:.2f} s, decoding and resampling "
          f"{decoding:.2f} s, storing {storing:.2f} s: {100 * beside / (preparing + encoding):.1f} %; "
          f"whole process {wall:.2f} s, peak {peak:.0f} MB")


def require_embedded(out, count, what):
    """All clips were encoded: none skipped, none from the cache."""
    found = json.loads(out)
    require([found["embeddings"], found["cached"], found["skipped"]], [count, 0, 0],
            f"{what}: clips embedded, from the cache, skipped")


def require_serial(cld, clips, model, cache, count):
    """What was cached of some clips is what encoding them one after the other gives."""
    files = [clips / f"{i}.wav" for i in range(count)]
    run([cld, "embed", "--model", str(model), "--output", str(clips / "serial.npy"), *map(str, files)])
    serial = array("f", npy(clips / "serial.npy"))
    width = len(serial) // count
    with sqlite3.connect(cache) as database:
        for i, file in enumerate(files):
            clip = hashlib.sha256(file.read_bytes()).hexdigest()
            row = database.execute("SELECT vector FROM embeddings WHERE clip = ?", (clip,)).fetchone()
            # Threads may add in another order: some units of the last place of numbers near 1.
            near = row is not None and all(
                abs(a - b) <= 1e-5 * max(1, abs(b))
                for a, b in zip(array("f", row[0]), serial[i * width:(i + 1) * width], strict=True))
            require(near, True, f"memory: the cached vector of {file.name} is that of a serial run")


def memory(cld, folder, count):
    """Resident memory of `embed` while it goes through that many clips."""
    model = tiny_model(folder / "tiny")
    clips = folder / "many"
    clips.mkdir()
    base = sound(0.4, 16_000, 3)
    with open(clips / "list.tsv", "w") as table:
        table.write("path\ttext\n")
        for i in range(count):
            base[:4] = [i % 100, i // 100, 1, 2]
            write_wave(clips / f"{i}.wav", base)
            table.write(f"{i}.wav\t\n")
    config = clips / "config.json"
    config.write_text(json.dumps(corpus_config(clips, model, clips / "out")))
    cache = clips / "cache.sqlite"
    samples = []

    def watch(process):
        try:
            with open(f"/proc/{process}/status") as status:
                resident = int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1e3
        except (OSError, TypeError):
            return
        samples.append((time.perf_counter(), resident))

    out, _, seconds, peak = run(
        [cld, "embed", "--config", str(config), "--json", "--set", f"cache={cache}"], watch)
    require_embedded(out, count, "memory")
    require_serial(cld, clips, model, cache, min(count, 20))
    if len(samples) < 10:
        sys.exit("memory: too few samples; more clips are needed")
    tenths = [samples[len(samples) * i // 10][1] for i in range(1, 10)] + [samples[-2][1]]
    print(f"memory: {count} clips in {seconds:.1f} s; resident MB at each tenth: "
          + " ".join(f"{x:.0f}" for x in tenths) + f"; peak {peak:.0f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cld", default=".build/release/cld-train")
    parser.add_argument("--model", action="append", default=[],
                        help="a checkpoint whose encoder the overhead is measured against")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--vectors", type=int, default=16_000)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--encoded", type=int, default=40, help="clips that the encoder gets")
    parser.add_argument("--seconds", type=float, default=5, help="their length")
    parser.add_argument("--only", nargs="*", default=["selection", "cache", "overhead", "memory"])
    arguments = parser.parse_args()
    cld = os.path.abspath(arguments.cld)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        if "selection" in arguments.only:
            (scratch / "cv").mkdir()
            selection(cld, scratch / "cv", arguments.rows)
        if "cache" in arguments.only:
            cached_vectors(cld, scratch, arguments.vectors, arguments.width)
        if "overhead" in arguments.only:
            for model in arguments.model:
                overhead(cld, scratch, os.path.abspath(model), arguments.encoded, arguments.seconds)
        if "memory" in arguments.only:
            memory(cld, scratch, arguments.clips)


if __name__ == "__main__":
    main()
