"""The colors of color.go. Needs numpy: python3 palette.py

Of all colors that are neither pale nor dull, ten and then ten more with the largest least distance in
OKLab over normal, protan, deutan and tritan vision (Machado, Oliveira and Fernandes 2009, severity 1),
found by exchanging one color at a time from many random starts. The first ten are then ordered so that
digits often taken for each other are far apart.
"""
import itertools
import numpy as np

TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]])
TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]])
VISIONS = [
    np.eye(3),
    np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
]


def views(colors):
    """OKLab coordinates of sRGB colors (0..255) in each vision."""
    c = np.asarray(colors, float) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return [np.cbrt(np.clip(linear @ v.T, 0, 1) @ TO_LMS.T) @ TO_LAB.T for v in VISIONS]


def distances(a, b, weights):
    """The least weighted distance over the visions, of each of a to each of b."""
    return np.min([w * np.linalg.norm(x[:, None] - y[None], axis=-1) for x, y, w in zip(views(a), views(b), weights)], axis=0)


steps = np.arange(0, 256, 15)
colors = np.array(list(itertools.product(steps, steps, steps)), float)
lab = views(colors)[0]
chroma = np.hypot(lab[:, 1], lab[:, 2])
colors = colors[(lab[:, 0] > 0.36) & (lab[:, 0] < 0.86) & (chroma > 0.09) & (chroma < 0.24)]
# With one kind of cones missing no palette is as wide as with all: distances count more there.
WEIGHTS = [1.0, 2.0, 2.0, 1.6]
apart = distances(colors, colors, WEIGHTS).astype(np.float32)
free = np.minimum(1.3 * distances(colors, [[150, 150, 150]], WEIGHTS), 0.8 * distances(colors, [[255, 255, 255]], WEIGHTS))[:, 0]
random = np.random.default_rng(1)


def choose(count, fixed, starts):
    best = None
    for _ in range(starts):
        chosen = list(fixed) + list(random.choice(len(colors), count - len(fixed), replace=False))
        better = True
        while better:
            better = False
            for j in random.permutation(np.arange(len(fixed), count)):
                others = chosen[:j] + chosen[j + 1:]
                room = np.minimum(apart[others].min(0), free)
                if room[room.argmax()] > room[chosen[j]] + 1e-6:
                    chosen[j], better = int(room.argmax()), True
        d = apart[np.ix_(chosen, chosen)] + 9 * np.eye(count)
        score = min(d.min(), free[chosen].min()), np.sort(d.min(1)).mean()
        if best is None or score > best[0]:
            best = score, chosen
    return best[1]


ten = choose(10, [], 400)
twenty = choose(20, ten, 60)

CONFUSED = {(4, 9): 3, (7, 9): 2, (3, 5): 4, (3, 8): 2, (5, 8): 2, (4, 7): 1, (2, 3): 1, (2, 8): .5, (0, 6): 1, (5, 6): .7, (8, 9): 1,
            (1, 7): .7, (1, 2): .3, (3, 9): .5, (0, 5): .3, (2, 6): .4, (4, 6): .4, (0, 2): .3, (2, 7): .3, (1, 8): .3}
between = distances(colors[ten], colors[ten], [1, 1.5, 1.5, 1.2])


def clash(order):
    return sum(w * np.exp(-between[order[a], order[b]] / 0.06) for (a, b), w in CONFUSED.items())


best = None
for _ in range(200):
    order, better = list(random.permutation(10)), True
    while better:
        better = False
        for i, j in itertools.combinations(range(10), 2):
            other = list(order)
            other[i], other[j] = order[j], order[i]
            if clash(other) < clash(order) - 1e-9:
                order, better = other, True
    if best is None or clash(order) < clash(best):
        best = order

palette, rest = [ten[i] for i in best], twenty[10:]
while rest:  # each as far as possible from all before it
    palette.append(max(rest, key=lambda i: apart[i, palette].min()))
    rest.remove(palette[-1])
for index in palette:
    print("#%02x%02x%02x" % tuple(int(v) for v in colors[index]))
