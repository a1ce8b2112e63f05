"""Quadratic models of functions that are linear between knots: sums over runs, and dropped knots.

A function with values t_k at the places s_k of knots is l_i t_k + r_i t_{k+1} at a point between
two of them, with shares l_i = (s_{k+1} - x_i)/(s_{k+1} - s_k) and r_i = 1 - l_i, each computed by
its own difference. All shares are nonnegative, so that sums of curvatures over points cancel
nothing however far values at neighbouring knots lie apart, and the Hessian in t is tridiagonal.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy
from jaxtyping import Bool, Float, Int

from kl_regression.tolerance import EPS, TINY

Column = Float[np.ndarray, " n"]
Knots = Float[np.ndarray, " q"]
Beside = Float[np.ndarray, " s"]
Turns = Float[np.ndarray, " t"]
Index = Int[np.ndarray, " q"]
RIDGE = 8.0 * EPS
"""Relative to the diagonal: the rounding of its sums, which keeps the factorisation positive."""

STIFF = EPS**2
"""How soft a knot is that is held, beside a free one."""


@dataclass(frozen=True)
class Shares:
    """The points between knots.

    Args:
        knots: which points are knots, shape (q,), with the first and the last.
        left: the share of the knot at or before each point, shape (n,).
        right: the share of the knot after it, shape (n,).
    """

    knots: Index
    left: Column
    right: Column

    @classmethod
    def of(cls, places: Column, knots: Index) -> "Shares":
        """Return the shares of points at increasing places, shape (n,)."""
        counts = np.diff(np.append(knots, len(places)))
        ends = np.append(knots[1:], knots[-1])
        first, last = np.repeat(places[knots], counts), np.repeat(places[ends], counts)
        width = last - first
        width[-1] = 1.0
        left, right = (last - places) / width, (places - first) / width
        left[-1], right[-1] = 1.0, 0.0
        return cls(knots, left, right)

    def values(self, at_knots: Knots) -> Column:
        """Return the function with these values at the knots, shape (n,)."""
        counts = np.diff(np.append(self.knots, len(self.left)))
        after = np.append(at_knots[1:], 0.0)
        return self.left * np.repeat(at_knots, counts) + self.right * np.repeat(after, counts)

    def gathered(self, slope: Column) -> Knots:
        """Return the slope in the values at the knots, shape (q,)."""
        sums = np.add.reduceat(self.left * slope, self.knots)
        sums[1:] += np.add.reduceat(self.right * slope, self.knots)[:-1]
        return sums

    def bent(self, bend: Column) -> tuple[Knots, Beside]:
        """Return the diagonal (q,) and what is beside it (q - 1,) for curvatures of points."""
        weighed = self.left * bend
        diagonal = np.add.reduceat(self.left * weighed, self.knots)
        beside = np.add.reduceat(self.right * weighed, self.knots)[:-1]
        diagonal[1:] += np.add.reduceat(self.right**2 * bend, self.knots)[:-1]
        return diagonal, beside

    def bent_again(self, diagonal: Column, beside: Float[np.ndarray, " e"]) -> tuple[Knots, Beside]:
        """Return the same for points whose curvature is itself tridiagonal, (n,) and (n - 1,)."""
        left, right = self.left, self.right
        last = np.zeros(len(left), dtype=bool)
        last[self.knots[1:] - 1] = True
        after_left = np.where(last, 0.0, np.append(left[1:], 0.0))[:-1]
        after_right = np.where(last, 1.0, np.append(right[1:], 0.0))[:-1]
        pairs = np.append(beside, 0.0)
        after_left, after_right = np.append(after_left, 0.0), np.append(after_right, 0.0)
        own, crossed = self.bent(diagonal)
        own += np.add.reduceat(2.0 * pairs * left * after_left, self.knots)
        own[1:] += np.add.reduceat(2.0 * pairs * right * after_right, self.knots)[:-1]
        crossed += np.add.reduceat(pairs * (left * after_right + right * after_left), self.knots)[
            :-1
        ]
        return own, crossed


@dataclass(frozen=True)
class Model:
    """A quadratic in the values at knots: slope'd + d'Hd/2 with a tridiagonal H."""

    places: Knots
    slope: Knots
    diagonal: Knots
    beside: Beside

    def turns(self, values: Knots) -> Turns:
        """Return the changes of slope at the inner knots, shape (q - 2,)."""
        return np.diff(np.diff(values) / np.diff(self.places))

    def noise(self, values: Knots) -> Turns:
        """Bound the rounding of ``turns``, shape (q - 2,)."""
        sizes, gaps = np.abs(values), np.diff(self.places)
        steps = (sizes[:-1] + sizes[1:]) / gaps
        return 2.0 * EPS * (steps[:-1] + steps[1:])

    def kinks(self, values: Knots) -> Int[np.ndarray, " r"]:
        """Return which knots are needed: both ends, and those where the slope changes."""
        bent = self.turns(values) > self.noise(values)
        return np.concatenate([[0], 1 + np.flatnonzero(bent), [len(values) - 1]])

    def step(self) -> Knots:
        """Return the minimiser of the quadratic, shape (q,).

        Raises:
            ArithmeticError: when the curvature is not positive definite.
        """
        *_, step, failed = scipy.linalg.lapack.dptsv(
            self.diagonal * (1.0 + RIDGE), self.beside, -self.slope
        )
        if failed or not np.isfinite(step).all():
            raise ArithmeticError("curvatures that span too many magnitudes")
        return np.asarray(step)

    def moved(self, step: Knots) -> Knots:
        """Return the slope after a step, shape (q,)."""
        found = self.slope + self.diagonal * step
        found[:-1] += self.beside * step[1:]
        found[1:] += self.beside * step[:-1]
        return found

    def held(self, index: Index, steps: Knots) -> "Model":
        """Return the quadratic whose minimiser makes the given steps at some knots."""
        stiff = self.diagonal[index] / STIFF
        diagonal, slope = self.diagonal.copy(), self.slope.copy()
        diagonal[index] += stiff
        slope[index] -= stiff * steps
        return replace(self, slope=slope, diagonal=diagonal)

    def on(self, kept: Index) -> "Model":
        """Return the quadratic of functions that are linear between the kept knots."""
        shares = Shares.of(self.places, kept)
        diagonal, beside = shares.bent_again(self.diagonal, self.beside)
        return Model(self.places[kept], shares.gathered(self.slope), diagonal, beside)


def convex_step(model: Model, values: Knots) -> Knots:
    """Return the step to convex values of least quadratic, shape (q,).

    A primal active set: knots are only dropped, when their change of slope meets 0. What should
    be a knot after all is one again in the next model.

    Args:
        model: the quadratic around ``values``.
        values: convex values at the knots, shape (q,).
    """
    kept, taken = np.arange(len(values)), np.zeros_like(values)
    while True:
        at, part = (values + taken)[kept], model.on(kept)
        step = part.step()
        turns, noise, turning = part.turns(at), part.noise(at), part.turns(step)
        blocked = (turns <= noise) & (turning < 0.0)
        length = 0.0
        if blocked.any():
            dropped = _worst_half(blocked, turning / noise)
        else:
            closing = np.where(turning < 0.0, -turns / np.minimum(turning, -TINY), np.inf)
            length = min(1.0, float(closing.min(initial=np.inf)))
            dropped = np.array([np.argmin(closing)]) if length < 1.0 else kept[:0]
        shares = Shares.of(model.places, kept)
        moved = shares.values(length * step)
        taken = taken + moved
        if len(dropped) == 0:
            return taken
        kept = np.delete(kept, 1 + dropped)
        straight = Shares.of(model.places, kept).values((values + taken)[kept]) - (values + taken)
        taken = taken + straight
        model = replace(model, slope=model.moved(moved + straight))


def _worst_half(blocked: Bool[np.ndarray, " t"], turning: Turns) -> Index:
    index = np.flatnonzero(blocked)
    return index[np.argsort(turning[index])][: max(1, len(index) // 2)]
