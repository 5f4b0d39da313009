#!/usr/bin/env python3
"""Writes networks.json: losses and gradients of networks of layer lists, those of the presets among them.

    python3 export_networks.py [OUTPUT]        (default: networks.json beside this script)

The networks are those of network.py. Loss and terms are those of export_pytorch.py with the cross-entropy, or the squared
error of an image where a decoder ends with an activation; the KL has the weight 1. Rows of weight 0 are left out of the run altogether: BatchNorm in training must not count them.

Weights, pixels and noise come from u of formula.py. The number of a parameter's tensor is 10000 + h mod 2^20, where h is
the FNV-1a hash, 32 bits, of its name. With u in float64, rounded once to float32:

    weight of a normalization (one dimension)      1 + 0.5*(2*u - 1)
    other weights                                  (2*u - 1) * sqrt(3 * shape[0] / product of shape)
    biases                                         (2*u - 1) * 0.1
    pixels x [batch, H*W*C], channels side by side, tensor 1000        small pixel
    noise [batch, latent], tensor 2000                                 noise

The label of image i, where there are classes, is i mod classes. A gradient is told by its Euclidean norm and by its products
with two vectors of 2*u - 1, of the tensors 7000 and 7001. Every figure is computed in float64; "float32" is what rounding is
worth: the greatest difference that a run in float32 has in any of the gradients' figures, relative to the norm of that gradient,
but for gradients of 0, which a bias before a BatchNorm has. After the
step in training, with its running moments, "evaluated" are mu of the first image and the sum of its output in evaluation mode.
"""

import json
import os
import sys

import torch
from torch.nn import functional as F

from formula import NOISE_TENSOR, PIXELS_TENSOR, figure, noise, small_pixel, uniform
from network import ACTIVATIONS, VAE, images, parse, rows

RESIDUAL = "2*residual[relu,conv:32:3:1:1,relu,conv:128:1]"

