"""Functions on a chain, |f_{i+1} - f_i| <= b_i: a primal-dual interior point method, banded.

    min Σ_i w_i d(f_i)   with slacks u = b - Df, l = b + Df >= 0, multipliers y_u, y_l >= 0, and
                         low <= f <= high with multipliers z at the ends that are finite.

Predictor and corrector (mehrotra:92) solve the same augmented system

    [ H  D' ] [ df ]
    [ D  -1/Θ ] [ dy ],   Θ = y_u/u + y_l/l,   H = diag(w d'' + z/(f - low) + z/(high - f)),

interleaved f_1, y_1, f_2, ... it is tridiagonal, and factored with pivoting: eliminating y would
square the condition number.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy
from jaxtyping import Float

from kl_regression.solvers.scalar import Column, Scalar
from kl_regression.tolerance import TINY

Differences = Float[np.ndarray, " e"]
Pairs = Float[np.ndarray, "2 e"]
Bounds = Float[np.ndarray, "r n"]

SHRINK = 0.995
"""How far towards the boundary a step may go."""
UP_AND_DOWN = np.array([[1.0], [-1.0]])
"""The signs of the rise in the two slacks."""


@dataclass(frozen=True)
class Iterate:
    """A point of the method.

    Args:
        f: values, shape (n,).
        slack: (u, l), shape (2, n - 1).
        push: their multipliers (y_u, y_l), shape (2, n - 1).
        hold: multipliers of the ends of the range, shape (r, n).
    """

    f: Column
    slack: Pairs
    push: Pairs
    hold: Bounds


@dataclass(frozen=True)
class Chain:
    """The problem: an objective, the bounds b > 0 of shape (n - 1,), and the range of f."""

    scalar: Scalar
    reach: Differences
    low: float
    high: float

    @cached_property
    def ends(self) -> tuple[Float[np.ndarray, "r 1"], Float[np.ndarray, "r 1"]]:
        """The finite ends of the range, and the signs with which f is on their inner side."""
        ends, signs = np.array([[self.low], [self.high]]), UP_AND_DOWN
        finite = np.isfinite(ends[:, 0])
        return ends[finite], signs[finite]

    def room(self, f: Column) -> Bounds:
        """Return the distances from the ends, shape (r, n)."""
        ends, signs = self.ends
        return signs * (f - ends)

    def start(self) -> Iterate:
        """Return the constant function that is best, with multipliers of the objective's size."""
        n = len(self.scalar.weights)
        f = np.repeat(self.scalar.means(np.zeros(1, dtype=np.int64))[:, -1], n)
        slack = np.stack([self.reach, self.reach])
        room = self.room(f)
        mean = self.scalar.value(f) / (slack.size + room.size)
        return Iterate(f, slack, mean / slack, mean / room)

    def step(self, at: Iterate, slope: Column) -> Iterate:
        """Return the next iterate, by one predictor and one corrector.

        Args:
            at: the iterate.
            slope: the weighted derivative of the objective there, shape (n,).
        """
        newton = _Newton(self, at, slope)
        predicted = newton.direction(0.0, 0.0, 0.0)
        length = min(1.0, newton.length(predicted))
        moved = self.ends[1] * predicted.f
        after = _products(
            at.slack + length * predicted.slack, at.push + length * predicted.push
        ) + _products(newton.room + length * moved, at.hold + length * predicted.hold)
        centre = (after / newton.total) ** 3 * newton.total / newton.count
        corrected = newton.direction(
            centre, predicted.slack * predicted.push, moved * predicted.hold
        )
        length = min(1.0, SHRINK * newton.length(corrected))
        return Iterate(
            at.f + length * corrected.f,
            at.slack + length * corrected.slack,
            at.push + length * corrected.push,
            at.hold + length * corrected.hold,
        )


class _Newton:
    """The linearisation at an iterate, factored once for both directions."""

    def __init__(self, chain: Chain, at: Iterate, slope: Column) -> None:
        self.at, self.signs = at, chain.ends[1]
        self.room = chain.room(at.f)
        self.total = _products(at.slack, at.push) + _products(self.room, at.hold)
        self.count = at.slack.size + self.room.size
        pull = at.push[0] - at.push[1]
        self.residual = slope - (self.signs * at.hold).sum(axis=0)
        self.residual[1:] += pull
        self.residual[:-1] -= pull
        self.excess = UP_AND_DOWN * np.diff(at.f) + at.slack - chain.reach
        self.ratio, self.grip = at.push / at.slack, at.hold / self.room
        self.give = 1.0 / (self.ratio[0] + self.ratio[1])
        n = len(at.f)
        diagonal = np.empty(2 * n - 1)
        diagonal[0::2] = chain.scalar.bend(at.f) + self.grip.sum(axis=0)
        diagonal[1::2] = -self.give
        beside = np.ones(2 * n - 2)
        beside[0::2] = -1.0
        *self.factors, _ = scipy.linalg.lapack.dgttrf(beside, diagonal, beside.copy())

    def direction(
        self, centre: float, bent_pairs: Pairs | float, bent_bounds: Bounds | float
    ) -> Iterate:
        """Return the Newton direction towards products ``centre`` less second-order terms."""
        at = self.at
        pairs = (centre - bent_pairs) / at.slack - at.push
        bounds = (centre - bent_bounds) / self.room - at.hold
        pulls = pairs + self.ratio * self.excess
        right = np.empty(2 * len(at.f) - 1)
        right[0::2] = (self.signs * bounds).sum(axis=0) - self.residual
        right[1::2] = self.give * (pulls[1] - pulls[0])
        step = scipy.linalg.lapack.dgttrs(*self.factors, right)[0][0::2]
        slack = UP_AND_DOWN * -np.diff(step) - self.excess
        push = pairs - self.ratio * slack
        hold = bounds - self.grip * (self.signs * step)
        return Iterate(step, slack, push, hold)

    def length(self, step: Iterate) -> float:
        """Return the longest step that keeps every sign."""
        at = self.at
        steps = (step.slack, step.push, self.signs * step.f, step.hold)
        places = (at.slack, at.push, self.room, at.hold)
        slowest = [
            float((moved / place).min(initial=0.0))
            for moved, place in zip(steps, places, strict=True)
        ]
        return 1.0 / max(-min(slowest), TINY)


def _products(a: np.ndarray, b: np.ndarray) -> float:
    return float((a * b).sum())
