#!/usr/bin/env python3
"""Writes one synthetic embeddings file for the solver benchmark: anisotropic spectrum, a shift for
each class and for each of four accents, 10 % label noise, seeded."""
import argparse

import numpy as np
from safetensors.numpy import save_file


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output")
    parser.add_argument("--samples", type=int, default=12368)
    parser.add_argument("--dimension", type=int, default=1280)
    parser.add_argument("--classes", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    n, d, c = args.samples, args.dimension, args.classes
    random = np.random.default_rng(args.seed)
    labels = random.integers(c, size=n)
    accents = random.integers(4, size=n)
    spectrum = (1 + np.arange(d)) ** -0.5
    classes = random.standard_normal((c, d)) * 0.6
    shifts = random.standard_normal((c, 4, d)) * 0.3
    x = random.standard_normal((n, d)) + classes[labels] + shifts[labels, accents]
    noisy = random.random(n) < 0.1
    labels[noisy] = random.integers(c, size=noisy.sum())
    save_file(
        {"embeddings": (x * spectrum).astype(np.float32), "labels": labels.astype(np.int32)},
        args.output, metadata={"languages": ",".join(f"l{k}" for k in range(c))})


if __name__ == "__main__":
    main()
