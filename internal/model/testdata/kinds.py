"""The section "kinds" of pytorch.json: every kind of model, objective and gradient estimator.

A figure follows from the definition: densities and divergences are those of torch.distributions, gradients
those of autograd, and where a gradient is deliberately not the derivative of the loss (DReG, the score
function) the factors that it holds fixed are detached as the paper says. Nothing is simplified by hand.

Tensor numbers beyond those of formula.py: the corrupted input of the encoder 3000, labels 4000 (the label
of image i is floor(u*classes)), the noise of the second stochastic layer 5000. With K samples, row i*K+k of
noise and terms belongs to sample k of image i.

Each case gives its settings, the names and shapes of state_dict (where the parameters stand first, in the
order of named_parameters, which numbers them), all terms per row, and the gradient of every parameter.
"""

import math

import torch
from torch import nn
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn import functional as F

from formula import (NOISE_TENSOR, PIXELS_TENSOR, figure, fill, noise, small_bias, small_pixel,
                     small_weight, uniform)

INPUT_TENSOR, LABEL_TENSOR, TOP_NOISE_TENSOR = 3000, 4000, 5000
PIXELS, LATENT, ROWS, SIGMA = 6, 3, 5, 0.3
WEIGHT = [0.25] * 4 + [0.0]

ACTIVATIONS = {"tanh": nn.Tanh, "softplus": nn.Softplus, "sigmoid": nn.Sigmoid, "linear": nn.Identity}

DEFAULTS = {
    "kind": "vae", "hidden": [5, 4], "activation": "softplus", "code_activation": "linear", "top_latent": 0, "top_hidden": [],
    "likelihood": "bernoulli", "learned": False, "classes": 0, "beta": 1.0,
    "objective": "elbo", "samples": 1, "estimator": "reparameterization", "baseline": 0.0, "leave_one_out": False,
    "free_bits": 0.0, "sparsity": "none", "corrupted": False,
}

TWO_LAYERS = {"top_latent": 2, "top_hidden": [4]}
LEARNED = {"likelihood": "gaussian", "learned": True}

CASES = {
    "ae": {"kind": "ae"},
    "ae-mse-sigmoid-code": {"kind": "ae", "likelihood": "mse", "code_activation": "sigmoid"},
    "ae-conditional": {"kind": "ae", "likelihood": "gaussian", "classes": 3},
    "ae-linear": {"kind": "ae", "likelihood": "mse", "hidden": []},
    "ae-sparse-kl": {"kind": "ae", "code_activation": "sigmoid", "sparsity": "kl:0.05:3"},
    "ae-sparse-l1": {"kind": "ae", "likelihood": "mse", "sparsity": "l1:0.5", "corrupted": True},
    "conditional": {"classes": 4, "beta": 2.0},
    "conditional-no-hidden": {"classes": 4, "hidden": []},
    "conditional-iwae-3": {"classes": 4, "objective": "iwae", "samples": 3},
    "learned-sigma": LEARNED,
    "learned-sigma-iwae-4": {**LEARNED, "objective": "iwae", "samples": 4},
    "mse": {"likelihood": "mse", "beta": 0.5, "samples": 3},
    "free-bits": {"free_bits": 0.16},
    "free-bits-beta": {"free_bits": 0.16, "beta": 1.5, "samples": 2},
    "corrupted": {"corrupted": True},
    "corrupted-conditional-iwae-2": {"corrupted": True, "classes": 3, "objective": "iwae", "samples": 2},
    "two-layers": TWO_LAYERS,
    "two-layers-elbo-3": {**TWO_LAYERS, "likelihood": "gaussian", "beta": 2.0, "samples": 3},
    "two-layers-iwae-3": {**TWO_LAYERS, "objective": "iwae", "samples": 3},
    "two-layers-deep": {"top_latent": 2, "top_hidden": [5, 4], "activation": "tanh", "objective": "iwae", "samples": 2},
    "two-layers-linear": {"top_latent": 4, "hidden": [], **LEARNED, "corrupted": True, "objective": "iwae", "samples": 2},
    "dreg-1": {"objective": "iwae", "estimator": "dreg"},
    "dreg-4": {"objective": "iwae", "estimator": "dreg", "samples": 4},
    "dreg-4-learned-conditional": {**LEARNED, "classes": 3, "objective": "iwae", "estimator": "dreg", "samples": 4},
    "score-1": {"estimator": "score", "baseline": 7.5},
    "score-3-leave-one-out": {"estimator": "score", "samples": 3, "leave_one_out": True},
    "score-2-learned-corrupted": {**LEARNED, "estimator": "score", "samples": 2, "baseline": 9.0, "corrupted": True},
    "score-2-conditional-free-bits": {"estimator": "score", "samples": 2, "leave_one_out": True, "classes": 3, "hidden": [], "free_bits": 0.16},
}


