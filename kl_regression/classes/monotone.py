"""Functions that do not decrease along an order of the sample points."""

from typing import Any

import numpy as np
from jaxtyping import Int
from typing_extensions import override

from kl_regression.arrays import Predictions, as_real
from kl_regression.classes.base import Property, Space, check_points
from kl_regression.classes.polyhedron import Polyhedron, Support
from kl_regression.classes.shape import Column, ShapeClass
from kl_regression.errors import InputError, ShapeError
from kl_regression.tolerance import EPS, Sum, summation_ulps


class Monotone(ShapeClass):
    """The functions with f_i <= f_j whenever i comes before j in the order, column by column.

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
            return
        if array.ndim != 2 or array.shape[1] != 2 or np.issubdtype(dtype, np.floating):
            raise ShapeError(
                "order",
                f"has shape {array.shape} and type {dtype}",
                "Use numbers of shape (n,), or integer pairs of shape (e, 2) for a partial order",
            )
        self.edges = array.astype(np.int64)
        self.points = int(points if points is not None else self.edges.max() + 1)
        if self.edges.min() < 0 or self.edges.max() >= self.points:
            raise InputError(
                "order",
                f"names point {int(self.edges.max())} of {self.points}",
                "Count points from 0 to n - 1",
            )
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
    def support(self, direction: Predictions, space: Space) -> Support:
        """Return max <direction, v>: a step function attains it, found among the tail sums."""
        one_free = space.outputs == (2 if space.domain.simplex else 1)
        if self.scores is None or not one_free or (space.zero is not None and space.zero.any()):
            return super().support(direction, space)
        simplex = space.domain.simplex
        column = direction[:, 1] - direction[:, 0] if simplex else direction[:, 0]
        tails = np.cumsum(column[self.ranked][::-1])[::-1]
        tails[1:][self.tied] = -np.inf
        width = space.high - space.low
        start = int(np.argmax(tails))
        gained = max(0.0, float(tails[start]))
        base = float(direction[:, 0].sum()) if simplex else 0.0
        value = base + space.low * float(column.sum()) + width * gained
        reach = max(abs(space.low), abs(space.high), width)
        depth = len(column) + summation_ulps(len(column))
        rounding = EPS * depth * reach * float(np.abs(direction).sum())
        steps = np.full(self.points, space.low)
        if gained > 0.0:
            steps[self.ranked[start:]] = space.high
        values = np.column_stack([1.0 - steps, steps]) if simplex else steps[:, None]
        return Support(Sum(value, rounding), values.ravel())
