"""Convex functions in a range: the closed support against every vertex, in rational arithmetic."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.arrays import POSITIVE, SIMPLEX
from kl_regression.classes.base import Space
from kl_regression.classes.hinges import Moments, Range, best_vertex, is_convex
from kl_regression.errors import InfeasibleError
from kl_regression.tolerance import EPS

ZERO, ONE = Fraction(0), Fraction(1)


def rows_of(places):
    """Return the inequalities a'v >= b of convex v in [0, 1] at distinct places, exactly."""
    n = len(places)
    rows = []
    for i in range(n):
        unit = [ONE if j == i else ZERO for j in range(n)]
        rows += [(unit, ZERO), ([-u for u in unit], -ONE)]
    for i in range(1, n - 1):
        left, right = Fraction(places[i] - places[i - 1]), Fraction(places[i + 1] - places[i])
        row = [ZERO] * n
        row[i - 1], row[i], row[i + 1] = 1 / left, -1 / left - 1 / right, 1 / right
        rows.append((row, ZERO))
    return rows


def solution_of(rows):
    """Return the solution of n equations in n unknowns by elimination, None where singular."""
    table = [[*row, b] for row, b in rows]
    n = len(table)
    for c in range(n):
        pivot = next((r for r in range(c, n) if table[r][c] != 0), None)
        if pivot is None:
            return None
        table[c], table[pivot] = table[pivot], table[c]
        table[c] = [x / table[c][c] for x in table[c]]
        for r in range(n):
            if r != c and table[r][c] != 0:
                table[r] = [x - table[r][c] * y for x, y in zip(table[r], table[c], strict=True)]
    return [row[-1] for row in table]


def vertices(places):
    """Return every vertex: n of the inequalities as equations, where the others hold."""
    rows, found = rows_of(places), set()
    for chosen in itertools.combinations(rows, len(places)):
        v = solution_of(chosen)
        if v is not None and all(
            sum(a * x for a, x in zip(row, v, strict=True)) >= b for row, b in rows
        ):
            found.add(tuple(v))
    return found


STEPS = st.lists(st.integers(1, 7), min_size=3, max_size=3)
VALUES = st.lists(st.integers(-9, 9), min_size=4, max_size=4)


@given(steps=STEPS, direction=VALUES)
def test_the_closed_support_is_the_best_of_all_vertices(steps, direction):
    """On four points the closed maximum is that over all vertices, and a vertex attains it."""
    places = np.append(0.0, np.cumsum(steps))
    exact = max(
        sum(c * x for c, x in zip(direction, v, strict=True))
        for v in vertices([int(x) for x in places])
    )
    c = np.array(direction, dtype=float)
    bound, vertex = best_vertex(Moments.of(c, places), places, Range(0.0, 1.0))
    assert bound.value + bound.rounding >= exact
    assert bound.value - bound.rounding <= exact
    own = 16.0 * EPS * float(np.abs(c).sum())
    assert abs(float(c @ vertex) - bound.value) <= bound.rounding + own


FORCED = ["1---", "---1", "1--1", "0---", "-0--", "-00-", "0--0", "10--", "1-0-", "10-1", "1001"]
"""Where members are to be 0 or 1, point by point, so that some are."""


@given(
    steps=STEPS,
    direction=VALUES,
    marks=st.sampled_from(FORCED) | st.text("-01", min_size=4, max_size=4),
)
def test_forced_values_leave_the_vertices_that_have_them(steps, direction, marks):
    """Where members must be 0 or 1, the maximum is over the vertices that are; else an error."""
    places = np.append(0.0, np.cumsum(steps))
    at_low, at_high = (np.array([mark == end for mark in marks]) for end in "01")
    kept = [
        v
        for v in vertices([int(x) for x in places])
        if all(m == "-" or x == int(m) for m, x in zip(marks, v, strict=True))
    ]
    c = np.array(direction, dtype=float)
    values = Range(0.0, 1.0, at_low, at_high)
    if not kept:
        with pytest.raises(InfeasibleError):
            best_vertex(Moments.of(c, places), places, values)
        return
    exact = max(sum(a * x for a, x in zip(direction, v, strict=True)) for v in kept)
    bound, vertex = best_vertex(Moments.of(c, places), places, values)
    assert abs(bound.value - float(exact)) <= 2.0 * bound.rounding
    assert (vertex[at_low] == 0.0).all()
    assert (vertex[at_high] == 1.0).all()


def test_equal_places_have_equal_values():
    """Two points at one place count together, and one place alone has constants."""
    space = Space.of(SIMPLEX, 3, 2)
    direction = np.array([[0.0, 3.0], [0.0, -5.0], [0.0, 1.0]])
    assert klr.Convex([0.0, 0.0, 1.0]).support(direction, space).bound.value == 1.0
    assert klr.Convex([2.0, 2.0, 2.0]).support(direction, space).bound.value == 0.0


def test_without_an_upper_end_the_support_is_infinite_or_at_the_lower_end():
    """In [0, inf) a direction that some member meets with a positive value has no maximum."""
    space, students = Space.of(POSITIVE, 3, 1), klr.Convex(range(3))
    assert students.support(np.array([[1.0], [-3.0], [1.0]]), space).bound.value == np.inf
    assert students.support(np.array([[-1.0], [1.0], [-1.0]]), space).bound.value == 0.0


@given(column=st.lists(st.integers(-9, 9), min_size=1, max_size=5))
def test_convexity_is_told_to_the_last_bit(column):
    """Second differences of integers at integers decide it exactly; one ulp of a dent is seen."""
    places, values = np.arange(float(len(column))), np.array(column, dtype=float)
    assert is_convex(places, values) == bool((np.diff(values, 2) >= 0).all())
    flat = np.ones(3)
    flat[1] = np.nextafter(1.0, 2.0)
    assert not is_convex(np.arange(3.0), flat)
    assert not is_convex(np.zeros(2), np.array([1.0, 2.0]))
