"""One-parameter classes: a segment of predictions, or a softmax layer with one weight.

Both are written once for floats and for balls: the predictions at t, and the derivative of the
objective in t, whose sign finds the student.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kl_regression.arithmetic import Arithmetic, Array
from kl_regression.arrays import Side
from kl_regression.cases import log_ratio
from kl_regression.divergences import KL, GeneralizedKL, ItakuraSaito, Loss, SquaredError

WIDEST = 64
"""Weights |w| up to which a softmax layer is searched; beyond it its rows are one-hot in effect."""


@dataclass(frozen=True)
class Segment:
    """(1 - t) v + t w for t in [0, 1].

    Args:
        start: v, shape (b, n, k).
        end: w, shape (b, n, k).
        teacher: g, shape (b, n, k).
        loss: the divergence.
        side: where the student stands.
        x: the arithmetic.
    """

    start: Array
    end: Array
    teacher: Array
    loss: Loss
    side: Side
    x: Arithmetic

    @property
    def reach(self) -> tuple[int, int]:
        """The range of t."""
        return 0, 1

    @property
    def convex(self) -> bool:
        """Whether the derivative is monotone."""
        return self.side == "left" or self.loss.convex_right

    def at(self, t: Any) -> Array:
        """Return the predictions, shape (b, n, k), at t of shape (b, 1, 1)."""
        return (1 - t) * self.start + t * self.end

    def terms(self, t: Any) -> Array:
        """Return the terms of the objective's derivative in t, shape (b, n, k)."""
        return (self.end - self.start) * self._slope(self.at(t))

    def _slope(self, student: Array) -> Array:
        if self.side == "left":
            return LEFT[self.loss](self.x, student, self.teacher)
        return RIGHT[self.loss](student, self.teacher)

    def sizes(self, t: Any) -> Array:
        """Return what the rounding of the terms is relative to, shape (b, n, k), in floats.

        The step is known to the rounding of both ends, and the slope to that of the student times
        s φ''(s), on either side.
        """
        student = self.at(t)
        steps = np.abs(self.end - self.start) * STEEP[self.loss](student)
        return (np.abs(self.start) + np.abs(self.end)) * np.abs(self._slope(student)) + steps


@dataclass(frozen=True)
class Softmax:
    """exp(t x) over its row sums, for |t| <= WIDEST; convex in logits, under KL.

    Args:
        exponents: x, integers of shape (b, n, k).
        teacher: g, shape (b, n, k).
        side: where the student stands.
        x: the arithmetic.
    """

    exponents: Array
    teacher: Array
    side: Side
    x: Arithmetic

    @property
    def reach(self) -> tuple[int, int]:
        """The range of t."""
        return -WIDEST, WIDEST

    @property
    def convex(self) -> bool:
        """Whether the derivative is monotone."""
        return self.side == "right"

    def at(self, t: Any) -> Array:
        """Return the predictions, shape (b, n, k), at t of shape (b, 1, 1)."""
        grown = self.x.exp(t * self.exponents)
        return grown / grown.sum(axis=2, keepdims=True)

    def terms(self, t: Any) -> Array:
        """Return terms that sum to the derivative in t, Cov_s(x, log s/g) or x (s - g)."""
        student = self.at(t)
        if self.side == "right":
            return self.exponents * (student - self.teacher)
        mean = (student * self.exponents).sum(axis=2, keepdims=True)
        return student * (self.exponents - mean) * (t * self.exponents - self.x.log(self.teacher))

    def sizes(self, t: Any) -> Array:
        """Return what the rounding of the terms is relative to, shape (b, n, k), in floats."""
        student = self.at(t)
        if self.side == "right":
            return self.exponents * (student + self.teacher)
        mean = (student * self.exponents).sum(axis=2, keepdims=True)
        logs = np.abs(t) * self.exponents + np.abs(np.log(self.teacher))
        return student * (self.exponents + mean) * (1 + logs)


Path = Segment | Softmax

LEFT: dict[Loss, Callable[[Arithmetic, Array, Array], Array]] = {
    KL: log_ratio,
    GeneralizedKL: log_ratio,
    SquaredError: lambda _, s, g: 2 * (s - g),
    ItakuraSaito: lambda _, s, g: (s - g) / (s * g),
}
"""The slope in the student on the left, φ'(s) - φ'(g)."""

RIGHT: dict[Loss, Callable[[Array, Array], Array]] = {
    KL: lambda s, g: (s - g) / s,
    GeneralizedKL: lambda s, g: (s - g) / s,
    SquaredError: lambda s, g: 2 * (s - g),
    ItakuraSaito: lambda s, g: (s - g) / (s * s),
}
"""The slope in the student on the right, φ''(s) (s - g)."""

STEEP: dict[Loss, Callable[[Array], Array]] = {
    KL: np.ones_like,
    GeneralizedKL: np.ones_like,
    SquaredError: lambda s: 2 * np.abs(s),
    ItakuraSaito: lambda s: 1 / s,
}
"""s φ''(s): what a relative change of s changes the slope by."""
