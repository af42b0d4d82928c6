#!/usr/bin/env python3
"""Trains with method auto (or the one given) over sizes n, d, P, C and prints time, peak memory, status and
counted FLOP/s of each as a Markdown table, with the FLOPs of the cost model beside what was counted."""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
# One of the four is varied at a time around (4000, 512, 64, 5); then the large ones.
SIZES = [
    (1000, 512, 64, 5), (2000, 512, 64, 5), (4000, 512, 64, 5), (8000, 512, 64, 5), (16000, 512, 64, 5),
    (4000, 768, 64, 5), (4000, 1280, 64, 5),
    (4000, 512, 16, 5), (4000, 512, 256, 5),
    (4000, 512, 64, 2), (4000, 512, 64, 20),
    (12368, 1280, 64, 5), (32000, 1280, 64, 5), (100000, 512, 16, 5),
]


def model_flops(n, d, p, c, iterations, method):
    """The cost model of docs/solver.md, without the steps that only the solve itself knows."""
    setup = 3 * n * d * d
    if method == "direct":
        return setup + n * n * d + n * n * p + n**3 / 3 + 12 * n * d * p * c * iterations
    return setup + 8 * n * d * p * c * iterations


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=".build/release/cld-train")
    parser.add_argument("--method", default="auto")
    parser.add_argument("--iterations", type=int, default=6)
    parser.add_argument("--largest", type=int, default=100_000, help="rows at most")
    args = parser.parse_args()
    print("| n | d | P | C | method | seconds | GB | status | PCG steps | GFLOP counted | of these in the model | GFLOP/s |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for n, d, p, c in SIZES:
        if n > args.largest:
            continue
        with tempfile.TemporaryDirectory() as folder:
            data = f"{folder}/x.safetensors"
            subprocess.run(
                [sys.executable, HERE / "problem.py", data, "--samples", str(n), "--dimension", str(d),
                 "--classes", str(c)], check=True)
            process = subprocess.run(
                ["/usr/bin/time", "-f", "%M", args.program, "train", "--embeddings", data, "--output",
                 f"{folder}/run", "--json", "--quiet", "--set", f"cronos.method={args.method}", "--set",
                 f"cronos.neurons={p}", "--set", f"cronos.admm_iters={args.iterations}"],
                capture_output=True, text=True)
            if process.returncode != 0:
                sys.exit(f"n {n}: exit {process.returncode}\n{process.stderr[-2000:]}")
            memory = int(process.stderr.strip().splitlines()[-1]) / 1e6
            report = json.loads(process.stdout)
            trace = [json.loads(line) for line in open(f"{folder}/run/trace.jsonl")]
        solver, seconds = report["solver"], report["timing"]["train_s"]
        counted = report["flops"]["solver"]["counted"]
        steps = sorted(line["linear_system"]["steps"] for line in trace)[len(trace) // 2]
        share = 100 * model_flops(n, d, p, c, solver["iterations"], solver["method"]) / counted
        print(f"| {n} | {d} | {p} | {c} | {solver['method']} | {seconds:.2f} | {memory:.2f} | {solver['status']} | "
              f"{steps or '–'} | {counted * 1e-9:.0f} | {share:.0f} % | {counted / seconds * 1e-9:.0f} |",
              flush=True)


if __name__ == "__main__":
    main()
