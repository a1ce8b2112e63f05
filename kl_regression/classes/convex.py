"""Functions that are convex in the points: sampled values of a convex function."""

from functools import cached_property, reduce
from operator import add
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from typing_extensions import override

from kl_regression.arrays import Predictions, Weights, as_features
from kl_regression.classes.base import FunctionClass, Property, Space, check_points
from kl_regression.classes.hinges import Moments, Range, best_vertex, is_convex
from kl_regression.classes.polyhedron import Polyhedron, Support
from kl_regression.classes.shape import Column, ShapeClass
from kl_regression.classes.subgradients import with_subgradients
from kl_regression.errors import InputError
from kl_regression.tolerance import DENSE_LIMIT, EPS, Sum, total


class Convex(ShapeClass):
    """The values at n points of functions convex in the points, column by column.

    Under KL the columns 1, ..., k - 1 have the shape, and column 0 is what they leave of 1: the
    student depends on which class stands first.

    Args:
        points: shape (n,) or (n, d). In one dimension the constraints are second differences; in
            more, subgradients s_i with f_j >= f_i + <s_i, x_j - x_i> are found with the values.

    >>> Convex([0.0, 1.0, 3.0])
    Convex(n=3, d=1)
    """

    properties = frozenset({Property.CONVEX, Property.POLYHEDRAL})

    def __init__(self, points: Any) -> None:
        self.points: Float[np.ndarray, "n d"] = as_features(points, "points")
        n, d = self.points.shape
        if d > 1 and n * n * (d + 1) > DENSE_LIMIT:
            raise InputError(
                "points", f"has {n} points in {d} dimensions: {n * n} pairs", "Use fewer points"
            )

    def __repr__(self) -> str:
        n, d = self.points.shape
        return f"Convex(n={n}, d={d})"

    @override
    def check(self, space: Space) -> None:
        check_points("points", len(self.points), space)

    @cached_property
    def knots(self) -> tuple[Float[np.ndarray, " u"], Any]:
        """The distinct points in increasing order, and which of them each sample point is."""
        return np.unique(self.points[:, 0], return_inverse=True)

    @cached_property
    def line(self) -> tuple[Int[np.ndarray, " n"], Float[np.ndarray, " n"]]:
        """The sample points of a line in order, and their places in that order."""
        ranked = np.argsort(self.points[:, 0], kind="stable")
        return ranked, self.points[ranked, 0]

    @override
    def constraints(self) -> Polyhedron:
        """Return second differences, scaled to slope changes; equal points have equal values."""
        from scipy import sparse

        n = len(self.points)
        places, which = self.knots
        first = np.full(len(places), n)
        np.minimum.at(first, which, np.arange(n))
        gaps = np.diff(places)
        left, right = gaps[:-1], gaps[1:]
        inner = len(left)
        scale = left * right / (left + right) if inner else left
        data = np.concatenate([scale / left, -scale * (1 / left + 1 / right), scale / right])
        row = np.tile(np.arange(inner), 3)
        column = np.concatenate([first[:-2], first[1:-1], first[2:]]) if inner else np.zeros(0, int)
        repeated = np.flatnonzero(first[which] != np.arange(n))
        count = len(repeated)
        same = sparse.csr_matrix(
            (
                np.concatenate([np.ones(count), -np.ones(count)]),
                (np.tile(np.arange(count), 2), np.concatenate([repeated, first[which[repeated]]])),
            ),
            shape=(count, n),
        )
        curved = sparse.csr_matrix((data, (row, column)), shape=(inner, n))
        free = np.full(n, np.inf)
        return Polyhedron(
            basis=sparse.identity(n, format="csr"),
            rows=sparse.vstack([curved, same], format="csr"),
            lower=np.zeros(inner + count),
            upper=np.concatenate([np.full(inner, np.inf), np.zeros(count)]),
            low=-free,
            high=free,
        )

    @override
    def repair(self, column: Column) -> Column:
        """Return the largest convex function below the column: its lower convex hull.

        A convex column is returned as it is.
        """
        ranked, ordered = self.line
        if is_convex(ordered, column[ranked]):
            return column
        places, which = self.knots
        lowest = np.full(len(places), np.inf)
        np.minimum.at(lowest, which, column)
        hull: list[int] = []
        for j in range(len(places)):
            while len(hull) > 1 and _above_chord(places, lowest, hull[-2], hull[-1], j):
                hull.pop()
            hull.append(j)
        return np.asarray(np.interp(places, places[hull], lowest[hull]))[which]

    @override
    def support(self, direction: Predictions, space: Space) -> Support:
        """Return max <direction, v>: on a line at a vertex with two kinks at most."""
        simplex = space.domain.simplex
        on_line = self.points.shape[1] == 1 and np.isfinite(space.low)
        if not on_line or (simplex and space.outputs > 2):
            return super().support(direction, space)
        zero = np.zeros_like(direction, dtype=bool) if space.zero is None else space.zero
        if not simplex:
            found = [
                self._vertex(column, Range(space.low, space.high, forced))
                for column, forced in zip(direction.T, zero.T, strict=True)
            ]
            values = np.column_stack([vertex for _, vertex in found])
            return Support(reduce(add, (bound for bound, _ in found)), values.ravel())
        left, right = direction.T
        bound, vertex = self._vertex(right - left, Range(0.0, 1.0, zero[:, 1], zero[:, 0]))
        base = total(left, EPS * (np.abs(left) + np.abs(right)))
        return Support(base + bound, np.column_stack([1.0 - vertex, vertex]).ravel())

    def _vertex(self, column: Column, values: Range) -> tuple[Sum, Column]:
        ranked, places = self.line
        low, high = values.at_low, values.at_high
        ordered = Range(
            values.low,
            values.high,
            None if low is None else low[ranked],
            None if high is None else high[ranked],
        )
        bound, vertex = best_vertex(Moments.of(column[ranked], places), places, ordered)
        unranked = np.empty_like(vertex)
        unranked[ranked] = vertex
        return bound, unranked

    @override
    def polyhedron(self, space: Space) -> Polyhedron:
        if self.points.shape[1] == 1:
            return super().polyhedron(space)
        return with_subgradients(self.points, space)

    @override
    def member(
        self, coordinates: Float[np.ndarray, " z"], space: Space
    ) -> tuple[Float[np.ndarray, " z"], Predictions]:
        if self.points.shape[1] == 1:
            return super().member(coordinates, space)
        return FunctionClass.member(self, coordinates, space)

    @override
    def nearest(self, predictions: Predictions, space: Space, weights: Weights) -> Predictions:
        if self.points.shape[1] == 1:
            return super().nearest(predictions, space, weights)
        return FunctionClass.nearest(self, predictions, space, weights)

    @override
    def random_member(self, rng: np.random.Generator, space: Space) -> Predictions:
        """Return a maximum of three affine functions a column, scaled into the domain."""
        columns = space.outputs - 1 if space.domain.simplex else space.outputs
        slopes = rng.normal(size=(3, self.points.shape[1], columns))
        peaks = np.max(np.einsum("nd,pdc->pnc", self.points, slopes), axis=0)
        unit = (peaks - peaks.min()) / max(float(np.ptp(peaks)), 1.0)
        if not space.domain.simplex:
            return np.clip(unit, space.domain.low, space.domain.high)
        values = unit / space.outputs
        return np.column_stack([1.0 - values.sum(axis=1), values])


def _above_chord(
    places: Float[np.ndarray, " u"], values: Float[np.ndarray, " u"], i: int, j: int, k: int
) -> bool:
    """Tell whether (x_j, y_j) lies on or above the segment from i to k."""
    return bool(
        (values[j] - values[i]) * (places[k] - places[i])
        >= (values[k] - values[i]) * (places[j] - places[i])
    )
