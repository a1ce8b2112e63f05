"""Convexity in several variables as finitely many inequalities, without subgradients.

Values at points are those of a convex function iff no point that is a mixture Σ λ x of others has a
value above Σ λ f. By Carathéodory it is enough to ask it of affinely independent others with all
λ > 0, of which a point of R^d has at most d + 1; coordinates are floats, hence exact rationals.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
from flint import fmpq, fmpq_mat
from jaxtyping import Float

from kl_regression.errors import InputError

MOST_SIMPLICES = 20_000
"""Sets of points that are looked at: a minute's work, 20 points of the plane."""


def in_the_plane(points: Float[np.ndarray, "n d"]) -> list[tuple[list[float], list[int]]]:
    """Return (coefficients, points) of each Σ a f >= 0 that convexity at the points asks for.

    Raises:
        InputError: when they are too many to be listed.
    """
    n, d = points.shape
    if n * sum(comb(n - 1, size) for size in range(1, d + 2)) > MOST_SIMPLICES:
        raise InputError(
            "outcome",
            f"has convex functions of {d} variables at {n} points, too many mixtures to list",
            "Certify at most 20 points of the plane",
        )
    places = [[fmpq(*Fraction(x).as_integer_ratio()) for x in row] for row in points.tolist()]
    found = []
    for i in range(n):
        for others, mixture in _around(places, i):
            found.append(([-1.0, *mixture], [i, *others]))
    return found


def _around(places: list[list[fmpq]], i: int) -> Iterator[tuple[list[int], list[float]]]:
    """Yield the sets of other points that hold a point in their inside, with its mixture."""
    rest = [j for j in range(len(places)) if j != i]
    for size in range(1, len(places[0]) + 2):
        for others in combinations(rest, size):
            mixture = _mixture([places[j] for j in others], places[i])
            if mixture is not None and min(mixture) > 0:
                yield list(others), [int(x.p) / int(x.q) for x in mixture]


def _mixture(corners: list[list[fmpq]], place: list[fmpq]) -> list[fmpq] | None:
    """Return the only λ of sum 1 with Σ λ corner = place; None where none or more than one is."""
    rows = [[c[a] for c in corners] + [place[a]] for a in range(len(place))]
    rows.append([fmpq(1)] * (len(corners) + 1))
    reduced, rank = fmpq_mat(rows).rref()
    table = reduced.tolist()
    count = len(corners)
    if rank != count or any(table[r][r] != 1 for r in range(count)):
        return None
    return [table[r][count] for r in range(count)]
