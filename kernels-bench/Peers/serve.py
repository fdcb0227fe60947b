"""Does jobs for the bench, one line of JSON in, one line out. args: numpy|torch threads

{"make": kind, ...}        takes up a job                         {"ok": true}
{"run": n, "warm": w}      w steps, then n steps from the start   {"seconds": s, "work": done}, only the n steps timed
{"result": n}              n steps from the start                 {"value": x}, which both sides must agree on
{"drop": true}             forgets the job and its memory         {"ok": true}
"""
import ctypes
import json
import re
import signal
import sys
import time

import numpy as np


def libraries():
    """The files of the linear algebra that is really loaded, where the system tells."""
    try:
        with open("/proc/self/maps") as maps:
            files = {line[line.index("/"):].strip() for line in maps if "/" in line}
    except OSError:
        return []
    names = ("openblas", "mkl_rt", "mkl_core", "libblas", "blis", "atlas")
    return sorted(file for file in files if any(name in file.split("/")[-1] for name in names))


def core(files):
    """The processor that OpenBLAS has chosen kernels for; empty where another library computes."""
    # pip's PyTorch has MKL inside; the OpenBLAS beside it is NumPy's.
    if peer == "torch" and "BLAS_INFO=mkl" in torch.__config__.show():
        return ""
    for file in files:
        if "openblas" not in file:
            continue
        library = ctypes.CDLL(file)
        for prefix in ("", "scipy_"):
            for suffix in ("", "64_"):
                ask = getattr(library, f"{prefix}openblas_get_corename{suffix}", None)
                if ask is not None:
                    ask.restype = ctypes.c_char_p
                    return ask().decode()
    return ""


def loops():
    """The widest instructions of the peer's own loops, in its words; empty where it does not say."""
    if peer == "torch":
        words = re.search(r"CPU capability usage: (.*)", torch.__config__.show())
        return words[1].strip() if words else ""
    core = getattr(np, "_core", None) or np.core
    has = getattr(core._multiarray_umath, "__cpu_features__", {})
    names = ("AVX512_SKX", "AVX512F", "AVX2", "FMA3", "AVX", "SSE42", "SSE41", "SSSE3", "SSE3", "SSE2")
    return next((name for name in names if has.get(name)), "")


def make(kind, request):
    folder = request.pop("folder", None)
    if kind == "torch":
        return torch_jobs.Training(folder, **request)
    if kind == "torch-product":
        return torch_jobs.Product(**request)
    import numpy_jobs
    if kind == "product":
        return numpy_jobs.Product(folder, **request)
    return numpy_jobs.FullBatch(folder, dtype={"training64": np.float64, "training32": np.float32}[kind], **request)


# Ctrl-C is for the bench, which ends this by closing its input.
signal.signal(signal.SIGINT, signal.SIG_IGN)
peer, threads = sys.argv[1], int(sys.argv[2])
version, cuda = f"NumPy {np.__version__}", False
if peer == "torch":
    import torch
    import torch_jobs
    torch.set_num_threads(threads)
    cuda = torch.cuda.is_available()
    version = f"PyTorch {torch.__version__}" + (f" on {torch.cuda.get_device_name()}" if cuda else "")
np.ones((64, 64), np.float32).dot(np.ones((64, 64), np.float32))
files = libraries()
names = ", ".join(file.split("/")[-1] for file in files)
print(json.dumps({"version": version, "libraries": names, "core": core(files), "loops": loops(), "cuda": cuda}),
      flush=True)

job = None
for line in sys.stdin:
    request = json.loads(line)
    answer = {"ok": True}
    if "make" in request:
        job = make(request.pop("make"), request)
    elif "drop" in request:
        job = None
    elif "run" in request:
        job.reset()
        job.run(request["warm"])
        job.reset()
        start = time.perf_counter()
        work = job.run(request["run"])
        answer = {"seconds": time.perf_counter() - start, "work": work}
    else:
        job.reset()
        job.run(request["result"])
        answer = {"value": job.result()}
    print(json.dumps(answer), flush=True)
