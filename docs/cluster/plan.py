#!/usr/bin/env python3
"""What several machines are worth, by the model of docs/cluster.md. Prints the table that stands there.

A step of a batch of b images on N machines takes

    T = 28 P / 20e9 + A + max(0, E - 0.6 A)
    A = b / (N r)                                arithmetic; r images a second of one machine
    E = 8 P (N-1)/N / W + 2 (N-1) 30e-6          exchange; W bytes a second, 30 us a message

for P parameters: the optimizer passes 28 bytes of each through memory, and 0.6 of the arithmetic comes after
the first gradient.
"""


def step(parameters, rate, batch, machines, gbit):
    arithmetic = batch / machines / rate
    exchange = 8 * parameters * (machines - 1) / machines / (gbit * 1e9 / 8) + 2 * (machines - 1) * 30e-6
    return 28 * parameters / 20e9 + arithmetic + max(0, exchange - 0.6 * arithmetic)


NETWORKS = [  # parameters, images a second of a machine of 16 cores, images in a batch of one machine
    ("784-400-200-20", 801_224, 150_000, 1024),
    ("burgess64", 503_000, 10_000, 64),
    ("30 M parameters", 30e6, 100, 16),
]

print("| network | Gbit/s | " + " | ".join(f"N = {n}" for n in (2, 8, 32, 128, 512)) + " |")
print("|---|---|" + "---|" * 5)
for name, parameters, rate, batch in NETWORKS:
    for gbit in (10, 100):
        cells = []
        for n in (2, 8, 32, 128, 512):
            alone = step(parameters, rate, batch, 1, gbit)
            weak = alone / step(parameters, rate, batch * n, n, gbit)
            strong = step(parameters, rate, 8 * batch, 1, gbit) / step(parameters, rate, 8 * batch, n, gbit)
            cells.append(f"{weak:.2f}, {strong:.1f}x")
        print(f"| {name}, {batch} | {gbit} | " + " | ".join(cells) + " |")
