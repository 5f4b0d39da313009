"""Animations: each frame as it is composed by their specifications, over white, and as
Pillow composes it, where it does not differ: it fills what a GIF clears away with a
color, does not clear the picture that stands for an animated PNG, and undoes but one of
two frames in succession."""

import io
import struct
import zlib

import numpy
from PIL import Image, ImageSequence

from formats_common import line, over_white, picture, refused


def frames_of(content, tolerance=0):
    """The line of each frame."""
    with Image.open(io.BytesIO(content)) as image:
        for i, frame in enumerate(ImageSequence.Iterator(image)):
            yield line(over_white(numpy.asarray(frame.convert("RGBA"))).astype("uint8"), page=i, tolerance=tolerance)


def composed(w, h, frames):
    """Frames are (x, y, samples, disposal, blend); alpha is all or nothing."""
    canvas = numpy.zeros((h, w, 4), int)
    for x, y, samples, disposal, blend in frames:
        before = canvas.copy()
        place = canvas[y:y + samples.shape[0], x:x + samples.shape[1]]
        place[:] = numpy.where((samples[..., 3:] > 0) | (blend == 0), samples, place)
        yield canvas.copy()
        if disposal == "clear":
            place[:] = 0
        elif disposal == "undo":
            canvas = before


def lines_of(content, w, h, frames, differs=False):
    images = [over_white(c).astype("uint8") for c in composed(w, h, frames)]
    with Image.open(io.BytesIO(content)) as image:
        seen = [over_white(numpy.asarray(f.convert("RGBA"))).astype("uint8") for f in ImageSequence.Iterator(image)]
    same = all((a == b).all() for a, b in zip(images, seen[-len(images):]))
    assert same != differs, "Pillow differs" if not differs else "Pillow does not differ"
    return [line(i, page=n) for n, i in enumerate(images)]


def gif(w, h, frames, palette):
    """Frames are (x, y, indices, disposal, transparent or None)."""
    out = b"GIF89a" + struct.pack("<HHBBB", w, h, 0xf1, 0, 0) + palette
    for x, y, index, disposal, transparent in frames:
        out += b"\x21\xf9\x04" + struct.pack("<BHBB", disposal << 2 | (transparent is not None), 5, transparent or 0, 0)
        fh, fw = index.shape
        out += b"\x2c" + struct.pack("<HHHHB", x, y, fw, fh, 0)
        # codes of three bits, with a clear code before each pair, so that they stay so
        codes = []
        for k, v in enumerate(index.ravel()):
            if k % 2 == 0:
                codes.append(4)
            codes.append(int(v))
        codes.append(5)
        bits = "".join(f"{c:03b}"[::-1] for c in codes)
        bits += "0" * (-len(bits) % 8)
        data = bytes(int(bits[i:i + 8][::-1], 2) for i in range(0, len(bits), 8))
        out += b"\x02" + b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255)) + b"\0"
    return out + b"\x3b"


def indices(w, h, seed):
    return numpy.random.default_rng(seed).integers(0, 4, (h, w))


def colored(frames, palette):
    colors = numpy.frombuffer(palette, "u1").reshape(-1, 3)
    for x, y, index, disposal, transparent in frames:
        alpha = numpy.where(index == transparent, 0, 255)[..., None]
        yield x, y, numpy.concatenate([colors[index], alpha], -1), {2: "clear", 3: "undo"}.get(disposal), 1


def gifs():
    palette = bytes([250, 10, 20, 20, 200, 40, 30, 60, 220, 240, 240, 10])
    for name, disposals in {"keep": (1, 1, 1, 1), "clear": (1, 2, 1, 2), "undo": (1, 3, 3, 1), "none": (0, 0, 2, 3)}.items():
        frames = [(0, 0, indices(8, 6, 1), disposals[0], None), (2, 1, indices(4, 3, 2), disposals[1], 3),
                  (1, 2, indices(5, 4, 3), disposals[2], 0), (0, 0, indices(3, 3, 4), disposals[3], None)]
        content = gif(8, 6, frames, palette)
        yield f"{name}.gif", content, lines_of(content, 8, 6, colored(frames, palette), differs=name in ("clear", "none"))
    frames = [(0, 0, indices(8, 6, 5), 2, 1), (0, 0, indices(8, 6, 6), 1, 2)]
    transparent = gif(8, 6, frames, palette)
    yield "transparent.gif", transparent, lines_of(transparent, 8, 6, colored(frames, palette))
    with Image.open(io.BytesIO(content)) as image:
        assert image.n_frames == 4


