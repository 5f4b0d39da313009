"""Writes one table as numpy and pandas do: python3 make.py

Needs the packages numpy and pandas (2.4.6 and 3.1.1 made the files that stand here).
"""

import pathlib

import numpy as np
import pandas as pd

here = pathlib.Path(__file__).parent
table = np.array([[0.5, -1.25, 3.0, 1e-7], [0, 1, -0.0, 12345.678], [-3e8, 2.5, 0.1, 7]], dtype=np.float32)

np.save(here / "float32.npy", table)
np.save(here / "float64.npy", table.astype(np.float64))
np.save(here / "turned.npy", np.asfortranarray(table))
np.save(here / "big-endian.npy", table.astype(">f4"))
np.save(here / "row.npy", table[0])
np.save(here / "whole.npy", np.array([[-300, 0, 300, 7]], dtype=np.int16))
with open(here / "version2.npy", "wb") as f:
    np.lib.format.write_array(f, table, version=(2, 0))
np.savetxt(here / "savetxt.txt", table)
np.savetxt(here / "savetxt.csv", table, delimiter=",", header="mu_0,mu_1,mu_2,mu_3")
frame = pd.DataFrame(table)
frame.to_csv(here / "pandas.csv")
frame.to_csv(here / "pandas-bare.csv", header=False, index=False)
frame.columns = [f"mu_{i}" for i in range(4)]
frame.insert(0, "name", ["a, b.png", 'c "d".png', "é.png"])
frame.to_csv(here / "pandas-named.tsv", sep="\t", index=False)
