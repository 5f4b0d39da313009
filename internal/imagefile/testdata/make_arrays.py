#!/usr/bin/env python3
"""Makes arrays/ and arrays/expected.txt: NumPy's files of images with labels, and the
samples of each image.

Needs numpy (and Pillow, for formats_common):

    python3 make_arrays.py

A line of expected.txt is a file, the name of the array or -, its part or -, the label in
quotes or -, and then as formats/*-expected.txt have it, the page being the index; or a
file and a part of the error with which it is refused.
"""

import io
import pathlib
import zipfile

import numpy

from formats_common import line, over_white

OUT = pathlib.Path(__file__).parent / "arrays"
RANGES = {"i1": (-128, 127), "i2": (-32768, 32767), "i4": (-2**31, 2**31 - 1), "i8": (-2**63, 2**63 - 1), "u4": (0, 2**32 - 1), "u8": (0, 2**64 - 1)}
lines = []


def values(dtype, *shape, seed=1):
    rng = numpy.random.default_rng(seed)
    kind = numpy.dtype(dtype)
    if kind.kind == "f":
        return rng.normal(0, 9, shape).astype(dtype)
    if kind.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    info = numpy.iinfo(kind)
    out = rng.integers(info.min, info.max, shape, dtype=kind.newbyteorder("="), endpoint=True)
    out.flat[0], out.flat[-1] = info.min, info.max
    return out.astype(dtype)


def expect(file, images, labels=None, name="-", part="-"):
    """Images are [N, H, W] or [N, H, W, 3], as the program hands them out."""
    kind = images.dtype.str[1:]
    for i, image in enumerate(images):
        if kind in ("u1", "u2"):
            text = line(image.astype(image.dtype.newbyteorder("=")), page=i)
        elif kind == "b1":
            text = line(image.astype("uint8"), high=1, page=i)
        else:
            low, high = RANGES.get(kind, ("NaN", "NaN"))
            text = line(image.astype("float32"), low, high, page=i)
        label = "-" if labels is None else '"%s"' % labels[i]
        lines.append(f"{file} {name} {part} {label} {text}")


def refused(file, reason):
    lines.append(f"{file} refused {reason}")


def save(file, array, **options):
    numpy.save(OUT / file, array, **options)


