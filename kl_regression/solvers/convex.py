"""The convex student in one dimension: an active set of knots on the sorted points.

Equal points are one point; points of weight 0 are left out, and what is found on the others is
continued linearly. Two things make a good start. On a long line it is the student of runs of
points. For a teacher that spans orders of magnitude it is the square of the student of the
teacher's square root: squares of convex functions with values in [0, ...) are convex.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Predictions
from kl_regression.bregman import Bregman
from kl_regression.classes.convex import Convex
from kl_regression.classes.hinges import is_convex
from kl_regression.solvers.candidate import Candidate, Problem
from kl_regression.solvers.knots import Fit, Line, Watch, fitted
from kl_regression.solvers.scalar import Column, Scalar, scalars

RUN = 8
"""How many points are one on the coarser line."""
COARSE = 256
"""Points up to which a line is solved without a coarser one."""
STEEP = 400.0
"""The ratio of a teacher's values up to which a student is found from a constant."""


def silent(_pass: int, _gap: float) -> None:
    """Report nothing."""


def is_knotted(problem: Problem, students: Convex) -> bool:
    """Tell whether the active set finds the student of a problem.

    It does on a line, where columns do not interact, the objective is convex, and no value is
    pressed against an end of the domain: the teacher is inside where it counts.
    """
    columns = scalars(problem)
    if students.points.shape[1] > 1 or not problem.convex or columns is None:
        return False
    return all(_is_inside(column, students) for column in columns)


def _is_inside(scalar: Scalar, students: Convex) -> bool:
    counted = scalar.weights > 0.0
    if not bool((scalar.teacher[counted] > scalar.low).all()):
        return False
    if isinstance(scalar.loss, Bregman):
        return bool(np.isinf(scalar.low) and np.isinf(scalar.high))
    if np.isinf(scalar.high):
        return True
    ranked, places = students.line
    ends = (places == places[0], places == places[-1])
    return all(bool(counted[ranked[end]].any()) for end in ends)


def solve_convex(problem: Problem, students: Convex, *, watch: Watch = silent) -> Candidate:
    """Return the student among convex functions of one variable.

    Args:
        problem: teacher, weights, loss and side; the loss convex in the student.
        students: the class, on points of shape (n, 1).
        watch: called with the pass and the gap, for progress.
    """
    columns = scalars(problem)
    assert columns is not None  # noqa: S101 - is_knotted() was asked
    with np.errstate(all="ignore"):
        predictions = np.column_stack([_column(column, students, watch) for column in columns])
    return problem.candidate(predictions.ravel(), predictions)


def _column(scalar: Scalar, students: Convex, watch: Watch) -> Predictions:
    ranked, places = students.line
    if is_convex(places, scalar.column[ranked]):
        return scalar.teacher
    counted = scalar.weights[ranked] > 0.0
    heavy = places[counted]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(heavy) > 0.0) + 1])
    line = Line(scalar.part(ranked[counted]).pooled(starts), heavy[starts])
    if is_convex(line.places, line.scalar.column):
        values = line.scalar.teacher
    else:
        values = fitted(line, _start(line), watch).student
    student = np.empty_like(scalar.teacher)
    for column, found in zip(student.T, values.T, strict=True):
        column[ranked] = _continued(line.places, found, places)
    return np.clip(student, scalar.low, scalar.high)


def _continued(
    places: Column, values: Column, everywhere: Float[np.ndarray, " m"]
) -> Float[np.ndarray, " m"]:
    """Return values at increasing places, at all places: linear between, and beyond the ends."""
    if len(places) == 1:
        return np.full(len(everywhere), values[0])
    after = np.clip(np.searchsorted(places, everywhere, side="right"), 1, len(places) - 1)
    x, y = places[after - 1], places[after]
    left, right = (y - everywhere) / (y - x), (everywhere - x) / (y - x)
    return left * values[after - 1] + right * values[after]


def _start(line: Line) -> Fit:
    """Return a convex function inside the domain from which few passes remain."""
    count = len(line.places)
    if count > COARSE:
        coarse, starts = _coarser(line)
        found = fitted(coarse, _start(coarse), silent)
        inner = starts[found.knots[1:-1]] + RUN // 2
        knots = np.concatenate([[0], inner, [count - 1]])
        places = coarse.places[found.knots]
        columns = [np.interp(line.places[knots], places, c) for c in found.student[found.knots].T]
        return line.fit(knots, np.column_stack(columns))
    g = line.scalar.column
    if line.scalar.low == 0.0 and float(g.max()) > STEEP * float(g.min()):
        root = replace(line, scalar=line.scalar.root())
        found = fitted(root, _start(root), silent)
        return line.fit(found.knots, _squared(found.student[found.knots]))
    mean = line.scalar.means(np.zeros(1, dtype=np.int64))
    return line.fit(np.array([0, count - 1]), np.repeat(mean, 2, axis=0))


def _squared(student: Predictions) -> Predictions:
    """Return the squares of a free column, and of a pair what they leave of 1."""
    f = student[:, -1:]
    return f**2 if student.shape[1] == 1 else np.hstack([student[:, :1] * (1.0 + f), f**2])


def _coarser(line: Line) -> tuple[Line, np.ndarray]:
    """Return the line of runs of points at their mean places, and where the runs begin."""
    starts = np.arange(0, len(line.places) - RUN + 1, RUN)
    weights = line.scalar.weights
    middles = np.add.reduceat(weights * line.places, starts) / np.add.reduceat(weights, starts)
    last = line.places[np.append(starts[1:], len(line.places)) - 1]
    return Line(line.scalar.pooled(starts), np.clip(middles, line.places[starts], last)), starts
