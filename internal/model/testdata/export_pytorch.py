#!/usr/bin/env python3
"""Writes pytorch.json: losses and gradients of the VAE computed by PyTorch.

    python3 export_pytorch.py [OUTPUT]        (default: pytorch.json beside this script)

The Go tests compare their own figures with this file. Weights, pixels and noise are NOT in the file:
both sides make them by the formula of formula.py. Everything is row-major; a Linear's weight is [out, in].

formula.py makes the weights, pixels and noise, kinds.py the section "kinds".

The network, for hidden widths h1..hn and activation f (f follows every hidden Linear):

    encoder  nn.Sequential(Linear(D, h1), f, ..., Linear(hn-1, hn), f)      empty when hidden is []
    fc_mu, fc_logvar       Linear(hn or D, L)
    decoder  nn.Sequential(Linear(L, hn), f, ..., Linear(h2, h1), f, Linear(h1, D))
    z = mu + exp(0.5*logvar) * eps

Per row, in nats, summed over pixels or latents:

    bernoulli        sum(softplus(a) - x*a)                      a = decoder output (logits), x grey in [0, 1]
    gaussian         sum(0.5*((x-a)/sigma)^2 + 0.5*log(2*pi*sigma^2))         a = decoder output (the mean)
    kl               -0.5*sum(1 + logvar - mu^2 - exp(logvar))

loss = sum over rows of weight[row] * (reconstruction[row] + beta*kl[row]). In "training" every row weighs
1/batch. Activations: elu has alpha 1, leaky-relu the slope 0.01, linear is the identity.

"float64" figures are computed in float64 from the float32 values above and printed with 12 significant
digits; "float32" figures are a second run wholly in float32, printed with 9, and may differ in their last
digits between processors.
"""

import json
import math
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F

import kinds
from formula import (NOISE_TENSOR, PIXELS_TENSOR, figure, fill, hash32, large_parameter, noise, parameter_list, sample,
                     small_bias, small_pixel, small_weight, training_pixel, uniform)

SIGMA = 0.1

ACTIVATIONS = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "elu": nn.ELU,
    "leaky-relu": lambda: nn.LeakyReLU(0.01),
    "linear": nn.Identity,
}

SMALL = {"pixels": 12, "latent": 3, "batch": 6}
# name, hidden, activation, likelihood, beta
VARIANTS = [
    ("relu", [7, 5], "relu", "bernoulli", 1.0),
    ("tanh", [7, 5], "tanh", "bernoulli", 1.0),
    ("sigmoid", [7, 5], "sigmoid", "bernoulli", 1.0),
    ("softplus", [7, 5], "softplus", "bernoulli", 1.0),
    ("elu", [7, 5], "elu", "bernoulli", 1.0),
    ("leaky-relu", [7, 5], "leaky-relu", "bernoulli", 1.0),
    ("linear", [7, 5], "linear", "bernoulli", 1.0),
    ("beta4", [7, 5], "relu", "bernoulli", 4.0),
    ("gaussian", [7, 5], "relu", "gaussian", 1.0),
    ("gaussian-tanh-beta4", [7, 5], "tanh", "gaussian", 4.0),
    ("no-hidden", [], "relu", "bernoulli", 1.0),
    ("no-hidden-gaussian", [], "relu", "gaussian", 1.0),
    ("three-hidden", [7, 5, 4], "relu", "bernoulli", 1.0),
    ("three-hidden-softplus-beta4", [7, 5, 4], "softplus", "bernoulli", 4.0),
]

LARGE = {"pixels": 784, "hidden": [400, 200], "latent": 20, "batch": 128}
STEPS, LEARNING_RATE = 10, 1e-3


# --- the network -------------------------------------------------------------------------------------

class VAE(nn.Module):
    def __init__(self, pixels, hidden, latent, activation):
        super().__init__()
        f = ACTIVATIONS[activation]
        layers, width = [], pixels
        for h in hidden:
            layers += [nn.Linear(width, h), f()]
            width = h
        self.encoder = nn.Sequential(*layers)
        self.fc_mu = nn.Linear(width, latent)
        self.fc_logvar = nn.Linear(width, latent)
        layers, width = [], latent
        for h in reversed(hidden):
            layers += [nn.Linear(width, h), f()]
            width = h
        self.decoder = nn.Sequential(*layers, nn.Linear(width, pixels))

    def forward(self, x, eps):
        h = self.encoder(x)
        mu, logvar = self.fc_mu(h), self.fc_logvar(h)
        z = mu + torch.exp(0.5 * logvar) * eps
        return mu, logvar, z, self.decoder(z)


def reconstruction_nll(likelihood, output, x):
    if likelihood == "bernoulli":
        return F.binary_cross_entropy_with_logits(output, x, reduction="none").sum(1)
    constant = 0.5 * math.log(2 * math.pi * SIGMA**2)
    return (0.5 * ((x - output) / SIGMA) ** 2 + constant).sum(1)


