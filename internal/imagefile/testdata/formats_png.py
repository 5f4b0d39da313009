"""PNG: depths, with what they were made of; 8 bits and fewer as Pillow reads them."""

import struct
import zlib

import numpy

from formats_common import line, over_white, picture, pillow, refused


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(w, h, bits, color, rows, *chunks, after=b""):
    data = zlib.compress(b"".join(b"\0" + r for r in rows) + after)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, bits, color, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def deep(values):
    return [row.astype(">u2").tobytes() for row in values]


def make():
    grey, rgb, rgba, la = (picture(channels=c, top=65535) for c in (1, 3, 4, 2))
    yield "16-grey.png", png(7, 5, 16, 0, deep(grey)), [line(grey.astype("uint16"))]
    yield "16-rgb.png", png(7, 5, 16, 2, deep(rgb)), [line(rgb.astype("uint16"))]
    yield "16-rgba.png", png(7, 5, 16, 6, deep(rgba)), [line(over_white(rgba, 65535).astype("uint16"))]
    spread = numpy.stack([la[..., 0]] * 3 + [la[..., 1]], -1)
    yield "16-grey-alpha.png", png(7, 5, 16, 4, deep(la)), [line(over_white(spread, 65535).astype("uint16"))]
    through = grey.copy()
    through[grey == grey[2, 2]] = 65535
    content = png(7, 5, 16, 0, deep(grey), chunk(b"tRNS", struct.pack(">H", grey[2, 2])))
    yield "16-grey-transparent.png", content, [line(numpy.stack([through] * 3, -1).astype("uint16"))]
    for bits in (1, 2, 4, 8):
        values = picture(top=2**bits - 1, channels=1, seed=bits)
        rows = [bytes(int(t[i:i + 8], 2) for i in range(0, len(t), 8)) for t in
                ("".join(f"{v:0{bits}b}" for v in row).ljust(-(-7 * bits // 8) * 8, "0") for row in values)]
        content = png(7, 5, bits, 0, rows)
        yield f"{bits}-grey.png", content, [line(pillow(content, grey=True))]
        palette = bytes(int(v) for v in picture(2**bits, 1, 3, seed=bits + 10).ravel())
        content = png(7, 5, bits, 3, rows, chunk(b"PLTE", palette), chunk(b"tRNS", bytes([0, 100])))
        yield f"{bits}-palette.png", content, [line(pillow(content))]
    yield "8-more-rows.png", png(7, 5, 8, 0, [bytes(7)] * 5, after=bytes(8)), [refused("too much pixel data")]
