"""project(): the student, which is a projection of the teacher onto a function class.

On the left argmin over V of D(f, teacher), the I-projection of csiszar:75; on the right argmin
over V of D(teacher, f), the M-projection. Whatever the solver, the student's feasibility,
divergence and gap are computed here from its predictions alone.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Predictions, Side, Weights, as_predictions, as_side, as_weights
from kl_regression.classes.base import FunctionClass, Property, Space, require_class
from kl_regression.divergences import KL, Logs, Loss
from kl_regression.errors import InfeasibleError, InputError
from kl_regression.progress import following
from kl_regression.solvers.attempts import Attempt
from kl_regression.solvers.candidate import Candidate, Problem
from kl_regression.solvers.choice import Found, find
from kl_regression.solvers.infinity import explain_infinity, explain_zeros
from kl_regression.tolerance import Sum, is_exact

GIVEN = "given"
"""The solver of a student that was trained elsewhere."""


class Status(StrEnum):
    """What the gap says of a student, whatever the solver said."""

    EXACT = "exact"
    """The gap is a rounding error."""
    APPROXIMATE = "approximate"
    """The gap is more than rounding: it is the bound to quote."""
    LOCAL = "local"
    """The best of several starts on a class that is not convex: not certified global."""
    OUTSIDE = "outside"
    """Trained elsewhere, and no member of the class: the gap bounds every gain, but not how far
    the student is from the projection."""
    FAILED = "failed"
    """The student's divergence or gap is infinite."""


@dataclass(frozen=True, eq=False)
class Student:
    """A projection of the teacher, with the number that certifies it.

    Args:
        predictions: shape (n, k), a member of the class.
        log_predictions: their logarithms, shape (n, k), right even where a prediction underflows;
            None for losses on real outputs.
        coordinates: in the class's own terms: mixture weights, the matrix of a linear head, values.
        misfit: D(student, teacher) in the order of the loss's arguments.
        objective: what was minimised: D(student, teacher) or D(teacher, student).
        gap: an upper bound on max over v in V of <grad, student - v>, rounding included.
        gap_rounding: how much of ``gap`` is the rounding of its own sums.
        status: exact, approximate, local, outside or failed, read off the gap.
        solver: the name of the solver whose point this is.
        attempts: every solver call, in order.
        space: the range of members that the gap is over.
    """

    predictions: Predictions
    log_predictions: Logs
    coordinates: Float[np.ndarray, " z"]
    misfit: float
    objective: float
    gap: float
    gap_rounding: float
    status: Status
    solver: str
    attempts: tuple[Attempt, ...]
    space: Space

    @property
    def certified(self) -> bool:
        """Whether the gap bounds the distance from the global optimum."""
        return self.status in {Status.EXACT, Status.APPROXIMATE}

    def __repr__(self) -> str:
        n, k = self.predictions.shape
        found = f"misfit={self.misfit:.6g}, gap={self.gap:.1e}, {self.status}, {self.solver}"
        return f"Student(n={n}, k={k}, {found})"


def project(
    teacher: Any,
    students: FunctionClass,
    *,
    weights: Any = None,
    loss: Loss = KL,
    side: str = "left",
    solver: str = "auto",
    normalize: bool = False,
    options: dict[str, Any] | None = None,
) -> Student:
    """Return the student: the projection of the teacher, shape (n, k), onto a function class.

    Args:
        teacher: predictions of shape (n, k), or (n,) read as (n, 1).
        students: the class V.
        weights: probabilities of the n points, shape (n,); uniform where None.
        loss: the divergence; KL in nats.
        side: "left" for argmin D(f, teacher), "right" for argmin D(teacher, f).
        solver: "auto", "structured", "conic", the name of a structured solver of the class such as
            "hull newton", or of a cone solver such as "CLARABEL".
        normalize: divide the teacher's rows by their sums instead of rejecting rows that are off.
        options: passed to a cone solver; structured solvers have none: "auto" does not pass any to
            them, and where one is asked for they are an error.

    Raises:
        InputError: for arrays that cannot be used, with the index and what to do.
        InfiniteDivergenceError: when every member is at infinite divergence from the teacher.
        InfeasibleError: when the class is empty.

    >>> from kl_regression.classes.hull import Hull
    >>> student = project([[0.5, 0.5]], Hull([[[0.8, 0.2]], [[0.6, 0.4]]]))
    >>> student.predictions.tolist(), student.status.value
    ([[0.6, 0.4]], 'exact')
    """
    require_kinds(students, loss)
    g = as_predictions(teacher, "teacher", loss.domain, normalize=normalize)
    return projected(
        g,
        students,
        weights=as_weights(weights, len(g)),
        loss=loss,
        side=as_side(side),
        solver=solver,
        options=options,
    )


def require_kinds(students: object, loss: object) -> None:
    """Raise an InputError unless a function class and a loss are passed."""
    require_class("students", students)
    if not isinstance(loss, Loss):
        raise InputError(
            "loss", f"is {loss!r}", "Pass KL, GeneralizedKL, SquaredError or Bregman(...)"
        )


