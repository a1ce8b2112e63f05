"""Functions that do not decrease along an order of the sample points."""

from functools import reduce
from operator import add
from typing import Any

import numpy as np
from jaxtyping import Bool, Int
from typing_extensions import override

from kl_regression.arrays import Predictions, as_real
from kl_regression.classes.base import Property, Space, check_points, is_count
from kl_regression.classes.polyhedron import Polyhedron, Support
from kl_regression.classes.shape import Column, ShapeClass
from kl_regression.errors import InfeasibleError, InputError, ShapeError
from kl_regression.tolerance import EPS, Sum, running_sums, total

MOST_POINTS = 2**31
"""Points that an index of a sparse matrix can name."""


class Monotone(ShapeClass):
    """The functions with f_i <= f_j whenever i comes before j in the order, column by column.

    Under KL the columns 1, ..., k - 1 have the shape, and column 0 is what they leave of 1: the
    student depends on which class stands first.

    Args:
        order: shape (n,), one number a sample point: f_i <= f_j when order[i] <= order[j], so equal
            numbers mean equal values; or shape (e, 2), integer pairs (i, j) of a partial order,
            each meaning f_i <= f_j.
        points: the number n of sample points; only for a partial order that leaves out the last
            ones.

    >>> Monotone([3, 1, 2])
    Monotone(n=3)
    """

    properties = frozenset({Property.CONVEX, Property.POLYHEDRAL})

    def __init__(self, order: Any, *, points: int | None = None) -> None:
        array, dtype = as_real(order, "order")
        self.scores = array if array.ndim == 1 else None
        if self.scores is not None:
            self.points = len(array)
            ranked = np.argsort(array, kind="stable")
            self.edges: Int[np.ndarray, "e 2"] = np.column_stack([ranked[:-1], ranked[1:]])
            self.tied = np.diff(array[ranked]) == 0
            self.ranked = ranked
            self.sorted = bool(np.all(array[:-1] <= array[1:]))
            return
        if array.ndim != 2 or array.shape[1] != 2 or np.issubdtype(dtype, np.floating):
            raise ShapeError(
                "order",
                f"has shape {array.shape} and type {dtype}",
                "Use numbers of shape (n,), or integer pairs of shape (e, 2) for a partial order",
            )
        if points is not None and not is_count(points, least=1):
            raise InputError("points", f"is {points!r}", "Give the number of sample points n >= 1")
        count = array.max() + 1 if points is None else points
        outside = (array < 0) | (array >= min(count, MOST_POINTS))
        if outside.any():
            index = tuple(int(i) for i in np.argwhere(outside)[0])
            raise InputError(
                "order",
                f"entry {index} = {int(array[index])} is no point of {int(count)}",
                "Count points from 0 to n - 1",
            )
        self.edges = array.astype(np.int64)
        self.points = int(count)
        self.tied = np.zeros(len(self.edges), dtype=bool)

    def __repr__(self) -> str:
        return f"Monotone(n={self.points})"

    @override
    def check(self, space: Space) -> None:
        check_points("order", self.points, space)

    @override
    def constraints(self) -> Polyhedron:
        from scipy import sparse

        count = len(self.edges)
        index = np.concatenate([np.arange(count), np.arange(count)])
        signs = np.concatenate([-np.ones(count), np.ones(count)])
        rows = sparse.csr_matrix((signs, (index, self.edges.T.ravel())), shape=(count, self.points))
        free = np.full(self.points, np.inf)
        return Polyhedron(
            basis=sparse.identity(self.points, format="csr"),
            rows=rows,
            lower=np.zeros(count),
            upper=np.where(self.tied, 0.0, np.inf),
            low=-free,
            high=free,
        )

    @override
    def repair(self, column: Column) -> Column:
        """Return the running maximum along the order; in a partial order, until nothing changes."""
        if self.scores is not None:
            groups = np.concatenate([[0], np.flatnonzero(~self.tied) + 1])
            highest = np.maximum.accumulate(np.maximum.reduceat(column[self.ranked], groups))
            raised = np.empty_like(column)
            raised[self.ranked] = np.repeat(highest, np.diff(np.append(groups, self.points)))
            return raised
        raised = column.copy()
        while True:
            before = raised.copy()
            np.maximum.at(raised, self.edges[:, 1], before[self.edges[:, 0]])
            if np.array_equal(raised, before):
                return raised

    @override
    def below(self, column: Column) -> Column:
        """Return the largest monotone function below the column: the running minimum from above."""
        if self.scores is None:
            return -Monotone(self.edges[:, ::-1], points=self.points).repair(-column)
        return -Monotone(-self.scores).repair(-column)

    @override
    def above(self, column: Column) -> Column:
        return self.repair(column)

    @override
    def support(self, direction: Predictions, space: Space) -> Support:
        """Return max <direction, v>: step functions attain it, found among the tail sums.

        Where members must vanish, at points up to one and from another on, the step lies between.
        """
        simplex = space.domain.simplex
        if self.scores is None or (simplex and space.outputs > 2):
            return super().support(direction, space)
        low = np.zeros_like(direction, dtype=bool) if space.zero is None else space.zero
        if not simplex:
            found = [
                self._steps(column, space.low, space.high, zero, None)
                for column, zero in zip(direction.T, low.T, strict=True)
            ]
            values = np.column_stack([steps for _, steps in found])
            return Support(reduce(add, (bound for bound, _ in found)), values.ravel())
        left, right = direction.T
        bound, steps = self._steps(right - left, 0.0, 1.0, low[:, 1], low[:, 0])
        base = total(left, EPS * (np.abs(left) + np.abs(right)))
        return Support(base + bound, np.column_stack([1.0 - steps, steps]).ravel())

    def _steps(
        self,
        column: Column,
        low: float,
        high: float,
        at_low: Bool[np.ndarray, " n"],
        at_high: Bool[np.ndarray, " n"] | None,
    ) -> tuple[Sum, Column]:
        """Return max <column, v> over monotone v in [low, high], and a step function attaining it.

        Args:
            column: shape (n,).
            low: the least value.
            high: the greatest value.
            at_low: where v must be ``low``.
            at_high: where v must be ``high``, if anywhere.

        Raises:
            InfeasibleError: when there is no such v.
        """
        ordered = column if self.sorted else column[self.ranked]
        first = _after_last(at_low[self.ranked])
        last = self.points
        if at_high is not None and at_high.any():
            last -= _after_last(at_high[self.ranked][::-1])
        tails, unit = running_sums(ordered[::-1])
        jumps = np.append(tails[::-1], 0.0)
        jumps[1:-1][self.tied] = -np.inf
        if first > last or bool(np.isneginf(jumps[first : last + 1]).all()):
            raise InfeasibleError("no monotone function vanishes wherever it must")
        start = first + int(np.argmax(jumps[first : last + 1]))
        steps = np.full(self.points, low)
        steps[self.ranked[start:]] = high
        ends = [(low, float(tails[-1])), (high - low, float(jumps[start]))]
        value = sum((size * weight for size, weight in ends if weight != 0.0), 0.0)
        reach = sum(abs(size) for size, _ in ends if np.isfinite(size))
        return Sum(value, (unit + EPS) * reach * float(np.abs(ordered).sum())), steps


def _after_last(marked: Bool[np.ndarray, " n"]) -> int:
    """Return the index after the last marked entry; 0 where none is."""
    index = np.flatnonzero(marked)
    return int(index[-1]) + 1 if len(index) else 0
