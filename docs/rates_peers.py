#!/usr/bin/env python3
"""JPEG and WebP of MNIST's test images, as a table for 'vae rates --beside': a file an image, and one file of all as a sheet.

Needs Pillow and NumPy. Usage: python3 rates_peers.py t10k-images-idx3-ubyte[.gz] > peers.csv
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


def main():
    x = read(sys.argv[1])
    side = int(len(x) ** 0.5)
    sheet = x[: side * side].reshape(side, side, 28, 28).transpose(0, 2, 1, 3).reshape(side * 28, side * 28)
    print("what,quality,bytes,squared_error")
    for kind in ("JPEG", "WebP"):
        for quality in (1, 2, 5, 10, 20, 35, 50, 65, 80, 90):
            size = error = 0
            for image in x:
                n, shown = code(image, kind, quality)
                size, error = size + n, error + ((shown - image) ** 2).mean()
            print(f"{kind} (Pillow),{quality},{size / len(x):.3f},{error / len(x) / 255**2:.7f}", flush=True)
            n, shown = code(sheet, kind, quality)
            print(f"{kind} of a sheet,{quality},{n / side**2:.3f},{((shown - sheet) ** 2).mean() / 255**2:.7f}", flush=True)


main()
