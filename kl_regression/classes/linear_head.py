"""A linear layer on fixed features: f = Φ W, with rows in the simplex, positive, or any reals.

Which it is, the loss says: under KL the rows of Φ W are distributions, under GeneralizedKL they are
nonnegative, under SquaredError they are unconstrained and the class is an affine space
(charikar:24).
"""

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float
from typing_extensions import override

from kl_regression.arrays import Predictions, Weights, as_features
from kl_regression.classes.base import FunctionClass, Property, Space, check_points, is_count
from kl_regression.classes.head_support import Frame, closed_support, cut_support, reach_of
from kl_regression.classes.polyhedron import Polyhedron, Support
from kl_regression.errors import InfeasibleError, InputError, ShapeError
from kl_regression.tolerance import ENTRY_ULPS, EPS, HEAD_LP_LIMIT, member_tolerance


class LinearHead(FunctionClass):
    """The functions Φ W for features Φ of shape (n, d) and weights W of shape (d, k).

    Coordinates are W, flattened row by row. Under KL the constant function must be in the span of
    the features: add a column of ones.

    >>> LinearHead([[1.0, 0.0], [1.0, 1.0]], outputs=3).outputs
    3
    """

    properties = frozenset({Property.CONVEX, Property.AFFINE, Property.POLYHEDRAL})

    def __init__(self, features: Any, *, outputs: int) -> None:
        self.features: Float[np.ndarray, "n d"] = as_features(features, "features")
        if not is_count(outputs, least=1):
            raise InputError("outputs", f"is {outputs!r}", "Give the number of outputs k >= 1")
        self.outputs = int(outputs)
        d = self.features.shape[1]
        rank = _rank(self.triangle, len(self.features))
        if rank < d:
            raise InputError(
                "features",
                f"has rank {rank} < {d}: a column is duplicated or combined from others",
                "Drop dependent columns (there must be at most as many features as points)",
            )

    def __repr__(self) -> str:
        n, d = self.features.shape
        return f"LinearHead(n={n}, d={d}, outputs={self.outputs})"

    @cached_property
    def triangle(self) -> Float[np.ndarray, "d d"]:
        """The upper triangle R of Φ = Q R, shape (d, d), zero below the last point if n < d."""
        d = self.features.shape[1]
        triangle = np.zeros((d, d))
        found = np.linalg.qr(self.features, mode="r")
        triangle[: len(found)] = found
        return triangle

    @cached_property
    def inverse(self) -> Float[np.ndarray, "d n"]:
        """The pseudo-inverse of the features, shape (d, n)."""
        return np.asarray(np.linalg.pinv(self.features), dtype=np.float64)

    @cached_property
    def constant(self) -> Float[np.ndarray, " d"]:
        """The weights w with Φ w = 1, shape (d,).

        Raises:
            InfeasibleError: when the constant function is not in the span of the features.
        """
        weights = np.zeros(self.features.shape[1])
        inverse = np.linalg.inv(self.triangle)
        for _ in range(3):
            rest = 1.0 - self.features @ weights
            weights += inverse @ (inverse.T @ (self.features.T @ rest))
        scale = float(np.abs(self.features).max() * np.abs(weights).max())
        if np.abs(self.features @ weights - 1.0).max() > member_tolerance(
            scale, len(self.features) * len(weights)
        ):
            raise InfeasibleError(
                "features: no linear head has rows that sum to 1, since the constant function is"
                " not in the span of the features. Add a column of ones"
            )
        return weights

    @override
    def check(self, space: Space) -> None:
        check_points("features", len(self.features), space)
        if self.outputs != space.outputs:
            raise ShapeError(
                "outputs",
                f"is {self.outputs}, the teacher has {space.outputs} columns",
                "Use the same number",
            )
        if space.domain.simplex:
            _ = self.constant

    @override
    def polyhedron(self, space: Space) -> Polyhedron:
        from scipy import sparse

        basis = sparse.kron(self.features, sparse.identity(self.outputs), format="csr")
        polyhedron = replace(self._flat(space), basis=basis)
        if np.isinf(space.low) and np.isinf(space.high):
            return polyhedron
        high = np.inf if space.domain.simplex else space.high
        return polyhedron.stacked(basis, space.low, high)

    def _flat(self, space: Space) -> Polyhedron:
        """Return the equations and the bounds on W, without the inequalities of the entries."""
        from scipy import sparse

        d, k = self.features.shape[1], self.outputs
        reach = max(abs(space.low), abs(space.high))
        bound = np.inf if np.isinf(reach) else self.frame.reach * reach
        polyhedron = Polyhedron(
            basis=sparse.csr_matrix((0, d * k)),
            rows=sparse.csr_matrix((0, d * k)),
            lower=np.zeros(0),
            upper=np.zeros(0),
            low=np.repeat(np.broadcast_to(-bound, d), k),
            high=np.repeat(np.broadcast_to(bound, d), k),
        )
        if not space.domain.simplex:
            return polyhedron
        sums = sparse.kron(sparse.identity(d), np.ones((1, k)), format="csr")
        return polyhedron.stacked(sums, self.constant, self.constant)

    @cached_property
    def frame(self) -> Frame:
        """The features with their triangle and what bounds W."""
        reach = reach_of(self.features, self.triangle)
        return Frame(self.features, self.triangle, reach)

    @override
    def support(self, direction: Predictions, space: Space) -> Support:
        """Bound max <direction, v>: in closed form, or where that is loose by linear programs."""
        zero = space.zero is not None and bool(space.zero.any())
        if zero or np.isinf(space.low) or (np.isinf(space.high) and not space.domain.simplex):
            return super().support(direction, space)
        bound, loose = closed_support(self.frame, direction, space)
        middle = np.zeros((self.features.shape[1], self.outputs))
        if space.domain.simplex:
            middle = np.repeat(self.constant[:, None] / self.outputs, self.outputs, axis=1)
        closed = Support(bound, middle.ravel())
        if loose <= bound.rounding:
            return closed
        if direction.size <= HEAD_LP_LIMIT:
            other = super().support(direction, space)
        else:
            cut = cut_support(self.frame, self._flat(space), direction, space)
            other = Support(cut if cut is not None else bound, closed.coordinates)
        return min(closed, other, key=lambda found: found.bound.value + found.bound.rounding)

    @override
    def member(
        self, coordinates: Float[np.ndarray, " z"], space: Space
    ) -> tuple[Float[np.ndarray, " z"], Predictions]:
        """Return W with rows of Φ W in the domain, mixed with an inner member where need be."""
        weights = coordinates.reshape(-1, self.outputs).copy()
        if np.isinf(space.domain.low):
            return weights.ravel(), self.features @ weights
        if space.zero is not None and space.zero.any():
            return super().member(coordinates, space)
        if space.domain.simplex:
            weights += ((self.constant - weights.sum(axis=1)) / self.outputs)[:, None]
        predictions = self.features @ weights
        least = float(predictions.min())
        if least < 0.0:
            inner, lifted = self._inner(weights, space)
            share = -least / (lifted - least)
            weights = (1.0 - share) * weights + share * inner
            predictions = self.features @ weights
        predictions = np.maximum(predictions, 0.0)
        if space.domain.simplex:
            predictions = predictions / predictions.sum(axis=1, keepdims=True)
        return weights.ravel(), predictions

    def _inner(
        self, weights: Float[np.ndarray, "d k"], space: Space
    ) -> tuple[Float[np.ndarray, "d k"], float]:
        if space.domain.simplex:
            return np.repeat(
                self.constant[:, None] / self.outputs, self.outputs, axis=1
            ), 1.0 / self.outputs
        polyhedron = self.polyhedron(space)
        inner = polyhedron.interior()[0].reshape(weights.shape)
        return inner, float((self.features @ inner).min())

    @override
    def nearest(self, predictions: Predictions, space: Space, weights: Weights) -> Predictions:
        """Return the least-squares head, brought into the domain: clipped where it is rounding."""
        head = np.linalg.lstsq(self.features, predictions)[0]
        head += self.inverse @ (predictions - self.features @ head)
        found = self.features @ head
        rounding = member_tolerance(float(np.abs(found).max()), self.terms)
        bounded = space.domain.simplex or (space.zero is not None and space.zero.any())
        if not bounded and float(found.min()) >= space.domain.low - rounding:
            return np.maximum(found, space.domain.low)
        return self.member(head.ravel(), space)[1]

    @property
    @override
    def terms(self) -> int:
        return 4 * self.features.shape[1] * int(ENTRY_ULPS)

    @override
    def random_member(self, rng: np.random.Generator, space: Space) -> Predictions:
        noise = rng.normal(size=(self.features.shape[1], self.outputs))
        return self.member(noise.ravel(), space)[1]


def _rank(triangle: Float[np.ndarray, "d d"], points: int) -> int:
    """Return the numerical rank of the features, by the singular values of their triangle."""
    values = np.linalg.svd(triangle, compute_uv=False)
    return int((values > values.max() * max(points, len(triangle)) * EPS).sum())
