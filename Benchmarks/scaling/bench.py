#!/usr/bin/env python3
"""Training on several ranks and on rows that stay in their file, beside one process with its rows in memory.

Runs of one group are interleaved, so that whatever else the machine does falls on all of them; medians are printed
as Markdown tables, with what the cost model of docs/scaling.md says."""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from problem import write

ROOT = Path(__file__).resolve().parents[2]
PLAIN, MPI = ROOT / ".build/release/cld-train", ROOT / ".build-mpi/release/cld-train"
ENVIRONMENT = os.environ | {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


class Run:
    """One way of training: how it is started, and the settings that differ."""

    def __init__(self, title, program=PLAIN, ranks=None, threads=2, settings=()):
        self.title, self.ranks, self.settings = title, ranks, settings
        self.command = [str(program)]
        if ranks:
            self.command = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks),
                            "/usr/bin/time", "-f", "peak %M"] + self.command
        else:
            self.command = ["/usr/bin/time", "-f", "peak %M"] + self.command
        self.threads = threads
        self.seconds, self.peaks, self.counted, self.steps, self.objective = [], [], 0, 0, 0

    def once(self, data, settings, folder):
        command = self.command + ["train", "--embeddings", data, "--validation", data + ".small", "--output", folder,
                                  "--threads", str(self.threads), "--json"]
        for setting in list(settings) + list(self.settings):
            command += ["--set", f"cronos.{setting}"]
        process = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
        if process.returncode != 0:
            sys.exit(f"{self.title}: exit {process.returncode}\n{process.stderr[-2000:]}")
        report = json.loads(process.stdout)
        trace = [json.loads(line) for line in open(f"{folder}/trace.jsonl")]
        self.seconds.append(report["timing"]["train_s"])
        self.peaks.append(max(int(kb) for kb in re.findall(r"peak (\d+)", process.stderr)) / 1e6)
        self.counted = report["flops"]["solver"]["counted"]
        self.steps = sum(line["linear_system"]["steps"] for line in trace)
        self.objective = report["solver"]["objective"]


def group(title, sizes, iterations, runs, repeats, settings=(), dtype="float32"):
    n, d, p, c = sizes
    fixed = [f"neurons={p}", f"admm_iters={iterations}", "method=kronecker-pcg", *settings]
    with tempfile.TemporaryDirectory() as folder:
        data = f"{folder}/x.safetensors"
        write(data, n, d, c, dtype)
        write(data + ".small", 1000, d, c, seed=2)
        for _ in range(repeats):
            for run in runs:
                run.once(data, fixed, f"{folder}/run")
    print(f"\n{title}: n = {n}, d = {d}, P = {p}, C = {c}, {iterations} iterations, {dtype}, "
          f"median of {repeats}, interleaved\n")
    print("| run | seconds, median | of the first | least | of the first | PCG steps | GFLOP counted "
          "| of these in the model | GB, largest rank | objective |")
    print("|" + "---|" * 10)
    first, least = statistics.median(runs[0].seconds), min(runs[0].seconds)
    for run in runs:
        seconds = statistics.median(run.seconds)
        # Set-up: K (half of a product) and the rotation, which rows in their file do without; an iteration: two
        # right-hand-side and two image products; a step: two.
        rotated = "storage=file" not in run.settings
        model = (3 if rotated else 1) * n * d * d + 2 * n * d * p * c * (4 * iterations + 2 * run.steps)
        print(f"| {run.title} | {seconds:.2f} | {seconds / first:.3f} | {min(run.seconds):.2f} "
              f"| {min(run.seconds) / least:.3f} | {run.steps} | {run.counted / 1e9:.0f} "
              f"| {100 * model / run.counted:.0f} % | {statistics.median(run.peaks):.2f} | {run.objective:.6g} |",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=["overhead", "ranks", "file"])
    parser.add_argument("--small", action="store_true", help="seconds instead of minutes")
    args = parser.parse_args()

    def wanted(name):
        return args.only in (None, name)

    if wanted("overhead"):
        group("One rank beside no MPI", (4000 if args.small else 20_000, 512, 16, 5), 4,
              [Run("build without MPI"), Run("build with MPI, mpirun -n 1", MPI, ranks=1)], 3 * args.repeats)
    if wanted("ranks"):
        group("Ranks on two cores", (4000 if args.small else 20_000, 512, 16, 5), 4,
              [Run("1 rank × 2 threads", MPI, ranks=1), Run("2 ranks × 1 thread", MPI, ranks=2, threads=1),
               Run("4 ranks × 1 thread, oversubscribed", MPI, ranks=4, threads=1),
               Run("1 rank × 1 thread", MPI, ranks=1, threads=1)], args.repeats)
    if wanted("file"):
        group("Rows in their file", (20_000 if args.small else 200_000, 1280, 8, 2), 2,
              [Run("in memory", settings=["storage=memory"]), Run("in their file", settings=["storage=file"])],
              1, settings=["pcg_tolerance=1e-2"])
        group("Rows in their file, half precision", (20_000 if args.small else 200_000, 1280, 8, 2), 2,
              [Run("in memory", settings=["storage=memory"]), Run("in their file", settings=["storage=file"])],
              1, settings=["pcg_tolerance=1e-2"], dtype="float16")


if __name__ == "__main__":
    main()
