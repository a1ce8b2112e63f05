"""Mixtures of given models: V = {Σ_j a_j v_j : a in the simplex}."""

from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from typing_extensions import override

from kl_regression.arrays import Predictions, Weights, as_models, check_models, same_shape
from kl_regression.classes.base import FunctionClass, Property, Space, check_points
from kl_regression.classes.polyhedron import Polyhedron, Support
from kl_regression.errors import InfiniteDivergenceError
from kl_regression.tolerance import BLOCK, ENTRY_ULPS, EPS, Sum, total_of_blocks

REFINEMENTS = 3


class Hull(FunctionClass):
    """The convex hull of m models, an array of shape (m, n, k), or (m, n) for one output.

    Coordinates are the mixture weights, shape (m,). A memory-mapped array stays on disk.

    >>> Hull([[[0.5, 0.5]], [[0.9, 0.1]]]).models.shape
    (2, 1, 2)
    """

    properties = frozenset({Property.CONVEX, Property.POLYHEDRAL})
    closed_support = True

    def __init__(self, models: Any) -> None:
        self.dtype = np.asarray(models).dtype if isinstance(models, np.ndarray) else np.dtype(float)
        self.models: Float[np.ndarray, "m n k"] = as_models(models, "models")

    def __repr__(self) -> str:
        m, n, k = self.models.shape
        return f"Hull(m={m}, n={n}, k={k})"

    @cached_property
    def flat(self) -> Float[np.ndarray, "m f"]:
        """The models with points and classes in one axis, shape (m, n k)."""
        return self.models.reshape(len(self.models), -1)

    @override
    def check(self, space: Space) -> None:
        check_points("models", self.models.shape[1], space)
        same_shape(self.models[0], "models[0]", (space.points, space.outputs), "the teacher")
        check_models(self.models, "models", space.domain, self.dtype)

    def alive(self, zero: Bool[np.ndarray, "n k"] | None) -> Bool[np.ndarray, " m"]:
        """Tell which models, shape (m,), vanish where ``zero`` is true: the others get weight 0.

        Raises:
            InfiniteDivergenceError: when there is none, so that D(v, teacher) = inf on the hull.
        """
        if zero is None or not zero.any():
            return np.ones(len(self.models), dtype=bool)
        where = np.flatnonzero(zero.ravel())
        alive = ~np.array([model[where].any() for model in self.flat])
        if not alive.any():
            index = np.unravel_index(where[0], zero.shape)
            raise InfiniteDivergenceError(
                "teacher",
                f"entry {tuple(int(i) for i in index)} = 0.0 where a model has mass, and every"
                " model meets such an entry: D(student, teacher) = inf for every mixture",
                'Use side="right", add a model that vanishes there, or a teacher with full support',
            )
        return alive

    @override
    def polyhedron(self, space: Space) -> Polyhedron:
        from scipy import sparse

        m = len(self.models)
        return Polyhedron(
            basis=sparse.csr_matrix(self.flat.T),
            rows=sparse.csr_matrix(np.ones((1, m))),
            lower=np.ones(1),
            upper=np.ones(1),
            low=np.zeros(m),
            high=self.alive(space.zero).astype(float),
        )

    @override
    def support(self, direction: Predictions, space: Space) -> Support:
        """Return max_j <direction, v_j>, summed pairwise in blocks; attained at a vertex."""
        flat = direction.ravel()
        values, errors = self.inner(flat)
        alive = self.alive(space.zero)
        best = int(np.argmax(np.where(alive, values, -np.inf)))
        vertex = np.zeros(len(values))
        vertex[best] = 1.0
        return Support(Sum(float(values[best]), float(errors[alive].max())), vertex)

    def inner(
        self, flat: Float[np.ndarray, " f"]
    ) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
        """Return <flat, v_j> for every model, and a bound on the rounding of each, shapes (m,)."""
        starts = range(0, len(flat), BLOCK)
        values = np.empty((len(self.flat), len(starts)))
        sizes = np.zeros(len(self.flat))
        product = np.empty(min(BLOCK, len(flat)))
        for place, start in enumerate(starts):
            part = flat[start : start + BLOCK]
            terms = product[: len(part)]
            for j, model in enumerate(self.flat):
                np.multiply(part, model[start : start + BLOCK], out=terms)
                values[j, place] = terms.sum()
                sizes[j] += np.abs(terms, out=terms).sum()
        found, errors = total_of_blocks(values, sizes, len(product))
        return found, errors + EPS * sizes

    @override
    def member(
        self, coordinates: Float[np.ndarray, " z"], space: Space
    ) -> tuple[Float[np.ndarray, " z"], Predictions]:
        """Return cleaned mixture weights, nonnegative and summing to 1, and the mixture."""
        alive = self.alive(space.zero)
        mixture = np.where(alive, np.maximum(coordinates, 0.0), 0.0)
        mixture = mixture if mixture.sum() > 0 else alive.astype(float)
        mixture = mixture / mixture.sum()
        return mixture, (mixture @ self.flat).reshape(space.points, space.outputs)

    @override
    def nearest(self, predictions: Predictions, space: Space, weights: Weights) -> Predictions:
        """Return the mixture nearest in weighted least squares."""
        return self.member(self.mixture_near(predictions, space, weights), space)[1]

    def mixture_near(
        self, predictions: Predictions, space: Space, weights: Weights
    ) -> Float[np.ndarray, " m"]:
        """Return weights of the mixture nearest to predictions, shape (n, k), in least squares.

        NNLS on an orthogonal reduction finds which models take part, refinement by residuals
        computed in full gives the last digits.
        """
        from scipy.linalg import qr
        from scipy.optimize import nnls

        target = predictions.ravel()
        scale = np.sqrt(np.repeat(np.maximum(weights, weights.max() / len(weights)), space.outputs))
        scale = scale / scale.max()
        size = max(self.largest, float(np.abs(target).max())) or 1.0
        sums = np.full((1, len(self.models) + 1), size * len(scale))
        tall = np.vstack([np.column_stack([(self.flat * scale).T, scale * target]), sums])
        triangle = qr(tall, mode="r", check_finite=False)[0][: tall.shape[1]]
        mixture = self.member(nnls(triangle[:, :-1], triangle[:, -1])[0], space)[0]
        used = np.flatnonzero(mixture > 0)
        edges = (self.flat[used[1:]] - self.flat[used[:1]]) * scale
        gram = np.linalg.pinv(edges @ edges.T, hermitian=True)
        for _ in range(REFINEMENTS if len(used) > 1 else 0):
            step = gram @ (edges @ (scale * (target - mixture @ self.flat)))
            refined = mixture.copy()
            refined[used] += np.concatenate([[-step.sum()], step])
            mixture = self.member(refined, space)[0]
        return mixture

    @property
    @override
    def terms(self) -> int:
        return len(self.models) + int(ENTRY_ULPS)

    @cached_property
    @override
    def largest(self) -> float:
        """The largest absolute entry of a model: a mixture's weights are known to EPS."""
        return max(max(float(model.max()), -float(model.min())) for model in self.models)

    @override
    def random_member(self, rng: np.random.Generator, space: Space) -> Predictions:
        return self.member(rng.dirichlet(np.ones(len(self.models))), space)[1]
