#!/usr/bin/env python3
"""Makes runs.tif by libtiff (Pillow): a row for each length of a run that has a code of its
own, 0 to 63 and the multiples of 64 to 2,560, of which the row has a white run and a
black one, then white. Needs Pillow and numpy:

    python3 make_runs.py
"""

import pathlib

import numpy
from PIL import Image

lengths = list(range(64)) + list(range(64, 2561, 64))
rows = numpy.full((len(lengths), 5121), 255, "uint8")
for row, n in zip(rows, lengths):
    row[n:2 * n] = 0
Image.fromarray(rows).convert("1").save(pathlib.Path(__file__).parent / "runs.tif", compression="tiff_ccitt", tiffinfo={262: 0, 278: len(lengths)})