# name: image, latent, encoder, decoder
CASES = {
    "every layer": ((9, 7, 2), 3,
                    "gated-conv:6:3:2:0-1-1-0,silu,residual[conv:8:3:2:1,groupnorm:2,elu,conv:8:1|conv:8:1:2],groupnorm:4,elu,avgpool:1,bn,gated-dense:5,bn,tanh",
                    "dense:12,softplus,bn,reshape:2x3x2,convt:4:3:2:0-1-1-0:1-0,gelu,upsample:2,conv:3:3:1:same,sigmoid,avgpool:2,flatten,dense:out"),
    "one pixel": ((8, 8, 1), 2, "conv:5:8,tanh,conv:7:1,elu", "convt:5:8,tanh,conv:out:1"),
    "odd sizes": ((11, 13, 3), 4, "conv:5:5:3:2,silu,conv:6:2:2:same,silu,dense:9,silu", "dense:36,silu,reshape:2x3x6,convt:5:2:2:0:0-1,silu,convt:out:5:3:3-4-3-4:0-1"),
    "odd transposed": ((12, 10, 1), 2, "conv:4:3:2:same,tanh", "dense:30,reshape:6x5x1,convt:3:3:2:same,tanh,conv:out:3:1:same"),
    "conditional": ((10, 8, 3), 3, "conv:8:4:2:1,silu,conv:8:4:2:1,silu", "dense:32,silu,reshape:2x2x8,convt:8:4:2:1:0-1,silu,convt:out:4:2:1", 4),
    "conditional dense": ((6, 5, 2), 3, "dense:7,tanh", "dense:7,tanh,dense:out", 3),
    "latent map": ((12, 8, 3), 72, "conv:8:4:2:1,silu,residual[conv:4:3:1:1,silu,conv:8:1],latents:3:3",
                   "conv:8:3:1:1,residual[conv:4:3:1:1,silu,conv:8:1],silu,convt:out:4:2:1"),
    "latent map of labels": ((12, 8, 3), 12, "conv:8:4:2:1,silu,dense:6,silu,reshape:3x2x1,latents:2",
                             "conv:5:3:1:1,silu,dense:9,silu,dense:out", 3),
    "pythae-resnet of CIFAR-10": ((32, 32, 3), 16, "conv:64:4:2:1,conv:128:4:2:1,conv:128:3:1:1," + RESIDUAL,
                                  "dense:8192,reshape:8x8x128," + RESIDUAL + ",relu,convt:64:4:2:1,relu,convt:out:4:2:1"),
    # The presets as the program resolves them, on images of their sizes.
    "preset burgess": ((32, 32, 1), 10,
        "conv:32:4:2:1,relu,conv:32:4:2:1,relu,conv:32:4:2:1,relu,dense:256,relu,dense:256,relu",
        "dense:256,relu,dense:256,relu,dense:512,relu,reshape:4x4x32,convt:32:4:2:1,relu,convt:32:4:2:1,relu,convt:out:4:2:1"),
    "preset burgess64": ((64, 64, 3), 10,
        "conv:32:4:2:1,relu,conv:32:4:2:1,relu,conv:32:4:2:1,relu,conv:32:4:2:1,relu,dense:256,relu,dense:256,relu",
        "dense:256,relu,dense:256,relu,dense:512,relu,reshape:4x4x32,convt:32:4:2:1,relu,convt:32:4:2:1,relu,convt:32:4:2:1,relu,convt:out:4:2:1"),
    "preset dcgan": ((28, 28, 1), 20,
        "conv:64:4:2:1,relu,conv:128:4:2:1,relu",
        "dense:6272,relu,reshape:7x7x128,convt:64:4:2:1,relu,convt:out:4:2:1"),
    "preset keras-conv": ((28, 28, 1), 2,
        "conv:32:3:2:same,relu,conv:64:3:2:same,relu,dense:16,relu",
        "dense:3136,relu,reshape:7x7x64,convt:64:3:2:same,relu,convt:32:3:2:same,relu,convt:out:3:1:same"),
    "preset photos": ((64, 64, 3), 128,
        "conv:32:4:2:1,silu,conv:64:4:2:1,silu,conv:128:4:2:1,silu,conv:256:4:2:1,silu,dense:256,silu",
        "dense:256,silu,dense:4096,silu,reshape:4x4x256,convt:128:4:2:1,silu,convt:64:4:2:1,silu,convt:32:4:2:1,silu,convt:out:4:2:1"),
    "preset photos-map": ((64, 64, 3), 8192,
        "conv:32:4:2:1,conv:64:4:2:1,2*residual[silu,conv:32:3:1:1,silu,conv:64:1],latents:32:3",
        "conv:64:3:1:1,2*residual[silu,conv:32:3:1:1,silu,conv:64:1],convt:32:4:2:1,residual[silu,conv:32:3:1:1],convt:out:4:2:1"),
    "preset pythae-conv": ((28, 28, 1), 16,
        "conv:128:4:2:1,batchnorm,relu,conv:256:4:2:1,batchnorm,relu,conv:512:4:2:1,batchnorm,relu,conv:1024:4:2:1,batchnorm,relu",
        "dense:16384,reshape:4x4x1024,convt:512:3:2:1,batchnorm,relu,convt:256:3:2:1:1,batchnorm,relu,convt:out:3:2:1:1,sigmoid"),
    "preset pythae-resnet": ((28, 28, 1), 16,
        "conv:64:4:2:1,conv:128:4:2:1,conv:128:3:2:1,2*residual[relu,conv:32:3:1:1,relu,conv:128:1]",
        "dense:2048,reshape:4x4x128,convt:128:3:2:1,2*residual[relu,conv:32:3:1:1,relu,conv:128:1],relu,convt:64:3:2:1:1,relu,convt:out:3:2:1:1,sigmoid"),
    "preset pytorch-generative": ((28, 28, 1), 64,
        "conv:64:4:2:3,relu,2*residual[relu,conv:32:3:1:1,relu,conv:64:1],relu,conv:64:3:1:1,conv:64:4:2:1,relu,2*residual[relu,conv:32:3:1:1,relu,conv:64:1],relu,conv:64:3:1:1,conv:64:4:2:1,relu,2*residual[relu,conv:32:3:1:1,relu,conv:64:1],relu,conv:64:3:1:1,conv:64:4:2:1,relu,2*residual[relu,conv:32:3:1:1,relu,conv:64:1],relu,latents:16:3",
        "conv:64:3:1:1,2*residual[relu,conv:32:3:1:1,relu,conv:64:1],relu,convt:64:4:2:1,conv:64:3:1:1,2*residual[relu,conv:32:3:1:1,relu,conv:64:1],relu,convt:64:4:2:1,conv:64:3:1:1,2*residual[relu,conv:32:3:1:1,relu,conv:64:1],relu,convt:64:4:2:1,conv:64:3:1:1,2*residual[relu,conv:32:3:1:1,relu,conv:64:1],relu,convt:out:4:2:3"),
    "preset resnet": ((28, 28, 1), 40,
        "residual[leaky-relu,conv:16:3:1:1,leaky-relu,conv:16:3:1:1|conv:16:1],residual[leaky-relu,conv:32:3:2:same,leaky-relu,conv:32:3:1:1|conv:32:1:2],residual[leaky-relu,conv:32:3:1:1,leaky-relu,conv:32:3:1:1],residual[leaky-relu,conv:64:3:2:same,leaky-relu,conv:64:3:1:1|conv:64:1:2],residual[leaky-relu,conv:64:3:1:1,leaky-relu,conv:64:3:1:1]",
        "dense:3136,reshape:7x7x64,residual[leaky-relu,conv:64:3:1:1,leaky-relu,conv:64:3:1:1],residual[leaky-relu,convt:32:3:2:same,leaky-relu,conv:32:3:1:1|convt:32:1:2:same],residual[leaky-relu,conv:32:3:1:1,leaky-relu,conv:32:3:1:1],residual[leaky-relu,convt:16:3:2:same,leaky-relu,conv:16:3:1:1|convt:16:1:2:same],conv:out:1"),
    "preset vanilla": ((64, 64, 3), 128,
        "conv:32:3:2:1,batchnorm,leaky-relu,conv:64:3:2:1,batchnorm,leaky-relu,conv:128:3:2:1,batchnorm,leaky-relu,conv:256:3:2:1,batchnorm,leaky-relu,conv:512:3:2:1,batchnorm,leaky-relu",
        "dense:2048,reshape:2x2x512,convt:256:3:2:1:1,batchnorm,leaky-relu,convt:128:3:2:1:1,batchnorm,leaky-relu,convt:64:3:2:1:1,batchnorm,leaky-relu,convt:32:3:2:1:1,batchnorm,leaky-relu,convt:32:3:2:1:1,batchnorm,leaky-relu,conv:out:3:1:1,tanh"),
}

