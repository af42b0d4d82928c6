#!/usr/bin/env python3
"""Trains jaxcld's convex head on an embeddings file and prints one JSON line: the seconds that its
solver took, and the convex objective at its last iterate, in float64."""
import argparse
import json
import time

import numpy as np
from safetensors import safe_open


def objective(x, patterns, y, v, beta):
    """½‖Σ Dᵢ X(vᵢ − wᵢ) − y‖² + β Σ(‖vᵢ‖ + ‖wᵢ‖), summed over classes, and ‖min(Gv, 0)‖."""
    total, violation = 0.0, 0.0
    signs = 2 * patterns - 1
    for k in range(v.shape[0]):
        first, second = x @ v[k, 0].astype(np.float64), x @ v[k, 1].astype(np.float64)
        residual = (patterns * (first - second)).sum(1) - y[:, k]
        total += 0.5 * residual @ residual + beta * np.linalg.norm(v[k], axis=1).sum()
        for product in (first, second):
            violation += (np.minimum(signs * product, 0) ** 2).sum()
    return total, violation**0.5


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("embeddings")
    parser.add_argument("--neurons", type=int, default=64)
    parser.add_argument("--beta", type=float, default=1e-3)
    parser.add_argument("--rho", type=float, default=0.1)
    parser.add_argument("--iterations", type=int, default=6)
    args = parser.parse_args()
    import jax
    import jax.numpy as jnp
    from jaxcld.models.cvx_relu_mlp import CVX_ReLU_MLP
    from jaxcld.optimizers.admm import admm

    with safe_open(args.embeddings, "np") as file:
        x, labels = file.get_tensor("embeddings"), file.get_tensor("labels")
        classes = len(file.metadata()["languages"].split(","))
    parameters = {
        "rank": 20, "beta": args.beta, "gamma_ratio": 1, "admm_iters": args.iterations,
        "pcg_iters": 32, "check_opt": False}
    # One run only: at these sizes the compilation is a small part of it.
    start = time.perf_counter()
    model = CVX_ReLU_MLP(
        jnp.array(x), jnp.array(labels), classes, args.neurons, args.beta, args.rho,
        jax.random.PRNGKey(0))
    model.init_model()
    v, _ = admm(model, parameters)
    jax.block_until_ready(v)
    seconds = time.perf_counter() - start
    patterns = (x @ np.asarray(jax.random.normal(
        jax.random.split(jax.random.PRNGKey(0))[1], (x.shape[1], args.neurons))) >= 0)
    value, violation = objective(
        x.astype(np.float64), patterns.astype(np.float64), np.eye(classes)[labels], np.asarray(v),
        args.beta)
    print(json.dumps({"seconds": seconds, "objective": value, "cone_violation": violation}))


if __name__ == "__main__":
    main()
