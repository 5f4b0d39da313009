"""Netpbm: PBM, PGM, PPM, PAM, PFM, text and binary; up to 255 as Pillow reads them."""

import numpy

from formats_common import line, over_white, picture, pillow, refused


def text(values):
    return "\n".join(" ".join(str(v) for v in row) for row in values.reshape(values.shape[0], -1)).encode()


def make():
    for c, (plain, binary) in {1: ("P2", "P5"), 3: ("P3", "P6")}.items():
        for top in (255, 65535, 1, 15, 1023, 4095):
            values = picture(channels=c, top=top, seed=top)
            dtype = "u1" if top < 256 else ">u2"
            expected = [line(values.astype("uint8" if top < 256 else "uint16"), high=top)]
            yield f"{plain}-{top}.pnm", f"{plain}\n7 5\n{top}\n".encode() + text(values), expected
            content = f"{binary} 7 5 {top}\n".encode() + values.astype(dtype).tobytes()
            if top == 255:
                assert (pillow(content, grey=c == 1) == values).all()
            yield f"{binary}-{top}.pnm", content, expected
    bits = picture(channels=1, top=1, seed=3)
    expected = (1 - bits) * 255
    rows = numpy.packbits(bits, axis=1).tobytes()
    for name, content in {
        "P4": b"P4\n# by hand\n7 5\n" + rows, "P1": b"P1\n7 5\n" + text(bits),
        "P1-dense": b"P1 7 5\n" + b"\n".join(b"".join(b"%d" % v for v in row) for row in bits),
    }.items():
        assert (pillow(content, grey=True) == expected).all()
        yield f"{name}.pnm", content, [line(expected.astype("uint8"))]
    values = picture(channels=1)
    comments = b"P5 # one\n# two\r7#three\n 5\n#four\n255\n" + values.astype("u1").tobytes()
    assert (pillow(comments, grey=True) == values).all()
    yield "comments.pnm", comments, [line(values.astype("uint8"))]
    yield "text-comments.pnm", b"P2 2 1 9 # top\n3 # three\n#\n4 ", [line(numpy.array([[3, 4]], "uint8"), high=9)]
    yield "after.pnm", b"P5 2 1 255\nabjunk", [line(numpy.array([[97, 98]], "uint8"))]
    yield "pages.pnm", b"P5 2 1 255\nabP6 1 1 65535\n\0\1\0\2\0\3P4 1 1\n\0\n", [
        line(numpy.array([[97, 98]], "uint8")), line(numpy.array([[[1, 2, 3]]], "uint16"), page=1), line(numpy.array([[255]], "uint8"), page=2)]
    for order, scale in (("<", "-1.0"), (">", "2.5")):
        for c, kind in ((1, "Pf"), (3, "PF")):
            floats = numpy.random.default_rng(1).normal(0, 3, (5, 7, c)).astype("f4")
            content = f"{kind}\n7 5\n{scale}\n".encode() + floats[::-1].astype(order + "f4").tobytes()
            yield f"{kind}-{'little' if order == '<' else 'big'}.pfm", content, [line(floats if c == 3 else floats[..., 0], "NaN", "NaN")]
    for c, kind in ((1, "GRAYSCALE"), (2, "GRAYSCALE_ALPHA"), (3, "RGB"), (4, "RGB_ALPHA")):
        for top in (255, 65535):
            values = picture(channels=c, top=top)
            dtype = "uint8" if top == 255 else "uint16"
            content = f"P7\nWIDTH 7\nHEIGHT 5\nDEPTH {c}\n# comment\nMAXVAL {top}\nTUPLTYPE {kind}\nENDHDR\n".encode()
            content += values.astype(">u" + dtype[4:].replace("8", "1").replace("16", "2")).tobytes()
            seen = values
            if c == 2:
                seen = over_white(numpy.stack([values[..., 0]] * 3 + [values[..., 1]], -1), 65535 if top > 255 else 255)[..., 0]
            elif c == 4:
                seen = over_white(values, top)
            tolerance = 1 if c == 2 else 0  # luma rounds
            yield f"pam-{c}-{top}.pam", content, [line(seen.astype(dtype), tolerance=tolerance)]
    yield "cmyk.pam", b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE CMYK\nENDHDR\nabcd", [refused('pam: 4 samples of "CMYK" up to 255 are not supported')]
    yield "cut.pnm", b"P5 7 5 255\n" + bytes(34), [refused("ends too early")]
    yield "cut-text.pnm", b"P2 7 5 255\n" + b"1 " * 34 + b" " * 9, [refused("ends too early")]
    yield "bits-cut.pnm", b"P1 7 5\n" + b"1" * 34 + b" ", [refused("ends too early")]
    yield "bits-wrong.pnm", b"P1 2 1\n12", [refused("a pixel '2', neither 0 nor 1")]
    yield "large.pnm", b"P2 2 1 255\n1 256", [refused('sample "256", not a number from 0 to 255')]
    yield "top.pnm", b"P5 2 1 65536\nabcd", [refused('largest value "65536", not a number from 1 to 65535')]
    yield "vast.pnm", b"P6 60000 60000 255\n", [refused("claims 60000x60000 pixels")]
    yield "negative.pnm", b"P5 -1 5 255\n", [refused("is not an image")]
    yield "none.pnm", b"P5 0 5 255\n", [refused("claims 0x5 pixels")]
