#!/usr/bin/env python3
"""Times a sweep of 40 trials over beta, rho and gamma beside four separate trainings on the same synthetic
embeddings, in turn, and prints the seconds and their ratio. The trainings have four of the sweep's settings, one
of each rho. Wall time of whole processes, reading the file included."""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

PROBLEM = Path(__file__).resolve().parent.parent / "solver" / "problem.py"
# Training rows, validation rows, dimension, P, C.
SIZES = {"small": (2000, 250, 512, 32, 5), "card": (12368, 1546, 1280, 64, 5)}
RHO = [0.01, 0.03, 0.1, 0.3]
BETA = [0.0001, 0.001, 0.01, 0.1, 1]
GAMMA = [1, 1.4]


def seconds(command):
    start = time.perf_counter()
    process = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {process.returncode}\n{process.stderr[-2000:]}")
    return time.perf_counter() - start, process.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=".build/release/cld-train")
    parser.add_argument("--size", default="card", choices=SIZES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=6)
    parser.add_argument("--first", type=int, default=1, help="iterations of the first rung")
    parser.add_argument("--all", action="store_true", help="also a sweep in which every trial goes all iterations")
    args = parser.parse_args()
    n, held, d, p, c = SIZES[args.size]
    with tempfile.TemporaryDirectory() as folder:
        whole, train, validation = (f"{folder}/{name}.safetensors" for name in ("all", "train", "validation"))
        subprocess.run(
            [sys.executable, PROBLEM, whole, "--samples", str(n + held), "--dimension", str(d), "--classes",
             str(c)], check=True)
        tensors = load_file(whole)
        for path, rows in ((train, slice(None, n)), (validation, slice(n, None))):
            save_file(
                {k: np.ascontiguousarray(v[rows]) for k, v in tensors.items()}, path,
                metadata={"languages": ",".join(f"l{k}" for k in range(c))})
        sweep = {
            "embeddings": train, "validation": validation, "evaluate_best": False,
            "set": {"cronos.neurons": p, "cronos.admm_iters": args.iterations, "cronos.method": "direct"},
            "space": {"cronos.beta": BETA, "cronos.rho": RHO, "cronos.gamma_ratio": GAMMA}}
        kinds = {"halving": {**sweep, "halving": {"min_iterations": args.first, "factor": 3}}}
        if args.all:
            kinds["all iterations"] = sweep
        print("| run | 4 trainings, s | sweep of 40, s | ratio | kind | best validation accuracy |")
        print("|---|---|---|---|---|---|", flush=True)
        ratios = {kind: [] for kind in kinds}
        for run in range(1, args.runs + 1):
            alone = 0
            for rho, beta, gamma in zip(RHO, BETA, [1, 1.4, 1, 1.4]):
                spent, _ = seconds(
                    [args.program, "train", "--embeddings", train, "--validation", validation, "--output",
                     f"{folder}/alone", "--quiet", "--set", "cronos.method=direct", "--set",
                     f"cronos.neurons={p}", "--set", f"cronos.admm_iters={args.iterations}", "--set",
                     f"cronos.rho={rho}", "--set", f"cronos.beta={beta}", "--set",
                     f"cronos.gamma_ratio={gamma}"])
                alone += spent
            for kind, config in kinds.items():
                name = f"{folder}/sweep-{run}-{kind.split()[0]}"
                Path(f"{name}.json").write_text(json.dumps({**config, "output": name}))
                spent, output = seconds(
                    [args.program, "sweep", "--config", f"{name}.json", "--json", "--quiet"])
                result = json.loads(output)
                best = result["trials"][result["best"]]["value"]
                assert len(result["trials"]) == 40 and not any(t["state"] == "failed" for t in result["trials"])
                ratios[kind].append(spent / alone)
                print(f"| {run} | {alone:.1f} | {spent:.1f} | {spent / alone:.2f} | {kind} | {best:.4f} |", flush=True)
        for kind, values in ratios.items():
            print(f"\n{args.size}, {kind}: median ratio {statistics.median(values):.2f}")


if __name__ == "__main__":
    main()