def apng(w, h, frames, bits=8, poster=None):
    """Frames are (x, y, samples, dispose, blend)."""
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    def packed(samples):
        return zlib.compress(b"".join(b"\0" + row.astype(">u2" if bits == 16 else "u1").tobytes() for row in samples))

    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, bits, 6, 0, 0, 0)) + chunk(b"acTL", struct.pack(">II", len(frames), 0))
    sequence = 0
    if poster is not None:
        out += chunk(b"IDAT", packed(poster))
    for i, (x, y, samples, dispose, blend) in enumerate(frames):
        fh, fw = samples.shape[:2]
        out += chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, fw, fh, x, y, 1, 10, dispose, blend))
        sequence += 1
        data = packed(samples)
        if i == 0 and poster is None:
            out += chunk(b"IDAT", data[:9]) + chunk(b"IDAT", data[9:])
        else:
            for part in (data[:7], data[7:]):
                out += chunk(b"fdAT", struct.pack(">I", sequence) + part)
                sequence += 1
    return out + chunk(b"IEND", b"")


def named(frames):
    """Frames with the words for disposal; the first has nothing to go back to."""
    for i, (x, y, samples, disposal, blend) in enumerate(frames):
        yield x, y, samples, {1: "clear", 2: "undo" if i else "clear"}.get(disposal), blend


def apngs():
    def samples(w, h, seed, top=255):
        values = picture(w, h, 4, top, seed)
        values[..., 3] = numpy.where(values[..., 0] % 3 == 0, 0, top)  # what is half transparent readers round in other ways
        return values

    for name, ops in {"over": [(0, 1)] * 4, "source": [(0, 0)] * 4, "clear": [(1, 1), (1, 1), (0, 1), (1, 0)], "undo": [(0, 1), (2, 1), (2, 0), (0, 1)],
                      "undo-first": [(2, 1), (0, 1), (0, 1), (0, 0)]}.items():
        places = [(0, 0, 8, 6), (2, 1, 4, 3), (1, 2, 5, 4), (0, 0, 3, 3)]
        frames = [(x, y, samples(w, h, i), *op) for i, ((x, y, w, h), op) in enumerate(zip(places, ops))]
        content = apng(8, 6, frames)
        yield f"{name}.png", content, lines_of(content, 8, 6, named(frames), differs=name == "undo")
    poster = samples(8, 6, 9)
    content = apng(8, 6, frames[:2], poster=poster)
    shown = lines_of(content, 8, 6, named(frames[:2]), differs=True)
    yield "poster.png", content, [line(over_white(poster).astype("uint8"))] + [f"{i + 1}{s[1:]}" for i, s in enumerate(shown)]
    deep = [samples(8, 6, 1, 65535), samples(8, 6, 2, 65535)]
    over = numpy.where(deep[1][..., 3:] > 0, deep[1], deep[0])
    yield "deep.png", apng(8, 6, [(0, 0, deep[0], 0, 0), (0, 0, deep[1], 0, 1)], bits=16), [
        line(over_white(values, 65535).astype("uint16"), page=i) for i, values in enumerate((deep[0], over))]
    beyond = apng(8, 6, [(0, 0, samples(8, 6, 1), 0, 0), (5, 0, samples(4, 6, 1), 0, 0)])
    yield "beyond.png", beyond, [next(frames_of(apng(8, 6, [(0, 0, samples(8, 6, 1), 0, 0)]))), "refused page 2: png: a frame beyond the canvas"]


def webps():
    rng = numpy.random.default_rng(3)
    frames = []
    for i in range(4):
        values = numpy.full((16, 24, 4), 255, "uint8")
        values[..., :3] = (40 * i, 200, 90)
        values[4:12, 4 * i:4 * i + 8, :3] = rng.integers(0, 256, (8, 8, 3))
        values[12:, :, 3] = 0 if i % 2 else 255
        frames.append(Image.fromarray(values))
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], lossless=True, duration=50, minimize_size=True)
    yield "lossless.webp", out.getvalue(), list(frames_of(out.getvalue()))
    for i, frame in enumerate(frames):
        frame.paste((40 * i, 90, 10 * i), (0, 0, 24, 16))
        frame.paste((200, 40 * i, 90), (8, 4, 16, 12))
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], quality=100, duration=50, allow_mixed=True)
    yield "mixed.webp", out.getvalue(), list(frames_of(out.getvalue(), tolerance=40))


def make():
    for family in (gifs, apngs, webps):
        yield from family()