def stack(width, hidden, activation):
    layers = []
    for h in hidden:
        layers += [nn.Linear(width, h), ACTIVATIONS[activation]()]
        width = h
    return layers, width


class Prior(nn.Module):
    """What is saved with an autoencoder and not trained."""

    def __init__(self, latent):
        super().__init__()
        self.register_buffer("mean", torch.zeros(latent))
        self.register_buffer("factor", torch.zeros(latent, latent))
        self.register_buffer("noise", torch.zeros(1))


class Network(nn.Module):
    def __init__(self, c):
        super().__init__()
        if c["learned"]:
            self.x_logvar = nn.Parameter(torch.zeros(1))
        layers, width = stack(PIXELS + c["classes"], c["hidden"], c["activation"])
        self.encoder = nn.Sequential(*layers)
        if c["kind"] == "vae":
            self.fc_mu, self.fc_logvar = nn.Linear(width, LATENT), nn.Linear(width, LATENT)
        else:
            self.fc_code = nn.Linear(width, LATENT)
            self.code_activation = ACTIVATIONS[c["code_activation"]]()
        if c["top_latent"]:
            layers, width = stack(LATENT, c["top_hidden"], c["activation"])
            self.top_encoder = nn.Sequential(*layers)
            self.top_fc_mu, self.top_fc_logvar = nn.Linear(width, c["top_latent"]), nn.Linear(width, c["top_latent"])
            layers, width = stack(c["top_latent"], c["top_hidden"][::-1], c["activation"])
            self.top_decoder = nn.Sequential(*layers)
            self.prior_mu, self.prior_logvar = nn.Linear(width, LATENT), nn.Linear(width, LATENT)
        layers, width = stack(LATENT + c["classes"], c["hidden"][::-1], c["activation"])
        self.decoder = nn.Sequential(*layers, nn.Linear(width, PIXELS))
        if c["kind"] != "vae":
            self.prior = Prior(LATENT)

    def posterior(self, x):
        h = self.encoder(x)
        return normal(self.fc_mu(h), self.fc_logvar(h))

    def code(self, x):
        return self.code_activation(self.fc_code(self.encoder(x)))

    def top_posterior(self, z):
        h = self.top_encoder(z)
        return normal(self.top_fc_mu(h), self.top_fc_logvar(h))

    def top_prior(self, top_z):
        h = self.top_decoder(top_z)
        return normal(self.prior_mu(h), self.prior_logvar(h))


def normal(mu, logvar):
    return Normal(mu, torch.exp(0.5 * logvar))


def standard(like):
    return Normal(torch.zeros_like(like), torch.ones_like(like))


def repeated(q, samples):
    """The distribution of every draw."""
    return Normal(q.loc.repeat_interleave(samples, 0), q.scale.repeat_interleave(samples, 0))


def logvar(q):
    return 2 * torch.log(q.scale)


