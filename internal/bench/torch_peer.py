"""The training steps of `go run ./internal/bench` in PyTorch, as fast as PyTorch does them.

Reads one JSON request a line from standard input and answers each with one line:

    {"op": "version"}                                  -> {"version": ..., "threads": ...}
    {"op": "load", "images": FILE}                     -> {"images": N}    N*784 bytes, pixel by pixel
    {"op": "prepare", "workload": W, "variant": V}     -> {"seconds": ..., "loss": ...} of 20 steps, or {"error": ...}
    {"op": "run", "steps": S}                          -> {"seconds": ..., "loss": ...}

A workload is {"hidden": [..], "latent": L, "activation": "relu" | "tanh", "batch": B, "samples": K,
"objective": "elbo" | "iwae", "learning_rate": R, "epsilon": E}. A variant is eager or compile, with the best Adam that this version has (fused, foreach or
plain, in this order) and the faster form of the loss (from logits, or from their sigmoid). Images lie in memory as float32; there is no DataLoader; all cores are used.
"""
import json
import math
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class VAE(nn.Module):
    def __init__(self, pixels, hidden, latent, activation):
        super().__init__()
        act = {"relu": nn.ReLU, "tanh": nn.Tanh}[activation]
        encoder, decoder, width = [], [], pixels
        for h in hidden:
            encoder += [nn.Linear(width, h), act()]
            width = h
        self.encoder = nn.Sequential(*encoder)
        self.fc_mu = nn.Linear(width, latent)
        self.fc_logvar = nn.Linear(width, latent)
        width = latent
        for h in reversed(hidden):
            decoder += [nn.Linear(width, h), act()]
            width = h
        decoder.append(nn.Linear(width, pixels))
        self.decoder = nn.Sequential(*decoder)

    def cross_entropy(self, logits, x, reduction):
        if self.from_logits:
            return F.binary_cross_entropy_with_logits(logits, x, reduction=reduction)
        return F.binary_cross_entropy(torch.sigmoid(logits), x, reduction=reduction)

    def elbo(self, x, noise):
        h = self.encoder(x)
        mu, logvar = self.fc_mu(h), self.fc_logvar(h)
        logits = self.decoder(mu + torch.exp(0.5 * logvar) * noise[0])
        reconstruction = self.cross_entropy(logits, x, "sum")
        kl = -0.5 * torch.sum(1 + logvar - mu * mu - logvar.exp())
        return (reconstruction + kl) / x.shape[0]

    def iwae(self, x, noise):
        h = self.encoder(x)
        mu, logvar = self.fc_mu(h), self.fc_logvar(h)
        z = mu + torch.exp(0.5 * logvar) * noise  # [K,B,L]
        logits = self.decoder(z)
        nll = self.cross_entropy(logits, x.expand_as(logits), "none").sum(-1)
        ratio = 0.5 * (noise * noise + logvar - z * z).sum(-1)
        weight = ratio - nll  # [K,B]
        return -(torch.logsumexp(weight, 0) - math.log(weight.shape[0])).mean()


def adam(parameters, workload):
    options = dict(lr=workload["learning_rate"], eps=workload["epsilon"])
    for extra in ({"fused": True}, {"foreach": True}, {}):
        try:
            optimizer = torch.optim.Adam(parameters, **options, **extra)
            for p in parameters:
                p.grad = torch.zeros_like(p)
            optimizer.step()
            return optimizer
        except (TypeError, RuntimeError):
            continue
    raise RuntimeError("no Adam works")


class Workload:
    def __init__(self, w, images, variant, from_logits):
        torch.manual_seed(1)
        self.w, self.images = w, images
        model = VAE(images.shape[1], w["hidden"], w["latent"], w["activation"])
        model.from_logits = from_logits
        self.parameters = list(model.parameters())
        self.loss = getattr(model, w["objective"])
        if variant == "compile":
            self.loss = torch.compile(self.loss)
        self.optimizer = adam(self.parameters, w)
        self.order, self.at = torch.randperm(len(images)), 0

    def step(self):
        batch = self.w["batch"]
        if self.at + batch > len(self.order):
            self.order, self.at = torch.randperm(len(self.images)), 0
        x = self.images[self.order[self.at:self.at + batch]]
        self.at += batch
        noise = torch.randn(self.w["samples"], batch, self.w["latent"])
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(x, noise)
        loss.backward()
        self.optimizer.step()
        return loss

    def run(self, steps):
        start = time.perf_counter()
        for _ in range(steps):
            loss = self.step()
        return {"seconds": time.perf_counter() - start, "loss": float(loss.detach())}


def fastest(w, images, variant):
    """The workload with the loss from logits or from probabilities, whichever is faster here."""
    candidates = [Workload(w, images, variant, from_logits) for from_logits in (True, False)]
    for c in candidates:
        c.run(20)
    return min(candidates, key=lambda c: min(c.run(10)["seconds"] for _ in range(3)))


def main():
    torch.set_num_threads(os.cpu_count())
    images = workload = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["op"] == "version":
                answer = {"version": torch.__version__, "threads": torch.get_num_threads()}
            elif request["op"] == "load":
                data = bytearray(open(request["images"], "rb").read())
                images = torch.frombuffer(data, dtype=torch.uint8).reshape(-1, 784).float() / 255
                answer = {"images": len(images)}
            elif request["op"] == "prepare":
                workload = fastest(request["workload"], images, request["variant"])
                answer = min((workload.run(20) for _ in range(3)), key=lambda a: a["seconds"])
            else:
                answer = workload.run(request["steps"])
        except Exception as e:  # told to the caller, who goes on without this variant
            answer = {"error": f"{type(e).__name__}: {e}".splitlines()[0]}
        print(json.dumps(answer), flush=True)


main()
