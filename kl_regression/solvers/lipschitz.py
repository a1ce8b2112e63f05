"""The Lipschitz student in one dimension: a banded interior point method on the sorted points.

Equal points are one point, at L = 0 all are; points of weight 0 are left out and interpolated, and
neither changes the optimum. The iterate of least gap is kept, by the closed bound

    <c, v> <= max(C_n low, C_n high) + Σ_i |C_i| b_i,   C_i = c_1 + ... + c_i,

at c = -gradient, plus the multipliers of the domain's ends; no stopping rule of the method is
believed.
"""

from collections.abc import Callable

import numpy as np

from kl_regression.arrays import Predictions
from kl_regression.classes.lipschitz import Lipschitz, chain_support
from kl_regression.solvers.candidate import Candidate, Problem
from kl_regression.solvers.chain import Chain, Differences, Iterate
from kl_regression.solvers.scalar import Column, Scalar, scalars
from kl_regression.tolerance import Sum

ITERATIONS = 100
PATIENCE = 15
PROGRESS = 0.9
Watch = Callable[[int, float], None]


def is_chain(problem: Problem, students: Lipschitz) -> bool:
    """Tell whether the points lie on a line, columns do not interact, and the problem is convex.

    A teacher that vanishes, on the left, forces values on its neighbours: that is left to others.
    """
    forced = problem.space.zero is not None and bool(problem.space.zero.any())
    line = students.points.shape[1] == 1
    return line and problem.convex and not forced and scalars(problem) is not None


def solve_lipschitz(
    problem: Problem, students: Lipschitz, *, watch: Watch = lambda _iteration, _gap: None
) -> Candidate:
    """Return the student among Lipschitz functions of one variable.

    Args:
        problem: teacher, weights, loss and side; the loss convex in the student.
        students: the class, on points of shape (n, 1).
        watch: called with the iteration and the gap, for progress.
    """
    columns = scalars(problem)
    assert columns is not None  # noqa: S101 - is_chain() was asked
    predictions = np.column_stack([_column(column, students, watch) for column in columns])
    return problem.candidate(predictions.ravel(), predictions)


def _column(scalar: Scalar, students: Lipschitz, watch: Watch) -> Predictions:
    if np.array_equal(students.repair(scalar.column), scalar.column):
        return scalar.teacher
    ranked, position = students.line
    ordered = scalar.part(ranked)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(position) > 0.0) + 1])
    starts = starts[np.add.reduceat(ordered.weights, starts) > 0.0]
    places = position[starts]
    starts[0] = 0
    values = _on_chain(ordered.pooled(starts), np.diff(places), watch)
    f = np.empty_like(scalar.column)
    f[ranked] = np.interp(position, places, values)
    return scalar.predictions(np.clip(students.above(f), scalar.low, scalar.high))


def _on_chain(scalar: Scalar, reach: Differences, watch: Watch) -> Column:
    """Return the values of least gap at distinct points of positive weight, shape (n,)."""
    g = scalar.column
    if bool((np.abs(np.diff(g)) <= reach).all()):
        return g
    chain = Chain(scalar, reach, scalar.low, scalar.high)
    at = chain.start()
    best, least, idle = at.f, np.inf, 0
    for iteration in range(ITERATIONS):
        slope = scalar.slope(at.f)
        gap = _gap(chain, at, slope)
        watch(iteration, gap.value)
        idle = 0 if gap.value < PROGRESS * least else idle + 1
        if gap.value < least:
            best, least = at.f, gap.value
        if not np.isfinite(gap.value) or least <= gap.rounding or idle > PATIENCE:
            break
        at = chain.step(at, slope)
    return best


def _gap(chain: Chain, at: Iterate, slope: Column) -> Sum:
    """Bound <gradient, f - v> over the class: what presses on an end of the domain is paid there.

    For multipliers z >= 0 of low <= v, <c, v> <= <c + z, v> - <z, low>; and so for high.
    """
    ends, signs = chain.ends
    held = signs * at.hold
    g = chain.scalar.column
    pressed = held.sum(axis=0) - slope
    bound = chain_support(pressed, chain.reach, float(g.min()), float(g.max()))
    paid = float((ends[:, 0] * held.sum(axis=1)).sum())
    return Sum(bound.value + float(slope @ at.f) - paid, bound.rounding)
