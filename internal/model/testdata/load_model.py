#!/usr/bin/env python3
"""Loads a trained model into the same network written in PyTorch and compares the figures.

    python3 load_model.py model.safetensors images.npy latents.csv reconstructions.npy

images.npy           float32 [N, D] or [N, ...] with D = product of the rest, pixels in [0, 1]
latents.csv          columns name[,label],mu_0..mu_{L-1},logvar_0..logvar_{L-1}; row i belongs to image i
                     (vae encode --logvar)
reconstructions.npy  float32, shaped like the images: sigmoid(decoder(mu))

The tensors must fit the module by name and shape (load_state_dict, strict). Exit code: 0 when mu, logvar
and reconstruction all agree within 1e-5, 1 when any does not or an input does not fit, 2 for wrong usage.
Needs torch, numpy and safetensors.
"""

import csv
import sys

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

TOLERANCE = 1e-5


class VAE(nn.Module):
    """The network for the hidden widths [h1, .., hn]; the seed network is VAE(784, [400, 200], 20)."""

    def __init__(self, pixels, hidden, latent):
        super().__init__()
        self.encoder = nn.Sequential(*mlp([pixels, *hidden]))
        last = hidden[-1] if hidden else pixels
        self.fc_mu = nn.Linear(last, latent)
        self.fc_logvar = nn.Linear(last, latent)
        first = hidden[0] if hidden else latent
        self.decoder = nn.Sequential(*mlp([latent, *reversed(hidden)]), nn.Linear(first, pixels))

    def encode(self, x):
        h = self.encoder(x)
        return self.fc_mu(h), self.fc_logvar(h)

    def decode(self, z):
        return torch.sigmoid(self.decoder(z))


def mlp(widths):
    """Linear and ReLU in turn: [784, 400, 200] gives Linear(784, 400), ReLU, Linear(400, 200), ReLU."""
    layers = []
    for fan_in, fan_out in zip(widths, widths[1:]):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return layers


def build(state):
    """The module whose widths are those of the tensors in state, with the tensors loaded by name."""
    hidden = []
    while f"encoder.{2 * len(hidden)}.weight" in state:
        hidden.append(state[f"encoder.{2 * len(hidden)}.weight"].shape[0])
    if "fc_mu.weight" not in state:
        fail("the model has no tensor fc_mu.weight")
    latent, width = state["fc_mu.weight"].shape
    pixels = state["encoder.0.weight"].shape[1] if hidden else width
    model = VAE(pixels, hidden, latent)
    model.load_state_dict(state, strict=True)
    return model.eval(), pixels, hidden, latent


def read_pixels(path, pixels):
    a = np.load(path)
    if a.dtype != np.float32:
        fail(f"{path}: {a.dtype}, want float32")
    if a.ndim < 2 or int(np.prod(a.shape[1:])) != pixels:
        fail(f"{path}: shape {a.shape}, want {pixels} pixels an image")
    return torch.from_numpy(a.reshape(len(a), pixels).copy())


def read_latents(path, latent):
    with open(path, newline="", encoding="utf-8") as f:
        rows = list(csv.reader(f))
    if not rows:
        fail(f"{path}: empty")
    columns = {name: i for i, name in enumerate(rows[0])}

    def block(prefix):
        names = [f"{prefix}_{j}" for j in range(latent)]
        missing = [n for n in names if n not in columns]
        if missing or f"{prefix}_{latent}" in columns:
            fail(f"{path}: want exactly {latent} columns {prefix}_*, header is {rows[0]}")
        values = [[float(row[columns[n]]) for n in names] for row in rows[1:]]
        return torch.tensor(values, dtype=torch.float64).reshape(-1, latent)

    return block("mu"), block("logvar")


def compare(name, ours, theirs):
    """Prints the largest absolute difference; False when it, or a NaN, is beyond the tolerance."""
    if ours.shape != theirs.shape:
        fail(f"{name}: shape {tuple(theirs.shape)}, PyTorch has {tuple(ours.shape)}")
    difference = (ours.double() - theirs.double()).abs().max().item()
    within = difference <= TOLERANCE
    print(f"{name:<15} largest difference {difference:.3g} {'ok' if within else 'TOO LARGE'}")
    return within


def fail(message):
    print(f"load_model.py: {message}", file=sys.stderr)
    sys.exit(1)


def main():
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    model_path, images_path, latents_path, reconstructions_path = sys.argv[1:]
    model, pixels, hidden, latent = build(load_file(model_path))
    images = read_pixels(images_path, pixels)
    if len(images) == 0:
        fail(f"{images_path}: no images")
    their_mu, their_logvar = read_latents(latents_path, latent)
    theirs = read_pixels(reconstructions_path, pixels)
    with torch.no_grad():
        mu, logvar = model.encode(images)
        reconstruction = model.decode(mu)
    print(f"{pixels} pixels, hidden {hidden}, latent {latent}: all tensors loaded by name; {len(images)} images")
    results = [
        compare("mu", mu, their_mu),
        compare("logvar", logvar, their_logvar),
        compare("reconstruction", reconstruction, theirs),
    ]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
