"""The training steps of `go run ./internal/bench` in PyTorch, as fast as PyTorch does them.

Reads one JSON request a line from standard input and answers each with one line:

    {"op": "version"}                                  -> {"version": ..., "threads": ...}
    {"op": "load", "images": FILE}                     -> {"images": N}    N*784 bytes, pixel by pixel
    {"op": "prepare", "workload": W, "variant": V}     -> {"ok": true} or {"error": ...}
    {"op": "run", "steps": S}                          -> {"seconds": ..., "loss": ...}

A workload is {"hidden": [..], "latent": L, "activation": "relu" | "tanh", "batch": B, "samples": K,
"objective": "elbo" | "iwae", "learning_rate": R, "epsilon": E}. A variant is eager or compile, with the fastest Adam that this version has (fused, foreach or
plain, tried in this order). Images lie in memory as float32; there is no DataLoader; all cores are used.
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

    def elbo(self, x, noise):
        h = self.encoder(x)
        mu, logvar = self.fc_mu(h), self.fc_logvar(h)
        logits = self.decoder(mu + torch.exp(0.5 * logvar) * noise[0])
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = -0.5 * torch.sum(1 + logvar - mu * mu - logvar.exp())
        return (reconstruction + kl) / x.shape[0]

    def iwae(self, x, noise):
        h = self.encoder(x)
        mu, logvar = self.fc_mu(h), self.fc_logvar(h)
        z = mu + torch.exp(0.5 * logvar) * noise  # [K,B,L]
        logits = self.decoder(z)
        nll = F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none").sum(-1)
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
    def __init__(self, w, images, variant):
        torch.manual_seed(1)
        self.w, self.images = w, images
        model = VAE(images.shape[1], w["hidden"], w["latent"], w["activation"])
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
                workload = Workload(request["workload"], images, request["variant"])
                workload.run(30)
                answer = {"ok": True}
            else:
                answer = workload.run(request["steps"])
        except Exception as e:  # told to the caller, who goes on without this variant
            answer = {"error": f"{type(e).__name__}: {e}".splitlines()[0]}
        print(json.dumps(answer), flush=True)


main()
