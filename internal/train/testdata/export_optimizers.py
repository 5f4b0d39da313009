#!/usr/bin/env python3
"""Writes optimizers.json: where PyTorch's optimizers lead a small VAE in 20 steps.

    python3 export_optimizers.py [OUTPUT]        (default: optimizers.json beside this script)

The network is D = 6 pixels, one hidden layer of 3 tanh units, L = 2 latents:

    encoder  nn.Sequential(Linear(6, 3), Tanh)     fc_mu, fc_logvar  Linear(3, 2)
    decoder  nn.Sequential(Linear(2, 3), Tanh, Linear(3, 6))         z = mu + exp(0.5*logvar) * noise

All steps have the same batch of 4 images and the same noise, so that nothing but the optimizer decides on
the way. The loss is scale times the mean over the images of

    sum(softplus(a) - x*a) - 0.5*sum(1 + logvar - mu^2 - exp(logvar))          a = decoder output, in nats

Weight decay is that of the parameters whose name ends in .weight; clip is the max_norm of
torch.nn.utils.clip_grad_norm_ over all parameters, 0 for none; an epsilon of null is PyTorch's default.

Start, pixels and noise are in the file; all are multiples of 1/64, exact in float32. Of each case "first" and
"last" are all parameters after 1 and 20 steps, one after the other in the order of "start", computed in
float64; "norm" is the least and the greatest norm of the gradient on the way, before clipping. "float32" is
the greatest difference that the same run wholly in float32 has in "last": what rounding is worth.
"""

import itertools
import json
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F

STEPS = 20
DEFAULTS = {"momentum": 0.0, "beta1": 0.9, "beta2": 0.999, "epsilon": None, "decay": 0.0, "clip": 0.0, "scale": 1.0}


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(6, 3), nn.Tanh())
        self.fc_mu = nn.Linear(3, 2)
        self.fc_logvar = nn.Linear(3, 2)
        self.decoder = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 6))

    def loss(self, x, noise):
        h = self.encoder(x)
        mu, logvar = self.fc_mu(h), self.fc_logvar(h)
        a = self.decoder(mu + torch.exp(0.5 * logvar) * noise)
        kl = -0.5 * (1 + logvar - mu**2 - torch.exp(logvar)).sum(1)
        return ((F.softplus(a) - x * a).sum(1) + kl).mean()


def cases():
    """Every optimizer with and without decay and clipping, then epsilons and betas where they count."""
    rules = [
        {"optimizer": "adam", "learning_rate": 0.02},
        {"optimizer": "adamw", "learning_rate": 0.02},
        {"optimizer": "adagrad", "learning_rate": 0.05},
        {"optimizer": "sgd", "learning_rate": 0.05},
        {"optimizer": "sgd", "learning_rate": 0.05, "momentum": 0.5},
        {"optimizer": "sgd", "learning_rate": 0.02, "momentum": 0.9},
    ]
    for rule, decay, clip in itertools.product(rules, [0.0, 0.1], [0.0, 0.9]):
        yield {**DEFAULTS, **rule, "decay": decay, "clip": clip}
    for rule in rules[:2]:
        yield {**DEFAULTS, **rule, "beta1": 0.5, "beta2": 0.8, "epsilon": 0.03}
    yield {**DEFAULTS, **rules[2], "epsilon": 0.3}
    # Gradients of about 1e-9 are small beside Adam's default epsilon, and not beside Adagrad's.
    for rule in rules[:3]:
        yield {**DEFAULTS, **rule, "scale": 1e-9}
    # The 1e-6 that is added to a norm.
    yield {**DEFAULTS, **rules[3], "learning_rate": 5e4, "scale": 1e-6, "clip": 1e-6}
    adamax = {"optimizer": "adamax", "learning_rate": 0.02}
    for decay, clip in itertools.product([0.0, 0.1], [0.0, 0.9]):
        yield {**DEFAULTS, **adamax, "decay": decay, "clip": clip}
    yield {**DEFAULTS, **adamax, "beta1": 0.5, "beta2": 0.8, "epsilon": 0.03}
    yield {**DEFAULTS, **adamax, "scale": 1e-9}


def make_optimizer(model, case):
    named = list(model.named_parameters())
    groups = [
        {"params": [p for n, p in named if n.endswith(".weight")], "weight_decay": case["decay"]},
        {"params": [p for n, p in named if not n.endswith(".weight")], "weight_decay": 0.0},
    ]
    epsilon = {} if case["epsilon"] is None else {"eps": case["epsilon"]}
    rate, betas = case["learning_rate"], (case["beta1"], case["beta2"])
    if case["optimizer"] == "adam":
        return torch.optim.Adam(groups, lr=rate, betas=betas, **epsilon)
    if case["optimizer"] == "adamw":
        return torch.optim.AdamW(groups, lr=rate, betas=betas, **epsilon)
    if case["optimizer"] == "adamax":
        return torch.optim.Adamax(groups, lr=rate, betas=betas, **epsilon)
    if case["optimizer"] == "adagrad":
        return torch.optim.Adagrad(groups, lr=rate, **epsilon)
    return torch.optim.SGD(groups, lr=rate, momentum=case["momentum"])


def trajectory(case, start, x, noise, dtype):
    """All parameters after each step, and the norms of the gradients."""
    model = VAE().to(dtype)
    model.load_state_dict({n: p.to(dtype) for n, p in start.items()})
    optimizer = make_optimizer(model, case)
    points, norms = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        (case["scale"] * model.loss(x.to(dtype), noise.to(dtype))).backward()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), case["clip"] or 1e300).item())
        optimizer.step()
        points.append(torch.cat([p.detach().double().flatten() for p in model.parameters()]))
    return points, norms


def figures(values):
    return [float(f"{v:.10g}") for v in values.tolist()]


def run(case, start, x, noise):
    points, norms = trajectory(case, start, x, noise, torch.float64)
    rounded, _ = trajectory(case, start, x, noise, torch.float32)
    return {
        **case,
        "norm": [float(f"{min(norms):.6g}"), float(f"{max(norms):.6g}")],
        "float32": float(f"{(rounded[-1] - points[-1]).abs().max().item():.3g}"),
        "first": figures(points[0]),
        "last": figures(points[-1]),
    }


def sixty_fourths(*shape):
    return (torch.randn(*shape) * 32).round() / 64


def main():
    torch.set_num_threads(1)
    torch.manual_seed(4)
    start = {n: sixty_fourths(*p.shape) for n, p in VAE().named_parameters()}
    x, noise = (torch.rand(4, 6) * 64).round() / 64, 2 * sixty_fourths(4, 2)
    results = [run(case, start, x, noise) for case in cases()]
    output = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "optimizers.json")
    with open(output, "w") as f:
        f.write('{\n "made_by": "export_optimizers.py, PyTorch ' + torch.__version__ + '",\n')
        parameters = [{"name": n, "value": p.flatten().tolist()} for n, p in start.items()]
        f.write(' "start": [\n  ' + ",\n  ".join(map(json.dumps, parameters)) + "\n ],\n")
        f.write(f' "x": {json.dumps(x.flatten().tolist())},\n "noise": {json.dumps(noise.flatten().tolist())},\n')
        f.write(f' "steps": {STEPS},\n "cases": [\n  ' + ",\n  ".join(map(json.dumps, results)) + "\n ]\n}\n")


if __name__ == "__main__":
    main()
