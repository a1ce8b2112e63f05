"""The optimality gap of any student of any class, without a solver.

For the objective F(f) = D(f, teacher) on the left or D(teacher, f) on the right, over a class V,

    gap = max over v in V of <grad F(student), student - v>.

By the three-point identity D(v,g) - D(v,s) - D(s,g) = <grad_s D(s,g), v - s> (chen:93, Lemma 3.1),
on the left the slack of the gain theorem is at least -gap for every truth in V at once; and for a
convex objective F(student) - min F <= gap. The maximum is a support function: of a hull in closed
form, of a polyhedron through a dual bound that needs no exact solver (classes/polyhedron.py).
"""

import numpy as np
from jaxtyping import Bool

from kl_regression.arrays import Predictions, Side, Weights, row_blocks
from kl_regression.classes.base import FunctionClass, Space
from kl_regression.divergences import Logs, Loss
from kl_regression.tolerance import ENTRY_ULPS, EPS, ROW_BLOCK, TINY, Sum, total_of_blocks


def optimality_gap(
    student: Predictions,
    log_student: Logs,
    teacher: Predictions,
    students: FunctionClass,
    *,
    weights: Weights,
    loss: Loss,
    side: Side,
    space: Space,
) -> Sum:
    """Return max over v in V of <grad F(student), student - v> and its rounding.

    Infinite where the student vanishes and a member does not, so that F falls infinitely fast;
    that is the honest gap of a student whose predictions underflowed.

    Args:
        student: predictions, shape (n, k).
        log_student: their logarithms, shape (n, k), where some are too small for a float64.
        teacher: predictions, shape (n, k).
        students: the class V.
        weights: probabilities of the points, shape (n,).
        loss: the divergence D.
        side: where the student stands.
        space: the range of members over which the maximum is taken.
    """
    descent, starved = _descent(student, log_student, teacher, weights, loss, side, space.zero)
    if starved is not None and _reached(students, starved, space):
        return Sum(np.inf, 0.0)
    highest = students.support(descent, space).bound
    own = _product(descent, student)
    gap = highest - own
    if np.isnan(gap.value):  # slopes beyond the largest float: nothing is certified
        return Sum(np.inf, 0.0)
    last_bits = resolution(student, teacher, weights, loss, side, space)
    nonnegative = space.domain.low == 0
    if nonnegative and students.closed_support and last_bits > gap.rounding:
        last_bits = _resolution_over(students, student, teacher, weights, loss, side, space)
    return Sum(gap.value, gap.rounding + last_bits)


def _descent(
    student: Predictions,
    log_student: Logs,
    teacher: Predictions,
    weights: Weights,
    loss: Loss,
    side: Side,
    zero: Bool[np.ndarray, "n k"] | None,
) -> tuple[Predictions, Bool[np.ndarray, "n k"] | None]:
    """Return -grad F, shape (n, k), 0 where it is infinite, and where it is, in blocks of rows."""
    descent = np.empty_like(student)
    starved = None
    for part in row_blocks(student.shape):
        logs = None if log_student is None else log_student[part]
        slope = gradient(student[part], logs, teacher[part], loss=loss, side=side)
        column = weights[part, None]
        with np.errstate(invalid="ignore", over="ignore"):
            np.multiply(-column, slope, out=descent[part])
        finite = np.isfinite(slope)
        if zero is None and finite.all() and column.all():
            continue
        counted = np.broadcast_to(column > 0, slope.shape)
        counted = counted if zero is None else counted & ~zero[part]
        descent[part] = np.where(counted & finite, descent[part], 0.0)
        if (counted & ~finite).any():
            starved = np.zeros(student.shape, dtype=bool) if starved is None else starved
            starved[part] = counted & ~finite
    return descent, starved


def _product(descent: Predictions, student: Predictions) -> Sum:
    """Return <descent, student>; each term errs by the rounding of a gradient's entry."""
    blocks = list(row_blocks(student.shape))
    sums, size = np.empty(len(blocks)), 0.0
    for place, part in enumerate(blocks):
        terms = descent[part] * student[part]
        sums[place] = terms.sum()
        size += float(np.abs(terms, out=terms).sum())
    value, rounding = total_of_blocks(sums, np.asarray(size), max(ROW_BLOCK, student.shape[1]))
    return Sum(float(value), float(rounding) + EPS * ENTRY_ULPS * size)


def gradient(
    student: Predictions, log_student: Logs, teacher: Predictions, *, loss: Loss, side: Side
) -> Predictions:
    """Return the derivative of the student's objective, shape (n, k), without the weights."""
    with np.errstate(all="ignore"):
        if side == "left":
            return loss.gradient(student, teacher, "left", log_student, None)
        return loss.gradient(teacher, student, "right", None, log_student)


def resolution(
    student: Predictions,
    teacher: Predictions,
    weights: Weights,
    loss: Loss,
    side: Side,
    space: Space,
) -> float:
    """Return by how much the student's last bits move the gap, to first order.

    An entry s known to EPS relative moves its gradient by EPS s φ''(s), and the gap by the
    weighted sum of that times the reach of a member: how far it may lie from the student. For KL
    on the left s φ''(s) = 1: the gap of a student in float64 cannot be told from 0 below a few EPS.
    """
    moved = 0.0
    for part in row_blocks(student.shape):
        terms = _moved(student[part], teacher[part], loss, side)
        terms *= _reach(student[part], teacher[part], space)
        moved += float((weights[part] @ terms).sum())
    return EPS * moved


def _moved(student: Predictions, teacher: Predictions, loss: Loss, side: Side) -> Predictions:
    """Return s φ''(s), shape (n, k): by how many EPS an entry's last bit moves its gradient."""
    with np.errstate(all="ignore"):
        first, second = (student, teacher) if side == "left" else (teacher, student)
        terms = np.abs(student * loss.curvature(first, second, side))
        terms *= np.abs(student) > TINY
        if loss.domain.low == 0 and not np.isfinite(terms.sum()):
            terms = np.where(np.isfinite(terms), terms, 0.0)
        return terms


def _resolution_over(
    students: FunctionClass,
    student: Predictions,
    teacher: Predictions,
    weights: Weights,
    loss: Loss,
    side: Side,
    space: Space,
) -> float:
    """Return ``resolution`` with the reach of the members that there are: E s φ''(s) (s + v).

    For predictions that are not negative. Where they span many magnitudes, no member reaches far
    where the gradient moves much.
    """
    moved = weights[:, None] * _moved(student, teacher, loss, side)
    moved = moved if space.zero is None else np.where(space.zero, 0.0, moved)
    if not np.isfinite(moved).all():
        return np.inf
    farthest = students.support(moved, space).bound
    return EPS * (float((moved * np.abs(student)).sum()) + farthest.value + farthest.rounding)


def _reach(student: Predictions, teacher: Predictions, space: Space) -> Predictions:
    """Return how far a member may lie from the student; on the simplex, the size of the entries."""
    largest = np.maximum(np.abs(student), np.abs(teacher))
    if space.domain.simplex:
        return largest
    farthest = np.maximum(space.high - student, student - space.low)
    return np.where(np.isfinite(farthest), np.maximum(farthest, largest), largest)


def _reached(students: FunctionClass, entries: Bool[np.ndarray, "n k"], space: Space) -> bool:
    """Tell whether some member of the space has mass on one of the entries."""
    return students.support(entries.astype(float), space).bound.value > TINY
