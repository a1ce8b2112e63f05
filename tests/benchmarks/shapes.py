"""Monotone, Lipschitz and convex functions of one variable, against SciPy, sklearn and Clarabel."""

import numpy as np

import kl_regression as klr
from tests.benchmarks.lines import Line, Timed, against, limited, race
from tests.benchmarks.peers import LIMIT, cone
from tests.benchmarks.problems import curve, gap_of, gap_of_predictions, problem

MONOTONE_GOAL = 1.5
CONE_GOAL = 12.0


def monotone(quick):
    """Monotone n=1e6, generalised KL, against the isotonic regressions of SciPy and sklearn."""
    from scipy.optimize import isotonic_regression
    from sklearn.isotonic import isotonic_regression as sklearn_isotonic

    n = 100_000 if quick else 1_000_000
    teacher, points = curve(n)
    students = klr.Monotone(points)
    for side in ("right", "left"):
        onto, back = (np.log, np.exp) if side == "left" else (np.array, np.array)
        target = onto(teacher)

        def own(side=side):
            return klr.project(teacher, students, loss=klr.GeneralizedKL, side=side)

        times = race(
            {
                "isotonic": own,
                "scipy": lambda target=target: isotonic_regression(target).x,
                "sklearn": lambda target=target: sklearn_isotonic(target),
            },
            rounds=2 if quick else 5,
        )
        task = problem(teacher, students, loss=klr.GeneralizedKL, side=side)
        yield from _monotone_lines(f"monotone n={n:.0e} {side}", times, task, back)


def _monotone_lines(work, times: dict[str, Timed], task, back):
    own = times["isotonic"]
    ratio = own.seconds / times["scipy"].seconds
    yield Line(
        work,
        "isotonic",
        own.seconds,
        own.result.gap if own.result else None,
        ratio=ratio,
        goal=f"<= {MONOTONE_GOAL:g}x scipy alone",
        met=bool(ratio <= MONOTONE_GOAL),
        note=own.error,
    )
    for name in ("scipy", "sklearn"):
        timed = times[name]
        found = None if timed.error else gap_of_predictions(task, back(timed.result)[:, None])
        yield Line(work, name, timed.seconds, found, note=timed.error)


def lipschitz(quick):
    """Lipschitz n=1e4 against Clarabel."""
    teacher, points = curve(1_000 if quick else 10_000)
    yield from _duel("Lipschitz", teacher, klr.Lipschitz(points, constant=2.0), 1e-14, quick=quick)


def convex(quick):
    """Convex n=1e4 against Clarabel; and a teacher that spans e^30."""
    n = 1_000 if quick else 10_000
    teacher, points = curve(n)
    yield from _duel("convex", teacher, klr.Convex(points), 1e-10, quick=quick)
    teacher, points = curve(n, span=30.0)
    yield from _duel("convex, span e^30,", teacher, klr.Convex(points), 1e-9, quick=quick)


def _duel(name, teacher, students, largest_gap, *, quick):
    task = problem(teacher, students, loss=klr.GeneralizedKL)

    def own():
        return klr.project(teacher, students, loss=klr.GeneralizedKL)

    times = race(
        {"auto": own, "cvxpy CLARABEL": limited(cone(task, "CLARABEL"), LIMIT)},
        rounds=1 if quick else 3,
    )
    found, theirs = times["auto"].result, times["cvxpy CLARABEL"].result
    gaps = {
        "auto": found.gap if found else None,
        "cvxpy CLARABEL": None if theirs is None else gap_of(task, theirs),
    }
    work = f"{name} n={len(teacher):.0e} ({found.solver if found else 'failed'})"
    yield from against(work, "auto", times, gaps, goal=CONE_GOAL, largest_gap=largest_gap)


BENCHMARKS = {"monotone": monotone, "lipschitz": lipschitz, "convex": convex}
