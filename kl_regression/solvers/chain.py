"""Functions on a chain, |f_{i+1} - f_i| <= b_i: a primal-dual interior point method, banded.

    min Σ_i w_i d(f_i)   with slacks u = b - Df, l = b + Df >= 0, multipliers y_u, y_l >= 0, and
                         bounds low <= f <= high with multipliers z where d has no barrier.

Predictor and corrector (mehrotra:92) solve the same augmented system

    [ H  D' ] [ df ]
    [ D  -1/Θ ] [ dy ],   Θ = y_u/u + y_l/l,   H = diag(w d'' + z/(f - low) + z/(high - f)),

interleaved f_1, y_1, f_2, ... it is tridiagonal, and factored with pivoting: eliminating y would
square the condition number.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.linalg.lapack import dgttrf, dgttrs

from kl_regression.solvers.scalar import Column, Scalar
from kl_regression.tolerance import TINY

Differences = Float[np.ndarray, " e"]
Pairs = Float[np.ndarray, "2 e"]
Bounds = Float[np.ndarray, "2 n"]

SHRINK = 0.995
"""How far towards the boundary a step may go."""


@dataclass(frozen=True)
class Iterate:
    """A point of the method.

    Args:
        f: values, shape (n,).
        slack: (u, l), shape (2, n - 1).
        push: their multipliers (y_u, y_l), shape (2, n - 1).
        hold: multipliers of low <= f and of f <= high, shape (2, n); 0 where there is no bound.
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

    def start(self) -> Iterate:
        """Return the constant function that is best, with multipliers of the objective's size."""
        n = len(self.scalar.weights)
        f = np.repeat(self.scalar.means(np.zeros(1, dtype=np.int64))[:, -1], n)
        slack = np.stack([self.reach, self.reach])
        room = self._room(f)
        count = slack.size + int(np.isfinite(room).sum())
        mean = self.scalar.value(f) / count
        return Iterate(f, slack, mean / slack, mean / room)

    def _room(self, f: Column) -> Bounds:
        return np.stack([f - self.low, self.high - f])

    def step(self, at: Iterate) -> Iterate:
        """Return the next iterate, by one predictor and one corrector."""
        newton = _Newton(self, at, self._room(at.f))
        predicted = newton.direction(0.0, 0.0, 0.0)
        length = min(1.0, newton.length(predicted))
        room_step = np.stack([predicted.f, -predicted.f])
        after = _products(
            at.slack + length * predicted.slack, at.push + length * predicted.push
        ) + _products(newton.room + length * room_step, at.hold + length * predicted.hold)
        centre = (after / newton.total) ** 3 * newton.total / newton.count
        corrected = newton.direction(
            centre, predicted.slack * predicted.push, room_step * predicted.hold
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

    def __init__(self, chain: Chain, at: Iterate, room: Bounds) -> None:
        self.at, self.room = at, room
        bounded = np.isfinite(room)
        self.total = _products(at.slack, at.push) + _products(room, at.hold)
        self.count = at.slack.size + int(bounded.sum())
        pull = at.push[0] - at.push[1]
        slope = chain.scalar.slope(at.f) - at.hold[0] + at.hold[1]
        self.residual = slope + np.diff(-pull, prepend=0.0, append=0.0)
        rise = np.diff(at.f)
        self.excess = np.stack([rise, -rise]) + at.slack - chain.reach
        self.ratio = at.push / at.slack
        self.bent = chain.scalar.bend(at.f) + (at.hold / room).sum(axis=0)
        self.give = 1.0 / self.ratio.sum(axis=0)
        n = len(at.f)
        diagonal = np.empty(2 * n - 1)
        diagonal[0::2], diagonal[1::2] = self.bent, -self.give
        beside = np.ones(2 * n - 2)
        beside[0::2] = -1.0
        *self.factors, _ = dgttrf(beside, diagonal, beside.copy())

    def direction(
        self, centre: float, bent_pairs: Pairs | float, bent_bounds: Bounds | float
    ) -> Iterate:
        """Return the Newton direction towards products ``centre`` less second-order terms."""
        at = self.at
        pairs = (centre - bent_pairs) / at.slack - at.push
        bounds = np.where(np.isfinite(self.room), (centre - bent_bounds) / self.room - at.hold, 0.0)
        pulls = pairs + self.ratio * self.excess
        right = np.empty(2 * len(at.f) - 1)
        right[0::2] = -self.residual + bounds[0] - bounds[1]
        right[1::2] = -self.give * (pulls[0] - pulls[1])
        step = dgttrs(*self.factors, right)[0][0::2]
        rise = np.diff(step)
        slack = -self.excess - np.stack([rise, -rise])
        push = pairs - self.ratio * slack
        hold = bounds - at.hold / self.room * np.stack([step, -step])
        return Iterate(step, slack, push, hold)

    def length(self, step: Iterate) -> float:
        """Return the longest step that keeps every sign."""
        at = self.at
        quotients = [-step.slack / at.slack, -step.push / at.push]
        inside = np.isfinite(self.room)
        moved = np.stack([step.f, -step.f])
        quotients += [(-moved / self.room)[inside], (-step.hold[inside] / at.hold[inside])]
        fastest = max(float(q.max(initial=0.0)) for q in quotients)
        return 1.0 / max(fastest, TINY)


def _products(a: np.ndarray, b: np.ndarray) -> float:
    finite = np.isfinite(a)
    return float((a[finite] * b[finite]).sum())
