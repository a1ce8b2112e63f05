"""Monotone, Lipschitz and convex functions: members, repairs, support, polyhedral form."""

import itertools

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import kl_regression as klr
from tests.classes.members import (
    check_members,
    check_outside,
    check_polyhedron,
    check_support,
    space_of,
    strings,
)

CLASSES = {
    "monotone": klr.Monotone([3.0, 1.0, 2.0, 2.0, 5.0]),
    "partial order": klr.Monotone([[0, 1], [1, 2], [0, 3]], points=5),
    "Lipschitz": klr.Lipschitz([0.0, 3.0, 1.0, 1.0, 0.5], constant=0.3),
    "Lipschitz in the plane": klr.Lipschitz(np.random.default_rng(0).random((5, 2)), constant=0.3),
    "convex": klr.Convex([0.0, 3.0, 1.0, 1.0, 0.5]),
    "convex in the plane": klr.Convex(np.random.default_rng(0).random((5, 2))),
}
SPACES = [("KL", 2), ("KL", 3), ("GeneralizedKL", 1), ("SquaredError", 2)]
ZIGZAG = np.array([0.9, 0.05, 0.85, 0.1, 0.8])


@pytest.mark.parametrize(("domain", "outputs"), SPACES)
@pytest.mark.parametrize("name", CLASSES)
def test_members_support_and_polyhedron(name, domain, outputs):
    """Random members are inside, the support is attained, the polyhedral form is the class."""
    space = space_of(domain, 5, outputs)
    check_members(CLASSES[name], space)
    check_support(CLASSES[name], space, attained=True)
    check_polyhedron(CLASSES[name], space)


@pytest.mark.parametrize("domain", ["KL", "GeneralizedKL", "SquaredError"])
@pytest.mark.parametrize("name", [name for name in CLASSES if "plane" not in name])
def test_a_zigzag_is_outside(name, domain):
    """Values that jump up and down have none of the shapes."""
    zigzag = np.column_stack([ZIGZAG, 1.0 - ZIGZAG])
    check_outside(CLASSES[name], space_of(domain, 5, 2), zigzag, far=0.05)


COLUMNS = npst.arrays(np.float64, 5, elements=st.floats(-10, 10))


@given(column=COLUMNS)
def test_repairs_have_the_shape_and_leave_what_has_it(column):
    """A repaired column has the shape by the definition, and repairing it again changes nothing."""
    order = [3.0, 1.0, 2.0, 2.0, 5.0]
    found = klr.Monotone(order).repair(column)
    assert all(
        found[i] <= found[j] for i, j in itertools.permutations(range(5), 2) if order[i] <= order[j]
    )
    np.testing.assert_array_equal(klr.Monotone(order).repair(found), found)
    points = np.array([0.0, 3.0, 1.0, 1.5, 0.5])
    found = klr.Lipschitz(points, constant=0.3).repair(column)
    room = 0.3 * np.abs(points[:, None] - points) + 1e-14 * 10
    assert (np.abs(found[:, None] - found) <= room).all()
    assert (found <= column).all()
    found = klr.Convex(points).repair(column)
    ranked = np.argsort(points)
    slopes = np.diff(found[ranked]) / np.diff(points[ranked])
    assert (np.diff(slopes) >= -1e-13 * 40).all()
    assert (found <= column + 1e-14 * 10).all()


def test_the_support_of_monotone_functions_by_brute_force():
    """A step function attains the maximum: all cuts of five points are tried."""
    rng = np.random.default_rng(5)
    monotone = klr.Monotone([2.0, 1.0, 3.0, 5.0, 4.0])
    ranked = np.argsort([2.0, 1.0, 3.0, 5.0, 4.0])
    space = space_of("GeneralizedKL", 5, 1)
    for _ in range(20):
        direction = rng.normal(size=(5, 1))
        values = []
        for cut in range(6):
            step = np.full(5, space.low)
            step[ranked[cut:]] = space.high
            values.append(float(direction[:, 0] @ step))
        found = monotone.support(direction, space).bound
        assert abs(found.value - max(values)) <= found.rounding + 1e-15


def test_limits():
    """L = 0 leaves constants, a huge L everything; tied scores mean equal values."""
    space = space_of("SquaredError", 3, 1)
    constant = klr.Lipschitz([0.0, 1.0, 2.0], constant=0.0)
    np.testing.assert_array_equal(constant.repair(np.array([3.0, 1.0, 2.0])), [1.0, 1.0, 1.0])
    wild = np.array([[5.0], [-5.0], [5.0]])
    loose = klr.Lipschitz([0.0, 1.0, 2.0], constant=1e6)
    assert loose.membership(wild, space, np.full(3, 1 / 3)).inside
    tied = klr.Monotone([1.0, 1.0, 2.0])
    assert not tied.membership(np.array([[0.0], [0.1], [1.0]]), space, np.full(3, 1 / 3)).inside
    assert tied.membership(np.array([[0.1], [0.1], [1.0]]), space, np.full(3, 1 / 3)).inside


def test_words():
    """Convex in outputs, polyhedral; the reprs have the sizes."""
    for students in CLASSES.values():
        assert strings(students) == {"convex in outputs", "polyhedral"}
    assert repr(CLASSES["monotone"]) == "Monotone(n=5)"
    assert repr(CLASSES["Lipschitz"]) == "Lipschitz(n=5, d=1, constant=0.3)"
    assert repr(CLASSES["convex in the plane"]) == "Convex(n=5, d=2)"


@pytest.mark.parametrize(
    ("students", "outputs", "same"),
    [
        (klr.Monotone([0, 1, 2]), 2, False),
        (klr.Convex([0.0, 1.0, 2.0]), 2, False),
        (klr.Lipschitz([0.0, 1.0, 2.0], constant=0.1), 2, True),
        (klr.Lipschitz([0.0, 1.0, 2.0], constant=0.1), 3, False),
    ],
    ids=["monotone", "convex", "lipschitz of two", "lipschitz of three"],
)
def test_which_class_stands_first_counts(students, outputs, same):
    """Under KL column 0 is left to the others: turning the classes round turns another student.

    But a Lipschitz one of two classes, where both columns have the same differences.
    """
    teacher = np.array([[0.1, 0.8, 0.1], [0.6, 0.2, 0.2], [0.2, 0.7, 0.1]])[:, :outputs]
    teacher = teacher / teacher.sum(axis=1, keepdims=True)
    first = klr.project(teacher, students).predictions
    turned = klr.project(teacher[:, ::-1], students).predictions[:, ::-1]
    assert (np.abs(first - turned).max() < 2.0**-20) == same
