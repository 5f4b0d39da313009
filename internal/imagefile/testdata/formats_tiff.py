"""TIFF: what tifffile and libtiff (by Pillow) write, and what they read of it."""

import io
import struct

import numpy
import tifffile
from PIL import Image

from formats_common import line, over_white, picture, pillow, refused


def tiff(values, **options):
    out = io.BytesIO()
    options.setdefault("metadata", None)
    options.setdefault("software", False)
    tifffile.imwrite(out, values, **options)
    content = out.getvalue()
    return content


def read(content):
    with tifffile.TiffFile(io.BytesIO(content)) as f:
        return f.pages[0].asarray()


def saved(image, **options):
    out = io.BytesIO()
    image.save(out, "TIFF", **options)
    return out.getvalue()


def retag(content, tag, value, kind=3):
    """A little-endian file in which the first value of a short tag is another."""
    at = struct.unpack_from("<I", content, 4)[0]
    for i in range(struct.unpack_from("<H", content, at)[0]):
        entry = at + 2 + 12 * i
        if struct.unpack_from("<H", content, entry)[0] == tag:
            return content[:entry + 2] + struct.pack("<HIHH", kind, 1, value, 0) + content[entry + 12:]
    raise KeyError(tag)


RANGES = {"u1": (0, 255), "u2": (0, 65535), "u4": (0, 2**32 - 1), "u8": (0, float(2**64 - 1)), "i1": (-128, 127), "i2": (-32768, 32767),
          "i4": (-2**31, 2**31 - 1), "i8": (-2**63, float(2**63 - 1))}


def values_of(dtype, w=7, h=5, c=1, seed=1):
    rng = numpy.random.default_rng(seed)
    kind = numpy.dtype(dtype)
    shape = (h, w) if c == 1 else (h, w, c)
    if kind.kind == "f":
        values = rng.normal(0, 100, shape).astype(dtype)
        values.flat[:5] = [0, -0.5, numpy.inf, numpy.nan, 6e-8]
        return values
    info = numpy.iinfo(kind)
    values = rng.integers(info.min, info.max, shape, dtype=kind, endpoint=True)
    values.flat[0], values.flat[-1] = info.min, info.max
    return values


def expect(values, **options):
    """The line for samples of any type as the program hands them out."""
    name = values.dtype.str[1:]
    if values.dtype.kind == "f":
        return line(values.astype("float32"), "NaN", "NaN", **options)
    low, high = RANGES[name]
    if name not in ("u1", "u2"):
        values = values.astype("float32")
    return line(values, low, high, **options)


def types():
    for dtype in ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"):
        for order in "<>":
            values = values_of(dtype)
            content = tiff(values, byteorder=order)
            assert (read(content) == values).all() or values.dtype.kind == "f"
            yield f"{dtype}-{'little' if order == '<' else 'big'}.tif", content, [expect(values)]
    for dtype in ("u1", "u2", "u4", "f4"):
        yield f"{dtype}-bigtiff.tif", tiff(values_of(dtype), bigtiff=True, byteorder="<"), [expect(values_of(dtype))]
        rgb = values_of(dtype, c=3)
        yield f"{dtype}-rgb.tif", tiff(rgb, photometric="rgb"), [expect(rgb)]
        yield f"{dtype}-planar.tif", tiff(rgb.transpose(2, 0, 1).copy(), photometric="rgb", planarconfig="separate"), [expect(rgb)]
    yield "u2-bigtiff-big.tif", tiff(values_of("u2"), bigtiff=True, byteorder=">"), [expect(values_of("u2"))]


def packed():
    for dtype in ("u1", "u2", "u4", "i2", "f2", "f4", "f8"):
        for compression in ("lzw", "zlib", "packbits"):
            for predictor in (False, True):
                if predictor and compression == "packbits":
                    continue
                if dtype not in ("u1", "u2") and compression != "zlib":
                    continue
                values = values_of(dtype, c=3)
                for order in "<>" if predictor else "<":
                    content = tiff(values, photometric="rgb", compression=compression, predictor=predictor, byteorder=order, rowsperstrip=2)
                    name = f"{dtype}-{compression}{'-predictor' if predictor else ''}{'-big' if order == '>' else ''}.tif"
                    yield name, content, [expect(values)]
    values = values_of("f4", 20, 18)
    content = tiff(values, compression="zlib", predictor=3, tile=(16, 16), byteorder=">")
    yield "f4-tiles-predictor.tif", content, [expect(values)]


