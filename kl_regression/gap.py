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

from kl_regression.arrays import Predictions, Side, Weights
from kl_regression.classes.base import FunctionClass, Space
from kl_regression.divergences import Logs, Loss
from kl_regression.tolerance import ENTRY_ULPS, EPS, TINY, Sum, total


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
    slope = gradient(student, log_student, teacher, loss=loss, side=side)
    counted = (weights[:, None] > 0) & (np.ones_like(slope) > 0)
    if space.zero is not None:
        counted &= ~space.zero
    starved = counted & ~np.isfinite(slope)
    if starved.any() and _reached(students, starved, space):
        return Sum(np.inf, 0.0)
    with np.errstate(invalid="ignore"):
        descent = np.where(counted & ~starved, -weights[:, None] * slope, 0.0)
    highest = students.support(descent, space).bound
    own = total(descent * student, EPS * ENTRY_ULPS * np.abs(descent) * np.abs(student))
    gap = highest - own
    if np.isnan(gap.value):  # slopes beyond the largest float: nothing is certified
        return Sum(np.inf, 0.0)
    reach = _reach(student, teacher, space)
    return Sum(gap.value, gap.rounding + resolution(student, teacher, weights, loss, side, reach))


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
    reach: Predictions,
) -> float:
    """Return by how much the student's last bits move the gap, to first order.

    An entry s known to EPS relative moves its gradient by EPS s φ''(s), and the gap by the
    weighted sum of that times the reach of a member: how far it may lie from the student. For KL
    on the left s φ''(s) = 1: the gap of a student in float64 cannot be told from 0 below a few EPS.
    """
    with np.errstate(all="ignore"):
        first, second = (student, teacher) if side == "left" else (teacher, student)
        moved = np.abs(student * loss.curvature(first, second, side)) * (np.abs(student) > TINY)
        moved = np.where(np.isfinite(moved), moved, 0.0) if loss.domain.low == 0 else moved
        return EPS * float((weights[:, None] * moved * reach).sum())


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
