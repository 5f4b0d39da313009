#!/usr/bin/env python3
"""JPEG and WebP of MNIST's test images, as a table for 'vae rates --beside': a file an image, and one file of all as a sheet.

Needs Pillow and NumPy. Usage: python3 rates_peers.py t10k-images-idx3-ubyte[.gz] [COUNT] > peers.csv, of all images or of the first COUNT.
"""
import gzip
import io
import sys

import numpy as np
from PIL import Image


def read(path):
    with (gzip.open if path.endswith("gz") else open)(path, "rb") as f:
        return np.frombuffer(f.read()[16:], np.uint8).reshape(-1, 28, 28)


def code(pixels, kind, quality):
    """Bytes, and the image that they show. WebP has no grey images: its best is one of color without any."""
    image, file = Image.fromarray(pixels), io.BytesIO()
    if kind == "JPEG":
        image.save(file, kind, quality=quality, optimize=True)
    else:
        image.convert("RGB").save(file, kind, quality=quality, method=6)
    return len(file.getvalue()), np.asarray(Image.open(file).convert("L")).astype(float)


SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def ms_ssim(a, b):
    """Of images [N,H,W] from 0 to 1, each: internal/stats, Wang et al. 2003, at as many scales as the window of 11x11 fits into."""
    window = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    window /= window.sum()

    def blur(x):
        x = sum(w * x[:, :, i : x.shape[2] - 10 + i] for i, w in enumerate(window))
        return sum(w * x[:, i : x.shape[1] - 10 + i] for i, w in enumerate(window))

    def halved(x):
        x = x[:, : x.shape[1] // 2 * 2, : x.shape[2] // 2 * 2]
        return (x[:, ::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, ::2] + x[:, 1::2, 1::2]) / 4

    scales = [w for i, w in enumerate(SCALES) if min(a.shape[1:]) >> i >= 11]
    product = np.ones(len(a))
    for i, weight in enumerate(scales):
        ma, mb = blur(a), blur(b)
        both, squares = ma * mb, ma * ma + mb * mb
        s = (2 * (blur(a * b) - both) + 0.03**2) / (blur(a * a) + blur(b * b) - squares + 0.03**2)
        if i == len(scales) - 1:
            s *= (2 * both + 0.01**2) / (squares + 0.01**2)
        product *= np.maximum(s.mean((1, 2)), 0) ** (weight / sum(scales))
        a, b = halved(a), halved(b)
    return product


def cut(sheet, side):
    """The images of a sheet."""
    return sheet.reshape(side, 28, side, 28).transpose(0, 2, 1, 3).reshape(-1, 28, 28)


def row(kind, quality, size, images, shown):
    """A row of the table: the mean over images."""
    a, b = images / 255, np.asarray(shown) / 255
    similar = np.concatenate([ms_ssim(a[i : i + 500], b[i : i + 500]) for i in range(0, len(a), 500)]).mean()
    print(f"{kind},{quality},{size / len(a):.3f},{((a - b) ** 2).mean():.7f},{similar:.7f}", flush=True)


def main():
    x = read(sys.argv[1])[: int(sys.argv[2]) if len(sys.argv) > 2 else None]
    side = int(len(x) ** 0.5)
    sheet = x[: side * side].reshape(side, side, 28, 28).transpose(0, 2, 1, 3).reshape(side * 28, side * 28)
    print("what,quality,bytes,squared_error,ms_ssim")
    for kind in ("JPEG", "WebP"):
        for quality in (1, 2, 5, 10, 20, 35, 50, 65, 80, 90):
            sizes, shown = zip(*(code(image, kind, quality) for image in x))
            row(f"{kind} (Pillow)", quality, sum(sizes), x, shown)
            size, shown = code(sheet, kind, quality)
            row(f"{kind} of a sheet", quality, size, x[: side * side], cut(shown, side))


main()