def npy():
    for dtype in ("u1", "<u2", ">u2", "<u4", ">u4", "<u8", "i1", "<i2", ">i4", "<i8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "?"):
        x = values(dtype, 3, 4, 5)
        name = dtype.replace("<", "little-").replace(">", "big-").replace("?", "bool") + ".npy"
        save(name, x)
        expect(name, x)
        fortran = "fortran-" + name
        save(fortran, numpy.asfortranarray(x))
        expect(fortran, x)
    for dtype in ("u1", "<u2", "<f4"):
        name = dtype.strip("<") + "-"
        x = values(dtype, 2, 5, 6, 3)
        save(name + "rgb.npy", x)
        expect(name + "rgb.npy", x)
        save(name + "rgb-fortran.npy", numpy.asfortranarray(x))
        expect(name + "rgb-fortran.npy", x)
        save(name + "torch.npy", x.transpose(0, 3, 1, 2).copy())
        expect(name + "torch.npy", x)
        save(name + "grey-one.npy", x[0, ..., 0])
        expect(name + "grey-one.npy", x[:1, ..., 0])
        save(name + "channel.npy", x[..., :1])
        expect(name + "channel.npy", x[..., 0])
    for dtype, top in (("u1", 255), ("u2", 65535)):
        x = values(dtype, 2, 5, 4, 4)
        save(f"{dtype}-alpha.npy", x)
        expect(f"{dtype}-alpha.npy", over_white(x, top).astype(dtype))
    x = values("u1", 2, 3, 4)
    for version in ((1, 0), (2, 0), (3, 0)):
        name = f"version-{version[0]}.npy"
        with open(OUT / name, "wb") as f:
            numpy.lib.format.write_array(f, x, version=version)
        expect(name, x)
    save("floats-alpha.npy", values("f4", 2, 5, 3, 4))
    refused("floats-alpha.npy", "has four channels")
    save("complex.npy", numpy.ones((2, 3, 4), "complex64"))
    refused("complex.npy", 'has elements of type "<c8", which are not read')
    save("objects.npy", numpy.array([[1, "a"]], dtype=object), allow_pickle=True)
    refused("objects.npy", "holds Python objects")
    save("structure.npy", numpy.zeros((2, 3, 4), [("a", "u1"), ("b", "f4")]))
    refused("structure.npy", "structured dtype")
    save("text.npy", numpy.array([["a", "b"]]))
    refused("text.npy", "holds text, not images")
    save("color.npy", values("u1", 16, 20, 3))
    refused("color.npy", "has the shape [16, 20, 3], of one image or of many narrow ones; make it [1, height, width, channels]")
    save("narrow-many.npy", values("u1", 5, 20, 3))
    expect("narrow-many.npy", values("u1", 5, 20, 3))
    save("line.npy", values("u1", 7))
    refused("line.npy", "has the shape [7]; images are [N, height, width]")
    save("five.npy", values("u1", 2, 2, 2, 2, 2))
    refused("five.npy", "has the shape [2, 2, 2, 2, 2]")
    save("channels.npy", values("u1", 2, 5, 5, 2))
    refused("channels.npy", "has the shape [2, 5, 5, 2]")
    save("none.npy", values("u1", 1, 3, 3)[:0])
    refused("none.npy", "holds no image")
    save("narrow.npy", values("u1", 2, 3, 5)[..., :0])
    refused("narrow.npy", "claims 0x3 pixels")
    cut = (OUT / "u1.npy").read_bytes()
    (OUT / "cut.npy").write_bytes(cut[:-1])
    refused("cut.npy", "ends too early, it is truncated")
    (OUT / "cut-header.npy").write_bytes(cut[:40])
    refused("cut-header.npy", "ends too early, it is truncated")
    (OUT / "version.npy").write_bytes(cut[:6] + b"\x09" + cut[7:])
    refused("version.npy", "has version 9.0")
    (OUT / "shape.npy").write_bytes(cut.replace(b"(3, 4, 5)", b"(3, 4,-5)"))
    refused("shape.npy", "has the shape (3, 4,-5)")
    (OUT / "vast.npy").write_bytes(cut.replace(b"(3, 4, 5), }           ", b"(99999999999, 28, 28), }"[:23]))
    refused("vast.npy", "ends too early, it is truncated")
    (OUT / "empty.npy").write_bytes(b"")
    refused("empty.npy", "is empty")
    (OUT / "png.npy").write_bytes(b"\x89PNG\r\n\x1a\n")
    refused("png.npy", "is not in NumPy's format")


def beside():
    x = values("u1", 3, 2, 2)
    for images, labels, array, texts in (
        ("a.npy", "a_labels.npy", numpy.array([7, 0, 300], "i8"), ["7", "0", "300"]),
        ("X_test.npy", "Y_test.npy", numpy.array(["cat", "dog", "ü"]), ["cat", "dog", "ü"]),
        ("train_images.npy", "train_labels.npy", numpy.array([[1], [2], [1]], "u1"), ["1", "2", "1"]),
        ("b.npy", "b-labels.npy", numpy.array([1.0, 2.0, -3.0]), ["1", "2", "-3"]),
        ("c.npy", "c_labels.npy", numpy.array([b"up", b"down", b"up"]), ["up", "down", "up"]),
        ("d.npy", "d_labels.npy", numpy.array([True, False, True]), ["1", "0", "1"]),
    ):
        save(images, x)
        save(labels, array)
        expect(images, x, texts, part={"X_test.npy": "test", "train_images.npy": "train"}.get(images, "-"))
    for name, labels, reason in (("few", numpy.array([1, 2]), "has 2 labels for the 3 images of"), ("half", numpy.array([0.5, 1, 2]), "has the label 0.5"),
                                 ("hot", numpy.eye(3), "has the shape [3, 3]; labels are [N]")):
        save(f"{name}.npy", x)
        save(f"{name}_labels.npy", labels)
        refused(f"{name}.npy", reason)
    save("twice.npy", x)
    save("twice_labels.npy", numpy.array([1, 2, 3]))
    save("twice-labels.npy", numpy.array([1, 2, 3]))
    refused("twice.npy", "has labels in")


def npz():
    x, t = values("u1", 3, 4, 4), values("u1", 2, 4, 4, seed=2)
    y, u = numpy.array([5, 0, 9], "u1"), numpy.array([1, 1], "i8")
    for name, write in (("keras.npz", numpy.savez), ("keras-packed.npz", numpy.savez_compressed)):
        write(OUT / name, x_test=t, y_test=u, x_train=x, y_train=y)
        expect(name, x, y, "x_train", "train")
        expect(name, t, u, "x_test", "test")
    numpy.savez(OUT / "medmnist.npz", train_images=x, train_labels=y[:, None], val_images=t, val_labels=u[:, None], test_images=t[::-1], test_labels=u[:, None])
    expect("medmnist.npz", x, y, "train_images", "train")
    expect("medmnist.npz", t, u, "val_images", "validation")
    expect("medmnist.npz", t[::-1], u, "test_images", "test")
    numpy.savez(OUT / "positional.npz", x, y)
    expect("positional.npz", x, y, "arr_0")
    numpy.savez_compressed(OUT / "sprites.npz", imgs=x.astype("f4"), latents_values=numpy.ones((3, 6)), metadata=numpy.array({"a": 1}, dtype=object))
    expect("sprites.npz", x.astype("f4"), None, "imgs")
    numpy.savez(OUT / "only.npz", faces=x, names=numpy.array(["a", "b"]))
    expect("only.npz", x, None, "faces")
    numpy.savez(OUT / "parts.npz", train=x, test=t)
    expect("parts.npz", x, None, "train", "train")
    expect("parts.npz", t, None, "test", "test")
    numpy.savez(OUT / "unclear.npz", left=x, right=x)
    refused("unclear.npz", "holds left [3, 4, 4], right [3, 4, 4], and which are the images is not clear")
    numpy.savez(OUT / "both.npz", x=x, images=x)
    refused("both.npz", "holds x and images, and which is meant is not clear")
    numpy.savez(OUT / "flat.npz", x=x.reshape(3, 16), y=y)
    refused("flat.npz", "x has the shape [3, 16], a row an image; reshape it to [N, height, width]")
    numpy.savez(OUT / "count.npz", x=x, y=u)
    refused("count.npz", "y: has 2 labels for the 3 images of")
    with zipfile.ZipFile(OUT / "photos.npz", "w") as z:
        z.writestr("a.png", b"x")
    refused("photos.npz", "holds no array of NumPy")
    good = (OUT / "keras.npz").read_bytes()
    at = good.index(x.tobytes())
    (OUT / "damaged.npz").write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
    refused("damaged.npz", "x_train: is damaged: zip: checksum error")
    (OUT / "cut.npz").write_bytes(good[:-30])
    refused("cut.npz", "is damaged: zip: not a valid zip file")


OUT.mkdir(exist_ok=True)
for old in OUT.iterdir():
    old.unlink()
npy()
beside()
npz()
(OUT / "expected.txt").write_text("".join(text + "\n" for text in lines))
