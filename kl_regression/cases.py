"""Cases: many solved instances of one shape, seen by a claim; in floats, or one of them in balls.

A claim is a formula in teacher, student, truth and their divergences, written once. On floats it
gives b numbers at once; on balls a rigorous enclosure of one. Zeros follow 0 log 0 = 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kl_regression.arithmetic import Arithmetic, Array
from kl_regression.divergences import KL, GeneralizedKL, ItakuraSaito, Loss, SquaredError
from kl_regression.errors import InputError
from kl_regression.tolerance import ENTRY_ULPS, EPS

Batch = Array
"""One number an instance, shape (b,)."""

EXPECTED = "Use KL, GeneralizedKL, SquaredError or ItakuraSaito"


@dataclass(frozen=True, kw_only=True)
class Cases:
    """What came of b instances: predictions, errors, gain, misfit; arithmetic in ``x``.

    Args:
        teacher: g, shape (b, n, k).
        student: s, shape (b, n, k).
        truth: f, shape (b, n, k).
        weights: probabilities of the points, shape (b, n, 1), or one number for all of them.
        loss: the divergence.
        x: the arithmetic: floats, or balls around the true numbers.
        scores: teacher and student as numbers whose equality is exact, shapes (b, n, k).
    """

    teacher: Array
    student: Array
    truth: Array
    weights: Any
    loss: Loss = KL
    x: Arithmetic
    scores: tuple[Array, Array] | None = None

    def d(self, p: Array, q: Array) -> Batch:
        """Return D(p, q) in the loss's argument order, for predictions of shape (b, n, k)."""
        return self.expect(self.entries(p, q))

    def entries(self, p: Array, q: Array) -> Array:
        """Return the terms of D(p, q), shape (b, n, k)."""
        if self.loss not in FORMULAS:
            raise InputError("loss", f"is {self.loss!r}", EXPECTED)
        return FORMULAS[self.loss](self.x, p, q)

    def expect(self, values: Array) -> Batch:
        """Return E Σ_c of values of shape (b, n, k), for each instance, shape (b,)."""
        return (values * self.weights).sum(axis=2).sum(axis=1)

    def least(self, values: Array) -> Batch:
        """Return the smallest entry of each instance, of values of shape (b, n, k)."""
        return self.x.row_minimum(values.reshape(len(values), -1))[:, 0]

    def largest(self, values: Array) -> Batch:
        """Return the largest entry of each instance, of values of shape (b, n, k)."""
        return self.x.row_maximum(values.reshape(len(values), -1))[:, 0]

    @property
    def teacher_error(self) -> Batch:
        """D(truth, teacher)."""
        return self.d(self.truth, self.teacher)

    @property
    def student_error(self) -> Batch:
        """D(truth, student)."""
        return self.d(self.truth, self.student)

    @property
    def misfit(self) -> Batch:
        """D(student, teacher)."""
        return self.d(self.student, self.teacher)

    @property
    def reverse_misfit(self) -> Batch:
        """D(teacher, student)."""
        return self.d(self.teacher, self.student)

    @property
    def gain(self) -> Batch:
        """error(teacher) - error(student)."""
        return self.teacher_error - self.student_error

    @property
    def slack(self) -> Batch:
        """The gain theorem's: gain - misfit."""
        return self.gain - self.misfit

    @property
    def floor(self) -> Batch:
        """γ, the smallest entry of teacher and student."""
        return self.x.minimum(self.least(self.teacher), self.least(self.student))

    @property
    def rounding(self) -> Batch:
        """The rounding of sums of the size of the errors and misfits, in floats, shape (b,)."""
        sizes = self.teacher_error + self.student_error
        return sums_rounding(sizes + np.abs(self.misfit) + np.abs(self.reverse_misfit))

    def calibration(self, who: str) -> Batch:
        """Return the L1 calibration error of "teacher" or "student", conditioned on its own score.

        Summed over classes; the truth's rows, shape (n, k), are the labels.
        """
        own = {"teacher": self.teacher, "student": self.student}[who]
        exact = (self.teacher, self.student) if self.scores is None else self.scores
        key = exact[0] if who == "teacher" else exact[1]
        tied = np.asarray(key[:, :, None] == key[:, None]).astype(bool)
        mass = np.broadcast_to(self.weights, (*self.truth.shape[:2], 1))
        shared = np.where(tied, mass[:, None], 0 * mass[:, None]).sum(axis=2)
        mean = np.where(tied, (mass * self.truth)[:, None], 0 * mass[:, None]).sum(axis=2) / shared
        return self.expect(self.x.absolute(own - mean))


def sums_rounding(sizes: Batch) -> Batch:
    """Return the rounding of divergences whose sizes add up to these, shape (b,).

    Their terms a log(a/b) - a + b are differences of rows that sum to 1: two more for each.
    """
    return ENTRY_ULPS * EPS * (2.0 + sizes)


def _generalised(x: Arithmetic, p: Array, q: Array) -> Array:
    return _relative(x, p, q) - p + q


def _relative(x: Arithmetic, p: Array, q: Array) -> Array:
    """Return p log(p/q), and 0 where p is exactly 0."""
    vanishes = np.asarray(p == 0).astype(bool)
    if not vanishes.any():
        return p * x.log(p / q)
    return x.where(vanishes, 0.0, p * x.log(x.where(vanishes, 1.0, p) / x.where(vanishes, 1.0, q)))


def _squared(_: Arithmetic, p: Array, q: Array) -> Array:
    return (p - q) * (p - q)


def _itakura_saito(x: Arithmetic, p: Array, q: Array) -> Array:
    ratio = p / q
    return ratio - x.log(ratio) - 1


FORMULAS: dict[Loss, Callable[[Arithmetic, Array, Array], Array]] = {
    KL: _generalised,
    GeneralizedKL: _generalised,
    SquaredError: _squared,
    ItakuraSaito: _itakura_saito,
}
"""On distributions -a + b sums to 0: KL is written with it, so that rounding of rows cancels."""
