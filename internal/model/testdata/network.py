"""Networks of layer lists, as vae writes them, in PyTorch: the tensors of a model file fit by name and shape.

    vae, settings = load("model.safetensors")

or, with the parts by hand,

    vae = VAE((64, 64, 3), "4*[conv:32:4:2:1,relu],dense:256,relu", "dense:256,relu,dense:512,relu,reshape:4x4x32,...", latent=10)
    vae.load_state_dict(safetensors.torch.load_file("model.safetensors"), strict=True)

Sizes are width, height, channels. A list is layers with commas between; N*LAYER and N*[LAYER,...] repeat.

    conv:FILTERS:KERNEL[:STRIDE[:PADDING]]      PADDING a number, same, or TOP-BOTTOM-LEFT-RIGHT
    convt:FILTERS:KERNEL[:STRIDE[:PADDING[:OUTPUT-PADDING]]]     OUTPUT-PADDING a number or BOTTOM-RIGHT
    dense:UNITS      gated-dense:UNITS      gated-conv:FILTERS:KERNEL[:STRIDE[:PADDING]]
    batchnorm (bn)   groupnorm:GROUPS       avgpool:N      upsample:N      flatten      reshape:WxHxC
    residual[LAYERS]                            x + LAYERS(x)
    residual[LAYERS|SHORTCUT]                   SHORTCUT(x) + LAYERS(x)
    latents:CHANNELS[:KERNEL]                   ends an encoder: the heads are convolutions, and the latents a map
    relu, leaky-relu, tanh, sigmoid, softplus, elu, silu, gelu, linear

`out`, for the units of the last layer, is what the likelihood needs. What is missing between a map and a layer of plain
numbers, to flatten or to reshape, is put there and has an index in the Sequential, as every layer and activation has. A
dense layer as the first of an encoder, or the last of a decoder, takes pixels row by row with their channels side by side.
"""

import json
import re

import torch
from torch import nn
from torch.nn import functional as F

ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky-relu": lambda: nn.LeakyReLU(0.01),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "elu": nn.ELU,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "linear": nn.Identity,
}


# --- the text ----------------------------------------------------------------------------------------

def parse(text):
    """[(name, [argument, ...]), ...], repetitions one by one; a residual has two lists for arguments, or one."""
    tokens = re.findall(r"[^\s,\[\]|*]+|[,\[\]|*]", text)
    layers = parse_list(tokens)
    if tokens:
        raise ValueError(f"{text!r}: {tokens[0]!r} closes nothing")
    return layers


def parse_list(tokens):
    layers = []
    while True:
        layers += parse_item(tokens)
        if not tokens or tokens[0] != ",":
            return layers
        tokens.pop(0)


def parse_item(tokens):
    word = tokens.pop(0) if tokens and tokens[0] != "[" else ""
    if tokens and tokens[0] == "*":
        tokens.pop(0)
        return int(word) * parse_item(tokens)
    if not tokens or tokens[0] != "[":
        name, *arguments = word.split(":")
        return [(name, arguments)]
    lists = []
    while not lists or tokens[0] == "|":
        tokens.pop(0)
        lists.append(parse_list(tokens))
    if tokens.pop(0) != "]":
        raise ValueError("a bracket is not closed")
    return [(word, lists)] if word else lists[0]


# --- the layers --------------------------------------------------------------------------------------

class Conv2d(nn.Conv2d):
    """A convolution whose padding may differ from side to side."""

    def __init__(self, channels, filters, kernel, stride, top, bottom, left, right):
        even = top == bottom and left == right
        super().__init__(channels, filters, kernel, stride, (top, left) if even else 0)
        self.around = None if even else (left, right, top, bottom)

    def forward(self, x):
        return super().forward(x if self.around is None else F.pad(x, self.around))


class ConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution whose padding may differ from side to side."""

    def __init__(self, channels, filters, kernel, stride, top, bottom, left, right, more_bottom, more_right):
        self.even = top == bottom and left == right
        if self.even:
            super().__init__(channels, filters, kernel, stride, (top, left), (more_bottom, more_right))
        else:
            super().__init__(channels, filters, kernel, stride, 0, (max(0, more_bottom - bottom), max(0, more_right - right)))
        self.crop = top, max(0, bottom - more_bottom), left, max(0, right - more_right)

    def forward(self, x):
        y = super().forward(x)
        if self.even:
            return y
        top, bottom, left, right = self.crop
        return y[:, :, top:y.shape[2] - bottom, left:y.shape[3] - right]


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return (x if self.shortcut is None else self.shortcut(x)) + self.body(x)


class Gated(nn.Module):
    """h(x) * sigmoid(g(x)), the gated layer of VampPrior."""

    def __init__(self, make):
        super().__init__()
        self.h, self.g = make(), make()

    def forward(self, x):
        return self.h(x) * torch.sigmoid(self.g(x))


# --- what a list makes -------------------------------------------------------------------------------

class Builder:
    """Puts layers behind each other. The shape is (channels, height, width) of a map, or (numbers,)."""

    def __init__(self, shape, outputs=None):
        self.shape, self.outputs, self.modules = tuple(shape), outputs, []

    def units(self, text, per_map):
        """The number that a text says; out is the channels of the outputs, or all numbers of them."""
        if text != "out":
            return int(text)
        return self.outputs[0] if per_map else numbers(self.outputs)

    def flatten(self):
        if len(self.shape) == 3:
            self.put(nn.Flatten(), (numbers(self.shape),))

    def map(self):
        if len(self.shape) == 1:
            self.put(nn.Unflatten(1, (self.shape[0], 1, 1)), (self.shape[0], 1, 1))

    def put(self, module, shape):
        self.modules.append(module)
        self.shape = tuple(shape)

    def add(self, name, arguments):
        if name in ACTIVATIONS:
            return self.put(ACTIVATIONS[name](), self.shape)
        return getattr(self, {"bn": "batchnorm"}.get(name, name).replace("-", "_"))(*arguments)

    def conv(self, filters, kernel, stride="1", padding="0", make=None):
        self.map()
        filters, (kernel, stride) = self.units(filters, True), map(int, (kernel, stride))
        (top, bottom), (left, right) = sides = paddings(padding, self.shape[1:], kernel, stride)
        arguments = self.shape[0], filters, kernel, stride, top, bottom, left, right
        module = Gated(lambda: Conv2d(*arguments)) if make == "gated" else Conv2d(*arguments)
        self.put(module, (filters, *((n + sum(p) - kernel) // stride + 1 for n, p in zip(self.shape[1:], sides))))

    def gated_conv(self, *arguments):
        self.conv(*arguments, make="gated")

    def convt(self, filters, kernel, stride="1", padding="0", output="0"):
        self.map()
        filters, (kernel, stride) = self.units(filters, True), map(int, (kernel, stride))
        more = [int(n) for n in output.split("-")] * 2
        more = [more[0], more[-1]]
        if padding == "same":
            around = max(0, kernel - stride)
            sides = [(around // 2, around - around // 2)] * 2
            if stride > kernel:
                more = [stride - kernel] * 2
        else:
            sides = paddings(padding, self.shape[1:], kernel, stride)
        module = ConvTranspose2d(self.shape[0], filters, kernel, stride, *sides[0], *sides[1], *more)
        self.put(module, (filters, *((n - 1) * stride + kernel - sum(p) + m for n, p, m in zip(self.shape[1:], sides, more))))

    def dense(self, units):
        self.flatten()
        units = self.units(units, False)
        self.put(nn.Linear(self.shape[0], units), (units,))

    def gated_dense(self, units):
        self.flatten()
        arguments = self.shape[0], int(units)
        self.put(Gated(lambda: nn.Linear(*arguments)), (int(units),))

    def reshape(self, size):
        self.flatten()
        width, height, channels = map(int, size.split("x"))
        self.put(nn.Unflatten(1, (channels, height, width)), (channels, height, width))

    def batchnorm(self):
        self.put((nn.BatchNorm2d if len(self.shape) == 3 else nn.BatchNorm1d)(self.shape[0]), self.shape)

    def groupnorm(self, groups):
        self.put(nn.GroupNorm(int(groups), self.shape[0]), self.shape)

    def avgpool(self, n):
        self.map()
        self.put(nn.AvgPool2d(int(n)), (self.shape[0], self.shape[1] // int(n), self.shape[2] // int(n)))

    def upsample(self, n):
        self.map()
        self.put(nn.Upsample(scale_factor=int(n), mode="nearest"), (self.shape[0], self.shape[1] * int(n), self.shape[2] * int(n)))

    def residual(self, body, shortcut=None):
        body, shape = build(body, self.shape)
        self.put(Residual(body, build(shortcut, self.shape)[0] if shortcut else None), shape)


def numbers(shape):
    n = 1
    for side in shape:
        n *= side
    return n


def paddings(text, sizes, kernel, stride):
    """(top, bottom), (left, right); same keeps the stride's part of a map, with the odd zero behind it."""
    if text == "same":
        around = [max(0, (n - 1) // stride * stride + kernel - n) for n in sizes]
        return [(p // 2, p - p // 2) for p in around]
    n = [int(p) for p in text.split("-")]
    top, bottom, left, right = n if len(n) == 4 else 4 * n
    return [(top, bottom), (left, right)]


def build(layers, shape, outputs=None):
    """The Sequential of a list, and the shape that it ends with."""
    b = Builder(shape, outputs)
    for name, arguments in parse(layers) if isinstance(layers, str) else layers:
        b.add(name, arguments)
    return nn.Sequential(*b.modules), b.shape


class VAE(nn.Module):
    """An encoder with its heads, and a decoder. Images are [N, C, H, W]; outputs are the channels that the likelihood needs."""

    def __init__(self, image, encoder, decoder, latent, outputs=None, classes=0, heads=("fc_mu", "fc_logvar")):
        super().__init__()
        width, height, channels = image
        self.image, self.heads, self.output_shape = (channels, height, width), heads, (outputs or channels, height, width)
        layers = parse(encoder) if encoder else []
        self.dense_first = not layers or layers[0][0] in ("dense", "gated-dense")
        shape = (numbers(self.image) + classes,) if self.dense_first else (channels + classes, height, width)
        filters, kernel = 0, 1
        if layers and layers[-1][0] == "latents":
            filters, kernel = map(int, (layers.pop()[1] + ["1"])[:2])
        b = Builder(shape)
        for layer in layers:
            b.add(*layer)
        if filters:
            b.map()
        self.encoder, end = nn.Sequential(*b.modules), b.shape
        for head in heads:
            setattr(self, head, nn.Conv2d(end[0], filters, kernel, padding=kernel // 2) if filters else nn.Linear(numbers(end), latent))
        self.code_shape = (filters, *end[1:]) if filters else None  # of a map of latents
        codes = (filters + classes, *end[1:]) if filters else (latent + classes,)
        self.decoder, self.end = build(decoder, codes, self.output_shape)
        if self.end not in (self.output_shape, (numbers(self.output_shape),)):
            raise ValueError(f"the decoder ends with {self.end}, and the image needs {self.output_shape}")

    def encode(self, x, labels=None):
        """Of images, with one-hot labels where the model is conditional."""
        if self.dense_first:
            x = x.permute(0, 2, 3, 1).flatten(1)
            x = x if labels is None else torch.cat([x, labels], 1)
        elif labels is not None:
            planes = labels[:, :, None, None].expand(-1, -1, *x.shape[2:])
            x = torch.cat([x, planes], 1)
        h = self.encoder(x)
        if self.code_shape:  # as rows, the channels of a pixel side by side
            return tuple(rows(getattr(self, head)(h)) for head in self.heads)
        h = h.flatten(1)
        return tuple(getattr(self, head)(h) for head in self.heads)

    def decode(self, z, labels=None):
        """What the likelihood takes, for each pixel."""
        if self.code_shape:
            channels, height, width = self.code_shape
            z = images(z, (width, height, channels))
            labels = None if labels is None else labels[:, :, None, None].expand(-1, -1, height, width)
        y = self.decoder(z if labels is None else torch.cat([z, labels], 1))
        if len(self.end) == 3:
            return y
        channels, height, width = self.output_shape
        return y.reshape(-1, height, width, channels).permute(0, 3, 1, 2)


def images(rows, image):
    """[N, C, H, W] of rows of pixels with their channels side by side."""
    width, height, channels = image
    return rows.reshape(-1, height, width, channels).permute(0, 3, 1, 2)


def rows(maps):
    """Pixels with their channels side by side, one image after the other."""
    return maps.permute(0, 2, 3, 1).flatten(1)


# --- model files -------------------------------------------------------------------------------------

def settings(text):
    """The settings of a configuration as vae writes it: "model.latent" and so on, texts and lists as Python has them."""
    found, section = {}, ""
    for line in text.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            section = line[:-1]
        elif line.startswith("  "):
            key, _, value = line.strip().partition(": ")
            found[f"{section}.{key}"] = scalar(value)
    return found


def scalar(text):
    if text[0] in '"[':
        value, _ = json.JSONDecoder().raw_decode(text)
        return value
    return text.split(" #")[0]


def outputs(state, image):
    """The channels that the likelihood needs: those of the last layer of the decoder that has a bias."""
    biases = {int(m[1]): tensor for name, tensor in state.items() if (m := re.fullmatch(r"decoder\.(\d+)\.bias", name))}
    last = max(biases)
    maps = state[f"decoder.{last}.weight"].dim() == 4
    return biases[last].numel() // (1 if maps else image[0] * image[1])


def load(path):
    """The module of a variational autoencoder of one level that vae has saved, in evaluation mode, and its settings."""
    from safetensors import safe_open  # the rest does without

    with safe_open(path, "pt") as f:
        found, state = settings(f.metadata()["config"]), {name: f.get_tensor(name) for name in f.keys()}
    if found["model.kind"] != "vae" or found["model.top_latent"] != "0":
        raise ValueError(f"{path}: is no variational autoencoder of one level")
    width, height = map(int, found["data.image_size"].split("x"))
    hidden, act = found["model.hidden"], found["model.activation"]
    encoder, decoder = found.get("model.encoder"), found.get("model.decoder")
    if not encoder:
        encoder = ",".join(f"dense:{h},{act}" for h in hidden)
    if not decoder:
        decoder = ",".join([f"dense:{h},{act}" for h in reversed(hidden)] + ["dense:out"])
    image = width, height, int(found["data.channels"])
    vae = VAE(image, encoder, decoder, int(found["model.latent"]), outputs(state, image), len(found["model.classes"]))
    for name, tensor in state.items():
        if "." not in name:  # of the likelihood, such as a scale
            vae.register_parameter(name, nn.Parameter(torch.zeros_like(tensor)))
    vae.load_state_dict(state, strict=True)
    return vae.eval(), found
