"""Monotone, Lipschitz and convex functions of one variable, against SciPy, sklearn and Clarabel."""

import numpy as np

import kl_regression as klr
from kl_regression.solvers.monotone import isotonic
from tests.benchmarks.lines import Line, Timed, against, limited, race
from tests.benchmarks.peers import LIMIT, cone
from tests.benchmarks.problems import curve, gap_of, gap_of_predictions, problem

MONOTONE_GOAL = 1.5
CONE_GOAL = 12.0
RELATIVE_GOAL = 1e-9
LONGEST = 11.0
SPANS = (4.0, 8.0, 16.0, 24.0, 30.0)


def monotone(quick):
    """Monotone n=1e6, generalised KL: the student alone and certified, against SciPy's, sklearn's.

    On the left the peers take the logarithms and their averages' exponentials too.
    """
    from scipy.optimize import isotonic_regression
    from sklearn.isotonic import isotonic_regression as sklearn_isotonic

    n = 100_000 if quick else 1_000_000
    teacher, points = curve(n)
    students = klr.Monotone(points)
    for side in ("right", "left"):
        onto, back = (np.log, np.exp) if side == "left" else (np.asarray, np.asarray)
        task = problem(teacher, students, loss=klr.GeneralizedKL, side=side)
        times = race(
            {
                "student": lambda task=task: isotonic(task, students),
                "certified": lambda side=side: klr.project(
                    teacher, students, loss=klr.GeneralizedKL, side=side
                ),
                "scipy": lambda onto=onto, back=back: back(isotonic_regression(onto(teacher)).x),
                "sklearn": lambda onto=onto, back=back: back(sklearn_isotonic(onto(teacher))),
            },
            rounds=2 if quick else 7,
        )
        yield from _monotone_lines(f"monotone n={n:.0e} {side}", times, task)


def _monotone_lines(work, times: dict[str, Timed], task):
    peer = times["scipy"].seconds
    own, certified = times["student"], times["certified"]
    ratio = own.seconds / peer
    yield Line(
        work,
        "student alone",
        own.seconds,
        None if own.error else gap_of_predictions(task, own.result),
        ratio=ratio,
        goal=f"<= {MONOTONE_GOAL:g}x scipy alone",
        met=bool(ratio <= MONOTONE_GOAL),
        note=own.error,
    )
    yield Line(
        work,
        "with certificate",
        certified.seconds,
        certified.result.gap if certified.result else None,
        ratio=certified.seconds / peer,
        note=certified.error or "arrays checked, gap and misfit bounded",
    )
    for name in ("scipy", "sklearn"):
        timed = times[name]
        found = None if timed.error else gap_of_predictions(task, timed.result[:, None])
        yield Line(work, name, timed.seconds, found, note=timed.error)


def lipschitz(quick):
    """Lipschitz n=1e4 against Clarabel."""
    teacher, points = curve(1_000 if quick else 10_000)
    yield from _duel("Lipschitz", teacher, klr.Lipschitz(points, constant=2.0), 1e-14, quick=quick)


def convex(quick):
    """Convex n=1e4 against Clarabel; n=1e6; and teachers that span e^4 to e^30."""
    n = 1_000 if quick else 10_000
    teacher, points = curve(n)
    yield from _duel("convex", teacher, klr.Convex(points), 1e-10, quick=quick)
    yield from _convex_line(100 * n, "left", 2.0, seconds=LONGEST)
    for span in SPANS:
        for side in ("left", "right"):
            yield from _convex_line(n, side, span)
    teacher, points = curve(n, span=SPANS[-1])
    task = problem(teacher, klr.Convex(points), loss=klr.GeneralizedKL)
    timed = race({"peer": cone(task, "CLARABEL")}, rounds=1)["peer"]
    found = None if timed.error else gap_of(task, timed.result) / float(np.mean(teacher))
    work = f"convex span e^{SPANS[-1]:g} n={n:.0e} left"
    yield Line(work, "cvxpy CLARABEL", timed.seconds, found, note=timed.error)


def _convex_line(n, side, span, *, seconds=np.inf):
    """Yield the line of a convex student whose gap is relative to its objective."""
    teacher, points = curve(n, span=span)

    def own():
        return klr.project(teacher, klr.Convex(points), loss=klr.GeneralizedKL, side=side)

    timed = race({"own": own}, rounds=1)["own"]
    found = timed.result
    relative = found.gap / found.objective if found else None
    limit = f", <= {seconds:g} s" if np.isfinite(seconds) else ""
    yield Line(
        f"convex span e^{span:g} n={n:.0e} {side}",
        found.solver if found else "failed",
        timed.seconds,
        relative,
        goal=f"relative gap <= {RELATIVE_GOAL:g}{limit}",
        met=bool(found and relative <= RELATIVE_GOAL and timed.seconds <= seconds),
        note=timed.error or "gap over objective",
    )


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