class Case:
    """One case: its inputs, its terms and its gradients."""

    def __init__(self, settings):
        self.c = c = {**DEFAULTS, **settings}
        self.k = c["samples"]
        self.model = Network(c)
        fill(self.model, small_weight, small_bias)
        self.model.double()
        self.weight = torch.tensor(WEIGHT, dtype=torch.float32).double()
        self.x = small_pixel(uniform(PIXELS_TENSOR, (ROWS, PIXELS))).double()
        seen = small_pixel(uniform(INPUT_TENSOR, (ROWS, PIXELS))).double() if c["corrupted"] else self.x
        self.labels = None
        if c["classes"]:
            label = torch.floor(uniform(LABEL_TENSOR, (ROWS,)) * c["classes"]).long()
            self.labels = F.one_hot(label, c["classes"]).double()
        self.seen = self.joined(seen, 1)
        self.figures = {}

    def joined(self, x, samples):
        if self.labels is None:
            return x
        return torch.cat([x, self.labels.repeat_interleave(samples, 0)], 1)

    def say(self, **figures):
        self.figures.update(figures)

    def noise(self, number, latent):
        return noise(uniform(number, (ROWS * self.k, latent))).double()

    def images(self, per_draw):
        return per_draw.reshape(ROWS, self.k)

    def nll(self, z):
        """-log p(x|z) of each draw; of mse, which is no density, the squared error of the image."""
        output = self.model.decoder(self.joined(z, self.k))
        x = self.x.repeat_interleave(self.k, 0)
        if self.c["likelihood"] == "mse":
            terms = F.mse_loss(output, x, reduction="none")
        elif self.c["learned"]:
            terms = -Normal(output, torch.exp(0.5 * self.model.x_logvar)).log_prob(x)
        elif self.c["likelihood"] == "gaussian":
            terms = -Normal(output, SIGMA).log_prob(x)
        else:  # grey pixels are outside of the support, which is what grey-BCE means
            terms = -Bernoulli(logits=output, validate_args=False).log_prob(x)
        nll = terms.sum(1)
        self.say(z=z, output=output, reconstruction=nll)
        return nll

    def run(self):
        c = self.c
        if c["kind"] == "ae":
            self.autoencoder()
        elif c["top_latent"]:
            self.two_layers()
        elif c["objective"] == "iwae":
            self.importance_weighted()
        elif c["estimator"] == "score":
            self.score_function()
        else:
            self.variational()

    def differentiate(self, loss, only=lambda name: True):
        named = [(n, p) for n, p in self.model.named_parameters() if only(n)]
        gradients = torch.autograd.grad(loss, [p for _, p in named], retain_graph=True)
        self.figures.setdefault("gradients", {}).update({n: figure(g) for (n, _), g in zip(named, gradients)})

    def autoencoder(self):
        code = self.model.code(self.seen)
        loss = (self.weight * self.nll(code)).sum()
        kind, *numbers = self.c["sparsity"].split(":")
        if kind == "kl":
            rho, factor = map(float, numbers)
            rate = (self.weight[:, None] * code).sum(0)
            loss = loss + factor * kl_divergence(Bernoulli(torch.full_like(rate, rho)), Bernoulli(rate)).sum()
        elif kind == "l1":
            loss = loss + float(numbers[0]) * (self.weight * code.abs().sum(1)).sum()
        self.say(code=code, loss=loss)
        self.differentiate(loss)

    def encode(self):
        q = self.model.posterior(self.seen)
        self.say(mu=q.loc, logvar=logvar(q))
        return q

    def divergence(self, q):
        """The KL term of the loss, and that of each image for the record."""
        kl = kl_divergence(q, standard(q.loc))
        self.say(kl=kl.sum(1))
        if not self.c["free_bits"]:
            return self.c["beta"] * (self.weight * kl.sum(1)).sum()
        batch, free = (self.weight[:, None] * kl).sum(0), self.c["free_bits"]
        if not (batch.min() < free < batch.max()):
            raise SystemExit(f"free bits of {free} are not between the divergences {batch.tolist()}")
        return self.c["beta"] * batch.clamp(min=free).sum()

    def variational(self):
        q = self.encode()
        each = repeated(q, self.k)
        z = each.loc + each.scale * self.noise(NOISE_TENSOR, LATENT)
        loss = (self.weight * self.images(self.nll(z)).mean(1)).sum() + self.divergence(q)
        self.say(loss=loss)
        self.differentiate(loss)

    def score_function(self):
        """Williams 1992: the draws are data, and each term weighs the gradient of its log-probability."""
        q = self.encode()
        each = repeated(q, self.k)
        z = (each.loc + each.scale * self.noise(NOISE_TENSOR, LATENT)).detach()
        nll = self.nll(z)
        fixed = self.images(nll.detach())
        baseline = torch.full_like(fixed, self.c["baseline"])
        if self.c["leave_one_out"]:
            baseline = torch.stack([fixed[:, [j for j in range(self.k) if j != k]].mean(1) for k in range(self.k)], 1)
        score = self.images(each.log_prob(z).sum(1))
        divergence = self.divergence(q)
        self.say(loss=(self.weight * self.images(nll).mean(1)).sum() + divergence)
        self.differentiate((self.weight * (self.images(nll) + (fixed - baseline) * score).mean(1)).sum() + divergence)

    def bound(self, logw):
        """log 1/K sum_k exp(logw_k) of each image (Burda et al. 2015, equation 8), and its negative weighted sum."""
        bound = torch.logsumexp(self.images(logw), 1) - math.log(self.k)
        loss = -(self.weight * bound).sum()
        self.say(log_weights=logw, bound=bound, loss=loss)
        return loss

    def importance_weighted(self):
        q = self.encode()
        self.divergence(q)
        each = repeated(q, self.k)
        z = each.loc + each.scale * self.noise(NOISE_TENSOR, LATENT)
        logp = -self.nll(z) + standard(z).log_prob(z).sum(1)
        loss = self.bound(logp - each.log_prob(z).sum(1))
        if self.c["estimator"] != "dreg":
            self.differentiate(loss)
            return
        # Tucker et al. 2019, equation 8: the parameters of q held fixed in log q, the squares of the
        # normalized weights; the gradient of the generative model is that of the bound.
        frozen = Normal(each.loc.detach(), each.scale.detach())
        path = self.images(logp - frozen.log_prob(z).sum(1))
        share = torch.softmax(path, 1).detach()
        self.differentiate(-(self.weight * (share**2 * path).sum(1)).sum(), in_encoder)
        self.differentiate(-(self.weight * (share * path).sum(1)).sum(), lambda name: not in_encoder(name))

    def two_layers(self):
        q = self.encode()
        each = repeated(q, self.k)
        z = each.loc + each.scale * self.noise(NOISE_TENSOR, LATENT)
        top = self.model.top_posterior(z)
        top_z = top.loc + top.scale * self.noise(TOP_NOISE_TENSOR, self.c["top_latent"])
        prior = self.model.top_prior(top_z)
        self.say(top_mu=top.loc, top_logvar=logvar(top), top_z=top_z, prior_mu=prior.loc, prior_logvar=logvar(prior))
        ratio = (prior.log_prob(z).sum(1) + standard(top_z).log_prob(top_z).sum(1)
                 - each.log_prob(z).sum(1) - top.log_prob(top_z).sum(1))
        nll, kl = self.nll(z), -self.images(ratio).mean(1)
        self.say(kl=kl)
        if self.c["objective"] == "iwae":
            loss = self.bound(ratio - nll)
        else:
            loss = (self.weight * (self.images(nll).mean(1) + self.c["beta"] * kl)).sum()
            self.say(loss=loss)
        self.differentiate(loss)


def in_encoder(name):
    return name.startswith(("encoder.", "fc_"))


def case_figures(name, settings):
    case = Case(settings)
    case.run()
    state = case.model.state_dict()
    return {
        "name": name,
        "settings": case.c,
        "state_dict": [{"name": n, "shape": list(t.shape)} for n, t in state.items()],
        **{k: v if isinstance(v, dict) else figure(v) for k, v in case.figures.items()},
    }


def figures():
    return {
        "pixels": PIXELS,
        "latent": LATENT,
        "batch": ROWS,
        "sigma": SIGMA,
        "row_weight": figure(torch.tensor(WEIGHT, dtype=torch.float32)),
        "cases": [case_figures(name, settings) for name, settings in CASES.items()],
    }
