#!/usr/bin/env python3
"""Pooled MMS features of the same clips, by cld-train and by transformers on torch (CPU), in turn: seconds
a clip, peak memory, largest difference. Needs numpy, torch and transformers; `make bench-encoders`."""

import argparse
import json
import os
import re
import resource
import struct
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

import numpy as np


def speech_like(seconds, seed):
    """Coloured noise with a slow envelope: only its length matters to the speed."""
    rng = np.random.default_rng(seed)
    x = np.convolve(rng.standard_normal(16000 * seconds), np.hanning(33), "same")
    x *= 0.55 + 0.45 * np.sin(2 * np.pi * 3 * np.arange(len(x)) / 16000)
    return (x / np.abs(x).max() * 16000).astype(np.int16)


def peer(folder, paths, repeats, threads):
    """Runs in a process of its own, whose peak memory is then transformers' alone."""
    import torch
    from transformers import Wav2Vec2FeatureExtractor, Wav2Vec2Model

    torch.set_num_threads(threads)
    start = time.perf_counter()
    model = Wav2Vec2Model.from_pretrained(folder).eval()
    extractor = Wav2Vec2FeatureExtractor.from_pretrained(folder)
    load = time.perf_counter() - start
    result = {"load": load, "clips": []}
    for path in paths:
        with wave.open(path) as file:
            x = np.frombuffer(file.readframes(file.getnframes()), np.int16) / np.float32(32768)
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            with torch.inference_mode():
                values = extractor(x, sampling_rate=16000, return_tensors="pt").input_values
                mean = model(values).last_hidden_state[0].mean(0)
            seconds.append(time.perf_counter() - start)
        result["clips"].append({"seconds": min(seconds), "mean": mean.tolist()})
    result["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps(result))


def ours(binary, folder, paths, repeats, threads, scratch):
    """Seconds a clip from the log; peak memory as the system counts the process."""
    output = Path(scratch) / "ours.safetensors"
    repeated = paths * repeats  # never the same clip twice in a row: the last one is remembered
    command = [
        binary, "embed", "--model", folder, "--output", str(output), "--threads", str(threads),
        "--log-level", "debug", *repeated,
    ]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr)
    seconds = [float(s) for s in re.findall(r"encoded in ([\d.]+) s", run.stderr)]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6  # no other child before
    data = output.read_bytes()
    n = struct.unpack("<Q", data[:8])[0]
    shape = json.loads(data[8:8 + n])["embeddings"]["shape"]
    means = np.frombuffer(data[8 + n:], np.float32).reshape(shape)
    clips = [
        {"seconds": min(seconds[i::len(paths)]), "mean": means[i]}
        for i in range(len(paths))
    ]
    return {"clips": clips, "peak": peak}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--binary", default=".build/release/cld-train")
    parser.add_argument("--seconds", default="5,10,30")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--peer", nargs="*", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.peer is not None:
        return peer(a.folder, a.peer, a.repeats, a.threads)
    with tempfile.TemporaryDirectory() as scratch:
        lengths = [int(s) for s in a.seconds.split(",")]
        paths = []
        for length in lengths:
            paths.append(f"{scratch}/{length}.wav")
            with wave.open(paths[-1], "wb") as file:
                file.setparams((1, 2, 16000, 0, "NONE", ""))
                file.writeframes(speech_like(length, length).tobytes())
        mine = ours(a.binary, a.folder, paths, a.repeats, a.threads, scratch)
        other = subprocess.run(
            [sys.executable, __file__, a.folder, "--repeats", str(a.repeats), "--threads",
             str(a.threads), "--peer", *paths], capture_output=True, text=True)
        if other.returncode:
            sys.exit(other.stderr)
        other = json.loads(other.stdout.splitlines()[-1])
    weights = sum(p.stat().st_size for p in Path(a.folder).glob("*.safetensors")) / 1e9
    print(f"{a.folder}: weights {weights:.2f} GB, {a.threads} threads, best of {a.repeats}\n")
    print("| clip | cld-train | transformers | times | largest difference |")
    print("|---|---|---|---|---|")
    for length, x, y in zip(lengths, mine["clips"], other["clips"]):
        difference = np.abs(np.array(x["mean"]) - np.array(y["mean"])).max()
        print(f"| {length} s | {x['seconds']:.2f} s | {y['seconds']:.2f} s | "
              f"{y['seconds'] / x['seconds']:.2f} | {difference:.1e} |")
    print(f"\npeak memory: cld-train {mine['peak']:.2f} GB, transformers {other['peak']:.2f} GB")


if __name__ == "__main__":
    main()
