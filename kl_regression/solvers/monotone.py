"""The monotone student along an order of the points: isotonic regression of the teacher.

For every Bregman divergence the student is constant on blocks, and on each it is the minimiser of
the block (robertson:88, section 1.5): the blocks are those of least-squares isotonic
regression of g on the right and of φ'(g) on the left. On the right this is the global minimum even
where the divergence is not convex in its second argument.
"""

import numpy as np

from kl_regression.arrays import Predictions
from kl_regression.classes.monotone import Monotone
from kl_regression.divergences import ItakuraSaito
from kl_regression.errors import InfeasibleError
from kl_regression.solvers.candidate import Candidate, Problem
from kl_regression.solvers.scalar import Column, Scalar, Starts, scalars
from kl_regression.tolerance import BLOCK


def is_isotonic(problem: Problem, students: Monotone) -> bool:
    """Tell whether isotonic regression finds the student of a problem.

    It does along a total order when columns do not interact and every mean that may be needed is
    finite, or is 0 because the teacher vanishes.
    """
    columns = scalars(problem)
    if students.scores is None or columns is None:
        return False
    if problem.loss is ItakuraSaito:
        return bool(problem.teacher.min() > 0.0)
    if problem.side == "right" or problem.loss.vanishes_with_teacher:
        return True
    return all(bool(np.isfinite(column.dual).all()) for column in columns)


def solve_monotone(problem: Problem, students: Monotone) -> Candidate:
    """Return the student that does not decrease along a total order, column by column.

    Raises:
        InfeasibleError: when no monotone function vanishes where the teacher does.
    """
    predictions = isotonic(problem, students)
    return problem.candidate(predictions.ravel(), predictions)


def isotonic(problem: Problem, students: Monotone) -> Predictions:
    """Return the student's predictions, shape (n, k), not measured."""
    columns = scalars(problem)
    assert columns is not None  # noqa: S101 - is_isotonic() was asked
    found = [_isotonic(column, students) for column in columns]
    return found[0] if len(found) == 1 else np.column_stack(found)


def _isotonic(scalar: Scalar, students: Monotone) -> Predictions:
    if not students.sorted:
        scalar = scalar.part(students.ranked)
    if _rises(scalar.column, students, 1.0) and (
        scalar.teacher.shape[1] == 1 or _rises(scalar.teacher[:, 0], students, -1.0)
    ):
        return _unranked(scalar.teacher, students)
    starts = _blocks(scalar, students)
    values = scalar.means(starts)
    values[:, -1] = np.maximum.accumulate(values[:, -1])
    if values.shape[1] > 1:
        values[:, 0] = np.minimum.accumulate(values[:, 0])
    counts = np.diff(np.append(starts, students.points))
    return _unranked(np.repeat(values, counts, axis=0), students)


def _unranked(rising: Predictions, students: Monotone) -> Predictions:
    if students.sorted:
        return rising
    predictions = np.empty_like(rising)
    predictions[students.ranked] = rising
    return predictions


def _rises(column: Column, students: Monotone, sign: float) -> bool:
    """Tell whether ``sign`` times a column is monotone; what is not shows in the first block."""
    for begin in range(0, len(column), BLOCK):
        steps = sign * np.diff(column[begin : begin + BLOCK + 1])
        tied = students.tied[begin : begin + BLOCK]
        if not bool((steps >= 0.0).all()) or bool(steps[tied].any()):
            return False
    return True


def _blocks(scalar: Scalar, students: Monotone) -> Starts:
    """Return where the student's blocks begin, among the points in order.

    Equal points are one point first; points of weight 0 join the block before them.
    """
    starts = None
    if students.tied.any() or not scalar.weights.min() > 0.0:
        starts = np.concatenate([[0], np.flatnonzero(~students.tied) + 1])
        starts = starts[np.add.reduceat(scalar.weights, starts) > 0]
        starts[0] = 0
        scalar = scalar.pooled(starts)
    first, last = _forced(scalar)
    blocks = [np.zeros(1, dtype=np.int64)] if first > 0 else []
    if first < last:
        blocks.append(first + _regressed(scalar.part(slice(first, last))))
    if last < len(scalar.weights):
        blocks.append(np.array([last]))
    begins = np.concatenate(blocks)
    return begins if starts is None else starts[begins]


def _regressed(scalar: Scalar) -> Starts:
    """Return where the blocks of isotonic regression begin.

    On the right, probabilities of a pair near 1 are told apart by their complements: among the
    blocks above 1/2 the regression is done again on those.
    """
    from scipy.optimize import isotonic_regression

    fitted = isotonic_regression(scalar.dual, weights=None if scalar.uniform else scalar.weights)
    begins = fitted.blocks[:-1].astype(np.int64)
    if scalar.side == "left" or scalar.teacher.shape[1] == 1:
        return begins
    upper = int(np.searchsorted(fitted.x, 0.5))
    if upper == len(fitted.x):
        return begins
    again = isotonic_regression(-scalar.teacher[upper:, 0], weights=scalar.weights[upper:])
    return np.concatenate([begins[begins < upper], upper + again.blocks[:-1].astype(np.int64)])


def _forced(scalar: Scalar) -> tuple[int, int]:
    """Return the range of points where the student is free.

    Before it D(student, teacher) < inf forces the value 0, up to the last teacher that is 0; after
    it the value 1, from the first teacher that is 1.
    """
    infinite = np.flatnonzero(~np.isfinite(scalar.dual))
    if len(infinite) == 0:
        return 0, len(scalar.dual)
    at_zero = infinite[scalar.dual[infinite] < 0]
    at_one = infinite[scalar.dual[infinite] > 0]
    first = int(at_zero[-1]) + 1 if len(at_zero) else 0
    last = int(at_one[0]) if len(at_one) else len(scalar.dual)
    if first > last or bool(np.isnan(scalar.dual).any()):
        raise InfeasibleError("no monotone function vanishes wherever the teacher does")
    return first, last
