"""The fused pass against the memory's bandwidth, and how the hull's cost grows."""

import numpy as np

import kl_regression as klr
from kl_regression.solvers.hull import _Objective
from tests.benchmarks.lines import Line, race
from tests.benchmarks.problems import hull, problem

GOAL = 4.0
EXPONENT = 1.1
ENTRY = 8
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
    objective = _Objective(task, task.students)
    mixture = np.full(m, 1.0 / m)
    x, y = np.ones(TRIAD), np.zeros(TRIAD)
    times = race(
        {
            "fused pass": lambda: objective.expand(mixture),
            "triad y += a x": lambda: daxpy(x, y, a=0.5),
        },
        rounds=3 if quick else 15,
    )
    speed = 3 * ENTRY * len(x) / times["triad y += a x"].seconds
    ideal = ENTRY * n * (m + 2) / speed
    ratio = times["fused pass"].seconds / ideal
    yield Line(
        f"fused pass n={n:.0e} m={m} k=1",
        "hull, numpy and BLAS",
        times["fused pass"].seconds,
        ratio=ratio,
        goal=f"<= {GOAL:g}x reading the data once",
        met=bool(ratio <= GOAL),
        note=f"triad {speed / 1e9:.1f} GB/s, so {ideal * 1e3:.1f} ms",
    )


def scaling(quick):
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


BENCHMARKS = {"bandwidth": bandwidth, "scaling": scaling}