def tiles():
    for c, planar in ((1, None), (3, "contig"), (3, "separate")):
        values = values_of("u2", 37, 19, c)
        stored = values.transpose(2, 0, 1).copy() if planar == "separate" else values
        content = tiff(stored, photometric="rgb" if c == 3 else "minisblack", planarconfig=planar, tile=(16, 16), compression="zlib", predictor=True)
        yield f"tiles-{c}-{planar}.tif", content, [expect(values)]


def few_bits():
    for bits in (1, 2, 4, 6, 10, 12, 14):
        for c in (1, 3):
            if bits == 1 and c == 3:
                continue
            top = 2**bits - 1
            values = picture(7, 5, c, top, seed=bits)
            rows = []
            for row in values.reshape(5, -1):
                text = "".join(f"{v:0{bits}b}" for v in row)
                text += "0" * (-len(text) % 8)
                rows.append(bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8)))
            content = raw(7, 5, b"".join(rows), {258: [bits] * c, 277: [c], 262: [2 if c == 3 else 1]})
            if bits in (1, 2, 4) and c == 1:
                assert (pillow(content, grey=True) == values * 255 // top).all()
            if bits > 8:
                assert (read(content) == values).all(), bits
                yield f"bits-{bits}-{c}.tif", content, [line(values.astype("uint16"), high=top)]
            else:
                yield f"bits-{bits}-{c}.tif", content, [line(((values * 255 + top // 2) // top).astype("uint8"))]
            if c == 1:
                white = retag(content, 262, 0)
                flipped = top - values
                expected = line(flipped.astype("uint16"), high=top) if bits > 8 else line(((flipped * 255 + top // 2) // top).astype("uint8"))
                yield f"bits-{bits}-white.tif", white, [expected]


def raw(w, h, data, tags, order="<"):
    """A file of one strip, of tags with short or long values."""
    tags = {256: [w], 257: [h], 259: [1], 278: [h], 279: [len(data)], **tags}
    n = len(tags) + 1
    at = 8 + 2 + 12 * n + 4
    entries, more = [], b""
    for tag, values in sorted({**tags, 273: [None]}.items()):
        if isinstance(values, bytes):
            body, kind, count = values, 7, len(values)
        else:
            values = [at if v is None else v for v in values]
            kind = 4 if tag in (273, 279, 324, 325) else 3
            body, count = struct.pack(f"{order}{len(values)}{'I' if kind == 4 else 'H'}", *values), len(values)
        if tag == 273:
            strip = len(entries)
        if len(body) > 4:
            place = struct.pack(order + "I", at + len(more))
            more += body
        else:
            place = body + bytes(4 - len(body))
        entries.append([struct.pack(order + "HHI", tag, kind, count), place])
    entries[strip][1] = struct.pack(order + "I", at + len(more))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8) + struct.pack(order + "H", n)
    return head + b"".join(a + b for a, b in entries) + bytes(4) + more + data


def spots(w, h):
    """Runs of all lengths, a row like the one above it with some changes, and flat rows."""
    rng = numpy.random.default_rng(w)
    rows = numpy.zeros((h, w), bool)
    for y in range(h):
        if y % 3 == 1:
            rows[y] = numpy.roll(rows[y - 1], rng.integers(-4, 5))
        elif y % 5 != 4:
            x, black = 0, bool(rng.integers(2))
            while x < w:
                n = int(rng.choice([1, 2, 3, rng.integers(1, 70), rng.integers(1, 2700)]))
                rows[y, x:x + n] = black
                x, black = x + n, not black
    rows[-1] = True
    grey = numpy.where(rows, 0, 255).astype("uint8")
    return Image.fromarray(grey).convert("1"), grey


def cut_strip(content):
    """The strip claims half of its bytes."""
    with tifffile.TiffFile(io.BytesIO(content)) as f:
        tag = f.pages[0].tags[279]
        out = bytearray(content)
        out[tag.valueoffset:tag.valueoffset + 2] = struct.pack("<H", tag.value[0] // 2)
    return bytes(out)


def fax():
    image = Image.fromarray(((numpy.add.outer(numpy.arange(23), numpy.arange(40)) // 5 % 3 == 0) * 255).astype("uint8")).convert("1")
    grey = numpy.asarray(image.convert("L"))
    for compression in ("group3", "group4"):
        for white in (0, 1):  # WhiteIsZero, BlackIsZero
            content = saved(image, compression=compression, tiffinfo={262: white})
            seen = pillow(content, grey=True)
            assert (seen == grey).all() or (seen == 255 - grey).all()
            yield f"{compression}-{'black' if white else 'white'}-is-0.tif", content, [line(seen)]
    for name, (w, h) in {"": (40, 23), "-wide": (3000, 5), "-odd": (77, 31)}.items():
        if name:
            image, grey = spots(w, h)
        for kind, options in {"huffman": ("tiff_ccitt", {}), "group3-1d": ("group3", {}), "group3-2d": ("group3", {292: 1}), "group3-filled": ("group3", {292: 4}),
                              "group3-2d-filled": ("group3", {292: 5}), "group4": ("group4", {}), "group3-strips": ("group3", {278: 5, 292: 1})}.items():
            content = saved(image, compression=options[0], tiffinfo={262: 0, **options[1]})
            assert (pillow(content, grey=True) == grey).all()
            yield f"{kind}{name}.tif", content, [line(grey)]
    image, grey = spots(40, 23)
    yield "group4-cut.tif", cut_strip(saved(image, compression="group4", tiffinfo={262: 0})), [refused("ends too early")]
    yield "group3-cut.tif", cut_strip(saved(image, compression="group3", tiffinfo={262: 0})), [refused("ends too early")]
    content = saved(image, compression="group4", tiffinfo={262: 0})
    strip, size = (tifffile.TiffFile(io.BytesIO(content)).pages[0].tags[t].value[0] for t in (273, 279))
    reverse = bytes(int(f"{b:08b}"[::-1], 2) for b in range(256))
    body = content[strip:strip + size].translate(reverse)
    reordered = raw(40, 23, body, {258: [1], 259: [4], 262: [0], 266: [2], 277: [1]})
    assert (pillow(reordered, grey=True) == grey).all()
    yield "group4-fill-order-2.tif", reordered, [line(grey)]


def fill_order():
    bits = picture(21, 6, 1, 1, seed=4)
    rows = numpy.packbits(bits, axis=1, bitorder="little").tobytes()
    for photometric in (0, 1):
        content = raw(21, 6, rows, {258: [1], 262: [photometric], 266: [2], 277: [1]})
        seen = pillow(content, grey=True)
        assert (seen == (bits ^ (1 - photometric)) * 255).all()
        yield f"fill-order-2-{'black' if photometric else 'white'}-is-0.tif", content, [line(seen)]


def colors():
    for name, order in (("palette", "<"), ("palette-big", ">")):
        table = numpy.random.default_rng(3).integers(0, 65535, (3, 256), dtype="uint16", endpoint=True)
        index = values_of("u1")
        yield f"{name}.tif", tiff(index, colormap=table, photometric="palette", byteorder=order), [
            line((table[:, index].transpose(1, 2, 0) >> 8).astype("uint8"))]
    table = numpy.arange(48, dtype="uint16").reshape(3, 16) * 1365
    index = picture(7, 5, 1, 15)
    rows = b"".join(bytes((int(a) << 4) | int(b) for a, b in zip(r[::2], list(r[1::2]) + [0])) for r in index)
    content = raw(7, 5, rows, {258: [4], 262: [3], 277: [1], 320: list(table.ravel())})
    assert (pillow(content) == (table[:, index].transpose(1, 2, 0) >> 8)).all()
    yield "palette-4.tif", content, [line((table[:, index].transpose(1, 2, 0) >> 8).astype("uint8"))]
    for dtype in ("u1", "u2"):
        ink = values_of(dtype, c=4)
        top = numpy.iinfo(dtype).max
        deep = ink.astype("int64") * (65535 // top)
        mixed = (65535 - deep[..., :3]) * (65535 - deep[..., 3:]) // 65535
        content = tiff(ink, photometric="separated")
        if dtype == "u1":
            assert abs(pillow(content).astype(int) - (mixed >> 8)).max() <= 1
        yield f"cmyk-{dtype}.tif", content, [line((mixed >> 8).astype("uint8") if dtype == "u1" else mixed.astype("uint16"))]
        for kind in ("assocalpha", "unassalpha", "unspecified"):
            for c in (2, 4):
                values = values_of(dtype, c=c, seed=7)
                if kind == "assocalpha":
                    values[..., :-1] = numpy.minimum(values[..., :-1], values[..., -1:])
                content = tiff(values, photometric="rgb" if c == 4 else "minisblack", planarconfig="contig", extrasamples=[kind])
                yield f"{kind}-{c}-{dtype}.tif", content, [line(seen_through(values, kind, top, content))]
    values = values_of("u2", c=4, seed=7)
    content = tiff(values.transpose(2, 0, 1).copy(), photometric="rgb", planarconfig="separate", extrasamples=["unassalpha"])
    yield "unassalpha-planar.tif", content, [line(seen_through(values, "unassalpha", 65535, None))]


def seen_through(values, kind, top, content):
    """Color, or grey, over white."""
    dtype = values.dtype
    if kind == "unspecified":
        return values[..., 0] if values.shape[2] == 2 else values[..., :3]
    deep = values.astype("int64") * (65535 // top)
    color, a = deep[..., :-1], deep[..., -1:]
    if kind == "unassalpha":
        color = color * a // 65535
    color = numpy.minimum(color + 65535 - a, 65535)
    if color.shape[2] == 1:  # the luma of a grey is rounded to it
        color = color[..., 0]
        return color.astype(dtype) if top == 65535 else ((65536 * color + 32768) >> 24).astype(dtype)
    return color.astype(dtype) if top == 65535 else (color >> 8).astype(dtype)


def ycbcr():
    smooth = numpy.add.outer(numpy.arange(16), numpy.arange(32))  # whole tiles: readers differ at what pads others
    image = numpy.stack([smooth * 2, 255 - smooth, smooth + 40], -1).astype("uint8")
    for name, options in {
        "jpeg-ycbcr": {"photometric": "ycbcr", "subsampling": (1, 1)}, "jpeg-rgb": {"photometric": "rgb"},
        "jpeg-tiles": {"photometric": "ycbcr", "subsampling": (2, 2), "tile": (16, 16)},
    }.items():
        content = tiff(image, compression="jpeg", compressionargs={"level": 95}, **options)
        seen = pillow(content)
        yield f"{name}.tif", content, [line(seen, tolerance=6 if "tiles" in name else 3)]
    content = tiff(image[..., 0], compression="jpeg", compressionargs={"level": 95})
    yield "jpeg-grey.tif", content, [line(pillow(content, grey=True), tolerance=2)]
    content = saved(Image.fromarray(image), compression="jpeg", quality=95)  # with tables in the directory
    yield "jpeg-tables.tif", content, [line(pillow(content), tolerance=6)]
    content = saved(Image.fromarray(image[:7, :9]).convert("YCbCr"), compression="tiff_lzw", tiffinfo={530: (1, 1)})
    yield "ycbcr-lzw.tif", content, [line(numpy.asarray(Image.open(io.BytesIO(content)).convert("RGB")), tolerance=2)]
    # units of 2x2 Y, a Cb and a Cr, of 5x3 pixels
    y = picture(6, 4, 1, seed=2)
    cb, cr = picture(3, 2, 1, seed=3), picture(3, 2, 1, seed=5)
    units = b"".join(bytes([y[2 * j, 2 * i], y[2 * j, 2 * i + 1], y[2 * j + 1, 2 * i], y[2 * j + 1, 2 * i + 1], cb[j, i], cr[j, i]])
                     for j in range(2) for i in range(3))
    content = raw(5, 3, units, {258: [8, 8, 8], 262: [6], 277: [3], 530: [2, 2]})
    full = numpy.stack([y, cb.repeat(2, 0).repeat(2, 1), cr.repeat(2, 0).repeat(2, 1)], -1)[:3, :5].astype("uint8")
    yield "ycbcr-2x2.tif", content, [line(numpy.asarray(Image.fromarray(full, "YCbCr").convert("RGB")), tolerance=1)]


def pages():
    pages = [values_of("u1"), values_of("u2", 9, 4, 3, seed=2), values_of("f4", 3, 3, seed=3)]
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as w:
        for p in pages:
            w.write(p, photometric="rgb" if p.ndim == 3 else "minisblack", metadata=None, software=False)
    yield "pages.tif", out.getvalue(), [expect(p, page=i) for i, p in enumerate(pages)]
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as w:
        w.write(values_of("u1", 2, 2), subfiletype=1, metadata=None, software=False)
        w.write(pages[0], metadata=None, software=False)
        w.write(values_of("u1", 3, 2), subfiletype=1, metadata=None, software=False)
    yield "thumbnails.tif", out.getvalue(), [expect(pages[0])]


def others():
    for compression, name in (("zstd", "Zstandard"), ("lzma", "LZMA"), ("jpeg2000", "JPEG 2000"), ("webp", "WebP")):
        values = picture(16, 16, 3).astype("uint8")
        content = tiff(values, compression=compression, photometric="rgb")
        yield f"{compression}.tif", content, [refused(f"tiff: compressed by {name}, which is not supported; save it with LZW or Deflate")]
    good = tiff(values_of("u1"))
    content = tiff(values_of("u1", c=5), photometric="minisblack", planarconfig="contig")
    yield "five.tif", content, [refused("5 samples a pixel, where grey has 1")]
    yield "complex.tif", tiff(numpy.ones((2, 2), "complex64")), [refused("complex numbers are not supported")]
    yield "lab.tif", retag(tiff(values_of("u1", c=3), photometric="rgb"), 262, 8), [refused("CIE L*a*b*, which is not supported")]
    yield "raw.tif", tiff(values_of("u2"), extratags=[(50706, 1, 4, b"\x01\x04\0\0", False)]), [refused("raw data of a camera (DNG)")]
    yield "cfa.tif", retag(good, 262, 32803), [refused("the raw data of a camera, which is not supported")]
    yield "cut.tif", good[:-5], [refused("ends too early")]
    yield "mixed.tif", raw(2, 2, bytes(12), {258: [5, 6, 5], 262: [2], 277: [3]}), [refused("samples of different sizes")]
    yield "float-alpha.tif", tiff(values_of("f4", c=2), photometric="minisblack", planarconfig="contig", extrasamples=["unassalpha"]), [
        refused("transparency beside samples of this kind (32 bits) is not supported")]
    for o in range(1, 9):
        values = values_of("f4", 4, 3)
        content = tiff(values, extratags=[(274, 3, 1, o, True)])
        turned = {1: lambda a: a, 2: numpy.fliplr, 3: lambda a: numpy.rot90(a, 2), 4: numpy.flipud, 5: numpy.transpose,
                  6: lambda a: numpy.rot90(a, 3), 7: lambda a: numpy.rot90(a, 2).T, 8: numpy.rot90}[o](values)
        yield f"orientation-{o}.tif", content, [expect(numpy.ascontiguousarray(turned))]


def make():
    for family in (types, packed, tiles, few_bits, fax, fill_order, colors, ycbcr, pages, others):
        yield from family()
