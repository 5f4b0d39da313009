"""The numbers that both sides make: weights, pixels and noise. And how figures are written.

The formula. Tensor number k, flat element index i, both from 0, all integers modulo 2^32:

    h = (i+1)*2654435761 + (k+1)*40503*65537
    h = h ^ (h >> 15)
    h = h * 2246822519
    h = h ^ (h >> 13)
    u = h / 2^32                                   in [0, 1), exact in float64

From u, in float64 in the order written, then rounded once to float32:

    small weight     (2*u - 1) * 0.5
    small bias       (2*u - 1) * 0.1
    large weight     (2*u - 1) / sqrt(fan_in)      fan_in = shape[1] of the layer's weight
    large bias       (2*u - 1) / sqrt(fan_in)      fan_in of the same layer's weight
    small pixel      min(1, floor(u*256) / 255)
    training pixel   0 if u < 0.8, else min(1, floor((u-0.8)*5*256) / 255)
    noise            2 * (2*u - 1)

Tensor numbers: a parameter's is its position (from 0) in the "parameters" list of its network; pixels
x [batch, pixels] have 1000 and noise eps [batch, latent] 2000, in training 1000+step and 2000+step.
"""

import math

import torch

MASK = 0xFFFFFFFF
PIXELS_TENSOR, NOISE_TENSOR = 1000, 2000


def hash32(k, i):
    """h of tensor k, element i, in Python integers: the definition."""
    h = ((i + 1) * 2654435761 + (k + 1) * 40503 * 65537) & MASK
    h ^= h >> 15
    h = (h * 2246822519) & MASK
    return h ^ (h >> 13)


def uniform(k, shape):
    """u for every element of tensor k, float64 (int64 products wrap, their low 32 bits are right)."""
    i = torch.arange(math.prod(shape), dtype=torch.int64)
    h = ((i + 1) * 2654435761 + ((k + 1) * 40503 * 65537 & MASK)) & MASK
    h = h ^ (h >> 15)
    h = (h * 2246822519) & MASK
    h = h ^ (h >> 13)
    return (h.double() / 2**32).reshape(shape)


def small_weight(u, fan_in):
    return ((2 * u - 1) * 0.5).float()


def small_bias(u, fan_in):
    return ((2 * u - 1) * 0.1).float()


def large_parameter(u, fan_in):
    return ((2 * u - 1) / math.sqrt(fan_in)).float()


def small_pixel(u):
    return (torch.floor(u * 256) / 255).clamp(max=1).float()


def training_pixel(u):
    bright = (torch.floor((u - 0.8) * 5 * 256) / 255).clamp(max=1)
    return torch.where(u < 0.8, torch.zeros_like(u), bright).float()


def noise(u):
    return (2 * (2 * u - 1)).float()


def fill(model, weight_rule, bias_rule):
    """Sets every parameter by the formula, in the order of named_parameters."""
    with torch.no_grad():
        fan_in = 0
        for k, (name, p) in enumerate(model.named_parameters()):
            if name.endswith(".weight"):
                fan_in, rule = p.shape[1], weight_rule
            else:
                rule = bias_rule
            p.copy_(rule(uniform(k, tuple(p.shape)), fan_in))


def number(v, digits):
    if not math.isfinite(v):
        raise SystemExit("a figure is not finite")
    return float(f"{v:.{digits}g}")


def figure(t):
    """A tensor as JSON: a number, or a flat row-major list; digits by its type."""
    digits = 12 if t.dtype == torch.float64 else 9
    values = t.detach().double().reshape(-1).tolist()
    out = [number(v, digits) for v in values]
    return out[0] if t.dim() == 0 else out


def parameter_list(model):
    return [{"name": name, "shape": list(p.shape)} for name, p in model.named_parameters()]


def sample(t, count):
    """count entries spread over t: element floor((2j+1)*n / (2*count)) for j = 0..count-1."""
    n = t.numel()
    index = [(2 * j + 1) * n // (2 * count) for j in range(count)]
    return {"index": index, "value": figure(t.reshape(-1)[index])}
