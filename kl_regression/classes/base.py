"""What every function class answers: its polyhedral form, support function, members and properties.

A class is a set of functions; a ``Space`` says on how many points, with how many outputs and in
which domain they are looked at. Everything here is about the class in that space.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from kl_regression.arrays import Domain, Predictions, Weights
from kl_regression.classes.polyhedron import Polyhedron, Support
from kl_regression.errors import InputError, ShapeError
from kl_regression.tolerance import member_tolerance

if TYPE_CHECKING:
    from kl_regression.classes.calculus import Intersection, Union


class Property(StrEnum):
    """What theorems ask of a class, in the domain of the loss that it is looked at with."""

    CONVEX = "convex in outputs"
    """It contains the mixtures of its members."""
    CONVEX_LOGITS = "convex in logits"
    """It contains the normalised geometric mixtures of its members."""
    AFFINE = "affine"
    """It is an affine space cut with the loss's domain: what is affine in its members and in the
    domain is a member. Under SquaredError that is the affine space itself, under KL a slice of the
    simplex."""
    POLYHEDRAL = "polyhedral"
    """It is given by finitely many linear inequalities."""


@dataclass(frozen=True)
class Space:
    """Where a class is looked at: n points, k outputs, a domain, and a range of entries.

    Args:
        points: n.
        outputs: k.
        domain: the domain of the loss.
        low: only members with entries >= low; the domain's own end where not narrowed.
        high: only members with entries <= high.
        zero: shape (n, k); only members that vanish where it is true (where the teacher does, and
            the divergence must be finite).
    """

    points: int
    outputs: int
    domain: Domain
    low: float
    high: float
    zero: Bool[np.ndarray, "n k"] | None = None

    @classmethod
    def of(cls, domain: Domain, points: int, outputs: int) -> "Space":
        """Return the whole space of (points, outputs) predictions in a domain."""
        return cls(points, outputs, domain, domain.low, domain.high)

    def around(self, *arrays: Predictions) -> "Space":
        """Return the space narrowed to the range of the arrays, and its width on each side.

        A class such as all monotone functions is unbounded, and no student computed in floats is
        optimal against members arbitrarily far away; its gap is over this range, which is said.
        """
        if self.domain.simplex:
            return self
        lowest = min(float(array.min()) for array in arrays)
        highest = max(float(array.max()) for array in arrays)
        width = max(highest - lowest, abs(highest), abs(lowest), 1.0)
        return replace(
            self,
            low=max(self.domain.low, lowest - width),
            high=min(self.domain.high, highest + width),
        )


@dataclass(frozen=True)
class Membership:
    """How far predictions lie from a class.

    Args:
        distance: E ||f - witness||_1, an upper bound on the distance to the class.
        witness: a member, shape (n, k): the predictions themselves when they are one.
        inside: whether the distance is a rounding error of the predictions.
    """

    distance: float
    witness: Predictions
    inside: bool


class FunctionClass(ABC):
    """A set of functions that a student is chosen from."""

    properties: frozenset[Property]
    closed_support: bool = False
    """Whether the support function is a closed form, cheap enough to be asked twice."""

    @abstractmethod
    def check(self, space: Space) -> None:
        """Raise an error unless the class has functions of (n, k) in this domain."""

    @abstractmethod
    def polyhedron(self, space: Space) -> Polyhedron:
        """Return the class in the space as {B z : ...}, its coordinates z being the class's own."""

    def support(self, direction: Predictions, space: Space) -> Support:
        """Bound max <direction, v> over the members v in the space, direction of shape (n, k)."""
        return self.polyhedron(space).vanishing(space.zero).support(direction.ravel())

    def member(
        self, coordinates: Float[np.ndarray, " z"], space: Space
    ) -> tuple[Float[np.ndarray, " z"], Predictions]:
        """Return feasible coordinates near the given ones, and their predictions (n, k)."""
        polyhedron = self.polyhedron(space).vanishing(space.zero)
        point = polyhedron.feasible(coordinates)
        predictions = (polyhedron.basis @ point).reshape(space.points, space.outputs)
        predictions = np.clip(predictions, space.domain.low, space.domain.high)
        if space.zero is not None:
            predictions = np.where(space.zero, 0.0, predictions)
        if space.domain.simplex:
            predictions = predictions / predictions.sum(axis=1, keepdims=True)
        return point, predictions

    def nearest(self, predictions: Predictions, space: Space, weights: Weights) -> Predictions:
        """Return a member near ``predictions``, shape (n, k): themselves when they are one.

        Found by a linear program, min E ||f - v||_1 over the class.
        """
        point = _nearest_point(self.polyhedron(space), predictions.ravel(), weights, space)
        return self.member(point, space)[1]

    def membership(self, predictions: Predictions, space: Space, weights: Weights) -> Membership:
        """Return the distance of ``predictions``, shape (n, k), from the class, and a witness."""
        witness = self.nearest(predictions, space, weights)
        inside = bool(self.meets(predictions, witness)[weights > 0].all())
        distances = np.abs(predictions - witness).sum(axis=1)
        return Membership(float(weights @ distances), witness, inside)

    def meets(self, predictions: Predictions, witness: Predictions) -> Bool[np.ndarray, " n"]:
        """Return at which points predictions, shape (n, k), are a member but for its rounding."""
        scale = max(self.largest, float(np.abs(predictions).max()))
        off = np.abs(predictions - witness).sum(axis=1)
        return off <= predictions.shape[1] * member_tolerance(scale, self.terms)

    @property
    def terms(self) -> int:
        """How many products are added up in one prediction of a member."""
        return 1

    @property
    def largest(self) -> float:
        """The size of products that may be added up to predictions smaller than they."""
        return 0.0

    @abstractmethod
    def random_member(self, rng: np.random.Generator, space: Space) -> Predictions:
        """Return the predictions, shape (n, k), of a member chosen at random."""

    def __and__(self, other: "FunctionClass") -> "Intersection":
        """Return the functions that are in both classes."""
        from kl_regression.classes.calculus import Intersection

        return Intersection(self, other)

    def __or__(self, other: "FunctionClass") -> "Union":
        """Return the functions that are in either class: not convex, and no theorem claims it."""
        from kl_regression.classes.calculus import Union

        return Union(self, other)


