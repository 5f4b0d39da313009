#!/usr/bin/env python3
"""Loads a trained variational autoencoder into the same network in PyTorch (network.py) and compares the figures.

    python3 load_model.py model.safetensors images.npy latents.csv reconstructions.npy

images.npy           float32 [N, D] or [N, ...] with D = product of the rest, pixels in [0, 1]
latents.csv          columns name[,label],mu_0..mu_{L-1},logvar_0..logvar_{L-1}; row i belongs to image i
                     (vae encode --logvar)
reconstructions.npy  float32, shaped like the images: the mean of decoder(mu), as `vae reconstruct` writes it

The tensors must fit the module by name and shape (load_state_dict, strict). Exit code: 0 when mu, logvar
and reconstruction all agree within 1e-5, 1 when any does not or an input does not fit, 2 for wrong usage.
Needs torch, numpy and safetensors.
"""

import csv
import sys

import numpy as np
import torch

import network
from network import load

TOLERANCE = 1e-5

MEANS = {"bernoulli": torch.sigmoid, "gaussian": lambda output: output, "mse": lambda output: output}


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
    try:
        model, settings = load(model_path)
    except (ValueError, RuntimeError) as e:
        fail(f"{model_path}: {e}")
    if settings["model.conditional"] == "true":
        fail(f"{model_path}: is a conditional model")
    channels, height, width = model.image
    latent = int(settings["model.latent"])
    pixels = channels * height * width
    images = read_pixels(images_path, pixels)
    if len(images) == 0:
        fail(f"{images_path}: no images")
    their_mu, their_logvar = read_latents(latents_path, latent)
    theirs = read_pixels(reconstructions_path, pixels)
    with torch.no_grad():
        mu, logvar = model.encode(network.images(images, model.image[::-1]))
        output = network.rows(model.decode(mu))
    print(f"{width}x{height}x{channels}, latent {latent}: all tensors loaded by name; {len(images)} images")
    results = [compare("mu", mu, their_mu), compare("logvar", logvar, their_logvar)]
    mean = MEANS.get(settings["model.likelihood"])
    if mean is not None:  # others have means that are not in one line
        results.append(compare("reconstruction", mean(output), theirs))
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
