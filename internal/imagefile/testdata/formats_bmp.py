"""BMP: all headers, depths, masks and run lengths."""

import struct

import numpy

from formats_common import line, over_white, picture, pillow, refused


def rows(lines, bottom_up=True):
    padded = [r + bytes(-len(r) % 4) for r in lines]
    return b"".join(reversed(padded) if bottom_up else padded)


def bmp(w, h, bits, pixels, header=40, packed=0, masks=(), palette=(), gap=0):
    """A file; masks follow a header of 40 bytes and are within a longer one."""
    if header == 12:
        head = struct.pack("<IHHHH", 12, w, h, 1, bits)
        colors = b"".join(bytes((b, g, r)) for r, g, b in palette)
    else:
        head = struct.pack("<IiiHHIIiiII", header, w, h, 1, bits, packed, len(pixels), 2835, 2835, len(palette), 0)
        inside = struct.pack(f"<{len(masks)}I", *masks)
        head += inside if header == 40 else inside + bytes(header - 40 - len(inside))
        colors = b"".join(bytes((b, g, r, 0)) for r, g, b in palette)
    body = head + colors + bytes(gap)
    return b"BM" + struct.pack("<IHHI", 14 + len(body) + len(pixels), 0, 0, 14 + len(body)) + body + pixels


def packed_rows(index, bits):
    """Rows of indices of 1, 2, 4 or 8 bits."""
    per = 8 // bits
    for row in index:
        row = list(row) + [0] * (-len(row) % per)
        yield bytes(sum(v << (8 - bits * (i + 1)) for i, v in enumerate(row[k:k + per])) for k in range(0, len(row), per))


def words(values, size):
    return [b"".join(int(v).to_bytes(size, "little") for v in row) for row in values]


def palettes():
    for bits in (1, 2, 4, 8):
        n = 1 << bits
        palette = [tuple(int(v) for v in c) for c in picture(n, 1, 3, seed=bits)[0]]
        index = picture(11, 5, 1, n - 1, seed=bits)
        pixels = rows(packed_rows(index, bits))
        expected = numpy.array(palette, dtype="uint8")[index]
        files = {"": bmp(11, 5, bits, pixels, palette=palette)}
        if bits != 2:
            files["-os2"] = bmp(11, 5, bits, pixels, header=12, palette=palette)
        for kind, content in files.items():
            if bits != 2:  # Pillow has none of 2 bits
                assert (pillow(content) == expected).all(), (bits, kind)
            yield f"palette-{bits}{kind}.bmp", content, [line(expected)]
    few = [(10, 20, 30), (200, 100, 50), (1, 2, 3)]
    yield "palette-few.bmp", bmp(2, 1, 8, rows([b"\x02\x01"]), palette=few), [line(numpy.array([[few[2], few[1]]], "uint8"))]
    yield "palette-beyond.bmp", bmp(2, 1, 8, rows([b"\x03\x01"]), palette=few), [refused("a pixel has color 3 of a palette of 3")]
    content = bmp(2, 1, 8, rows([b"\x02\x01"]), palette=few, gap=6)
    yield "palette-gap.bmp", content, [line(pillow(content))]


def runs():
    palette = [tuple(int(v) for v in c) for c in picture(16, 1, 3, seed=9)[0]]
    # a run, literals of an odd number, the end of a line, a step, the end
    rle8 = bytes([5, 3, 0, 3, 1, 2, 15, 0, 0, 0, 0, 2, 3, 1, 4, 7, 0, 0, 8, 9, 0, 1])
    rle4 = bytes([5, 0x3a, 0, 3, 0x12, 0xf0, 0, 0, 0, 2, 3, 1, 4, 0x71, 0, 0, 8, 0x9c, 0, 1])
    want8, want4 = numpy.zeros((4, 8), int), numpy.zeros((4, 8), int)
    want8[3], want8[1, 3:7], want8[0] = [3, 3, 3, 3, 3, 1, 2, 15], 7, 9
    want4[3], want4[1, 3:7], want4[0] = [3, 10, 3, 10, 3, 1, 2, 15], [7, 1, 7, 1], [9, 12] * 4
    colors = numpy.array(palette, "uint8")
    for bits, packed, data, want in ((8, 1, rle8, want8), (4, 2, rle4, want4)):
        content = bmp(8, 4, bits, data, packed=packed, palette=palette)
        assert (pillow(content) == colors[want]).all(), bits
        yield f"rle{bits}.bmp", content, [line(colors[want])]
        yield f"rle{bits}-cut.bmp", bmp(8, 4, bits, data[:-6], packed=packed, palette=palette), [refused("ends too early")]
        yield f"rle{bits}-wide.bmp", bmp(8, 1, bits, bytes([255, 0x11 if bits == 4 else 1, 0, 1]), packed=packed, palette=palette), [
            line(colors[numpy.full((1, 8), 1)])]


