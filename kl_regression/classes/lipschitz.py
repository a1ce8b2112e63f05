"""Functions whose values differ by at most L times the distance of the points."""

from functools import cached_property, reduce
from operator import add
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from typing_extensions import override

from kl_regression.arrays import Predictions, as_features
from kl_regression.classes.base import Property, Space, check_points, is_nonnegative
from kl_regression.classes.polyhedron import Polyhedron, Support
from kl_regression.classes.shape import Column, ShapeClass
from kl_regression.errors import InputError
from kl_regression.tolerance import CHAIN_LP_LIMIT, DENSE_LIMIT, EPS, Sum, running_sums, total


class Lipschitz(ShapeClass):
    """The functions with |f_i - f_j| <= L |x_i - x_j|, column by column, in Euclidean distance.

    Under KL the columns 1, ..., k - 1 have the shape, and column 0 is what they leave of 1: of
    three outputs or more the student depends on which class stands first.

    Args:
        points: shape (n,) or (n, d).
        constant: L >= 0. At L = 0 the functions are constant.

    >>> Lipschitz([0.0, 1.0, 3.0], constant=2.0)
    Lipschitz(n=3, d=1, constant=2)
    """

    properties = frozenset({Property.CONVEX, Property.POLYHEDRAL})

    def __init__(self, points: Any, *, constant: Any) -> None:
        self.points: Float[np.ndarray, "n d"] = as_features(points, "points")
        if not is_nonnegative(constant):
            raise InputError(
                "constant", f"is {constant!r}", "Give a finite Lipschitz constant L >= 0"
            )
        self.constant = float(constant)
        n, d = self.points.shape
        if d > 1 and n * (n - 1) > DENSE_LIMIT:
            raise InputError(
                "points",
                f"has {n} points in {d} dimensions: {n * (n - 1) // 2} pairs",
                "Use fewer points",
            )

    def __repr__(self) -> str:
        n, d = self.points.shape
        return f"Lipschitz(n={n}, d={d}, constant={self.constant:g})"

    @override
    def check(self, space: Space) -> None:
        check_points("points", len(self.points), space)

    @cached_property
    def _pairs(
        self,
    ) -> tuple[Int[np.ndarray, " e"], Int[np.ndarray, " e"], Float[np.ndarray, " e"]]:
        n, d = self.points.shape
        if d == 1:
            ranked = np.argsort(self.points[:, 0], kind="stable")
            first, second = ranked[:-1], ranked[1:]
        else:
            first, second = np.triu_indices(n, 1)
        distance = np.linalg.norm(self.points[second] - self.points[first], axis=1)
        return first, second, self.constant * distance

    @override
    def constraints(self) -> Polyhedron:
        from scipy import sparse

        n = len(self.points)
        first, second, bound = self._pairs
        index = np.arange(len(bound))
        signs = np.concatenate([-np.ones(len(bound)), np.ones(len(bound))])
        where = (np.concatenate([index, index]), np.concatenate([first, second]))
        free = np.full(n, np.inf)
        return Polyhedron(
            basis=sparse.identity(n, format="csr"),
            rows=sparse.csr_matrix((signs, where), shape=(len(bound), n)),
            lower=-bound,
            upper=bound,
            low=-free,
            high=free,
        )

    @cached_property
    def line(self) -> tuple[Int[np.ndarray, " n"], Float[np.ndarray, " n"]]:
        """The points of a line in order, and L times their distance from the first."""
        ranked = np.argsort(self.points[:, 0], kind="stable")
        return ranked, np.concatenate([[0.0], np.cumsum(self._pairs[2])])

    @override
    def repair(self, column: Column) -> Column:
        """Return the largest L-Lipschitz function below the column (McShane's extension).

        A column that is Lipschitz up to its own rounding is returned as it is.
        """
        first, second, bound = self._pairs
        if self.points.shape[1] > 1:
            lowered = column.copy()
            np.minimum.at(lowered, first, column[second] + bound)
            np.minimum.at(lowered, second, column[first] + bound)
            return lowered
        ranked, position = self.line
        values = column[ranked]
        size = np.maximum(np.abs(values[:-1]), np.abs(values[1:]))
        if bool((np.abs(np.diff(values)) <= np.where(bound > 0.0, bound + EPS * size, 0.0)).all()):
            return column
        forward = np.minimum.accumulate(values - position) + position
        backward = np.minimum.accumulate((values + position)[::-1])[::-1] - position
        lowered = np.empty_like(column)
        lowered[ranked] = np.minimum(values, np.minimum(forward, backward))
        return lowered

    @override
    def above(self, column: Column) -> Column:
        """Return the least L-Lipschitz function above the column."""
        return -self.repair(-column)

    @override
    def support(self, direction: Predictions, space: Space) -> Support:
        """Bound max <direction, v>: on a line in closed form, or where that is loose by a program.

        The closed form ignores the range except at one end, and is attained at a student that
        stays away from the ends of the range.
        """
        simplex = space.domain.simplex
        zero = space.zero is not None and bool(space.zero.any())
        if self.points.shape[1] > 1 or zero or (simplex and space.outputs > 2):
            return super().support(direction, space)
        left, right = direction.T[0], direction.T[-1]
        ranked, bound = self.line[0], self._pairs[2]
        if simplex:
            low, high, columns = 0.0, 1.0, [right - left]
            base = total(left, EPS * (np.abs(left) + np.abs(right)))
        else:
            low, high, columns, base = space.low, space.high, list(direction.T), Sum(0.0, 0.0)
        sums = [chain_support(column[ranked], bound, low, high) for column in columns]
        found = [chain_member(column[ranked], bound, low, high) for column in columns]
        attained = sum(float(c[ranked] @ v) for c, v in zip(columns, found, strict=True))
        highest = reduce(add, sums)
        members = np.empty((len(ranked), len(found)))
        members[ranked] = np.column_stack(found)
        values = np.column_stack([1.0 - members, members]) if simplex else members
        closed = Support(base + highest, values.ravel())
        if highest.value - attained <= highest.rounding or len(ranked) > CHAIN_LP_LIMIT:
            return closed
        program = super().support(direction, space)
        return program if program.bound.value < closed.bound.value else closed


