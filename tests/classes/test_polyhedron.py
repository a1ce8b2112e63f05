"""The equations that a polyhedron's points all meet, found among its inequalities."""

import numpy as np
import pytest
import scipy.sparse

import kl_regression as klr
from kl_regression.classes.base import Space
from kl_regression.classes.polyhedron import Polyhedron
from kl_regression.divergences import KL


def varies(polyhedron, row):
    """Return whether a row takes two values over the polyhedron: two linear programs tell."""
    cost = polyhedron.rows.toarray()[row]
    ends = [cost @ polyhedron.solve(sign * cost)[0] for sign in (1.0, -1.0)]
    return not np.isclose(*ends)


@pytest.mark.parametrize("n", [1, 2, 6])
def test_an_order_both_ways_leaves_entries_free(n):
    """Functions that neither rise nor fall are constant, and no entry of theirs is 0 or 1."""
    points = np.arange(float(n))
    constant = klr.Monotone(points) & klr.Monotone(-points)
    flat = constant.polyhedron(Space.of(KL.domain, n, 2)).flattened()
    found = [varies(flat, row) for row in range(len(flat.lower))]
    assert np.array_equal(flat.lower < flat.upper, found)


def test_a_corner_of_a_box_is_all_equations():
    """{x + y <= 0, 0 <= x, y <= 1} is one point; with <= 1/10 it keeps its inside."""
    for room, equations in ((0.0, 3), (0.1, 0)):
        corner = Polyhedron(
            basis=scipy.sparse.identity(2, format="csr"),
            rows=scipy.sparse.csr_matrix([[1.0, 1.0]]),
            lower=np.array([-np.inf]),
            upper=np.array([room]),
            low=np.zeros(2),
            high=np.ones(2),
        ).flattened()
        assert (corner.lower == corner.upper).sum() == equations
