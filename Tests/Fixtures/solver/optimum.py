"""The optima of the problems of this folder that have one, by Clarabel: python3 optimum.py [--check]

    pip install cvxpy==1.9.3 clarabel==0.11.1 numpy==2.4.6 safetensors==0.8.0

Features, labels and patterns are inputs. What the json says of Clarabel's residuals and of the lower bound
was measured once and is left as it is."""
import pathlib
import sys

import cvxpy
import numpy as np
from safetensors.numpy import load_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import remake


def optimum(x, patterns, y, beta):
    """A minimiser (2, d, P) of one class's convex program, and its objective."""
    blocks = [cvxpy.Variable((x.shape[1], patterns.shape[1])) for _ in range(2)]
    fit = cvxpy.sum(cvxpy.multiply(patterns, x @ (blocks[0] - blocks[1])), axis=1) - y
    norms = sum(cvxpy.sum(cvxpy.norm(block, 2, axis=0)) for block in blocks)
    cones = [cvxpy.multiply(2 * patterns - 1, x @ block) >= 0 for block in blocks]
    cvxpy.Problem(cvxpy.Minimize(0.5 * cvxpy.sum_squares(fit) + beta * norms), cones).solve(
        solver=cvxpy.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    u = np.stack([block.value for block in blocks])
    residual = (patterns * (x @ (u[0] - u[1]))).sum(1) - y
    return u, 0.5 * residual @ residual + beta * np.linalg.norm(u, axis=1).sum()


def main():
    again = remake.Remake(HERE, remake.parser(__doc__).parse_args().check)
    for path in sorted(HERE.glob("*.json")):
        info = remake.read_json(path)
        if "optimum" not in info:
            continue
        tensors, h = load_file(path.with_suffix(".safetensors")), info["hyperparameters"]
        x, patterns = np.float64(tensors["X"]), np.float64(tensors["d_diags"])
        found = [optimum(x, patterns, np.float64(tensors["y"] == c), h["beta"])
                 for c in range(h["n_classes"])]
        tensors["optimum_u"] = np.stack([u for u, _ in found])
        tensors["optimum_objective"] = np.array([objective for _, objective in found])
        # There may be several minimisers, of one objective; no feasible point is below it by more.
        limits = {"optimum_u": (remake.absolute, np.inf),
                  "optimum_objective": (remake.elementwise, 1e-8)}
        again.tensors(path.stem + ".safetensors", tensors,
                      lambda name: limits.get(name, (remake.absolute, 0)))
        for report, (_, objective) in zip(info["optimum"]["per_class"], found):
            report["objective"] = float(objective)
        info["versions"] |= remake.versions("cvxpy", "clarabel", "numpy")
        again.json(path.name, info, lambda key, value: 1e-8 * value if key == "objective" else 0)
    again.end()


main()
