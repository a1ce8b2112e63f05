"""An outcome seen through an arithmetic: the letters that theorem terms are written in.

p weights, g teacher, f truth, s student, each an array of shape (n, k) of the arithmetic's numbers
(p of shape (n, 1)); L the slope φ'(s) - φ'(g), which is log(s/g) under KL.
"""

from functools import cached_property

import numpy as np
from jaxtyping import Bool

from kl_regression.arithmetic import Arithmetic, Array, Floats, Number
from kl_regression.arrays import Predictions
from kl_regression.divergences import KL, GeneralizedKL, ItakuraSaito, Logs, Loss, SquaredError
from kl_regression.errors import InputError
from kl_regression.gap import gradient
from kl_regression.instance import Outcome
from kl_regression.tolerance import TINY


class Setting:
    """One outcome in one arithmetic.

    Args:
        outcome: a solved instance with predictions of shape (n, k).
        arithmetic: Floats where None.
    """

    def __init__(self, outcome: Outcome, arithmetic: Arithmetic | None = None) -> None:
        self.outcome = outcome
        self.x: Arithmetic = Floats() if arithmetic is None else arithmetic

    @property
    def loss(self) -> Loss:
        """The loss."""
        return self.outcome.instance.loss

    @cached_property
    def counted(self) -> Bool[np.ndarray, "n 1"]:
        """Which points have positive weight, shape (n, 1)."""
        return np.asarray(self.outcome.instance.weights)[:, None] > 0

    @cached_property
    def p(self) -> Array:
        """The weights, shape (n, 1)."""
        return self.x.array(self.outcome.instance.weights[:, None])

    @cached_property
    def g(self) -> Array:
        """The teacher's predictions, shape (n, k)."""
        return self.x.array(self.outcome.instance.teacher)

    @cached_property
    def f(self) -> Array:
        """The truth's predictions, shape (n, k)."""
        return self.x.array(self.outcome.truth)

    @cached_property
    def s(self) -> Array:
        """The student's predictions, shape (n, k); in balls also those that underflow."""
        student = self.outcome.student
        if not self.x.encloses:
            return self.x.array(student.predictions)
        return self._numbers(student.predictions, student.log_predictions)

    @cached_property
    def _float_slope(self) -> Predictions:
        student = self.outcome.student
        floats = gradient(
            student.predictions,
            student.log_predictions,
            self.outcome.instance.teacher,
            loss=self.loss,
            side="left",
        )
        return np.where(self.counted, floats, 0.0)

    @cached_property
    def slope(self) -> Array:
        """L = φ'(s) - φ'(g), shape (n, k); 0 where both vanish and at points of weight 0."""
        if not self.x.encloses:
            return self.x.array(self._float_slope)
        if self.loss is SquaredError:
            return self.x.where(self.counted & self.here, 2 * (self.s - self.g), 0.0)
        teacher = np.asarray(self.outcome.instance.teacher) > 0
        both = self.counted & self.here & teacher
        s, g = self.x.where(both, self.s, 1.0), self.x.where(both, self.g, 1.0)
        if self.loss is ItakuraSaito:
            inside = (s - g) / (s * g)
        elif self.loss in (KL, GeneralizedKL):
            inside = self.x.log(s / g)
        else:
            raise InputError("loss", f"{self.loss} has no terms in balls", "Use floats")
        ends = np.where(self.here == teacher, 0.0, np.where(self.here, np.inf, -np.inf))
        return self.x.where(both, inside, np.where(self.counted, ends, 0.0))

    @cached_property
    def here(self) -> Bool[np.ndarray, "n k"]:
        """Which of the student's predictions are not 0, whether or not they underflow."""
        student = self.outcome.student
        if self.loss is SquaredError:
            return np.ones(student.predictions.shape, bool)
        return present(student.predictions, student.log_predictions)

    def along(self, values: Array, moved: Bool[np.ndarray, "n k"]) -> Number:
        """Return E Σ values L; where they are not ``moved`` from 0, 0 even if L is infinite."""
        used = moved | np.isfinite(self._float_slope)
        return self.expect(self.x.where(used, values * self.slope, 0.0))

    @property
    def gap(self) -> float:
        """The student's gap, rounding included; a bound, so a float in every arithmetic."""
        return self.outcome.gap

    def expect(self, values: Array) -> Number:
        """Return E Σ_c of an array of shape (n, k) or (n, 1) over the points that count."""
        return self.x.total(
            self.x.where(self.counted & np.ones(values.shape, bool), self.p * values, 0.0)
        )

    def row_sum(self, values: Array) -> Array:
        """Return the sum of each row, shape (n, 1)."""
        return values.sum(axis=1, keepdims=True)

    def largest(self, values: Array) -> Number:
        """Return the largest entry over the points that count, of an array of shape (n, 1)."""
        return self.x.row_maximum(values[self.counted[:, 0]].reshape(1, -1))[0, 0]

    def divergence(
        self,
        first: Predictions,
        second: Predictions,
        log_first: Logs = None,
        log_second: Logs = None,
    ) -> Number:
        """Return D(first, second) of floats of shape (n, k), in the arithmetic's numbers."""
        weights = self.outcome.instance.weights
        if not self.x.encloses:
            return self.x.number(self.loss.measure(first, second, weights, log_first, log_second))
        return self.expect(self.entries(first, second, log_first, log_second))

    def entries(
        self,
        first: Predictions,
        second: Predictions,
        log_first: Logs = None,
        log_second: Logs = None,
    ) -> Array:
        """Return d(first_ic, second_ic) of floats, shape (n, k), in the arithmetic's numbers."""
        if not self.x.encloses:
            return self.x.array(self.loss.entries(first, second, log_first, log_second)[0])
        a, b = self._numbers(first, log_first), self._numbers(second, log_second)
        if self.loss is SquaredError:
            return (a - b) * (a - b)
        there, here = present(first, log_first), present(second, log_second)
        ratio = self.x.where(there & here, a, 1.0) / self.x.where(there & here, b, 1.0)
        if self.loss is ItakuraSaito:
            return self.x.where(there == here, ratio - self.x.log(ratio) - 1, np.inf)
        if self.loss not in (KL, GeneralizedKL):
            raise InputError("loss", f"{self.loss} has no terms in balls", "Use floats")
        entries = self.x.where(there, a * self.x.log(ratio), 0.0) - a + b
        return self.x.where(there & ~here, np.inf, entries)

    def _numbers(self, values: Predictions, logs: Logs) -> Array:
        """Return predictions as numbers; those too small for a float from their logarithms."""
        if logs is None:
            return self.x.array(values)
        small = (values <= TINY) & np.isfinite(logs)
        lifted = self.x.exp(self.x.array(np.where(small, logs, 0.0)))
        return self.x.where(small, lifted, self.x.array(values))

    @cached_property
    def teacher_error(self) -> Number:
        """D(f, g)."""
        return self.divergence(self.outcome.truth, self.outcome.instance.teacher)

    @cached_property
    def student_error(self) -> Number:
        """D(f, s)."""
        student = self.outcome.student
        return self.divergence(
            self.outcome.truth, student.predictions, None, student.log_predictions
        )

    @cached_property
    def misfit(self) -> Number:
        """D(s, g)."""
        student = self.outcome.student
        return self.divergence(
            student.predictions, self.outcome.instance.teacher, student.log_predictions, None
        )

    @cached_property
    def reverse_misfit(self) -> Number:
        """D(g, s)."""
        student = self.outcome.student
        return self.divergence(
            self.outcome.instance.teacher, student.predictions, None, student.log_predictions
        )


def present(values: Predictions, logs: Logs) -> Bool[np.ndarray, "n k"]:
    """Tell which predictions are not 0, whether or not they underflow."""
    return (values > 0) if logs is None else (values > 0) | np.isfinite(logs)