def kl_divergence(mu, logvar):
    return -0.5 * (1 + logvar - mu**2 - torch.exp(logvar)).sum(1)


# --- figures -----------------------------------------------------------------------------------------

def small_variant(name, hidden, activation, likelihood, beta, weight):
    def run(dtype):
        model = VAE(SMALL["pixels"], hidden, SMALL["latent"], activation)
        fill(model, small_weight, small_bias)
        model.to(dtype)
        x = small_pixel(uniform(PIXELS_TENSOR, (SMALL["batch"], SMALL["pixels"]))).to(dtype)
        eps = noise(uniform(NOISE_TENSOR, (SMALL["batch"], SMALL["latent"]))).to(dtype)
        mu, logvar, z, output = model(x, eps)
        nll = reconstruction_nll(likelihood, output, x)
        kl = kl_divergence(mu, logvar)
        loss = (weight.to(dtype) * (nll + beta * kl)).sum()
        loss.backward()
        return model, mu, logvar, z, output, nll, kl, loss

    model, mu, logvar, z, output, nll, kl, loss = run(torch.float64)
    return {
        "name": name,
        "hidden": hidden,
        "activation": activation,
        "likelihood": likelihood,
        "beta": beta,
        "parameters": parameter_list(model),
        "mu": figure(mu),
        "logvar": figure(logvar),
        "z": figure(z),
        "output": figure(output),
        "reconstruction": figure(nll),
        "kl": figure(kl),
        "loss": figure(loss),
        "loss_float32": figure(run(torch.float32)[-1]),
        "gradients": {n: figure(p.grad) for n, p in model.named_parameters()},
    }


# name, activation, likelihood, objective, samples
SAMPLED = [
    ("elbo-3", "tanh", "bernoulli", "elbo", 3),
    ("iwae-1", "tanh", "bernoulli", "iwae", 1),
    ("iwae-4", "tanh", "bernoulli", "iwae", 4),
    ("iwae-4-gaussian", "softplus", "gaussian", "iwae", 4),
]


def sampled_variant(name, activation, likelihood, objective, samples, weight):
    """A bound of several samples an image; row i*samples+k of the noise belongs to sample k of image i.
    The densities of the importance-weighted bound are written out (torch.distributions), not simplified."""
    hidden, rows, dtype = [7, 5], SMALL["batch"], torch.float64
    model = VAE(SMALL["pixels"], hidden, SMALL["latent"], activation)
    fill(model, small_weight, small_bias)
    model.to(dtype)
    x = small_pixel(uniform(PIXELS_TENSOR, (rows, SMALL["pixels"]))).to(dtype)
    eps = noise(uniform(NOISE_TENSOR, (rows * samples, SMALL["latent"]))).to(dtype)
    h = model.encoder(x)
    mu, logvar = model.fc_mu(h), model.fc_logvar(h)
    mu_k, logvar_k = mu.repeat_interleave(samples, 0), logvar.repeat_interleave(samples, 0)
    z = mu_k + torch.exp(0.5 * logvar_k) * eps
    nll = reconstruction_nll(likelihood, model.decoder(z), x.repeat_interleave(samples, 0))
    if objective == "elbo":
        bound = -nll.reshape(rows, samples).mean(1) - kl_divergence(mu, logvar)
    else:
        prior = torch.distributions.Normal(torch.zeros_like(z), torch.ones_like(z)).log_prob(z).sum(1)
        posterior = torch.distributions.Normal(mu_k, torch.exp(0.5 * logvar_k)).log_prob(z).sum(1)
        bound = torch.logsumexp((prior - posterior - nll).reshape(rows, samples), 1) - math.log(samples)
    loss = -(weight.to(dtype) * bound).sum()
    loss.backward()
    return {
        "name": name,
        "hidden": hidden,
        "activation": activation,
        "likelihood": likelihood,
        "beta": 1.0,
        "objective": objective,
        "samples": samples,
        "reconstruction": figure(nll),
        "loss": figure(loss),
        "gradients": {n: figure(p.grad) for n, p in model.named_parameters()},
    }


def small():
    weight = torch.tensor([0.2] * 5 + [0.0], dtype=torch.float32)
    return {
        **SMALL,
        "sigma": SIGMA,
        "row_weight": figure(weight),
        "variants": [small_variant(*v, weight) for v in VARIANTS],
        "sampled": [sampled_variant(*v, weight) for v in SAMPLED],
    }


def large_model(dtype):
    model = VAE(LARGE["pixels"], LARGE["hidden"], LARGE["latent"], "relu")
    fill(model, large_parameter, large_parameter)
    return model.to(dtype)


