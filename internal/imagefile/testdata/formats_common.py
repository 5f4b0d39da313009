"""What the scripts of the families have in common."""

import io

import numpy
from PIL import Image


def picture(w=7, h=5, channels=3, top=255, seed=1):
    """Samples of all sizes, the least and the largest among them."""
    values = numpy.random.default_rng(seed).integers(0, top, (h, w, channels), endpoint=True)
    values[0, 0], values[-1, -1] = 0, top
    return values[..., 0] if channels == 1 else values


def over_white(rgba, top=255):
    """Color over white as the program rounds it: premultiplied in 16 bits, of which 8 are kept."""
    deep = rgba.astype("int64") * (65535 // top)
    a = deep[..., 3:]
    rgb = numpy.minimum(deep[..., :3] * a // 65535 + 65535 - a, 65535)
    return rgb >> 8 if top == 255 else rgb


def line(values, low=0, high=None, page=0, tolerance=0):
    """What is expected of a page: [h, w] or [h, w, 3], uint8, uint16 or float32."""
    values = numpy.asarray(values)
    kind = {"uint8": "u8", "uint16": "u16", "float32": "f32"}[values.dtype.name]
    high = {"u8": 255, "u16": 65535}.get(kind) if high is None else high
    h, w = values.shape[:2]
    c = values.shape[2] if values.ndim == 3 else 1
    return f"{page} {kind} {w}x{h}x{c} {low} {high} {tolerance} {values.astype(values.dtype.newbyteorder('<')).tobytes().hex()}"


def refused(text):
    return f"refused {text}"


def pillow(content, grey=False):
    """What Pillow sees in a file, in 8 bits, over white."""
    with Image.open(io.BytesIO(content)) as image:
        if grey:
            return numpy.asarray(image.convert("L"))
        return over_white(numpy.asarray(image.convert("RGBA"))).astype("uint8")
