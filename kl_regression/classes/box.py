"""Functions between two given ones: V = {f : lower <= f <= upper}, entry by entry."""

from typing import Any

import numpy as np
from jaxtyping import Float
from typing_extensions import override

from kl_regression.arrays import Predictions, Weights, as_real
from kl_regression.classes.base import FunctionClass, Property, Space
from kl_regression.classes.polyhedron import Polyhedron, Support
from kl_regression.errors import InfeasibleError, InputError, ShapeError
from kl_regression.tolerance import ENTRY_ULPS, EPS, Sum, bisect, row_sum_tolerance, total


class Box(FunctionClass):
    """The functions with lower <= f <= upper; under KL also with rows that sum to 1.

    Args:
        lower: a number or an array that broadcasts to (n, k); shape (n,) is read as (n, 1).
        upper: the same, nowhere below ``lower``.

    >>> Box(0.1, 0.9)
    Box(0.1, 0.9)
    >>> Box([[0.1, 0.2], [0.3, 0.4]], 1.0)
    Box(shape=(2, 2))
    """

    properties = frozenset({Property.CONVEX, Property.POLYHEDRAL})

    def __init__(self, lower: Any, upper: Any) -> None:
        self.lower, self.upper = _bound(lower, "lower"), _bound(upper, "upper")
        try:
            crossed = np.greater(self.lower, self.upper)
        except ValueError as error:
            raise ShapeError(
                "upper",
                f"has shape {self.upper.shape}, lower {self.lower.shape}",
                "Use shapes that broadcast",
            ) from error
        if crossed.any():
            index = tuple(int(i) for i in np.unravel_index(int(np.argmax(crossed)), crossed.shape))
            raise InputError("upper", f"is below lower at {index}", "Swap them where they cross")

    def __repr__(self) -> str:
        shape = np.broadcast_shapes(self.lower.shape, self.upper.shape)
        return f"Box(shape={shape})" if shape else f"Box({self.lower:g}, {self.upper:g})"

    def bounds(self, space: Space) -> tuple[Predictions, Predictions]:
        """Return both bounds within the space, shape (n, k)."""
        shape = (space.points, space.outputs)
        lower = np.clip(np.broadcast_to(self.lower, shape), space.low, space.high)
        upper = np.clip(np.broadcast_to(self.upper, shape), space.low, space.high)
        return lower, upper if space.zero is None else np.where(space.zero, lower, upper)

    @override
    def check(self, space: Space) -> None:
        shape = (space.points, space.outputs)
        for name, bound in (("lower", self.lower), ("upper", self.upper)):
            try:
                np.broadcast_to(bound, shape)
            except ValueError as error:
                raise ShapeError(
                    name, f"has shape {bound.shape}", f"Use a number or the teacher's shape {shape}"
                ) from error
        wide = Space.of(space.domain, space.points, space.outputs)
        lower, upper = self.bounds(wide)
        if np.any(np.broadcast_to(self.upper, shape) < space.domain.low):
            raise InfeasibleError(
                "upper: the box lies outside the loss's domain. Raise the upper bounds"
            )
        allowed = row_sum_tolerance(lower.dtype, space.outputs)
        if space.domain.simplex and (
            np.any(lower.sum(axis=1) > 1.0 + allowed) or np.any(upper.sum(axis=1) < 1.0 - allowed)
        ):
            raise InfeasibleError(
                "lower, upper: no row sums to 1. Need Σ lower <= 1 <= Σ upper in each row"
            )

    @override
    def polyhedron(self, space: Space) -> Polyhedron:
        from scipy import sparse

        n, k = space.points, space.outputs
        lower, upper = self.bounds(space)
        polyhedron = Polyhedron(
            basis=sparse.identity(n * k, format="csr"),
            rows=sparse.csr_matrix((0, n * k)),
            lower=np.zeros(0),
            upper=np.zeros(0),
            low=lower.ravel(),
            high=upper.ravel(),
        )
        if not space.domain.simplex:
            return polyhedron
        return polyhedron.stacked(
            sparse.kron(sparse.identity(n), np.ones((1, k)), format="csr"), 1.0, 1.0
        )

    @override
    def support(self, direction: Predictions, space: Space) -> Support:
        """Return max <direction, v>: entries at a bound; on the simplex the best first."""
        lower, upper = self.bounds(space)
        if not space.domain.simplex:
            best = np.where(direction > 0, upper, lower)
        else:
            order = np.argsort(-direction, axis=1, kind="stable")
            room = np.take_along_axis(upper - lower, order, axis=1)
            left = 1.0 - lower.sum(axis=1, keepdims=True) - (np.cumsum(room, axis=1) - room)
            filled = np.empty_like(room)
            np.put_along_axis(filled, order, np.clip(left, 0.0, room), axis=1)
            best = lower + filled
        terms = direction * best
        bound = total(terms, EPS * ENTRY_ULPS * np.abs(direction) * np.abs(best).max(initial=0.0))
        return Support(Sum(bound.value, bound.rounding), best.ravel())

    @override
    def member(
        self, coordinates: Float[np.ndarray, " z"], space: Space
    ) -> tuple[Float[np.ndarray, " z"], Predictions]:
        """Return the values clipped into the box; under KL rows are shifted to sum to 1."""
        lower, upper = self.bounds(space)
        values = coordinates.reshape(lower.shape)
        if not space.domain.simplex:
            clipped = np.clip(values, lower, upper)
            return clipped.ravel(), clipped
        clipped = np.clip(values, lower, upper)
        for i in np.flatnonzero(np.abs(clipped.sum(axis=1) - 1.0) > space.outputs * EPS):
            clipped[i] = _on_simplex(values[i], lower[i], upper[i])
        return clipped.ravel(), clipped

    @override
    def nearest(self, predictions: Predictions, space: Space, weights: Weights) -> Predictions:
        return self.member(predictions.ravel(), space)[1]

    @override
    def random_member(self, rng: np.random.Generator, space: Space) -> Predictions:
        lower, upper = self.bounds(space)
        low = np.where(np.isinf(lower), np.minimum(upper, 1.0) - 2.0, lower)
        high = np.where(np.isinf(upper), np.maximum(lower, -1.0) + 2.0, upper)
        return self.member(rng.uniform(low, np.maximum(low, high)).ravel(), space)[1]


def _bound(value: Any, argument: str) -> Float[np.ndarray, "..."]:
    array = as_real(value, argument)[0]
    if array.ndim > 2:
        raise ShapeError(argument, f"has shape {array.shape}", "Use a number or shape (n, k)")
    return array[:, None] if array.ndim == 1 else array


def _on_simplex(
    row: Float[np.ndarray, " k"], lower: Float[np.ndarray, " k"], upper: Float[np.ndarray, " k"]
) -> Float[np.ndarray, " k"]:
    """Return clip(row + t, lower, upper) with the shift t at which it sums to 1."""
    reach = float(np.abs(row).max() + 1.0)
    shift = bisect(lambda t: bool(np.clip(row + t, lower, upper).sum() >= 1.0), -reach, reach)
    return np.clip(row + shift, lower, upper)
