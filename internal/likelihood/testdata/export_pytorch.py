"""Figures of the mixture of discretized logistics, by the formula of PixelCNN++ in PyTorch.

Writes pytorch.json: for color and grey images, with 5 and 1 components, what the decoder puts out, the pixels as
levels of 8 bits, the negative log-likelihood of each image in nats and its gradient. Computed in float64.

discretized_mix_logistic_loss is a transcription of the function of that name in PixelCNN++ (Salimans et al. 2017,
github.com/openai/pixel-cnn, nn.py), line by line, of one channel too, with one difference: where a bin has a mass of at
most 1e-5 the original takes the density in its middle times its width, since the difference of two sigmoids has lost its
digits in float32. In float64 it has not, and the difference is taken.
"""

import json
import os

import torch
import torch.nn.functional as F


def log_prob_from_logits(x):
    m = x.max(dim=-1, keepdim=True).values
    return x - m - torch.log(torch.sum(torch.exp(x - m), dim=-1, keepdim=True))


def discretized_mix_logistic_loss(x, l):
    """log-likelihood of x [B,H,W,C], from -1 to 1, under l [B,H,W,numbers]; the sum of each image [B]."""
    xs = list(x.shape)
    color = xs[3] == 3
    nr_mix = l.shape[-1] // (10 if color else 3)
    kinds = 3 if color else 2
    logit_probs = l[:, :, :, :nr_mix]
    l = l[:, :, :, nr_mix:].reshape(xs + [nr_mix * kinds])
    means = l[:, :, :, :, :nr_mix]
    log_scales = torch.clamp(l[:, :, :, :, nr_mix : 2 * nr_mix], min=-7.0)
    x = x.unsqueeze(-1).expand(xs + [nr_mix])
    if color:
        coeffs = torch.tanh(l[:, :, :, :, 2 * nr_mix : 3 * nr_mix])
        m2 = means[:, :, :, 1, :] + coeffs[:, :, :, 0, :] * x[:, :, :, 0, :]
        m3 = means[:, :, :, 2, :] + coeffs[:, :, :, 1, :] * x[:, :, :, 0, :] + coeffs[:, :, :, 2, :] * x[:, :, :, 1, :]
        means = torch.stack([means[:, :, :, 0, :], m2, m3], dim=3)
    centered_x = x - means
    inv_stdv = torch.exp(-log_scales)
    plus_in = inv_stdv * (centered_x + 1.0 / 255.0)
    cdf_plus = torch.sigmoid(plus_in)
    min_in = inv_stdv * (centered_x - 1.0 / 255.0)
    cdf_min = torch.sigmoid(min_in)
    log_cdf_plus = plus_in - F.softplus(plus_in)
    log_one_minus_cdf_min = -F.softplus(min_in)
    cdf_delta = cdf_plus - cdf_min
    log_probs = torch.where(
        x < -0.999, log_cdf_plus, torch.where(x > 0.999, log_one_minus_cdf_min, torch.log(torch.clamp(cdf_delta, min=1e-12)))
    )
    log_probs = torch.sum(log_probs, dim=3) + log_prob_from_logits(logit_probs)
    return torch.sum(torch.logsumexp(log_probs, dim=-1), dim=[1, 2])


def case(channels, components, seed):
    generator = torch.Generator().manual_seed(seed)
    shape = [3, 2, 3]
    width = components * (1 + channels * (3 if channels == 3 else 2))
    levels = torch.randint(0, 256, shape + [channels], generator=generator)
    levels[0, 0, 0], levels[0, 0, 1] = 0, 255
    out = torch.randn(shape + [width], generator=generator, dtype=torch.float64).float().double()
    out[:, :, :, components:] *= 0.5
    out = out.float().double()
    out.requires_grad_(True)
    nll = -discretized_mix_logistic_loss(levels.double() / 127.5 - 1, out)
    (gradient,) = torch.autograd.grad(nll.sum(), out)
    return {
        "channels": channels,
        "components": components,
        "pixels": levels.flatten().tolist(),
        "output": [float(v) for v in out.detach().flatten()],
        "nll": [float("%.10g" % v) for v in nll.detach()],
        "gradient": [float("%.7g" % v) for v in gradient.flatten()],
    }


torch.set_num_threads(1)
cases = [case(c, m, i) for i, (c, m) in enumerate([(3, 5), (3, 1), (1, 5), (1, 1)])]
with open(os.path.join(os.path.dirname(__file__), "pytorch.json"), "w") as f:
    json.dump(cases, f)
    f.write("\n")
