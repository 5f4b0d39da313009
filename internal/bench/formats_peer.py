"""Prints what images take in common formats, to hold `vae compress` against: one row a format, in bytes and bits a value.

    python internal/bench/formats_peer.py images.npy

images.npy is an array of bytes, [N, H, W] or [N, H, W, 3], as `vae decompress set.vaez -o images.npy` writes it. Needs NumPy and Pillow,
and the programs gzip, bzip2, xz, zstd, cwebp and cjxl. Archivers get all values in one stream, eight to a byte where all are black
or white. Pictures are a file each, as a folder has them, or one of all side by side.
"""

import io
import math
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image


def filtered(command, data):
    return len(subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout)


def png(image, black_and_white):
    out = io.BytesIO()
    picture = Image.fromarray(image)
    if black_and_white:
        picture = picture.convert("1", dither=Image.Dither.NONE)
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def converted(command, data):
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "in.png"), os.path.join(folder, "out")
        with open(source, "wb") as f:
            f.write(data)
        subprocess.run([a.format(source=source, target=target) for a in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return os.path.getsize(target)


def sheet(images):
    n, h, w = images.shape[:3]
    columns = math.ceil(math.sqrt(n * h / w))
    rows = math.ceil(n / columns)
    out = np.zeros((rows * h, columns * w) + images.shape[3:], np.uint8)
    for i, image in enumerate(images):
        y, x = i // columns * h, i % columns * w
        out[y:y + h, x:x + w] = image
    return out


def main():
    images = np.load(sys.argv[1])
    assert images.dtype == np.uint8
    black_and_white = bool(np.isin(images, (0, 255)).all())
    data = images.tobytes()
    if black_and_white:
        data = np.packbits(images.reshape(len(images), -1) > 0, axis=1).tobytes()

    def row(name, size):
        print(f"{name:32} {size:12,} {8 * size / images.size:8.4f}", flush=True)

    row("raw", len(data))
    for name, command in {
        "gzip -9": ["gzip", "-9"], "bzip2 -9": ["bzip2", "-9"], "xz -9e": ["xz", "-9e"], "zstd --ultra -22": ["zstd", "--ultra", "-22", "-q", "-c"],
    }.items():
        row(name, filtered(command, data))
    webp = ["cwebp", "-quiet", "-lossless", "-m", "6", "-q", "100", "{source}", "-o", "{target}"]
    whole = png(sheet(images), black_and_white)
    row("PNG, one picture", len(whole))
    row("WebP lossless, one picture", converted(webp, whole))
    row("JPEG XL lossless, one picture", jpegxl(whole))
    some = images[:: max(1, len(images) // 200)]
    each = [png(image, black_and_white) for image in images]
    row("PNG, a file each", sum(map(len, each)))
    few = [png(image, black_and_white) for image in some]
    for name, size in (("WebP lossless", lambda d: converted(webp, d)), ("JPEG XL lossless", jpegxl)):
        row(f"{name}, a file each*", round(sum(map(size, few)) / len(few) * len(images)))
    print(f"* of {len(few)} images spread over all")


def jpegxl(data):
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "in.png"), os.path.join(folder, "out.jxl")
        with open(source, "wb") as f:
            f.write(data)
        subprocess.run(["cjxl", "-d", "0", "-e", "9", source, target], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return os.path.getsize(target)


if __name__ == "__main__":
    main()
