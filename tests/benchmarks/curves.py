"""Time against the number of points, class by class: own solver, and cvxpy with Clarabel.

The lines that a figure draws: each has its ``size``, and a point that is missing says why.
"""

import functools

import kl_regression as klr
from tests.benchmarks.lines import Line, Timed, limited, race
from tests.benchmarks.peers import LIMIT, cone
from tests.benchmarks.problems import curve, gap_of, head, hull, problem

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
QUICK = SIZES[:3]
ROUNDS = 3
INLINE = 1_000
"""Points up to which the peer runs in this process: starting another would be timed with it."""
OWN, PEER = "structured", "cvxpy CLARABEL"


def _hull(side, n):
    teacher, models, weights = hull(n)
    return problem(teacher, klr.Hull(models), weights=weights, side=side)


def _head(n):
    teacher, features = head(n)
    return problem(teacher, klr.LinearHead(features, outputs=teacher.shape[1]))


def _line(students, n):
    teacher, points = curve(n)
    return problem(teacher, students(points), loss=klr.GeneralizedKL)


CURVES = {
    "hull-left": ("hull left, k=3, m=10", functools.partial(_hull, "left")),
    "hull-right": ("hull right, k=3, m=10", functools.partial(_hull, "right")),
    "head": ("linear head left, k=3, d=5", _head),
    "monotone": ("monotone left", functools.partial(_line, klr.Monotone)),
    "lipschitz": (
        "Lipschitz left",
        functools.partial(_line, lambda points: klr.Lipschitz(points, constant=2.0)),
    ),
    "convex": ("convex left", functools.partial(_line, klr.Convex)),
}


def _measured(work, make, *, quick):
    """Yield a line for each method and size.

    A peer that is slower at one size than a tenth of the limit, or that failed there, is not tried
    at the next.
    """
    reason = ""
    for n in QUICK if quick else SIZES:
        task = make(n)
        contestants = {OWN: functools.partial(_own, task)}
        if not reason:
            peer = cone(task, "CLARABEL")
            contestants[PEER] = peer if n <= INLINE else limited(peer, LIMIT)
        times = race(contestants, rounds=ROUNDS)
        own = times[OWN]
        gap = own.result.gap if own.result else None
        yield Line(work, OWN, _seconds(own), gap, note=own.error, size=n)
        theirs = times.get(PEER, Timed(0.0, None, reason))
        gap = None if theirs.result is None else gap_of(task, theirs.result)
        yield Line(work, PEER, _seconds(theirs), gap, note=theirs.error, size=n)
        if not reason:
            reason = _why_no_further(theirs, n)


def _own(task):
    return klr.project(
        task.teacher,
        task.students,
        weights=task.weights,
        loss=task.loss,
        side=task.side,
        solver="structured",
    )


def _seconds(timed: Timed):
    return None if timed.error else timed.seconds


def _why_no_further(timed: Timed, n):
    if timed.error:
        return f"not tried: failed at n={n:.0e}"
    if timed.seconds > LIMIT / 10:
        return f"not tried: {timed.seconds:.0f} s at n={n:.0e}, and ended after {LIMIT:.0f} s"
    return ""


def _benchmark(work, make):
    return lambda quick: _measured(work, make, quick=quick)


BENCHMARKS = {f"scaling-{name}": _benchmark(*parts) for name, parts in CURVES.items()}