def chain_support(
    direction: Column, reach: Float[np.ndarray, " e"], low: float, high: float
) -> Sum:
    """Bound max <c, v> over v in [low, high] with |v_{i+1} - v_i| <= reach_i, c of shape (n,).

    With C_i = c_1 + ... + c_i, <c, v> = C_n v_n - Σ C_i (v_{i+1} - v_i).
    """
    sums, unit = running_sums(direction)
    steps = np.minimum(reach, high - low)
    size = np.cumsum(np.abs(direction))
    end = float(sums[-1])
    level = max(end * low, end * high) if end != 0.0 else 0.0
    paid = np.abs(sums[:-1]).astype(np.float64) * steps
    errors = (unit + EPS) * np.append(size[:-1] * steps, size[-1] * _finite(low, high))
    return total(np.append(paid, level), errors)


def chain_member(
    direction: Column, reach: Float[np.ndarray, " e"], low: float, high: float
) -> Column:
    """Return v in [low, high] with |v_{i+1} - v_i| <= reach_i, shape (n,), and <c, v> high.

    It attains the bound of ``chain_support`` where it need not be clipped.
    """
    sums, _ = running_sums(direction)
    noise = EPS * float(np.abs(direction).sum())
    signs = np.where(np.abs(sums) <= noise, 0.0, np.sign(sums)).astype(np.float64)
    v = np.concatenate([[0.0], np.cumsum(-signs[:-1] * np.minimum(reach, high - low))])
    down, up = low - float(v.min()), high - float(v.max())
    ends = [end for end in (down, up) if np.isfinite(end)] or [0.0]
    middle = min(max(0.0, min(ends)), max(ends))
    shift = middle if signs[-1] == 0.0 else ends[0] if signs[-1] < 0.0 else ends[-1]
    return np.clip(v + shift, low, high)


def _finite(low: float, high: float) -> float:
    return max(abs(end) if np.isfinite(end) else 0.0 for end in (low, high))
