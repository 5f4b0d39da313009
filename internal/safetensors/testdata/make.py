"""Writes python.safetensors with the reference implementation: python3 make.py

Needs the packages numpy and safetensors (0.8.0 made the file that stands here).
"""

import pathlib

import numpy as np
from safetensors.numpy import save_file

tensors = {
    "fc_mu.weight": np.array([[0.5, -1.25, 3.0], [1e-30, 65504.0, -0.0]], dtype=np.float32),
    "fc_mu.bias": np.array([1.0, 2.0], dtype=np.float32),
    "empty": np.zeros((0, 4), dtype=np.float32),
    "scalar": np.array(7.0, dtype=np.float64),
    "labels": np.array([-1, 300], dtype=np.int16),
    "flags": np.array([True, False, True]),
}
# One metadata key only: the reference implementation writes several in random order.
save_file(tensors, pathlib.Path(__file__).with_name("python.safetensors"), metadata={"név": "é \"<&>\" \n"})
