#!/usr/bin/env python3
"""Writes probe.json, the reference for TestProbeAgainstNewton. Needs numpy.

Multinomial logistic regression on standardized columns,

    f(W, b) = 1/N sum_n -log softmax(W s_n + b)[label_n] + l2/2 |W|^2,

solved by Newton's method with the exact Hessian in float64 (pseudo-inverse,
since adding a constant to all biases changes nothing), with the biases' sum
brought to zero.

    python3 internal/stats/testdata/export_probe.py
"""
import json
import os

import numpy as np

N, L, C = 90, 3, 4
rng = np.random.default_rng(5)
labels = rng.integers(0, C, N)
centers = rng.normal(0, 1, (C, L))
# Columns of unequal scale and offset, rounded so that float32 holds what the file says to 7 digits.
codes = np.round((centers[labels] + rng.normal(0, 1, (N, L))) * [1, 20, 0.05] + [0, -7, 3], 4)
codes = codes.astype(np.float32).astype(np.float64)


def solve(l2):
    mean, scale = codes.mean(0), codes.std(0)
    s = np.hstack([(codes - mean) / scale, np.ones((N, 1))])
    onehot = np.eye(C)[labels]
    penalty = np.full((C, L + 1), l2)
    penalty[:, L] = 0

    def parts(theta):
        logits = s @ theta.T
        top = logits.max(1, keepdims=True)
        total = top + np.log(np.exp(logits - top).sum(1, keepdims=True))
        p = np.exp(logits - total)
        loss = (total[:, 0] - (logits * onehot).sum(1)).mean() + 0.5 * (penalty * theta**2).sum()
        return p, loss

    theta = np.zeros((C, L + 1))
    for _ in range(100):
        p, loss = parts(theta)
        gradient = (p - onehot).T @ s / N + penalty * theta
        if np.abs(gradient).max() < 1e-14:
            break
        w = np.einsum("nc,cd->ncd", p, np.eye(C)) - np.einsum("nc,nd->ncd", p, p)
        hessian = np.einsum("ncd,ni,nj->cidj", w, s, s).reshape(C * (L + 1), -1) / N
        hessian += np.diag(penalty.ravel())
        step = (np.linalg.pinv(hessian, hermitian=True) @ gradient.ravel()).reshape(theta.shape)
        size = 1.0
        while parts(theta - size * step)[1] > loss and size > 1e-6:
            size /= 2
        theta = theta - size * step
    theta[:, L] -= theta[:, L].mean()
    return {
        "l2": l2,
        "loss": parts(theta)[1],
        "gradient": np.abs(gradient).max(),
        "weight": theta[:, :L].ravel().tolist(),
        "bias": theta[:, L].tolist(),
        "predicted": (s @ theta.T).argmax(1).tolist(),
    }


out = {
    "l": L,
    "classes": C,
    "codes": codes.ravel().tolist(),
    "labels": labels.tolist(),
    "fits": [solve(l2) for l2 in (1e-4, 1e-2, 1.0)],
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "probe.json"), "w") as f:
    json.dump(out, f)
    f.write("\n")
