"""One hull from files, solved in a process of its own: python -m tests.benchmarks.solve_once DIR.

Prints JSON: seconds, gap, and bytes: of the data, resident before the data were read, resident at
the peak, and, traced, of the arrays allocated while solving.
"""

import json
import resource
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np

import kl_regression as klr

KILOBYTE = 1024


def resident():
    """Return the largest number of bytes that were resident so far, in this program alone.

    Linux keeps it in VmHWM; what getrusage says begins with the size of the parent process.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text("utf-8").splitlines()
        return KILOBYTE * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return KILOBYTE * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(folder, *flags):
    """Solve the instance in a folder and print what it took."""
    mapped, traced = "mapped" in flags, "traced" in flags
    small = np.random.default_rng(0).dirichlet(np.ones(2), size=(4, 5))
    klr.project(small[0], klr.Hull(small[1:]))  # loads what a solve needs
    start = resident()
    models = np.load(Path(folder) / "models.npy", mmap_mode="r" if mapped else None)
    teacher, weights = (np.load(Path(folder) / f"{name}.npy") for name in ("teacher", "weights"))
    data = models.nbytes + teacher.nbytes + weights.nbytes
    if traced:
        tracemalloc.start()
    clock = time.perf_counter()
    student = klr.project(teacher, klr.Hull(models), weights=weights)
    found = {
        "seconds": None if traced else time.perf_counter() - clock,
        "gap": student.gap,
        "data": data,
        "start": None if traced else start,
        "peak": None if traced else resident(),
        "traced": tracemalloc.get_traced_memory()[1] if traced else None,
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
