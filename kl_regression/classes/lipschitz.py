"""Functions whose values differ by at most L times the distance of the points."""

from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from typing_extensions import override

from kl_regression.arrays import as_features
from kl_regression.classes.base import Property, Space, check_points, is_nonnegative
from kl_regression.classes.polyhedron import Polyhedron
from kl_regression.classes.shape import Column, ShapeClass
from kl_regression.errors import InputError
from kl_regression.tolerance import DENSE_LIMIT


class Lipschitz(ShapeClass):
    """The functions with |f_i - f_j| <= L |x_i - x_j|, column by column, in Euclidean distance.

    Args:
        points: shape (n,) or (n, d).
        constant: L >= 0. At L = 0 the functions are constant.

    >>> Lipschitz([0.0, 1.0, 3.0], constant=2.0)
    Lipschitz(n=3, d=1, constant=2)
    """

    properties = frozenset({Property.CONVEX, Property.POLYHEDRAL})

    def __init__(self, points: Any, *, constant: float) -> None:
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

    @override
    def repair(self, column: Column) -> Column:
        """Return the largest L-Lipschitz function below the column (McShane's extension)."""
        first, second, bound = self._pairs
        if self.points.shape[1] > 1:
            lowered = column.copy()
            np.minimum.at(lowered, first, column[second] + bound)
            np.minimum.at(lowered, second, column[first] + bound)
            return lowered
        ranked = np.append(first, second[-1:]) if len(bound) else np.zeros(1, dtype=np.int64)
        position = np.concatenate([[0.0], np.cumsum(bound)])
        values = column[ranked]
        forward = np.minimum.accumulate(values - position) + position
        backward = np.minimum.accumulate((values + position)[::-1])[::-1] - position
        lowered = np.empty_like(column)
        lowered[ranked] = np.minimum(values, np.minimum(forward, backward))
        return lowered

    @override
    def above(self, column: Column) -> Column:
        """Return the least L-Lipschitz function above the column."""
        return -self.repair(-column)
