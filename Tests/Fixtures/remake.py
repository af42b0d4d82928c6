"""What the make.py scripts of these folders share. Each writes again what a Python peer gives; with --check
it writes nothing, prints how far that is from what is there, and ends with 1 above a tolerance.
The tolerances are those of the folder's README."""
import argparse
import importlib.metadata
import json
import math
import pathlib
import platform
import sys


def parser(documentation):
    result = argparse.ArgumentParser(
        description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("--check", action="store_true", help="compare with the files, write none")
    return result


def versions(*packages):
    found = {package: importlib.metadata.version(package) for package in packages}
    return {"python": platform.python_version()} | found


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def read_wav(path):
    """16-bit samples as float32, full scale 1."""
    import wave

    import numpy as np

    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / np.float32(32768)


def absolute(new, old):
    return abs(new - old).max() if old.size else 0


def elementwise(new, old):
    """max |a − b| / |b|."""
    return (abs(new - old) / abs(old)).max()


def normals(new, old):
    """Of normal draws, in units of what jax-random's README allows: 1e-6 below 2.5, 2e-5 beyond."""
    return max(absolute(new[abs(old) < 2.5], old[abs(old) < 2.5]) / 1e-6, absolute(new, old) / 2e-5)


def frobenius(new, old):
    """‖a − b‖ / ‖b‖, and ‖a‖ where b is zero."""
    scale = (old**2).sum() ** 0.5
    return ((new - old) ** 2).sum() ** 0.5 / (scale or 1)


class Remake:
    def __init__(self, folder, check):
        self.folder = folder
        self.check = check
        self.failed = False

    def tensors(self, name, new, limits, metadata=None):
        """`limits` gives a tensor's measure and tolerance by its name."""
        import numpy as np
        from safetensors.numpy import load_file, save_file

        new = {key: np.ascontiguousarray(value) for key, value in new.items()}
        if not self.check:
            save_file(new, self.folder / name, metadata=metadata)
            return
        old = load_file(self.folder / name)
        found = []
        for key in sorted(set(old) | set(new)):
            a, b = new.get(key), old.get(key)
            if a is None or b is None or (a.shape, a.dtype) != (b.shape, b.dtype):
                found.append((key, math.inf, 0))
                continue
            measure, tolerance = limits(key)
            found.append((key, float(measure(a.astype(np.float64), b.astype(np.float64))), tolerance))
        self.report(name, found)

    def json(self, name, new, tolerance=lambda key, old: 0, ignoring=("versions",)):
        """`tolerance` gives a number's, by the nearest key above it and its value; all else is exact."""
        if not self.check:
            text = json.dumps(new, ensure_ascii=False, indent=1, allow_nan=False)
            (self.folder / name).write_text(text + "\n", encoding="utf-8")
            return
        found = [("what is not a number", 0, 0)]

        def compare(a, b, place, key):
            if isinstance(a, dict) and isinstance(b, dict):
                for k in sorted((set(a) | set(b)) - set(ignoring)):
                    compare(a.get(k), b.get(k), f"{place}.{k}", k)
            elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
                for i, (x, y) in enumerate(zip(a, b)):
                    compare(x, y, f"{place}[{i}]", key)
            elif type(a) in (int, float) and type(b) in (int, float):
                found.append((place, abs(a - b), tolerance(key, b)))
            elif a != b or type(a) is not type(b):
                found.append((place, math.inf, 0))

        compare(new, read_json(self.folder / name), "", "")
        self.report(name, found)

    def bytes(self, name, data):
        if not self.check:
            (self.folder / name).write_bytes(data)
        else:
            same = data == (self.folder / name).read_bytes()
            self.report(name, [("bytes", 0 if same else math.inf, 0)])

    def report(self, name, found):
        """One line: what is nearest to its tolerance. What is not a number is above every one."""
        def share(entry):
            _, difference, tolerance = entry
            if not difference <= tolerance:
                return math.inf
            return difference / tolerance if tolerance else 0

        bad = [entry for entry in found if share(entry) == math.inf]
        self.failed = self.failed or bool(bad)
        if not any(difference for _, difference, _ in found):
            print(f"{name}: {len(found)} compared, all equal")
            return
        for key, difference, tolerance in bad or [max(found, key=lambda e: (share(e), e[1]))]:
            print(f"{name}: {len(found)} compared; {'ABOVE' if bad else 'nearest to'} its tolerance: "
                  f"{key} differs by {difference:.2g} of {tolerance:.2g}")

    def end(self):
        sys.exit(1 if self.failed else 0)
