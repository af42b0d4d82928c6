#!/usr/bin/env python3
"""Trains to a relative gap at the model-card size with rho "auto", and prints what each beta took as a Markdown
table: seconds, iterations, objective, lower bound, gap and cone violation."""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=".build/release/cld-train")
    parser.add_argument("--samples", type=int, default=12368)
    parser.add_argument("--dimension", type=int, default=1280)
    parser.add_argument("--neurons", type=int, default=64)
    parser.add_argument("--betas", nargs="+", type=float, default=[0.1, 0.001])
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--iterations", type=int, default=500)
    args = parser.parse_args()
    print("| beta | seconds | iterations | status | objective | bound | gap | violation |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        data = f"{folder}/x.safetensors"
        subprocess.run(
            [sys.executable, HERE / "problem.py", data, "--samples", str(args.samples), "--dimension",
             str(args.dimension)], check=True)
        for beta in args.betas:
            process = subprocess.run(
                [args.program, "train", "--embeddings", data, "--output", f"{folder}/run", "--json", "--quiet",
                 "--set", f"cronos.beta={beta}", "--set", 'cronos.rho="auto"', "--set",
                 f"cronos.neurons={args.neurons}", "--set", f"cronos.eps_gap={args.gap}", "--set",
                 f"cronos.admm_iters={args.iterations}"], capture_output=True, text=True)
            if process.returncode != 0:
                sys.exit(f"beta {beta}: exit {process.returncode}\n{process.stderr[-2000:]}")
            report = json.loads(process.stdout)
            solver = report["solver"]
            objective, bound = solver["objective"], solver["lower_bound"]
            # Of the bound itself: the report's own gap divides by no less than 1.
            gap = (objective - bound) / bound if bound > 0 else float("nan")
            print(f"| {beta} | {report['timing']['train_s']:.1f} | "
                  f"{solver['iterations']} | {solver['status']} | {objective:.5g} | {bound:.5g} | {gap:.2%} | "
                  f"{solver['residuals']['cone_violation']:.3g} |", flush=True)
            if solver["status"] != "converged":
                sys.exit(f"beta {beta}: did not converge in {args.iterations} iterations")


if __name__ == "__main__":
    main()
