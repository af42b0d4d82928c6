#!/usr/bin/env python3
"""Writes a synthetic embeddings file of any length block by block: anisotropic spectrum, a shift for each class,
10 % label noise, seeded. Nothing of the size of the file is held in memory."""
import argparse
import json

import numpy as np

BLOCK = 8192


def write(path, n, d, classes, dtype="float32", seed=1):
    random = np.random.default_rng(seed)
    labels = random.integers(classes, size=n)
    # The same for every seed: files of two seeds are samples of one distribution.
    centres = (np.random.default_rng(0).standard_normal((classes, d)) * 0.6).astype(np.float32)
    spectrum = ((1 + np.arange(d)) ** -0.5).astype(np.float32)
    size = np.dtype(dtype).itemsize
    split = 4 * n
    header = json.dumps({
        "__metadata__": {"languages": ",".join(f"l{k}" for k in range(classes))},
        "labels": {"dtype": "I32", "shape": [n], "data_offsets": [0, split]},
        "embeddings": {"dtype": {2: "F16", 4: "F32"}[size], "shape": [n, d],
                       "data_offsets": [split, split + size * n * d]},
    }).encode()
    header += b" " * (-len(header) % 8)
    shown = np.where(random.random(n) < 0.1, random.integers(classes, size=n), labels)
    with open(path, "wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.write(shown.astype("<i4").tobytes())
        for start in range(0, n, BLOCK):
            part = labels[start:start + BLOCK]
            x = random.standard_normal((len(part), d), dtype=np.float32) + centres[part]
            file.write((x * spectrum).astype(dtype).tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output")
    parser.add_argument("--samples", type=int, default=12368)
    parser.add_argument("--dimension", type=int, default=1280)
    parser.add_argument("--classes", type=int, default=5)
    parser.add_argument("--dtype", default="float32", choices=["float16", "float32"])
    args = parser.parse_args()
    write(args.output, args.samples, args.dimension, args.classes, args.dtype)


if __name__ == "__main__":
    main()
