#!/usr/bin/env python3
"""Makes formats/ and formats/expected.txt: small images in the variants that a
format has, and every sample that Pillow, tifffile or NumPy finds in them.

Needs Pillow, numpy, tifffile, imagecodecs:

    python3 make_formats.py [FAMILY...]

A line of expected.txt is a file, a page (from 0), the type of the samples, width x height x
channels, the range, the tolerance and the samples in hexadecimal, little-endian, row
by row; or a file and a part of the error with which it is refused.
"""

import pathlib
import sys

import formats_animation
import formats_bmp
import formats_png
import formats_pnm
import formats_tiff

OUT = pathlib.Path(__file__).parent / "formats"
FAMILIES = {"animation": formats_animation, "bmp": formats_bmp, "png": formats_png, "pnm": formats_pnm, "tiff": formats_tiff}


def main(names):
    OUT.mkdir(exist_ok=True)
    for name in names or FAMILIES:
        for old in OUT.glob(name + "-*"):
            old.unlink()
        lines = []
        for file, content, expected in FAMILIES[name].make():
            (OUT / f"{name}-{file}").write_bytes(content)
            lines += [f"{name}-{file} {e}\n" for e in expected]
        (OUT / f"{name}-expected.txt").write_text("".join(lines))


main(sys.argv[1:])
