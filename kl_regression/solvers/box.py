"""The student in a box: clipping, and on the simplex one scale a row.

Off the simplex the entries do not interact and d(., g) and d(g, .) fall up to g and rise from it,
so the student is the teacher clipped. On the simplex the Kuhn-Tucker conditions of both sides say
log(f/g) = t, or g/f = 1/s, on entries strictly inside: f = clip(s g, lower, upper) with the s >= 0
at which the row sums to 1. That sum is piecewise linear in s, with kinks at lower/g and upper/g: a
binary search over the sorted kinks finds the piece, and the piece the scale.
"""

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Predictions
from kl_regression.classes.box import Box
from kl_regression.errors import InfeasibleError
from kl_regression.solvers.candidate import Candidate, Problem
from kl_regression.tolerance import row_sum_tolerance

Scales = Float[np.ndarray, "n 1"]


def solve_box(problem: Problem, students: Box) -> Candidate:
    """Return the student between two functions.

    Raises:
        InfeasibleError: when no member vanishes where the teacher does.
    """
    lower, upper = students.bounds(problem.space)
    zero = problem.space.zero
    if zero is not None and bool((lower[zero] > 0.0).any()):
        raise InfeasibleError("lower: is positive where the teacher is 0. Lower it there")
    if problem.space.domain.simplex:
        allowed = row_sum_tolerance(upper.dtype, problem.space.outputs)
        if bool((upper.sum(axis=1) < 1.0 - allowed).any()):
            raise InfeasibleError("upper: a row sums to less than 1 where the teacher is positive")
        predictions = water_filled(problem.teacher, lower, upper)
    else:
        predictions = np.clip(problem.teacher, lower, upper)
    return problem.candidate(predictions.ravel(), predictions)


def water_filled(teacher: Predictions, lower: Predictions, upper: Predictions) -> Predictions:
    """Return clip(s teacher, lower, upper) with the scale s of each row at which it sums to 1.

    What entries with a positive teacher cannot take is given to the others, from the first on.

    Args:
        teacher: distributions, shape (n, k).
        lower: shape (n, k), with rows summing to at most 1.
        upper: shape (n, k), with rows summing to at least 1.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        kinks = np.concatenate([lower / teacher, upper / teacher], axis=1)
        kinks = np.sort(np.where(np.isnan(kinks), 0.0, kinks), axis=1)
        before, after = _piece(teacher, lower, upper, kinks)
        middle = np.where(np.isinf(after), 2.0 * before + 1.0, before + 0.5 * (after - before))
        free = (middle * teacher > lower) & (middle * teacher < upper)
        held = np.where(middle * teacher >= upper, upper, lower)
        rest = 1.0 - np.where(free, 0.0, held).sum(axis=1, keepdims=True)
        scale = rest / np.where(free, teacher, 0.0).sum(axis=1, keepdims=True)
        scale = np.clip(np.where(np.isnan(scale), before, scale), before, after)
        filled = np.clip(_scaled(scale, teacher), lower, upper)
    empty = teacher == 0.0
    room = np.where(empty, upper - filled, 0.0)
    left = np.maximum(1.0 - filled.sum(axis=1, keepdims=True), 0.0)
    filled += np.clip(left - (np.cumsum(room, axis=1) - room), 0.0, room)
    inside = ((lower <= teacher) & (teacher <= upper)).all(axis=1, keepdims=True)
    return np.where(inside, teacher, filled)


def _piece(
    teacher: Predictions, lower: Predictions, upper: Predictions, kinks: Float[np.ndarray, "n j"]
) -> tuple[Scales, Scales]:
    """Return the last kink of each row at which it sums to at most 1, and the next."""
    last = kinks.shape[1] - 1
    below = np.full((len(kinks), 1), -1)
    above = np.full((len(kinks), 1), last + 1)
    while True:
        middle = (below + above) // 2
        open_ = above - below > 1
        if not open_.any():
            break
        scale = np.take_along_axis(kinks, np.clip(middle, 0, last), axis=1)
        over = np.clip(_scaled(scale, teacher), lower, upper).sum(axis=1, keepdims=True) > 1.0
        above = np.where(open_ & over, middle, above)
        below = np.where(open_ & ~over, middle, below)
    before = np.take_along_axis(kinks, np.clip(below, 0, last), axis=1)
    after = np.take_along_axis(kinks, np.clip(above, 0, last), axis=1)
    return np.where(below < 0, 0.0, before), np.where(above > last, np.inf, after)


def _scaled(scale: Scales, teacher: Predictions) -> Predictions:
    """Return scale * teacher, 0 where the teacher is 0 whatever the scale."""
    return np.where(teacher > 0.0, scale * teacher, 0.0)