def deep():
    image = picture()
    r, g, b = (image[..., i] for i in range(3))
    for name, (bits, masks) in {
        "555": (16, ()), "565": (16, (0xf800, 0x7e0, 0x1f)), "555-masks": (16, (0x7c00, 0x3e0, 0x1f)),
        "bgrx": (32, ()), "bgrx-masks": (32, (0xff0000, 0xff00, 0xff)), "xbgr": (32, (0xff, 0xff00, 0xff0000)), "24": (24, ()),
    }.items():
        places = masks or ((0x7c00, 0x3e0, 0x1f) if bits == 16 else (0xff0000, 0xff00, 0xff))
        values = 0
        for channel, mask in zip((r, g, b), places):
            shift = (mask & -mask).bit_length() - 1
            values = values + ((channel * (mask >> shift) // 255) << shift)
        for header in (40, 52, 56, 108, 124) if masks else (40, 64):
            content = bmp(7, 5, bits, rows(words(values, bits // 8)), header=header, packed=3 if masks else 0, masks=masks)
            if header in (40, 64, 124):
                seen = image.astype("uint8") if name == "xbgr" else pillow(content)  # whose masks Pillow refuses
                yield f"{name}-{header}.bmp", content, [line(seen)]
    top_down = bmp(7, -5, 24, rows(words((r << 16) | (g << 8) | b, 3), bottom_up=False))
    yield "top-down.bmp", top_down, [line(pillow(top_down))]
    yield "masks-444.bmp", bmp(1, 1, 16, b"\x7f\x0f\0\0", packed=3, masks=(0xf00, 0xf0, 0xf)), [
        line(numpy.array([[[255, 7 * 255 // 15, 255]]], "uint8"))]  # Pillow refuses it


def alpha():
    image = picture(channels=4)
    r, g, b, a = (image[..., i] for i in range(4))
    values = (a << 24) | (r << 16) | (g << 8) | b
    masks = (0xff0000, 0xff00, 0xff, 0xff000000)
    content = bmp(7, 5, 32, rows(words(values, 4)), header=124, packed=3, masks=masks)
    yield "alpha.bmp", content, [line(pillow(content))]
    # alpha that is 0 everywhere is none: Pillow shows it transparent
    opaque = image[..., :3].astype("uint8")
    for header, packed, m in ((124, 3, masks), (108, 3, masks), (124, 0, masks), (56, 3, masks), (40, 6, masks), (124, 0, ()), (40, 0, ())):
        content = bmp(7, 5, 32, rows(words(values & 0xffffff, 4)), header=header, packed=packed, masks=m)
        yield f"alpha-zero-{header}-{packed}-{len(m)}.bmp", content, [line(opaque)]
    content = bmp(7, 5, 32, rows(words(values, 4)))  # a header of 40 has no alpha
    yield "alpha-plain.bmp", content, [line(pillow(content))]


def faults():
    good = bmp(7, 5, 24, rows(words(picture(channels=1), 3)))
    yield "cut.bmp", good[:-10], [refused("ends too early")]
    yield "last-padding.bmp", good[:-3], [line(numpy.stack([numpy.zeros((5, 7), "uint8")] * 2 + [picture(channels=1).astype("uint8")], -1))]
    yield "jpeg.bmp", bmp(7, 5, 0, b"\xff\xd8\xff", packed=4), [refused("bmp: 0 bits a pixel with compression 4 are not supported")]
    yield "header-16.bmp", b"BM" + bytes(8) + b"\x1e\0\0\0\x10\0\0\0" + bytes(40), [refused("bmp: a header of 16 bytes is not supported")]
    yield "negative.bmp", bmp(-7, 5, 24, bytes(200)), [refused("claims -7x5 pixels")]


def make():
    for family in (palettes, runs, deep, alpha, faults):
        yield from family()
