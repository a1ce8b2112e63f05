"""Hulls: against cone solvers, SLSQP and multiplicative updates; memory; memory maps."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import kl_regression as klr
from tests.benchmarks.lines import Line, against, race
from tests.benchmarks.peers import cones, slsqp, updates
from tests.benchmarks.problems import gap_of, hull, problem

GOAL = 250.0
EXACT = 1e-14
LONG = 100_000


def small(quick):
    """Hull n=1e4, both sides, against every peer."""
    yield from _duel(2_000 if quick else 10_000, "left", quick=quick)
    yield from _duel(2_000 if quick else 10_000, "right", quick=quick)


def large(quick):
    """Hull n=1e5, left, against every peer: cone solvers at default tolerance, once."""
    if quick:
        yield Line("hull n=1e5", "hull", note="left out by --quick: a cone solver needs a minute")
        return
    yield from _duel(LONG, "left", quick=quick)


def _duel(n, side, *, quick):
    teacher, models, weights = hull(n)
    task = problem(teacher, klr.Hull(models), weights=weights, side=side)

    def own():
        return klr.project(teacher, klr.Hull(models), weights=weights, side=side)

    own()
    skip = ("SCS",) if n >= LONG else ()
    contestants = {"hull newton": own, **cones(task, tight=n < LONG, skip=skip)}
    contestants |= {"SLSQP": slsqp(task), "EM" if side == "right" else "EG": updates(task)}
    times = race(contestants, rounds=1 if quick else 5)
    gaps = {
        name: (
            None
            if timed.result is None
            else timed.result.gap
            if name == "hull newton"
            else gap_of(task, timed.result)
        )
        for name, timed in times.items()
    }
    cone_names = [name for name in times if name.startswith("cvxpy") and "tight" not in name]
    yield from against(
        f"hull n={n:.0e} k=3 m=10 {side}",
        "hull newton",
        times,
        gaps,
        goal=GOAL,
        largest_gap=EXACT,
        rival=cone_names,
    )


def memory(quick):
    """Peak memory of one hull beside its data, in memory and on a memory map."""
    n, k, m = (100_000 if quick else 1_000_000), 3, 10
    with tempfile.TemporaryDirectory() as folder:
        _save(Path(folder), n, k, m)
        for way in ("in memory", "memory-mapped"):
            found = _measured(folder, mapped=way == "memory-mapped")
            data = found["data"]
            resident = (found["peak"] - found["start"]) / data
            traced = found["traced"] / data
            ratio = traced if way == "memory-mapped" else resident
            words = "peak <= 2.5x the data" if way == "in memory" else "own arrays <= 1.5x the data"
            limit = 2.5 if way == "in memory" else 1.5
            yield Line(
                f"hull n={n:.0e} k={k} m={m} {way}",
                "hull",
                found["seconds"],
                found["gap"],
                found["peak"] / 1e6,
                ratio,
                f"{words}, gap <= {EXACT:.0e}",
                bool(ratio <= limit and found["gap"] <= EXACT),
                f"data {data / 1e6:.0f} MB, resident {resident:.2f}x, own arrays {traced:.2f}x",
            )


def _save(folder, n, k, m):
    teacher, models, weights = hull(n, k, m)
    np.save(folder / "models.npy", models)
    np.save(folder / "teacher.npy", teacher)
    np.save(folder / "weights.npy", weights)


def _measured(folder, *, mapped):
    """Solve in a fresh process; return seconds, gap and bytes: data, start, peak, own arrays.

    Time is measured without, allocations with tracing.
    """
    found = {}
    for traced in (False, True):
        flags = (["mapped"] if mapped else []) + (["traced"] if traced else [])
        command = [sys.executable, "-m", "tests.benchmarks.solve_once", folder, *flags]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        found = json.loads(run.stdout) | {
            key: value for key, value in found.items() if value is not None
        }
    return found


BENCHMARKS = {"hull-1e4": small, "hull-1e5": large, "hull-memory": memory}
