"""Function classes in the integers of a certificate."""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
from jaxtyping import Float, Int

from kl_regression.arrays import Predictions
from kl_regression.certify.quantise import SMALL, Rows, as_fractions
from kl_regression.classes.base import FunctionClass, Space
from kl_regression.classes.box import Box
from kl_regression.classes.calculus import Intersection
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
        features: n rows of d integers, or None.
        pivots: which points the coordinates are the predictions of, shape (d,).
        changed: what the rounding changed, in words.
    """

    constraints: list[list[int]]
    features: Rows | None
    pivots: Int[np.ndarray, " d"]
    changed: str


def in_integers(students: FunctionClass, space: Space) -> Integers:
    """Return a polyhedral class in integers.

    Raises:
        InputError: for a class that is none: a union, one given by cones, a softmax layer.
    """
    parts = _parts(students)
    heads = [part for part in parts if isinstance(part, LinearHead)]
    if len(heads) > 1:
        raise InputError("students", "has two linear heads", "Certify one of them")
    constraints: list[list[int]] = []
    error = 0.0
    for part in parts:
        for values, entries, bound in _inequalities(part, space):
            row, lost = _whole_row([bound, *values])
            error = max(error, lost)
            constraints.append(
                [row[0], *(x for pair in zip(entries, row[1:], strict=True) for x in pair)]
            )
    features, pivots, lost = _features(heads[0]) if heads else (None, np.arange(space.points), 0.0)
    return Integers(constraints, features, pivots, f"relative <= {max(error, lost):.1e}")


def _parts(students: FunctionClass) -> list[FunctionClass]:
    if isinstance(students, Intersection):
        return [part for half in students.parts for part in _parts(half)]
    if isinstance(students, Box | ShapeClass | LinearHead):
        return [students]
    raise InputError(
        "outcome",
        f"has the class {students!r}",
        "Certify mixtures, linear heads, shapes, boxes and their intersections",
    )


def _inequalities(part: FunctionClass, space: Space) -> list[tuple[list[float], list[int], float]]:
    """Return (coefficients, entries, bound) of each Σ a f_e >= bound of a class."""
    found: list[tuple[list[float], list[int], float]] = []
    k = space.outputs
    if isinstance(part, Box):
        lower, upper = part.bounds(space)
        for e, (low, high) in enumerate(zip(lower.ravel(), upper.ravel(), strict=True)):
            found += [([1.0], [e], float(low))] if low > 0.0 else []
            found += [([-1.0], [e], -float(high))] if high < 1.0 else []
    if isinstance(part, ShapeClass):
        column = part.constraints()
        if np.any(column.lower == column.upper):
            raise InputError("students", f"{part!r} ties points", "Merge points that must be equal")
        rows = column.rows.tocsr()
        for r in range(rows.shape[0]):
            inside = slice(rows.indptr[r], rows.indptr[r + 1])
            values = [float(x) for x in rows.data[inside]]
            for c in range(1, k):
                entries = [int(i) * k + c for i in rows.indices[inside]]
                if np.isfinite(column.lower[r]):
                    found.append((values, entries, float(column.lower[r])))
                if np.isfinite(column.upper[r]):
                    found.append(([-x for x in values], entries, -float(column.upper[r])))
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
