"""The fused pass against the memory's bandwidth, and how the hull's cost grows."""

import numpy as np

import kl_regression as klr
from kl_regression.solvers.hull_passes import HullObjective
from tests.benchmarks.lines import Line, race
from tests.benchmarks.problems import hull, problem

GOAL = 4.0
EXPONENT = 1.1
ENTRY = 8
RUN = 512
"""Entries of a block of the compiled pass: all models' share of it stays in the first cache."""
TRIAD = 8_000_000
"""Length of the triad's arrays: 128 MB together, which no cache holds."""


def bandwidth(quick):
    """One pass of the hull's solver (value, slope, Hessian) against reading its data once."""
    from scipy.linalg.blas import daxpy

    n, m = (200_000 if quick else 1_000_000), 16
    rng = np.random.default_rng(0)
    models = rng.uniform(0.1, 1.0, size=(m, n, 1))
    teacher = rng.uniform(0.1, 1.0, size=(n, 1))
    task = problem(teacher, klr.Hull(models), loss=klr.GeneralizedKL)
    flat, mass = task.students.flat, np.full(n, 1.0 / n)
    objective = HullObjective(flat, np.arange(m), teacher[:, 0], mass, task.loss, task.side)
    mixture = np.full(m, 1.0 / m)
    x, y = np.ones(TRIAD), np.zeros(TRIAD)
    compiled = numba_pass()
    contestants = {
        "fused pass": lambda: objective.expand(mixture),
        "without Hessian": lambda: objective.expand(mixture, np.eye(m)),
        "triad y += a x": lambda: daxpy(x, y, a=0.5),
    }
    if compiled is not None:
        compiled(flat[:, :RUN], teacher[:RUN, 0], mass[:RUN], mixture)
        contestants["numba"] = lambda: compiled(flat, teacher[:, 0], mass, mixture)
    times = race(contestants, rounds=3 if quick else 15)
    speed = 3 * ENTRY * len(x) / times["triad y += a x"].seconds
    ideal = ENTRY * n * (m + 2) / speed
    ratio = times["fused pass"].seconds / ideal
    work = f"fused pass n={n:.0e} m={m} k=1"
    yield Line(
        work,
        "hull, numpy and BLAS",
        times["fused pass"].seconds,
        ratio=ratio,
        goal=f"<= {GOAL:g}x reading the data once",
        met=bool(ratio <= GOAL),
        note=f"triad {speed / 1e9:.1f} GB/s, so {ideal * 1e3:.1f} ms",
    )
    for name in ("without Hessian", "numba"):
        if name in times:
            seconds, note = times[name].seconds, times[name].error
            yield Line(work, name, seconds, ratio=seconds / ideal, note=note)
    if compiled is None:
        yield Line(work, "numba", note="skipped: numba is not installed")


def numba_pass():
    """Return the pass compiled by numba, one thread, or None: in blocks that stay in the cache."""
    try:
        from numba import njit
    except ImportError:
        return None

    return njit(fastmath={"reassoc", "contract", "nsz", "arcp"})(_loops)


def _loops(models, teacher, mass, mixture):
    """Return value, slope and Hessian, each loop over entries that lie side by side."""
    m, f = models.shape
    slope, hessian, value = np.zeros(m), np.zeros((m, m)), 0.0
    student, bend = np.empty(RUN), np.empty(RUN)
    for start in range(0, f, RUN):
        stop = min(start + RUN, f)
        student[:] = 0.0
        for j in range(m):
            for i in range(start, stop):
                student[i - start] += mixture[j] * models[j, i]
        for i in range(start, stop):
            s = student[i - start]
            u = np.log(s / teacher[i])
            value += mass[i] * (s * u - s + teacher[i])
            bend[i - start] = mass[i] / s
            student[i - start] = mass[i] * u
        for j in range(m):
            total = 0.0
            for i in range(start, stop):
                total += models[j, i] * student[i - start]
            slope[j] += total
            for other in range(j + 1):
                total = 0.0
                for i in range(start, stop):
                    total += models[j, i] * bend[i - start] * models[other, i]
                hessian[j, other] += total
    return value, slope, hessian


def growth(quick):
    """The exponents of the hull's time in n, k and m, by least squares on logarithms."""
    sizes = {
        "n": [10_000, 30_000, 100_000] if quick else [10_000, 30_000, 100_000, 300_000, 1_000_000],
        "k": [3, 10, 30] if quick else [3, 10, 30, 100],
        "m": [5, 10, 20] if quick else [5, 10, 20, 40, 80],
    }
    base = {"n": 10_000, "k": 3, "m": 10}
    for axis, values in sizes.items():
        runs = {}
        for value in values:
            teacher, models, weights = hull(**(base | {axis: value}))
            runs[str(value)] = _solver(teacher, klr.Hull(models), weights)
        times = race(runs, rounds=1 if quick else 3)
        seconds = [times[str(value)].seconds for value in values]
        exponent = float(np.polyfit(np.log(values), np.log(seconds), 1)[0])
        yield Line(
            f"hull: cost growth in {axis}, {values[0]:.0e} to {values[-1]:.0e}",
            "hull",
            seconds[-1],
            max(times[str(value)].result.gap for value in values),
            ratio=exponent,
            goal=f"exponent <= {EXPONENT:g}" if axis == "n" else "",
            met=bool(exponent <= EXPONENT) if axis == "n" else None,
            note="ratio is the exponent; seconds of the largest: "
            + ", ".join(
                f"{value}: {time:.3g}" for value, time in zip(values, seconds, strict=True)
            ),
        )


def _solver(teacher, students, weights):
    return lambda: klr.project(teacher, students, weights=weights)


BENCHMARKS = {"bandwidth": bandwidth, "growth": growth}
