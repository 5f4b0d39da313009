"""Writes resized.txt, the figures that TestResampleAgainstPillow holds: floating-point images resized by Pillow's filters.

    pip install pillow && python3 export_pillow.py > resized.txt
"""
from PIL import Image

print("# filter, width height new-width new-height, then the values; made by export_pillow.py with Pillow", __import__("PIL").__version__)
for name in "bicubic", "bilinear", "nearest":
    larger = (4, 6, 8, 10) if name == "nearest" else (4, 6, 9, 11)  # without pixels halfway between two
    for w, h, nw, nh in [(7, 5, 3, 4), larger, (20, 3, 5, 3), (1, 9, 2, 2), (13, 13, 13, 6)]:
        image = Image.new("F", (w, h))
        image.putdata([((x * 37 + y * 101) % 64) * 16.25 - 300 for y in range(h) for x in range(w)])
        resized = image.resize((nw, nh), getattr(Image, name.upper()))
        print(name, w, h, nw, nh, *(repr(float(v)) for v in resized.getdata()))
