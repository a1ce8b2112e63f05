"""New classes from old: intersections, unions, and classes given by cvxpy constraints."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from typing_extensions import override

from kl_regression.arrays import Predictions, Weights
from kl_regression.classes.base import FunctionClass, Property, Space, require_class
from kl_regression.classes.polyhedron import Polyhedron, Support
from kl_regression.errors import InputError
from kl_regression.solvers import conic


class Intersection(FunctionClass):
    """The functions in both classes: ``A & B``. Coordinates are those of A, then those of B."""

    def __init__(self, first: FunctionClass, second: FunctionClass) -> None:
        for name, part in (("left of &", first), ("right of &", second)):
            require_class(name, part)
            if Property.CONVEX not in part.properties:
                raise InputError(
                    name, f"{part!r} is not convex in outputs", "Intersect convex classes"
                )
        self.parts = (first, second)
        self.properties = first.properties & second.properties

    def __repr__(self) -> str:
        return f"({self.parts[0]!r} & {self.parts[1]!r})"

    @override
    def check(self, space: Space) -> None:
        for part in self.parts:
            part.check(space)

    @override
    def polyhedron(self, space: Space) -> Polyhedron:
        from scipy import sparse

        first, second = (part.polyhedron(space) for part in self.parts)
        width = second.size
        both = Polyhedron(
            basis=sparse.hstack(
                [first.basis, sparse.csr_matrix((first.basis.shape[0], width))], format="csr"
            ),
            rows=sparse.block_diag([first.rows, second.rows], format="csr"),
            lower=np.concatenate([first.lower, second.lower]),
            upper=np.concatenate([first.upper, second.upper]),
            low=np.concatenate([first.low, second.low]),
            high=np.concatenate([first.high, second.high]),
        )
        return both.stacked(sparse.hstack([first.basis, -second.basis], format="csr"), 0.0, 0.0)

    @override
    def nearest(self, predictions: Predictions, space: Space, weights: Weights) -> Predictions:
        """Return the predictions where both parts have them, else the linear program's member."""
        if all(part.membership(predictions, space, weights).inside for part in self.parts):
            return predictions
        if Property.POLYHEDRAL in self.properties:
            return super().nearest(predictions, space, weights)
        found = conic.nearest(self.constraints(space), predictions, space.domain, weights)
        return self.member(found.ravel(), space)[1]

    @override
    def support(self, direction: Predictions, space: Space) -> Support:
        if Property.POLYHEDRAL in self.properties:
            return super().support(direction, space)
        return conic.support(self.constraints(space), direction, space)

    def constraints(self, space: Space) -> "conic.Build":
        """Return a function from an (n, k) cvxpy expression to the constraints of both parts."""
        builds = [constraints_of(part, space) for part in self.parts]
        return lambda expression: [c for build in builds for c in build(expression)]

    @override
    def member(
        self, coordinates: Float[np.ndarray, " z"], space: Space
    ) -> tuple[Float[np.ndarray, " z"], Predictions]:
        """Return a member near; of parts without polyhedra, the values brought into the domain."""
        if Property.POLYHEDRAL in self.properties:
            return super().member(coordinates, space)
        return _in_domain(coordinates, space)

    @property
    @override
    def terms(self) -> int:
        return max(part.terms for part in self.parts)

    @override
    def random_member(self, rng: np.random.Generator, space: Space) -> Predictions:
        start = self.parts[0].random_member(rng, space)
        return self.nearest(start, space, np.full(space.points, 1.0 / space.points))


