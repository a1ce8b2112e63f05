"""An instance of weak-to-strong learning, and what came of it: errors, gain, misfit, slack.

``Instance`` holds teacher, truth, class, weights, loss and side; ``solve`` projects and returns an
``Outcome``. The slack of the gain theorem is D(f, g) - D(f, s) - D(s, g): non-negative when it
holds.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from kl_regression.arrays import (
    Predictions,
    Weights,
    as_predictions,
    as_side,
    as_weights,
    same_shape,
)
from kl_regression.arrays_logs import as_logarithms
from kl_regression.classes.base import FunctionClass, Membership, Space
from kl_regression.divergences import KL, Loss
from kl_regression.errors import InputError, TruthMissingError
from kl_regression.gap import optimality_gap
from kl_regression.projection import Student, measured, projected, require_kinds
from kl_regression.tolerance import Sum


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """A teacher, the class that a student is chosen from, and the truth if it is known.

    Args:
        teacher: predictions g of the weak model, shape (n, k); (n,) is read as (n, 1).
        students: the function class V.
        truth: predictions f of the target, shape (n, k), one-hot rows included; None where unknown.
        weights: probabilities of the n points, shape (n,), summing to 1; uniform where None.
        loss: the divergence; KL in nats.
        side: "left": the student minimises D(student, teacher); "right": D(teacher, student).
        normalize: divide the rows of teacher and truth by their sums instead of rejecting them.

    Arrays are copied: the caller's may change; those of a ``Hull`` may not.

    Raises:
        InputError: for arrays that cannot be used; the message names argument, index and value.
    """

    teacher: Any
    students: FunctionClass
    truth: Any = None
    weights: Any = None
    loss: Loss = KL
    side: str = "left"
    normalize: bool = False

    def __post_init__(self) -> None:
        require_kinds(self.students, self.loss)
        as_side(self.side)
        teacher = as_predictions(
            self.teacher, "teacher", self.loss.domain, normalize=self.normalize
        )
        object.__setattr__(self, "teacher", teacher.copy())
        object.__setattr__(self, "weights", as_weights(self.weights, len(teacher)).copy())
        if self.truth is not None:
            truth = as_predictions(self.truth, "truth", self.loss.domain, normalize=self.normalize)
            same_shape(truth, "truth", teacher.shape, "the teacher")
            object.__setattr__(self, "truth", truth.copy())

    def __repr__(self) -> str:
        n, k = self.teacher.shape
        known = "known" if self.truth is not None else "unknown"
        return f"Instance(n={n}, k={k}, {self.students!r}, truth {known}, {self.loss}, {self.side})"

    def solve(self, *, solver: str = "auto", options: dict[str, Any] | None = None) -> "Outcome":
        """Project the teacher onto the class and return the outcome.

        Args:
            solver: "auto", "structured", "conic", or the name of a cone solver.
            options: passed to a cone solver.
        """
        student = projected(
            self.teacher,
            self.students,
            weights=self.weights,
            loss=self.loss,
            side=as_side(self.side),
            solver=solver,
            options=options,
        )
        return Outcome(self, self._covering(student))

    def measure(self, student: Any, *, log_student: Any = None) -> "Outcome":
        """Return the outcome of a student that was trained elsewhere, in the class or not.

        Its gap is what its training left undone: max over v in V of <grad, student - v>, negative
        for a student outside V that does better than every member to first order.

        Args:
            student: predictions, shape (n, k).
            log_student: their logarithms, shape (n, k), where some are too small for a float64.

        Raises:
            InputError: for arrays that cannot be used, with the index and what to do.
        """
        s = as_predictions(student, "student", self.loss.domain, normalize=self.normalize)
        same_shape(s, "student", self.teacher.shape, "the teacher")
        logs = None
        if log_student is not None:
            logs = as_logarithms(log_student, "log_student", s)
        found = measured(
            s,
            logs,
            self.teacher,
            self.students,
            weights=self.weights,
            loss=self.loss,
            side=as_side(self.side),
        )
        return Outcome(self, self._covering(found))

    def _covering(self, student: Student) -> Student:
        """Return the student with its gap over a range of members that the truth lies in."""
        if self.truth is None or not np.isfinite(student.gap) or self.loss.domain.simplex:
            return student
        if student.space.low <= self.truth.min() and self.truth.max() <= student.space.high:
            return student
        space = Space.of(self.loss.domain, *self.teacher.shape)
        space = replace(space, zero=student.space.zero)
        space = space.around(self.teacher, student.predictions, self.truth)
        gap = optimality_gap(
            student.predictions,
            student.log_predictions,
            self.teacher,
            self.students,
            weights=self.weights,
            loss=self.loss,
            side=as_side(self.side),
            space=space,
        )
        return replace(
            student, gap=gap.value + gap.rounding, gap_rounding=gap.rounding, space=space
        )


@dataclass(frozen=True, eq=False)
class Outcome:
    """A solved instance: the student and every quantity of the gain theorem.

    Args:
        instance: what was asked.
        student: the projection.
    """

    instance: Instance
    student: Student

    @property
    def gap(self) -> float:
        """The student's optimality gap: the slack is at least -gap for every truth in the class."""
        return self.student.gap

    @property
    def misfit(self) -> float:
        """D(student, teacher), the disagreement, whatever the side."""
        return self.misfit_sum.value

    @property
    def teacher_error(self) -> float:
        """D(truth, teacher)."""
        return self.teacher_error_sum.value

    @property
    def student_error(self) -> float:
        """D(truth, student)."""
        return self.student_error_sum.value

    @property
    def gain(self) -> float:
        """error(teacher) - error(student).

        Where both are infinite it is summed entry by entry, E Σ d(f, g) - d(f, s)
        with inf - inf = 0; for KL that is E Σ f log(student/teacher) with log(0/0) = 0.
        """
        first, second = self.teacher_error, self.student_error
        if np.isfinite(second) or np.isfinite(first):
            return first - second
        return self._affine_gain()

    @property
    def slack(self) -> float:
        """error(teacher) - error(student) - misfit; +inf where the teacher's error is infinite."""
        return self.slack_sum.value

    @cached_property
    def misfit_sum(self) -> Sum:
        """The misfit with its rounding."""
        return self.divergence(
            self.student.predictions, self.instance.teacher, self.student.log_predictions, None
        )

    @cached_property
    def teacher_error_sum(self) -> Sum:
        """The teacher's error with its rounding."""
        return self.divergence(self.truth, self.instance.teacher, None, None)

    @cached_property
    def student_error_sum(self) -> Sum:
        """The student's error with its rounding."""
        return self.divergence(
            self.truth, self.student.predictions, None, self.student.log_predictions
        )

    @cached_property
    def slack_sum(self) -> Sum:
        """The slack of error(student) + misfit <= error(teacher), in [0, inf], with rounding."""
        if np.isinf(self.teacher_error):
            return Sum(np.inf, 0.0)
        return self.teacher_error_sum - (self.student_error_sum + self.misfit_sum)

    @property
    def truth(self) -> Predictions:
        """The truth's predictions, shape (n, k).

        Raises:
            TruthMissingError: when the instance has none.
        """
        if self.instance.truth is None:
            raise TruthMissingError(
                "truth",
                "is not known",
                "Pass truth=...; without it misfit, gap and student are still there",
            )
        truth: Predictions = self.instance.truth
        return truth

    @cached_property
    def truth_membership(self) -> Membership:
        """The distance of the truth from the class, with a member to witness it."""
        weights: Weights = self.instance.weights
        space = Space.of(self.instance.loss.domain, *self.truth.shape)
        return self.instance.students.membership(self.truth, space, weights)

    def divergence(self, p: Predictions, q: Predictions, log_p: Any, log_q: Any) -> Sum:
        """Return D(p, q) under the instance's loss and weights, for predictions of shape (n, k)."""
        return self.instance.loss.measure(p, q, self.instance.weights, log_p, log_q)

    def _affine_gain(self) -> float:
        """Return E Σ d(f, g) - d(f, s) entry by entry, 0 where both are infinite."""
        loss, student = self.instance.loss, self.student
        with np.errstate(all="ignore"):
            first = loss.entries(self.truth, self.instance.teacher)[0]
            second = loss.entries(self.truth, student.predictions, None, student.log_predictions)[0]
            counted = (self.instance.weights[:, None] > 0) & (first != second)
            terms = np.where(counted, self.instance.weights[:, None] * (first - second), 0.0)
        if np.isneginf(terms).any():
            return -np.inf
        return float(terms.sum())

    def __repr__(self) -> str:
        shown = f"misfit={self.misfit:.6g}, gap={self.gap:.1e}, {self.student.status}"
        if self.instance.truth is None:
            return f"Outcome({shown})"
        return f"Outcome(gain={self.gain:.6g}, slack={self.slack:.3g}, {shown})"


def require_outcome(argument: str, value: object) -> None:
    """Raise an InputError unless a solved instance is passed."""
    if not isinstance(value, Outcome):
        raise InputError(argument, f"is {type(value).__name__}", "Pass Instance(...).solve()")
