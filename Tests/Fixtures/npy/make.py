"""Arrays as NumPy writes them, for NPYTests: python3 make.py"""
import os
import numpy as np
from numpy.lib import format as npy

here = os.path.dirname(os.path.abspath(__file__))
grid = np.arange(24).reshape(2, 3, 4)
arrays = {
    "float32": grid.astype("<f4") / 8,
    "float64-fortran": np.asfortranarray(grid.astype("<f8") - 0.5),
    "float16": np.array([0.5, -2, 65504, 2**-24], dtype="<f2"),
    "int64": np.array([-1, 2**40], dtype="<i8"),
    "bool": np.array([[True], [False]]),
    "text": np.array(["en", "zh-CN", "हिन्दी", ""]),
    "scalar": np.float64(2.5),
    "empty": np.zeros((0, 3), dtype="<f4"),
    "big-endian": np.array([1.0], dtype=">f4"),
    "structured": np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]),
}
for name, array in arrays.items():
    np.save(os.path.join(here, name + ".npy"), array)
np.save(os.path.join(here, "object.npy"), np.array([{}], dtype=object), allow_pickle=True)
with open(os.path.join(here, "version2.npy"), "wb") as file:
    npy.write_array(file, np.array([7, 8], dtype="<i4"), version=(2, 0))
