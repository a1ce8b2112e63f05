"""Function classes in the integers of a certificate."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

import numpy as np
from jaxtyping import Float, Int

from kl_regression.arrays import Predictions
from kl_regression.certify.convexity import in_the_plane
from kl_regression.certify.quantise import SMALL, Rows, as_fractions
from kl_regression.certify.refusals import CUT, HEADS, NO_POLYHEDRON
from kl_regression.classes.base import FunctionClass, Space
from kl_regression.classes.box import Box
from kl_regression.classes.calculus import Intersection
from kl_regression.classes.convex import Convex
from kl_regression.classes.hull import Hull
from kl_regression.classes.linear_head import LinearHead
from kl_regression.classes.shape import ShapeClass
from kl_regression.errors import InputError

BITS = 50
"""Bits of the largest number in a constraint or of a feature."""


@dataclass(frozen=True)
class Integers:
    """A polyhedral class in integers.

    Args:
        constraints: rows [b, e, a, e, a, ...], meaning Σ a f_e >= b.
        equal: which of them hold with equality: ties, and bounds that meet.
        features: n rows of d integers, or None.
        pivots: which points the coordinates are the predictions of, shape (d,).
        changed: what the rounding changed, in words.
    """

    constraints: list[list[int]]
    equal: frozenset[int]
    features: Rows | None
    pivots: Int[np.ndarray, " d"]
    changed: str


def in_integers(students: FunctionClass, space: Space) -> Integers:
    """Return a polyhedral class in integers.

    Raises:
        InputError: for a class that is none: a union, one given by cones, a softmax layer, mixtures
            cut by constraints.
    """
    parts = _parts(students)
    heads = [part for part in parts if isinstance(part, LinearHead)]
    if len(heads) > 1:
        raise InputError("outcome", *HEADS)
    found = [row for part in parts for row in _inequalities(part, space)]
    constraints: list[list[int]] = []
    error = 0.0
    for row in found:
        whole, lost = _whole_row([row.bound, *row.values])
        error = max(error, lost)
        pairs = zip(row.entries, whole[1:], strict=True)
        constraints.append([whole[0], *(x for pair in pairs for x in pair)])
    equal = frozenset(r for r, row in enumerate(found) if row.equal)
    features, pivots, lost = _features(heads[0]) if heads else (None, np.arange(space.points), 0.0)
    changed = f"relative <= {max(error, lost):.1e}"
    return Integers(constraints, equal, features, pivots, changed)


@dataclass(frozen=True)
class Inequality:
    """Σ a f_e >= bound, and whether it is an equation."""

    values: list[float]
    entries: list[int]
    bound: float
    equal: bool = False

    @property
    def opposite(self) -> "Inequality":
        """The same with <=."""
        return Inequality([-x for x in self.values], self.entries, -self.bound, self.equal)


def _parts(students: FunctionClass) -> list[FunctionClass]:
    if isinstance(students, Intersection):
        parts = [part for half in students.parts for part in _parts(half)]
        if any(isinstance(part, Hull) for part in parts):
            raise InputError("outcome", *CUT)
        return parts
    if isinstance(students, Box | ShapeClass | LinearHead | Hull):
        return [students]
    raise InputError("outcome", f"has the class {students!r}, {NO_POLYHEDRON[0]}", NO_POLYHEDRON[1])


def _inequalities(part: FunctionClass, space: Space) -> list[Inequality]:
    """Return the inequalities of a class; an equation is two."""
    if isinstance(part, Box):
        return _bounds(part, space)
    if not isinstance(part, ShapeClass):
        return []
    k = space.outputs
    return [
        replace(row, entries=[i * k + c for i in row.entries])
        for pair in _column(part)
        for c in range(1, k)
        for row in pair
    ]


def _bounds(part: Box, space: Space) -> list[Inequality]:
    found = []
    lower, upper = part.bounds(space)
    for e, (low, high) in enumerate(
        zip(lower.ravel().tolist(), upper.ravel().tolist(), strict=True)
    ):
        equal = low == high
        found += [Inequality([1.0], [e], low, equal)] if low > 0.0 or equal else []
        found += [Inequality([-1.0], [e], -high, equal)] if high < 1.0 or equal else []
    return found


def _column(part: ShapeClass) -> list[list[Inequality]]:
    """Return the constraints of one column of a shape, of one or two inequalities, by points."""
    if isinstance(part, Convex) and part.points.shape[1] > 1:
        return [[Inequality(values, entries, 0.0)] for values, entries in in_the_plane(part.points)]
    found = []
    column = part.constraints()
    rows = column.rows.tocsr()
    for r, (low, high) in enumerate(zip(column.lower, column.upper, strict=True)):
        inside = slice(rows.indptr[r], rows.indptr[r + 1])
        values, entries = rows.data[inside].tolist(), rows.indices[inside].tolist()
        pair = [Inequality(values, entries, float(low), bool(low == high))]
        pair += [Inequality(values, entries, float(high), bool(low == high)).opposite]
        found.append([row for row in pair if np.isfinite(row.bound)])
    return found


def _whole_row(values: list[float]) -> tuple[list[int], float]:
    """Return numbers times one power or denominator as integers, and the largest relative error."""
    fractions = [Fraction(x).limit_denominator(SMALL) for x in values]
    if all(float(f) == x for f, x in zip(fractions, values, strict=True)):
        common = lcm(*(f.denominator for f in fractions))
        if common <= 1 << BITS:
            return [int(f * common) for f in fractions], 0.0
    size = max(map(abs, values))
    scale = Fraction(2) ** (BITS - int(np.ceil(np.log2(size))))
    whole = [round(Fraction(x) * scale) for x in values]
    return whole, max(abs(float(w / scale) - x) / size for w, x in zip(whole, values, strict=True))


def _features(head: LinearHead) -> tuple[Rows, Int[np.ndarray, " d"], float]:
    """Return features whose coordinates are predictions at d points: B = Φ Φ_R^-1.

    The rows at the points R are unit vectors and all rows sum to one total, as the constant
    function is in their span.
    """
    from scipy.linalg import qr

    d = head.features.shape[1]
    pivots = np.sort(qr(head.features.T, mode="r", pivoting=True)[1][:d])
    basis = np.linalg.solve(head.features[pivots].T, head.features.T).T
    _, first, same = np.unique(head.features, axis=0, return_index=True, return_inverse=True)
    basis = basis[first[same]]
    exact = as_fractions(np.where(np.abs(basis) < 2.0**-BITS, 0.0, basis))
    if exact is not None and np.array_equal(
        np.array(exact)[pivots], exact[int(pivots[0])][0] * np.eye(d)
    ):
        return exact, pivots, 0.0
    total = 1 << (BITS - int(np.ceil(np.log2(max(1.0, float(np.abs(basis).max()))))))
    whole = np.rint(basis * total).astype(np.int64)
    whole[pivots] = total * np.eye(d, dtype=np.int64)
    largest = np.argmax(np.abs(whole), axis=1)
    whole[np.arange(len(whole)), largest] += total - whole.sum(axis=1)
    return whole.tolist(), pivots, float(np.abs(whole / total - basis).max())


def near(predictions: Predictions, pivots: Int[np.ndarray, " d"]) -> list[int]:
    """Return coordinates of predictions, shape (n, k), as integers of row total 2^50."""
    rows: Float[np.ndarray, "d k"] = predictions[pivots]
    one = 1 << BITS
    found: list[int] = []
    for row in rows:
        rest = [round(float(x) * one) for x in row[1:]]
        found += [one - sum(rest), *rest]
    return found
