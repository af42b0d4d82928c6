#!/usr/bin/env python3
"""Runs jaxcld and cld-train in turn on the same embeddings and prints time, peak memory, objective, gap and
the ratio of times, run by run, as a Markdown table. cld-train's counted FLOP/s are given as a share of the
rate of a 4096³ product of the same OpenBLAS, measured right before each of its runs: machines drift. As
cld-train takes seconds where jaxcld takes minutes, it runs --repeats times in a row and gives the median."""
import argparse
import ctypes
import ctypes.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
CORE_NAME = '''
import ctypes, ctypes.util
blas = ctypes.CDLL(ctypes.util.find_library("openblas"))
blas.openblas_get_corename.restype = ctypes.c_char_p
print(blas.openblas_get_corename().decode())
'''
SIZES = {"small": (2000, 512, 32, 5), "card": (12368, 1280, 64, 5)}


def timed(command):
    """(standard output, peak memory in GB) of a command."""
    process = subprocess.run(
        ["/usr/bin/time", "-f", "%M", *map(str, command)], capture_output=True, text=True)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {process.returncode}\n{process.stderr[-2000:]}")
    return process.stdout, int(process.stderr.strip().splitlines()[-1]) / 1e6


def sgemm_rate(n=4096, runs=5):
    """GFLOP/s of cblas_sgemm in the system's OpenBLAS, the median of a few runs."""
    # As cld-train does where this OpenBLAS does not know the processor.
    flags = set(next(line for line in open("/proc/cpuinfo") if line.startswith("flags")).split())
    if "OPENBLAS_CORETYPE" not in os.environ and "Prescott" in subprocess.run(
            [sys.executable, "-c", CORE_NAME], capture_output=True, text=True).stdout:
        if {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"} <= flags:
            os.environ["OPENBLAS_CORETYPE"] = "SKYLAKEX"
        elif {"avx2", "fma"} <= flags:
            os.environ["OPENBLAS_CORETYPE"] = "HASWELL"
    blas = ctypes.CDLL(ctypes.util.find_library("openblas"))
    a, b, c = (np.ones((n, n), dtype=np.float32) for _ in range(3))
    pointer = ctypes.POINTER(ctypes.c_float)
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        blas.cblas_sgemm(
            101, 111, 111, n, n, n, ctypes.c_float(1), a.ctypes.data_as(pointer), n,
            b.ctypes.data_as(pointer), n, ctypes.c_float(0), c.ctypes.data_as(pointer), n)
        seconds.append(time.perf_counter() - start)
    return 2 * n**3 / statistics.median(seconds[1:]) * 1e-9


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=".build/release/cld-train")
    parser.add_argument("--sizes", nargs="+", default=["small", "card"], choices=SIZES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--methods", nargs="+", default=["direct"])
    parser.add_argument("--iterations", type=int, default=6)
    args = parser.parse_args()
    print("| size | run | solver | seconds | GB | objective at v | cone violation | relative gap | times faster |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for size in args.sizes:
        n, d, p, c = SIZES[size]
        with tempfile.TemporaryDirectory() as folder:
            data = f"{folder}/x.safetensors"
            subprocess.run(
                [sys.executable, HERE / "problem.py", data, "--samples", str(n), "--dimension",
                 str(d), "--classes", str(c)], check=True)
            ratios = {method: [] for method in args.methods}
            shares = {method: [] for method in args.methods}
            for run in range(1, args.runs + 1):
                output, memory = timed(
                    [sys.executable, HERE / "run_jaxcld.py", data, "--neurons", p, "--iterations",
                     args.iterations])
                peer = json.loads(output)
                row(size, run, "jaxcld", peer["seconds"], memory, peer["objective"],
                    peer["cone_violation"], "–", "")
                for method in args.methods:
                    command = [
                        args.program, "train", "--embeddings", data, "--output", f"{folder}/run",
                        "--json", "--quiet", "--set", f"cronos.method={method}",
                        "--set", f"cronos.neurons={p}",
                        "--set", f"cronos.admm_iters={args.iterations}"]
                    repeats = [repeat(command) for _ in range(args.repeats)]
                    seconds, share, rate, memory, solver = sorted(
                        repeats, key=lambda r: r[0])[len(repeats) // 2]
                    ratios[method].append(peer["seconds"] / seconds)
                    shares[method].append(statistics.median(r[1] for r in repeats))
                    if solver["objective"] > peer["objective"] * (1 + 1e-6):
                        sys.exit(f"{method}: objective {solver['objective']}, jaxcld's {peer['objective']}")
                    row(size, run, f"{method} ({rate:.0f} GFLOP/s, {share:.1f} %)", seconds, memory,
                        solver["objective"], solver["residuals"]["cone_violation"],
                        f"{solver['relative_gap']:.3g}", f"{ratios[method][-1]:.1f}")
            for method, values in ratios.items():
                print(f"\n{size}, {method}: median {statistics.median(values):.1f} times faster, "
                      f"{statistics.median(shares[method]):.1f} % of sgemm's rate\n")


def repeat(command):
    """(seconds, percentage of sgemm's rate, GFLOP/s, peak GB, the report's solver) of one training."""
    limit = sgemm_rate()
    output, memory = timed(command)
    report = json.loads(output)
    seconds = report["timing"]["train_s"]
    rate = report["flops"]["solver"]["counted"] / seconds * 1e-9
    return seconds, 100 * rate / limit, rate, memory, report["solver"]


def row(size, run, solver, seconds, memory, objective, violation, gap, ratio):
    print(f"| {size} | {run} | {solver} | {seconds:.2f} | {memory:.2f} | {objective:.4f} | "
          f"{violation:.3f} | {gap} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
