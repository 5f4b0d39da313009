"""Matrix products of `go run ./internal/bench` in the BLAS behind NumPy.

Reads one JSON request a line and answers each with one line:

    {"op": "version"}                              -> {"version": ...}
    {"form": "NT", "m": M, "n": N, "k": K, "repeats": R, "seconds": S, "cpu": C} -> {"gflops": ...}

OPENBLAS_NUM_THREADS and OPENBLAS_CORETYPE, set by the caller, choose threads and kernel.
"""
import json
import sys
import time

import numpy as np


def blas():
    try:
        from threadpoolctl import threadpool_info
        return ", ".join(f"{i['internal_api']} {i['version']} {i.get('architecture', '')}" for i in threadpool_info())
    except ImportError:
        config = getattr(np, "__config__")
        try:
            b = config.show(mode="dicts")["Build Dependencies"]["blas"]
            return f"{b['name']} {b['version']}"
        except Exception:
            return "unknown BLAS"


def product(form, m, n, k, repeats, seconds, cpu):
    a = np.random.rand(*((k, m) if form == "TN" else (m, k))).astype(np.float32)
    b = np.random.rand(*((n, k) if form == "NT" else (k, n))).astype(np.float32)
    x, y, c = (a.T if form == "TN" else a), (b.T if form == "NT" else b), np.empty((m, n), np.float32)
    clock = time.process_time if cpu else time.perf_counter
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = clock()
        for _ in range(repeats):
            np.matmul(x, y, out=c)
        times.append((clock() - start) / repeats)
    return 2 * m * n * k / sorted(times)[len(times) // 2] / 1e9


for line in sys.stdin:
    request = json.loads(line)
    if request.get("op") == "version":
        answer = {"version": f"NumPy {np.__version__}, {blas()}"}
    else:
        answer = {"gflops": product(request["form"], request["m"], request["n"], request["k"], request["repeats"], request["seconds"], request["cpu"])}
    print(json.dumps(answer), flush=True)