def projected(
    teacher: Predictions,
    students: FunctionClass,
    *,
    weights: Weights,
    loss: Loss,
    side: Side,
    solver: str = "auto",
    options: dict[str, Any] | None = None,
) -> Student:
    """Return the projection of a teacher, shape (n, k), that was validated in the type it came in.

    The arguments are those of ``project``, whose errors but for the arrays' are raised here.
    """
    if not isinstance(solver, str):
        raise InputError("solver", f"is {solver!r}", 'Use "auto", "structured", "conic" or a name')
    if options is not None and not isinstance(options, dict):
        raise InputError("options", f"is {options!r}", "Pass a dictionary of solver settings")
    space = Space.of(loss.domain, *teacher.shape)
    students.check(space)
    space = _vanishing(space, teacher, weights, loss, side)
    problem = Problem(students, teacher, weights, loss, side, space)
    with np.errstate(all="ignore"):
        try:
            with following("project"):
                found = find(problem, solver=solver, options=options)
        except InfeasibleError:
            explain_zeros(problem)
            raise
        return _student(problem, found)


def measured(
    predictions: Predictions,
    log_predictions: Logs,
    teacher: Predictions,
    students: FunctionClass,
    *,
    weights: Weights,
    loss: Loss,
    side: Side,
) -> Student:
    """Return a student that was trained elsewhere, with its gap: however trained, in V or not.

    Over a class that is not convex no gap of predictions certifies anything: it is infinite.

    Args:
        predictions: the student's, shape (n, k), already validated like the teacher's.
        log_predictions: their logarithms, shape (n, k), where some underflow; None elsewhere.
        teacher: predictions, shape (n, k).
        students: the class V that the gap is over.
        weights: probabilities of the points, shape (n,).
        loss: the divergence.
        side: where the student stands.
    """
    space = Space.of(loss.domain, *teacher.shape)
    students.check(space)
    space = _vanishing(space, teacher, weights, loss, side)
    problem = Problem(students, teacher, weights, loss, side, space)
    with np.errstate(all="ignore"):
        convex = Property.CONVEX in students.properties
        if convex:
            candidate = problem.candidate(np.empty(0), predictions, log_predictions)
        else:
            objective = problem.objective(predictions, log_predictions)
            candidate = Candidate(
                np.empty(0), predictions, log_predictions, objective, Sum(np.inf, 0.0), space
            )
        student = _student(problem, Found(candidate, GIVEN, (), problem.convex and convex))
        if not np.isfinite(student.objective):
            return replace(student, status=Status.FAILED, gap=np.inf)
        inside = students.membership(predictions, space, weights).inside
        return student if inside else replace(student, status=Status.OUTSIDE)


def _student(problem: Problem, found: Found) -> Student:
    candidate = found.candidate
    if found.solver != GIVEN and not np.isfinite(candidate.objective.value):
        explain_infinity(problem, candidate)
    logs = candidate.logs
    if logs is None and problem.loss.domain.low == 0:
        logs = np.log(candidate.predictions)
    misfit = candidate.objective
    if problem.side == "right" or candidate.logs is not None:
        misfit = problem.loss.measure(
            candidate.predictions, problem.teacher, problem.weights, logs, None
        )
    status = Status.APPROXIMATE
    if not np.isfinite(candidate.gap.value) and found.certified:
        status = Status.FAILED
    elif not found.certified:
        status = Status.LOCAL
    elif is_exact(candidate.gap, _scale(problem, candidate)):
        status = Status.EXACT
    return Student(
        predictions=candidate.predictions,
        log_predictions=logs,
        coordinates=candidate.coordinates,
        misfit=misfit.value,
        objective=candidate.objective.value,
        gap=candidate.gap.value + candidate.gap.rounding,
        gap_rounding=candidate.gap.rounding,
        status=status,
        solver=found.solver,
        attempts=found.attempts,
        space=candidate.space,
    )


def _scale(problem: Problem, candidate: Candidate) -> float:
    """Return the objective plus <s^2, φ''(s)>, the size beside which a rounding is small."""
    pair = (candidate.predictions, problem.teacher)
    first, second = pair if problem.side == "left" else pair[::-1]
    bend = np.abs(problem.loss.curvature(first, second, problem.side))
    moved = problem.weights[:, None] * bend * np.square(candidate.predictions)
    return candidate.objective.value + float(np.where(np.isfinite(moved), moved, 0.0).sum())


def _vanishing(
    space: Space, teacher: Predictions, weights: Weights, loss: Loss, side: Side
) -> Space:
    """Return the space of members at finite divergence: zero where the teacher is, on the left."""
    if side == "right" or not loss.vanishes_with_teacher:
        return space
    zero = (teacher == 0) & (weights[:, None] > 0)
    return (
        Space(space.points, space.outputs, space.domain, space.low, space.high, zero)
        if zero.any()
        else space
    )
