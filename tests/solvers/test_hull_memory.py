"""Models on disk: the same student, in memory that does not grow with the number of models."""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import kl_regression as klr
from kl_regression.tolerance import CONIC_GAP

N, K, M = 50_000, 2, 120
CHILD = """
import resource, sys
import numpy as np
import kl_regression as klr

folder, mapped = sys.argv[1], sys.argv[2] == "mapped"
small = np.random.default_rng(0).dirichlet(np.ones(2), size=(4, 5))
klr.project(small[0], klr.Hull(small[1:]))  # loads what a solve needs
used = next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmData")) << 10
teacher = np.load(folder + "/teacher.npy")
size = np.load(folder + "/models.npy", mmap_mode="r").nbytes
resource.setrlimit(resource.RLIMIT_DATA, (used + size // 2, resource.RLIM_INFINITY))
models = np.load(folder + "/models.npy", mmap_mode="r" if mapped else None)
print(klr.project(teacher, klr.Hull(models)).gap)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write a teacher and models, 96 MB of them, and return where."""
    found, rng = tmp_path_factory.mktemp("hull"), np.random.default_rng(0)
    shape = (M, N, K)
    models = np.lib.format.open_memmap(found / "models.npy", mode="w+", dtype=float, shape=shape)
    points = rng.normal(size=(N, 3))
    for model in models:
        chance = 1.0 / (1.0 + np.exp(points @ rng.normal(size=3)))
        model[:, 0], model[:, 1] = chance, 1.0 - chance
    chance = 1.0 / (1.0 + np.exp(points @ rng.normal(size=3) + 0.3 * rng.normal(size=N)))
    np.save(found / "teacher.npy", np.column_stack([chance, 1.0 - chance]))
    del models
    return found


def test_a_memory_map_is_read_in_blocks(folder):
    """Own arrays are a few of size n k and a constant: a small part of the models."""
    teacher = np.load(folder / "teacher.npy")
    models = np.load(folder / "models.npy", mmap_mode="r")
    tracemalloc.start()
    try:
        student = klr.project(teacher, klr.Hull(models))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert student.status is klr.Status.EXACT
    assert peak <= models.nbytes / 4
    whole = klr.project(teacher, klr.Hull(np.array(models)))
    np.testing.assert_array_equal(student.coordinates, whole.coordinates)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is limited on Linux")
def test_models_larger_than_memory(folder):
    """A process that may allocate half of the models' size solves from a map, and only from it."""

    def run(way):
        command = [sys.executable, "-c", CHILD, str(folder), way]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    mapped, loaded = run("mapped"), run("loaded")
    assert mapped.returncode == 0, mapped.stderr
    assert float(mapped.stdout) <= CONIC_GAP
    assert loaded.returncode != 0
    assert "MemoryError" in loaded.stderr
