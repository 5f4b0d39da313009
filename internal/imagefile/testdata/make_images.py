#!/usr/bin/env python3
"""Makes images/ and images/expected.txt: small images of every kind, by the tools
that people use, and what Pillow sees in them.

Needs Pillow and numpy, cjpeg (libjpeg-turbo), exiftool, gif2webp
and webpmux (libwebp), convert (ImageMagick):

    python3 make_images.py

A picture is 3x2 cells of 8x8 pixels, each of one color. A line of expected.txt
is a name, a size and the colors over white in the middle of each cell, row by row.
"""

import io
import pathlib
import subprocess

import numpy
from PIL import Image, ImageOps

CELL = 8
COLORS = [(250, 10, 20), (20, 200, 40), (30, 60, 220), (240, 240, 10), (128, 128, 128), (0, 30, 60)]
OUT = pathlib.Path(__file__).parent / "images"


def cells(colors):
    """The picture of six colors."""
    grid = numpy.array(colors).reshape(2, 3, -1).repeat(CELL, 0).repeat(CELL, 1)
    return numpy.squeeze(grid)


RGB = Image.fromarray(cells(COLORS).astype("uint8"))
ALPHA = [255, 255, 128, 0, 255, 40]
RGBA = Image.fromarray(cells([c + (a,) for c, a in zip(COLORS, ALPHA)]).astype("uint8"))


def tool(*args, stdin=None):
    return subprocess.run([str(a) for a in args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def ppm():
    b = io.BytesIO()
    RGB.save(b, "PPM")
    return b.getvalue()


def orientations():
    """All eight in JPEG; the one of a telephone held upright in the other formats."""
    for i in range(1, 9):
        path = OUT / f"orientation-{i}.jpg"
        path.write_bytes(tool("cjpeg", "-quality", "95", "-sample", "1x1", stdin=ppm()))
        tool("exiftool", "-q", "-overwrite_original", "-n", f"-Orientation={i}", path)
    RGB.save(OUT / "orientation-6.png")
    RGB.save(OUT / "orientation-6.webp", lossless=True)
    for name in ("orientation-6.png", "orientation-6.webp"):
        tool("exiftool", "-q", "-overwrite_original", "-n", "-Orientation=6", OUT / name)
    RGB.save(OUT / "orientation-6.tiff", compression="tiff_lzw", tiffinfo={274: 6})
    # big-endian, and only the thumbnail is said to be turned
    exif = (b"Exif\0\0MM\0*\0\0\0\x08" + b"\0\0" + b"\0\0\0\x0e" + b"\0\x01" + b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0" + b"\0\0\0\0")
    RGB.save(OUT / "orientation-thumbnail.jpg", quality=95, subsampling=0, exif=exif)


def jpegs():
    RGB.convert("CMYK").save(OUT / "cmyk.jpg", quality=95)
    (OUT / "cmyk-adobe.jpg").write_bytes(tool("convert", "ppm:-", "-colorspace", "CMYK", "-quality", "95", "jpg:-", stdin=ppm()))
    (OUT / "progressive.jpg").write_bytes(tool("cjpeg", "-progressive", "-quality", "95", stdin=ppm()))
    (OUT / "grey.jpg").write_bytes(tool("cjpeg", "-grayscale", "-quality", "95", stdin=ppm()))
    (OUT / "arithmetic.jpg").write_bytes(tool("cjpeg", "-arithmetic", "-quality", "95", stdin=ppm()))


def pngs():
    RGBA.save(OUT / "alpha.png")
    RGB.quantize(6).save(OUT / "palette.png", transparency=2)
    deep = cells([sum(c) * 80 for c in COLORS]).astype("uint16")
    Image.fromarray(deep).save(OUT / "grey-16.png")
    for name, arguments in {
        "rgba-16.png": ["-depth", "16", "-define", "png:color-type=6", "-define", "png:bit-depth=16"],
        "interlaced.png": ["-interlace", "PNG"],
        "one-bit.png": ["-threshold", "50%", "-define", "png:bit-depth=1"],
    }.items():
        (OUT / name).write_bytes(tool("convert", "png:-", *arguments, "-strip", "png:-", stdin=(OUT / "alpha.png").read_bytes()))


def others():
    RGB.save(OUT / "deflate.tiff", compression="tiff_adobe_deflate")
    RGB.convert("L").save(OUT / "packbits.tiff", compression="packbits")
    fax = {262: 0}  # white is 0, as fax machines have it; of the opposite readers differ
    RGB.convert("1").save(OUT / "fax.tiff", compression="group4", tiffinfo=fax)
    (OUT / "tiles.tiff").write_bytes(tool("convert", "ppm:-", "-define", "tiff:tile-geometry=16x16", "-compress", "lzw", "-strip", "tiff:-", stdin=ppm()))
    RGB.save(OUT / "rgb.bmp")
    RGB.quantize(6).save(OUT / "palette.bmp")


def animations():
    """Of two frames; the first of the second kind leaves most of the canvas out."""
    second = RGB.transpose(Image.Transpose.ROTATE_180)
    RGB.save(OUT / "whole.gif", save_all=True, append_images=[second], duration=50, loop=0)
    (OUT / "whole-lossless.webp").write_bytes(tool("gif2webp", OUT / "whole.gif", "-o", "-"))
    (OUT / "whole-lossy.webp").write_bytes(tool("gif2webp", "-lossy", "-q", "95", OUT / "whole.gif", "-o", "-"))
    RGBA.save(OUT / "alpha.webp", save_all=True, append_images=[second], quality=95, duration=50)
    for name, lossless in {"part-lossless.webp": True, "part-lossy.webp": False}.items():
        frames = []
        for i, image in enumerate([RGBA.crop((8, 0, 24, 16)), RGBA]):
            frames.append(OUT / f"{i}.tmp.webp")
            image.save(frames[-1], "WEBP", lossless=lossless, quality=95)
        tool("webpmux", "-frame", frames[0], "+50+8+0+0-b", "-frame", frames[1], "+50+0+0+0-b", "-o", OUT / "canvas.tmp.webp")
        tool("webpmux", "-set", "loop", "1", OUT / "canvas.tmp.webp", "-o", OUT / name)
    for path in OUT.glob("*.tmp.webp"):
        path.unlink()


def expected(path):
    with Image.open(path) as image:
        image.seek(0)
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):
            image = Image.fromarray((numpy.array(image) >> 8).astype("uint8"))
        over = Image.new("RGBA", image.size, "white")
        over.alpha_composite(image.convert("RGBA"))
        rgb = over.convert("RGB")
        w, h = rgb.size
        middles = [rgb.getpixel((x, y)) for y in range(CELL // 2, h, CELL) for x in range(CELL // 2, w, CELL)]
        return f"{path.name} {w}x{h} " + " ".join("%02x%02x%02x" % m for m in middles)


OUT.mkdir(exist_ok=True)
for old in OUT.iterdir():
    old.unlink()
orientations()
jpegs()
pngs()
others()
animations()
lines = [expected(p) for p in sorted(OUT.iterdir())]
(OUT / "expected.txt").write_text("\n".join(lines) + "\n")