def check_points(argument: str, length: int, space: Space) -> None:
    """Raise a ShapeError unless a class built on ``length`` points meets the space's n."""
    if length != space.points:
        raise ShapeError(
            argument,
            f"has {length} sample points, the teacher {space.points}",
            "Use the same sample for both",
        )


def is_count(value: object, *, least: int) -> bool:
    """Tell whether ``value`` is an integer, and at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        return False
    return bool(value >= least)


def is_nonnegative(value: object) -> bool:
    """Tell whether ``value`` is a finite real number, and not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return 0.0 <= float(value) < np.inf


def require_class(argument: str, value: object) -> None:
    """Raise an InputError unless a function class is passed."""
    if not isinstance(value, FunctionClass):
        raise InputError(
            argument, f"is {type(value).__name__}", "Pass a class such as Hull(models)"
        )


def _nearest_point(
    polyhedron: Polyhedron, target: Float[np.ndarray, " f"], weights: Weights, space: Space
) -> Float[np.ndarray, " z"]:
    from scipy import sparse

    size = len(target)
    cost = np.repeat(np.maximum(weights, weights.max() / len(weights)), space.outputs)
    identity = sparse.identity(size, format="csr")
    lifted = Polyhedron(
        basis=sparse.csr_matrix((0, polyhedron.size + 2 * size)),
        rows=sparse.vstack(
            [
                sparse.hstack(
                    [polyhedron.rows, sparse.csr_matrix((polyhedron.rows.shape[0], 2 * size))]
                ),
                sparse.hstack([polyhedron.basis, identity, -identity]),
            ],
            format="csr",
        ),
        lower=np.concatenate([polyhedron.lower, target]),
        upper=np.concatenate([polyhedron.upper, target]),
        low=np.concatenate([polyhedron.low, np.zeros(2 * size)]),
        high=np.concatenate([polyhedron.high, np.full(2 * size, np.inf)]),
    )
    objective = np.concatenate([np.zeros(polyhedron.size), cost, cost])
    return lifted.solve(objective / objective.max())[0][: polyhedron.size]
