"""What the shape classes share: linear constraints on each column of values at the sample points.

Monotone, Lipschitz and convex functions are {f : lower <= A f_c <= upper} for columns c. Under KL a
row has only k - 1 free entries; there the first column is what the others leave of 1 and the
constraints are on the columns 1, ..., k-1 (for a Bernoulli pair: on the probability of class 1).
"""

from abc import abstractmethod

import numpy as np
from jaxtyping import Bool, Float
from typing_extensions import override

from kl_regression.arrays import Predictions, Weights
from kl_regression.classes.base import FunctionClass, Space
from kl_regression.classes.polyhedron import Polyhedron
from kl_regression.tolerance import ENTRY_ULPS

Column = Float[np.ndarray, " n"]


class ShapeClass(FunctionClass):
    """A class given by linear constraints on each column of values; these are its coordinates."""

    @abstractmethod
    def constraints(self) -> Polyhedron:
        """Return the constraints on one column of n values, as a polyhedron in R^n."""

    @abstractmethod
    def repair(self, column: Column) -> Column:
        """Return a column with the shape, shape (n,), equal to the given one where that has it."""

    def below(self, column: Column) -> Column:
        """Return a column with the shape, shape (n,), nowhere above the given one."""
        return self.repair(column)

    def above(self, column: Column) -> Column | None:  # noqa: ARG002 - for those that have it
        """Return a column with the shape, shape (n,), nowhere below the given one, or None."""
        return None

    @override
    def polyhedron(self, space: Space) -> Polyhedron:
        from scipy import sparse

        n, k = space.points, space.outputs
        column = self.constraints()
        columns = range(1 if space.domain.simplex else 0, k)
        selected = [sparse.csr_matrix((np.ones(1), ([0], [c])), shape=(1, k)) for c in columns]
        low, high = (0.0, 1.0) if space.domain.simplex else (space.low, space.high)
        polyhedron = Polyhedron(
            basis=sparse.identity(n * k, format="csr"),
            rows=sparse.vstack([sparse.kron(column.rows, row) for row in selected], format="csr"),
            lower=np.tile(column.lower, len(selected)),
            upper=np.tile(column.upper, len(selected)),
            low=np.full(n * k, low),
            high=np.full(n * k, high),
        )
        if not space.domain.simplex:
            return polyhedron
        sums = sparse.kron(sparse.identity(n), np.ones((1, k)), format="csr")
        return polyhedron.stacked(sums, 1.0, 1.0)

    @override
    def member(
        self, coordinates: Float[np.ndarray, " z"], space: Space
    ) -> tuple[Float[np.ndarray, " z"], Predictions]:
        """Return values with the shape: by repair of columns, or mixing where they interact."""
        values = coordinates.reshape(space.points, space.outputs)
        if space.domain.simplex and space.outputs > 2:
            return super().member(coordinates, space)
        if space.zero is not None and space.zero.any():
            columns = self._vanishing(values, space.zero, simplex=space.domain.simplex)
            if columns is None:
                return super().member(coordinates, space)
        elif space.domain.simplex:
            columns = [self.repair(values[:, 1])]
        else:
            columns = [self.repair(column) for column in values.T]
        predictions = np.clip(np.column_stack(columns), space.domain.low, space.domain.high)
        if space.domain.simplex:
            predictions = np.column_stack([1.0 - predictions, predictions])
        return predictions.ravel(), predictions

    def _vanishing(
        self, values: Predictions, zero: Bool[np.ndarray, "n k"], *, simplex: bool
    ) -> list[Column] | None:
        """Return the free columns lowered to 0, and of a pair raised to 1, where they must be.

        None where that cannot be had by lowering and raising.
        """
        if not simplex:
            floored = np.where(zero, 0.0, np.maximum(values, 0.0))
            return [self.below(column) for column in floored.T]
        chance = self.below(np.where(zero[:, 1], 0.0, np.clip(values[:, 1], 0.0, 1.0)))
        if zero[:, 0].any():
            raised = self.above(np.where(zero[:, 0], 1.0, chance))
            if raised is None or bool((zero[:, 1] & (raised > 0.0)).any()):
                return None
            chance = raised
        return [chance]

    @override
    def nearest(self, predictions: Predictions, space: Space, weights: Weights) -> Predictions:
        return self.member(predictions.ravel(), space)[1]

    @property
    @override
    def terms(self) -> int:
        return 4 * int(ENTRY_ULPS)

    @override
    def random_member(self, rng: np.random.Generator, space: Space) -> Predictions:
        if space.domain.simplex:
            noise = rng.dirichlet(np.ones(space.outputs), size=space.points)
        else:
            low, high = max(space.low, -1.0), min(space.high, 2.0)
            noise = rng.uniform(low, high, size=(space.points, space.outputs))
        return self.member(noise.ravel(), space)[1]