def large_batch(step, dtype):
    x = training_pixel(uniform(PIXELS_TENSOR + step, (LARGE["batch"], LARGE["pixels"])))
    eps = noise(uniform(NOISE_TENSOR + step, (LARGE["batch"], LARGE["latent"])))
    return x.to(dtype), eps.to(dtype)


def large_loss(model, step, dtype):
    x, eps = large_batch(step, dtype)
    mu, logvar, _, output = model(x, eps)
    nll = reconstruction_nll("bernoulli", output, x).mean()
    kl = kl_divergence(mu, logvar).mean()
    return nll + kl, nll, kl


def training_run(dtype):
    model = large_model(dtype)
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    losses, nlls, kls = [], [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss, nll, kl = large_loss(model, step, dtype)
        loss.backward()
        optimizer.step()
        losses.append(figure(loss))
        nlls.append(figure(nll))
        kls.append(figure(kl))
    after = {}
    for n, p in model.named_parameters():
        p64 = p.detach().double()
        after[n] = {
            "sum": figure(p64.sum()),
            "sum_abs": figure(p64.abs().sum()),
            "moved_l2": figure((p64 - before[n].double()).norm()),
            **sample(p.detach(), 5),
        }
    return {"loss": losses, "reconstruction": nlls, "kl": kls, "parameters_after": after}


def training():
    return {
        **LARGE,
        "activation": "relu",
        "likelihood": "bernoulli",
        "beta": 1.0,
        "learning_rate": LEARNING_RATE,
        "steps": STEPS,
        "parameters": parameter_list(large_model(torch.float64)),
        "float64": training_run(torch.float64),
        "float32": training_run(torch.float32),
    }


def first_step():
    model = large_model(torch.float64)
    loss, nll, kl = large_loss(model, 0, torch.float64)
    loss.backward()
    gradients = {}
    for n, p in model.named_parameters():
        gradients[n] = {
            "sum": figure(p.grad.sum()),
            "sum_abs": figure(p.grad.abs().sum()),
            "l2": figure(p.grad.norm()),
            **sample(p.grad, 8),
        }
    return {"loss": figure(loss), "reconstruction": figure(nll), "kl": figure(kl), "gradients": gradients}


def formula_check():
    """Sample values by which another implementation finds a wrong formula first."""
    cases = [
        ("small weight", 0, 0, 12, small_weight),
        ("small weight", 2, 34, 7, small_weight),
        ("small bias", 1, 6, 12, small_bias),
        ("large weight", 0, 0, 784, large_parameter),
        ("large weight", 0, 313599, 784, large_parameter),
        ("large weight", 12, 12345, 400, large_parameter),
        ("large bias", 13, 783, 400, large_parameter),
        ("small pixel", 1000, 0, 0, small_pixel),
        ("small pixel", 1000, 71, 0, small_pixel),
        ("training pixel", 1000, 0, 0, training_pixel),
        ("training pixel", 1000, 1, 0, training_pixel),
        ("training pixel", 1003, 5061, 0, training_pixel),
        ("training pixel", 1009, 100345, 0, training_pixel),
        ("noise", 2000, 0, 0, noise),
        ("noise", 2009, 2559, 0, noise),
    ]
    out = []
    for kind, k, i, fan_in, rule in cases:
        h = hash32(k, i)
        u = uniform(k, (i + 1,))[i]
        if u.item() != h / 2**32:
            raise SystemExit(f"the two forms of the formula differ at tensor {k}, element {i}")
        value = rule(u, fan_in) if fan_in else rule(u)
        out.append({"kind": kind, "tensor": k, "index": i, "fan_in": fan_in,
                    "hash": h, "value": figure(value)})
    return out


# --- writing -----------------------------------------------------------------------------------------

def dump(v, indent=""):
    """JSON with dicts and lists of dicts spread over lines, and lists of numbers on one line."""
    inner = indent + " "
    if isinstance(v, dict) and v:
        lines = [f"{inner}{json.dumps(k)}: {dump(x, inner)}" for k, x in v.items()]
        flat = json.dumps(v)
        if len(flat) < 150 and not any(isinstance(x, dict) for x in v.values()):
            return flat
        return "{\n" + ",\n".join(lines) + "\n" + indent + "}"
    if isinstance(v, list) and v and isinstance(v[0], dict):
        return "[\n" + ",\n".join(inner + dump(x, inner) for x in v) + "\n" + indent + "]"
    return json.dumps(v, allow_nan=False)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "pytorch.json")
    torch.set_num_threads(1)
    document = {
        "made_by": f"export_pytorch.py, PyTorch {torch.__version__}",
        "formula_check": formula_check(),
        "small": small(),
        "kinds": kinds.figures(),
        "training": training(),
        "first_step": first_step(),
    }
    with open(path, "w", encoding="ascii", newline="\n") as f:
        f.write(dump(document) + "\n")


if __name__ == "__main__":
    main()
