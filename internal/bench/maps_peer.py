"""Maps of `go run ./internal/bench -what maps` in openTSNE and umap-learn.

Reads one JSON request a line and answers each with one line:

    {"op": "version"}                            -> {"version": ...}
    {"op": "load", "codes": NPY}                 -> {}
    {"op": "tsne" or "umap", "places": NPY}      -> {"seconds": ..., "cpu": ..., "neighbors": ...}

The libraries' own defaults, with a seed and the number of threads of THREADS.
"neighbors" are the seconds of the search for neighbours, which "seconds" includes.
Imports, and a first map of few points that has numba compile, are not counted.
"""
import json
import os
import resource
import sys
import time
import warnings

THREADS = int(os.environ["THREADS"])
for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"]:
    os.environ[name] = str(THREADS)
warnings.filterwarnings("ignore")

import numpy as np
import openTSNE
import openTSNE.affinity
import umap
import umap.umap_

SEED = 1


def cpu():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime


def tsne(x):
    start = time.perf_counter()
    affinities = openTSNE.affinity.PerplexityBasedNN(x, perplexity=30, n_jobs=THREADS, random_state=SEED)
    neighbors = time.perf_counter() - start
    places = openTSNE.TSNE(n_jobs=THREADS, random_state=SEED).fit(x, affinities=affinities)
    return np.asarray(places), neighbors


def umap_(x):
    """A seeded umap-learn works on one thread. Its own search for neighbours is kept,
    timed, and handed to it."""
    start = time.perf_counter()
    known = umap.umap_.nearest_neighbors(x, 15, "euclidean", None, False, np.random.RandomState(SEED), n_jobs=1)
    neighbors = time.perf_counter() - start
    if len(x) < 4096:  # it then computes all distances itself
        known, neighbors = (None, None, None), 0
    return umap.UMAP(random_state=SEED, n_jobs=1, precomputed_knn=known).fit_transform(x), neighbors


methods = {"tsne": tsne, "umap": umap_}
codes = None


def answer(request):
    global codes
    if request["op"] == "version":
        return {"version": f"openTSNE {openTSNE.__version__}, umap-learn {umap.__version__}"}
    if request["op"] == "load":
        codes = np.load(request["codes"])
        few = np.random.RandomState(SEED).randn(5000, codes.shape[1]).astype(np.float32)
        umap.UMAP(random_state=SEED, n_jobs=1, n_epochs=2, precomputed_knn=umap.umap_.nearest_neighbors(
            few, 15, "euclidean", None, False, np.random.RandomState(SEED), n_jobs=1)).fit(few)
        openTSNE.TSNE(n_jobs=THREADS, random_state=SEED, early_exaggeration_iter=2, n_iter=2).fit(few)
        return {}
    wall, before = time.perf_counter(), cpu()
    places, neighbors = methods[request["op"]](codes)
    took, worked = time.perf_counter() - wall, cpu() - before
    np.save(request["places"], places.astype(np.float32))
    return {"seconds": took, "cpu": worked, "neighbors": neighbors}


for line in sys.stdin:
    try:
        print(json.dumps(answer(json.loads(line))), flush=True)
    except Exception as e:
        print(json.dumps({"error": f"{type(e).__name__}: {e}"}), flush=True)
