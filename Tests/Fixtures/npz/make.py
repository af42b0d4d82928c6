#!/usr/bin/env python3
"""npz archives as NumPy writes them, stored and deflated, and one with zip64 sizes in its directory."""
import pathlib
import zipfile

import numpy as np

HERE = pathlib.Path(__file__).parent
ARRAYS = {
    "X": np.arange(12, dtype=np.float64).reshape(4, 3) / 4,
    "y": np.array([0, 1, 1, 0]),
    "names": np.array(["en", "हिन्दी", "en", "zh-CN"]),
    "zeros": np.zeros((100, 50), np.float32),
}


def main():
    small = {k: v for k, v in ARRAYS.items() if k != "zeros"}
    np.savez(HERE / "stored.npz", **small)
    np.savez_compressed(HERE / "deflated.npz", **ARRAYS)
    # The zip64 fields that NumPy's files have from 4 GiB on, at a smaller limit.
    zipfile.ZIP64_LIMIT = 64
    np.savez_compressed(HERE / "zip64.npz", **ARRAYS)


if __name__ == "__main__":
    main()
