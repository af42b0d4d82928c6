#!/usr/bin/env python3
"""Writes Tests/Fixtures/heads/heads.json: a small problem, what scikit-learn's heads predict on it, and
three AdamW steps of torch's network, for Tests/BaselinesTests."""
import json
import sys
import warnings

import numpy
import torch
from sklearn.datasets import make_classification
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC


def network_steps():
    torch.manual_seed(3)
    d, h, c = 5, 7, 3
    model = torch.nn.Sequential(torch.nn.Linear(d, h), torch.nn.ReLU(), torch.nn.Linear(h, c))
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
    state = lambda: [p.detach().T.flatten().tolist() if p.dim() == 2 else p.tolist()
                     for p in model.parameters()]
    before = state()
    batches = []
    for _ in range(3):
        x, y = torch.randn(8, d), torch.randint(0, c, (8,))
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimiser.step()
        batches.append({"x": x.flatten().tolist(), "y": y.tolist()})
    return {"d": d, "h": h, "c": c, "learning_rate": 0.01, "weight_decay": 0.1, "before": before,
            "batches": batches, "after": state()}


def main():
    warnings.simplefilter("ignore")
    x, y = make_classification(
        260, 6, n_informative=4, n_redundant=1, n_classes=3, n_clusters_per_class=2, class_sep=0.7,
        flip_y=0.1, random_state=5)
    x = (x * [1, 5, 0.2, 1, 10, 1] + [0, 3, 0, -2, 0, 40]).astype(numpy.float32).round(4)
    train, test = slice(0, 160), slice(160, 260)
    scaler = StandardScaler().fit(x[train])
    a, b = scaler.transform(x[train]), scaler.transform(x[test])
    cases = []
    for k in (1, 3, 11):
        for metric in ("euclidean", "cosine", "manhattan"):
            for weights in ("uniform", "distance"):
                head = KNeighborsClassifier(k, metric=metric, weights=weights, algorithm="brute")
                cases.append({"settings": {"kind": "knn", "k": k, "metric": metric, "weights": weights,
                                           "standardise": True}, "head": head})
    for c in (0.01, 1, 100):
        cases.append({"settings": {"kind": "linear-svm", "C": c, "tolerance": 1e-4, "standardise": True},
                      "head": LinearSVC(C=c, dual=False, max_iter=5000)})
    for kernel in ("rbf", "poly", "sigmoid"):
        for gamma in ("scale", "auto"):
            for c in (0.1, 10):
                cases.append({"settings": {"kind": "kernel-svm", "kernel": kernel, "C": c, "gamma": gamma,
                                           "degree": 3, "tolerance": 1e-3, "standardise": True},
                              "head": SVC(C=c, kernel=kernel, gamma=gamma)})
    for case in cases:
        head = case.pop("head").fit(a, y[train])
        case["predictions"] = head.predict(b).tolist()
    numbers = lambda v: [float(f"{t:.6g}") for t in v.flatten()]
    json.dump({"d": 6, "classes": 3, "train": numbers(x[train]), "train_labels": y[train].tolist(),
               "test": numbers(x[test]), "test_labels": y[test].tolist(), "cases": cases,
               "network": network_steps()}, open(sys.argv[1], "w"), separators=(",", ":"))


main()
