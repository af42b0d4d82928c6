#!/usr/bin/env python3
"""The rival heads beside scikit-learn and torch: the same rows and settings, accuracy on 1,000 held-out rows
and seconds of training, as Markdown tables. Fails if a support vector machine or kNN differs by more than one
row in 1,000, or the network's mean over the seeds by more than 1 %."""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import torch
from safetensors.numpy import save_file
from sklearn.datasets import make_classification
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

SVMS = [("linear-svm", {"C": c}) for c in (0.01, 1, 100)] + [
    ("kernel-svm", {"kernel": k, "C": c, "gamma": g})
    for k, c, g in (("rbf", 1, "scale"), ("rbf", 10, "auto"), ("poly", 1, "scale"), ("sigmoid", 0.1, "scale"))]
KNNS = [("knn", {"k": k, "metric": m, "weights": w})
        for k, m, w in ((3, "euclidean", "uniform"), (11, "cosine", "distance"), (21, "manhattan", "uniform"))]


def rival(kind, settings):
    if kind == "linear-svm":
        return LinearSVC(C=settings["C"], dual=False, max_iter=5000)
    if kind == "kernel-svm":
        return SVC(C=settings["C"], kernel=settings["kernel"], gamma=settings["gamma"])
    return KNeighborsClassifier(settings["k"], metric=settings["metric"], weights=settings["weights"])


def network(x, y, z, classes, seed, rate, decay, epochs):
    torch.manual_seed(seed)
    model = torch.nn.Sequential(torch.nn.Linear(x.shape[1], 256), torch.nn.ReLU(), torch.nn.Dropout(0.1),
                                torch.nn.Linear(256, classes))
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    model.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(256):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimiser.step()
    model.eval()
    with torch.no_grad():
        return model(torch.from_numpy(z)).argmax(1).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=".build/release/cld-train")
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--dimension", type=int, default=128)
    args = parser.parse_args()
    x, y = make_classification(args.rows + 1000, args.dimension, n_informative=24, n_redundant=30, n_classes=5,
                               n_clusters_per_class=3, class_sep=1.2, flip_y=0.03, random_state=7)
    x = (x * numpy.random.default_rng(1).uniform(0.1, 3, args.dimension)).astype(numpy.float32)
    train, test = slice(0, args.rows), slice(args.rows, None)
    scaler = StandardScaler().fit(x[train])
    a, b = scaler.transform(x[train]), scaler.transform(x[test])
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        for name, part in (("train", train), ("test", test)):
            save_file({"embeddings": x[part], "labels": y[part].astype(numpy.int32)},
                      f"{folder}/{name}.safetensors", {"languages": "a,b,c,d,e"})

        def ours(kind, settings):
            section = "evaluation." + kind.replace("-", "_")
            command = [args.program, "train", "--embeddings", f"{folder}/train.safetensors", "--validation",
                       f"{folder}/test.safetensors", "--head", kind, "--output", f"{folder}/out", "--json", "--quiet"]
            for key, value in settings.items():
                command += ["--set", f"{section}.{key}={value}"]
            process = subprocess.run(command, capture_output=True, text=True)
            if process.returncode != 0:
                sys.exit(process.stderr)
            head = json.loads(process.stdout)["heads"][0]
            return head["detection"]["correct"], head["training"]["seconds"]

        print(f"{args.rows} rows of {args.dimension}, 5 classes, 1,000 held out\n")
        print("| head | settings | scikit-learn right | ours | scikit-learn s | ours s |\n|---|---|---|---|---|---|")
        for kind, settings in SVMS + KNNS:
            start = time.perf_counter()
            head = rival(kind, settings).fit(a, y[train])
            seconds = time.perf_counter() - start
            right = int((head.predict(b) == y[test]).sum())
            found, own = ours(kind, settings)
            if abs(right - found) > 1:
                failures.append(f"{kind} {settings}: {right} and {found}")
            text = ", ".join(f"{k} {v}" for k, v in settings.items())
            print(f"| {kind} | {text} | {right} | {found} | {seconds:.2f} | {own:.2f} |", flush=True)
        print("\n| seed | torch right | ours | torch s | ours s |\n|---|---|---|---|---|")
        pairs = []
        for seed in range(5):
            start = time.perf_counter()
            right = int((network(x[train], y[train], x[test], 5, seed, 1e-3, 1e-4, 20) == y[test]).sum())
            seconds = time.perf_counter() - start
            found, own = ours("nn", {"learning_rate": 1e-3, "weight_decay": 1e-4, "epochs": 20, "seed": seed})
            pairs.append((right, found))
            print(f"| {seed} | {right} | {found} | {seconds:.2f} | {own:.2f} |", flush=True)
        means = [statistics.mean(column) / 10 for column in zip(*pairs)]
        print(f"| mean | {means[0]:.2f} % | {means[1]:.2f} % | | |")
        if abs(means[0] - means[1]) > 1:
            failures.append(f"nn: {means}")
    if failures:
        sys.exit("differ: " + "; ".join(failures))


main()
