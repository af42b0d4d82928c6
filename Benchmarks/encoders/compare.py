#!/usr/bin/env python3
"""Pooled features of the same clips by cld-train and by transformers on torch (CPU): seconds a clip, peak
memory, largest difference.

Each round starts both programs one after the other, the next round in the other order; a process embeds a
short clip to warm up and then the clips of one length. A program's time in a round is the median of its
clips; the ratio is taken round by round. Needs numpy, torch and transformers; `make bench-encoders`."""

import argparse
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path
from statistics import median

import numpy as np

RATE = 16_000


def speech_like(seconds, seed):
    """Coloured noise with a slow envelope: only its length matters to the speed."""
    rng = np.random.default_rng(seed)
    x = np.convolve(rng.standard_normal(RATE * seconds), np.hanning(33), "same")
    x *= 0.55 + 0.45 * np.sin(2 * np.pi * 3 * np.arange(len(x)) / RATE)
    return (x / np.abs(x).max() * 16000).astype(np.int16)


def write_clip(path, seconds, seed):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(speech_like(seconds, seed).tobytes())
    return str(path)


def peer(folder, paths, threads):
    """Runs in a process of its own: the seconds and the mean of each clip as JSON."""
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    import torch
    import transformers

    torch.set_num_threads(threads)
    extractor = transformers.AutoFeatureExtractor.from_pretrained(folder)
    if json.loads((Path(folder) / "config.json").read_text())["model_type"] == "whisper":
        model = transformers.WhisperModel.from_pretrained(folder).eval().encoder
        key = "input_features"
    else:
        model = transformers.Wav2Vec2Model.from_pretrained(folder).eval()
        key = "input_values"
    clips = []
    for path in paths:
        with wave.open(path) as file:
            x = np.frombuffer(file.readframes(file.getnframes()), np.int16) / np.float32(32768)
        start = time.perf_counter()
        with torch.inference_mode():
            values = extractor(x, sampling_rate=RATE, return_tensors="pt")[key]
            prepared = time.perf_counter()
            mean = model(values).last_hidden_state[0].mean(0)
        end = time.perf_counter()
        clips.append({"seconds": end - start, "network": end - prepared, "mean": mean.tolist()})
    versions = f"transformers {transformers.__version__}, torch {torch.__version__}"
    print(json.dumps({"clips": clips, "versions": versions}))


def run(command):
    """Output, error and peak memory in GB, as the system counts the process."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        texts = out.read().decode(), err.read().decode()
    if process.returncode:
        sys.exit(f"{command[0]}: status {process.returncode}\n{texts[1]}")
    return *texts, usage.ru_maxrss * 1024 / 1e9


def ours(a, paths, scratch):
    """What `embed` logs; the first clip warms up."""
    output = Path(scratch) / "ours.safetensors"
    _, log, peak = run([
        a.binary, "embed", "--model", a.folder, "--output", str(output), "--threads", str(a.threads),
        "--log-level", "debug", *paths])
    seconds = [float(s) for s in re.findall(r"encoded in ([\d.e-]+) s", log)]
    data = output.read_bytes()
    n = struct.unpack("<Q", data[:8])[0]
    shape = json.loads(data[8:8 + n])["embeddings"]["shape"]
    means = np.frombuffer(data[8 + n:], np.float32).reshape(shape)
    return {"seconds": seconds[1:], "network": seconds[1:], "means": means[1:], "peak": peak}


def theirs(a, paths, scratch):
    out, _, peak = run([
        sys.executable, __file__, a.folder, "--threads", str(a.threads), "--peer", *paths])
    result = json.loads(out.splitlines()[-1])
    clips = result["clips"][1:]
    return {"seconds": [c["seconds"] for c in clips], "network": [c["network"] for c in clips],
            "means": np.array([c["mean"] for c in clips]), "peak": peak,
            "versions": result["versions"]}


def compare(a, length, scratch):
    """One row of the table, and what the rounds gave."""
    paths = [write_clip(Path(scratch) / f"{length}-{i}.wav", length if i else 1, i)
             for i in range(a.clips + 1)]
    rounds = []
    for i in range(a.rounds):
        programs = [ours, theirs] if i % 2 == 0 else [theirs, ours]
        results = {program: program(a, paths, scratch) for program in programs}
        rounds.append((results[ours], results[theirs]))
    mine, other = ([median(r[i]["seconds"]) for r in rounds] for i in (0, 1))
    network = median(median(r[1]["network"]) for r in rounds)
    ratios = [y / x for x, y in zip(mine, other)]
    difference = max(np.abs(x["means"] - y["means"]).max() for x, y in rounds)
    # float32 through 48 layers, of numbers near 1: some 2e-6; a wrong layer is wrong by 1e-2 or more.
    if not difference < 1e-4:
        sys.exit(f"{length} s: the pooled features differ by {difference}")
    print(f"| {length} s | {median(mine):.2f} s | {median(other):.2f} s ({network:.2f} s) | "
          f"{median(ratios):.2f} ({', '.join(f'{r:.2f}' for r in ratios)}) | {difference:.1e} | "
          f"{max(r[0]['peak'] for r in rounds):.2f} GB | {max(r[1]['peak'] for r in rounds):.2f} GB |",
          flush=True)
    return rounds[0][1]["versions"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--binary", default=".build/release/cld-train")
    parser.add_argument("--seconds", default="5,10,30", help="the clips' lengths")
    parser.add_argument("--clips", type=int, default=1, help="clips that a process is timed with")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--peer", nargs="*", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.peer is not None:
        return peer(a.folder, a.peer, a.threads)
    weights = (Path(a.folder) / "model.safetensors").stat().st_size / 1e9
    print(f"{a.folder}: weights {weights:.2f} GB, {a.threads} threads, load "
          f"{os.getloadavg()[0]:.1f}, {a.rounds} rounds of {a.clips} clips; of transformers' time in "
          "brackets the network's\n")
    print("| clip | cld-train | transformers | times | difference | peak | peak, transformers |")
    print("|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for length in map(int, a.seconds.split(",")):
            versions = compare(a, length, scratch)
    print(f"\n{versions}")


if __name__ == "__main__":
    main()