class Union(FunctionClass):
    """The functions in either class: ``A | B``. Not convex, so no theorem claims its students."""

    properties: frozenset[Property] = frozenset()

    def __init__(self, first: FunctionClass, second: FunctionClass) -> None:
        for name, part in (("left of |", first), ("right of |", second)):
            require_class(name, part)
        self.parts: tuple[FunctionClass, ...] = tuple(
            part
            for side in (first, second)
            for part in (side.parts if isinstance(side, Union) else (side,))
        )

    def __repr__(self) -> str:
        return "(" + " | ".join(repr(part) for part in self.parts) + ")"

    @override
    def check(self, space: Space) -> None:
        for part in self.parts:
            part.check(space)

    @override
    def polyhedron(self, space: Space) -> Polyhedron:
        raise InputError(
            "students", "is a union, which is no polyhedron", "Take the parts one by one"
        )

    @override
    def support(self, direction: Predictions, space: Space) -> Support:
        """Return the largest of the parts' bounds; coordinates are those of that part."""
        return max(
            (part.support(direction, space) for part in self.parts), key=lambda s: s.bound.value
        )

    @override
    def member(
        self, coordinates: Float[np.ndarray, " z"], space: Space
    ) -> tuple[Float[np.ndarray, " z"], Predictions]:
        raise InputError(
            "students", "is a union: coordinates belong to one part", "Take the parts one by one"
        )

    @override
    def nearest(self, predictions: Predictions, space: Space, weights: Weights) -> Predictions:
        witnesses = [part.membership(predictions, space, weights) for part in self.parts]
        return min(witnesses, key=lambda found: found.distance).witness

    @property
    @override
    def terms(self) -> int:
        return max(part.terms for part in self.parts)

    @override
    def random_member(self, rng: np.random.Generator, space: Space) -> Predictions:
        return self.parts[int(rng.integers(len(self.parts)))].random_member(rng, space)


class ConicClass(FunctionClass):
    """Any class that cvxpy can state: ``build`` turns an (n, k) expression into constraints.

    Convex because cvxpy accepts only constraints that are. Its support function and its members
    come from a cone solver; the bound is the solver's dual value and the constraint violation is
    reported.

    Args:
        build: a function from a cvxpy expression of shape (n, k) to a list of constraints.

    >>> smooth = ConicClass(lambda f: [f[1:] - f[:-1] <= 0.1, f[:-1] - f[1:] <= 0.1])
    """

    properties = frozenset({Property.CONVEX})

    def __init__(self, build: Callable[[Any], list[Any]]) -> None:
        if not callable(build):
            raise InputError(
                "build", f"is {type(build).__name__}", "Pass a function f -> [constraints]"
            )
        self.build = build

    def __repr__(self) -> str:
        return f"ConicClass({getattr(self.build, '__name__', 'build')})"

    @override
    def check(self, space: Space) -> None:
        conic.check_build(self.build, space)

    @override
    def polyhedron(self, space: Space) -> Polyhedron:
        raise InputError(
            "students", "is given by cones, which are no polyhedron", "Project with project()"
        )

    @override
    def support(self, direction: Predictions, space: Space) -> Support:
        return conic.support(self.build, direction, space)

    @override
    def member(
        self, coordinates: Float[np.ndarray, " z"], space: Space
    ) -> tuple[Float[np.ndarray, " z"], Predictions]:
        """Return the values brought into the loss's domain."""
        return _in_domain(coordinates, space)

    @override
    def nearest(self, predictions: Predictions, space: Space, weights: Weights) -> Predictions:
        found = conic.nearest(self.build, predictions, space.domain, weights)
        return self.member(found.ravel(), space)[1]

    @override
    def random_member(self, rng: np.random.Generator, space: Space) -> Predictions:
        if space.domain.simplex:
            start = rng.dirichlet(np.ones(space.outputs), size=space.points)
        else:
            start = rng.uniform(0.0, 1.0, size=(space.points, space.outputs))
        return self.nearest(start, space, np.full(space.points, 1.0 / space.points))


def _in_domain(
    coordinates: Float[np.ndarray, " z"], space: Space
) -> tuple[Float[np.ndarray, " z"], Predictions]:
    """Return values clipped to the loss's domain; rows on the simplex are renormalised."""
    values = coordinates.reshape(space.points, space.outputs)
    values = np.clip(values, space.domain.low, space.domain.high)
    if space.zero is not None:
        values = np.where(space.zero, 0.0, values)
    if space.domain.simplex:
        values = values / values.sum(axis=1, keepdims=True)
    return values.ravel(), values


def constraints_of(part: FunctionClass, space: Space) -> "conic.Build":
    """Return any convex class as a function from an (n, k) cvxpy expression to constraints."""
    if isinstance(part, ConicClass):
        return part.build
    if isinstance(part, Intersection):
        return part.constraints(space)
    return conic.lifted(part.polyhedron(space))