BATCH, WEIGHT = 5, [0.25] * 4 + [0.0]
TOLD = 256  # latents, of an image in evaluation, and of four in training


def number_of(name):
    h = 2166136261
    for byte in name.encode():
        h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    return 10000 + h % (1 << 20)


def fill(model):
    with torch.no_grad():
        for name, p in model.named_parameters():
            v = 2 * uniform(number_of(name), tuple(p.shape)) - 1
            if name.endswith(".bias"):
                v = v * 0.1
            elif p.dim() == 1:
                v = 1 + 0.5 * v
            else:
                v = v * (3 * p.shape[0] / p.numel()) ** 0.5
            p.copy_(v.float())


def likelihood(decoder):
    return "mse" if parse(decoder)[-1][0] in ACTIVATIONS else "bernoulli"


def run(image, latent, encoder, decoder, classes, dtype):
    model = VAE(image, encoder, decoder, latent, classes=classes)
    fill(model)
    model.to(dtype)
    d = image[0] * image[1] * image[2]
    weight = torch.tensor(WEIGHT, dtype=dtype)
    counted = weight > 0
    x = small_pixel(uniform(PIXELS_TENSOR, (BATCH, d))).to(dtype)[counted]
    eps = noise(uniform(NOISE_TENSOR, (BATCH, latent))).to(dtype)[counted]
    labels = F.one_hot(torch.arange(len(x)) % classes, classes).to(dtype) if classes else None
    mu, logvar = model.encode(images(x, image), labels)
    output = rows(model.decode(mu + torch.exp(0.5 * logvar) * eps, labels))
    if likelihood(decoder) == "mse":
        nll = F.mse_loss(output, x, reduction="none").sum(1)
    else:
        nll = F.binary_cross_entropy_with_logits(output, x, reduction="none").sum(1)
    kl = -0.5 * (1 + logvar - mu**2 - torch.exp(logvar)).sum(1)
    loss = (weight[counted] * (nll + kl)).sum()
    loss.backward()
    model.eval()
    with torch.no_grad():
        first = None if labels is None else labels[:1]
        after = model.encode(images(x[:1], image), first)[0]
        evaluated = model.decode(after, first).sum()
    return model, {"mu": mu.flatten()[:4 * TOLD], "logvar": logvar.flatten()[:4 * TOLD], "reconstruction": nll, "kl": kl, "loss": loss, "evaluated": torch.cat([after[0][:TOLD], evaluated[None]])}


def gradients(model):
    out = {}
    for name, p in model.named_parameters():
        g = p.grad.double().flatten()
        out[name] = [g.norm()] + [(g * (2 * uniform(k, tuple(g.shape)) - 1)).sum() for k in (7000, 7001)]
    return out


def case_figures(name, image, latent, encoder, decoder, classes=0):
    model, terms = run(image, latent, encoder, decoder, classes, torch.float64)
    want = gradients(model)
    rounded = gradients(run(image, latent, encoder, decoder, classes, torch.float32)[0])
    least = 1e-8 * max(w[0] for w in want.values())
    worst = max(abs(a - b) / w[0] for n, w in want.items() if w[0] > least for a, b in zip(w, rounded[n]))
    return {
        "name": name, "image": list(image), "latent": latent, "encoder": encoder, "decoder": decoder, "classes": classes, "likelihood": likelihood(decoder),
        "state_dict": [{"name": n, "shape": list(t.shape)} for n, t in model.state_dict().items() if not n.endswith("num_batches_tracked")],
        **{k: figure(v) for k, v in terms.items()},
        "float32": float(f"{worst:.3g}"),
        "gradients": {n: figure(torch.stack(v)) for n, v in want.items()},
        "moments": {n: figure(torch.stack([t.norm(), t.sum()])) for n, t in model.state_dict().items() if n.endswith(("running_mean", "running_var"))},
    }


def main():
    torch.set_num_threads(1)
    here = os.path.dirname(os.path.abspath(__file__))
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "networks.json")
    cases = [case_figures(name, *case) for name, case in CASES.items()]
    with open(path, "w", encoding="utf-8") as f:
        f.write(f'{{\n "made_by": "export_networks.py, PyTorch {torch.__version__}",\n "batch": {BATCH},\n "row_weight": {WEIGHT},\n "cases": [\n')
        f.write(",\n".join("  {" + ",\n   ".join(f"{json.dumps(k)}: {json.dumps(v, allow_nan=False)}" for k, v in c.items()) + "}" for c in cases))
        f.write("\n ]\n}\n")


if __name__ == "__main__":
    main()
