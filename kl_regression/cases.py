"""Cases: many solved instances of one shape, seen by a claim; in floats, or one of them in balls.

A claim is a formula in teacher, student, truth and their divergences, written once. On floats it
gives b numbers at once; on balls a rigorous enclosure of one. Zeros follow 0 log 0 = 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kl_regression.arithmetic import Arithmetic, Array, Floats
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
        """The rounding of both errors and both misfits together, in floats, shape (b,)."""
        errors = self.off(self.truth, self.teacher) + self.off(self.truth, self.student)
        return errors + self.off(self.student, self.teacher) + self.off(self.teacher, self.student)

    def off(self, p: Array, q: Array) -> Batch:
        """Return what D(p, q) may be off by in floats, shape (b,), for predictions (b, n, k).

        A term is a sum of numbers of these sizes: each is known to ENTRY_ULPS EPS, what p and q are
        themselves rounded by included, and each of the n + k additions that it passes costs half an
        EPS of it.
        """
        ulps = ENTRY_ULPS + 0.5 * sum(p.shape[1:])
        return EPS * ulps * self.expect(SIZES[self.loss](self.x, p, q))

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


def log_ratio(x: Arithmetic, p: Array, q: Array) -> Array:
    """Return log(p/q), elementwise; in floats as log1p of |p - q| / min(p, q), which loses nothing.

    The logarithm of a rounded quotient near 1 is off by EPS, which is not small beside it.
    """
    if not isinstance(x, Floats):
        return x.log(p / q)
    apart = p - q
    return np.copysign(np.log1p(np.abs(apart) / np.minimum(p, q)), apart)


def _generalised(x: Arithmetic, p: Array, q: Array) -> Array:
    return _relative(x, p, q) - (p - q)


def _relative(x: Arithmetic, p: Array, q: Array) -> Array:
    """Return p log(p/q), and 0 where p is exactly 0."""
    vanishes = np.asarray(p == 0).astype(bool)
    if not vanishes.any():
        return p * log_ratio(x, p, q)
    inside = log_ratio(x, x.where(vanishes, 1.0, p), x.where(vanishes, 1.0, q))
    return x.where(vanishes, 0.0, p * inside)


def _squared(_: Arithmetic, p: Array, q: Array) -> Array:
    return (p - q) * (p - q)


def _itakura_saito(x: Arithmetic, p: Array, q: Array) -> Array:
    return (p - q) / q - log_ratio(x, p, q)


FORMULAS: dict[Loss, Callable[[Arithmetic, Array, Array], Array]] = {
    KL: _generalised,
    GeneralizedKL: _generalised,
    SquaredError: _squared,
    ItakuraSaito: _itakura_saito,
}
"""On distributions -a + b sums to 0: KL is written with it, so that rounding of rows cancels."""


def _logarithmic_sizes(x: Arithmetic, p: Array, q: Array) -> Array:
    return np.abs(_relative(x, p, q)) + np.abs(p - q)


def _ratio_sizes(x: Arithmetic, p: Array, q: Array) -> Array:
    return np.abs(log_ratio(x, p, q)) + np.abs(p - q) / q


SIZES: dict[Loss, Callable[[Arithmetic, Array, Array], Array]] = {
    KL: _logarithmic_sizes,
    GeneralizedKL: _logarithmic_sizes,
    SquaredError: _squared,
    ItakuraSaito: _ratio_sizes,
}
"""How large the numbers are whose sums and differences the terms of ``FORMULAS`` are."""
