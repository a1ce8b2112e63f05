"""Functions between bounds, and under KL the part of it with rows that sum to 1."""

import numpy as np
import pytest

import kl_regression as klr
from kl_regression.arrays import SIMPLEX
from kl_regression.classes.base import Space
from tests.classes.members import (
    check_members,
    check_outside,
    check_polyhedron,
    check_support,
    space_of,
    strings,
)

DOMAINS = ["KL", "GeneralizedKL", "SquaredError"]
BOX = klr.Box([[0.1, 0.0, 0.2], [0.0, 0.3, 0.0]], [[0.5, 0.6, 0.7], [0.4, 0.9, 0.8]])


@pytest.mark.parametrize("domain", DOMAINS)
def test_members_support_and_polyhedron(domain):
    """Random members are inside, the support is attained, the polyhedral form is the box."""
    space = space_of(domain, 2, 3)
    check_members(BOX, space)
    check_support(BOX, space, attained=True)
    check_polyhedron(BOX, space)


@pytest.mark.parametrize("domain", DOMAINS)
def test_outside(domain):
    """A value beyond a bound is outside, at the distance of the bound at least."""
    beyond = np.array([[0.8, 0.0, 0.2], [0.2, 0.4, 0.4]])
    check_outside(BOX, space_of(domain, 2, 3), beyond, far=0.15 - 1e-12)


def test_the_support_of_a_box_is_by_sign_and_on_the_simplex_by_order():
    """Without rows that sum to 1 each entry is at a bound; with them the best is filled first."""
    box = klr.Box(0.1, 0.6)
    direction = np.array([[3.0, -1.0, 2.0]])
    positive = box.support(direction, space_of("GeneralizedKL", 1, 3)).bound.value
    assert positive == pytest.approx(0.6 * 5 - 0.1)
    simplex = box.support(direction, space_of("KL", 1, 3)).bound.value
    assert simplex == pytest.approx(3 * 0.6 - 0.1 + 2 * 0.3)


def test_bounds_broadcast_and_are_cut_with_the_domain():
    """Numbers, columns and tables are bounds; under KL they are cut to [0, 1], zeros to 0."""
    space = Space(2, 2, SIMPLEX, 0.0, 1.0, np.array([[True, False], [False, False]]))
    lower, upper = klr.Box(-1.0, 2.0).bounds(space)
    np.testing.assert_array_equal(lower, np.zeros((2, 2)))
    np.testing.assert_array_equal(upper, [[0.0, 1.0], [1.0, 1.0]])
    column = klr.Box([0.1, 0.2], 0.9).bounds(space_of("GeneralizedKL", 2, 2))[0]
    np.testing.assert_array_equal(column, [[0.1, 0.1], [0.2, 0.2]])


def test_a_box_of_one_function():
    """Equal bounds leave one member."""
    only = np.array([[0.25, 0.75]])
    box = klr.Box(only, only)
    student = klr.project([[0.5, 0.5]], box).predictions
    np.testing.assert_array_equal(student, only)


def test_words():
    """Convex in outputs, polyhedral."""
    assert strings(BOX) == {"convex in outputs", "polyhedral"}
    assert repr(BOX) == "Box(shape=(2, 3))"
    assert repr(klr.Box(0, 0.5)) == "Box(0, 0.5)"
