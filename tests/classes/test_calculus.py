"""Intersections, unions and classes by cvxpy constraints."""

import numpy as np
import pytest

import kl_regression as klr
from kl_regression.errors import InfeasibleError, InputError
from kl_regression.tolerance import CONIC_GAP
from tests.classes.members import (
    check_members,
    check_outside,
    check_polyhedron,
    check_support,
    space_of,
    strings,
    uniform,
)

RNG = np.random.default_rng(0)
MODELS = RNG.dirichlet(np.ones(2), size=(3, 4))
HULL = klr.Hull(MODELS)
BOX = klr.Box(0.05, 0.95)
BOTH = HULL & BOX
CONES = klr.ConicClass(lambda f: [f[1:] - f[:-1] <= 0.1, f[:-1] - f[1:] <= 0.1])
TWIN = klr.Lipschitz([0.0, 1.0, 2.0, 3.0], constant=0.1)


@pytest.mark.parametrize("domain", ["KL", "GeneralizedKL", "SquaredError"])
def test_an_intersection(domain):
    """Members of both are members, the support is attained, the polyhedral form is both's."""
    space = space_of(domain, 4, 2)
    check_members(BOTH, space)
    check_support(BOTH, space, attained=True)
    check_polyhedron(BOTH, space)


def test_outside_an_intersection():
    """What is outside a part is outside, and the witness is in both parts."""
    space = space_of("KL", 4, 2)
    narrow = klr.Box(0.3, 0.7) & klr.Monotone(range(4))
    wild = np.tile([[0.9, 0.1]], (4, 1))
    check_outside(narrow, space, wild, far=0.4 - 1e-9)
    witness = narrow.membership(wild, space, uniform(space)).witness
    assert all(part.membership(witness, space, uniform(space)).inside for part in narrow.parts)


def test_parts_that_contradict_each_other():
    """An empty intersection has no member and says so."""
    empty = klr.Box(0.0, [[0.4, 1.0]]) & klr.Box([[0.5, 0.0]], 1.0)
    with pytest.raises(InfeasibleError, match="no member"):
        empty.nearest(np.array([[0.5, 0.5]]), space_of("KL", 1, 2), np.ones(1))


def test_a_union_has_the_members_of_its_parts_and_not_their_mixtures():
    """Members of a part are inside; the middle between two single functions is not."""
    first, second = np.array([[0.2, 0.8]]), np.array([[0.6, 0.4]])
    union = klr.Hull([first]) | klr.Hull([second]) | klr.Hull([np.array([[0.9, 0.1]])])
    space = space_of("KL", 1, 2)
    check_members(union, space)
    assert len(union.parts) == 3
    check_outside(union, space, 0.5 * first + 0.5 * second, far=0.4 - 1e-12)
    direction = np.array([[1.0, 0.0]])
    assert union.support(direction, space).bound.value == pytest.approx(0.9)
    check_support(union, space, attained=False)
    with pytest.raises(InputError, match="is a union, which is no polyhedron"):
        union.polyhedron(space)
    with pytest.raises(InputError, match="coordinates belong to one part"):
        union.member(np.ones(1), space)


def test_cones_state_the_same_class_as_its_polyhedral_twin():
    """A Lipschitz class written in cvxpy: same support and membership as the structured one."""
    space = space_of("KL", 4, 2)
    wild = np.array([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.5, 0.5]])
    assert not CONES.membership(wild, space, uniform(space)).inside
    assert CONES.membership(wild, space, uniform(space)).distance == pytest.approx(
        TWIN.polyhedron(space) and _least_distance(wild, space), abs=CONIC_GAP
    )
    for _ in range(5):
        direction = RNG.normal(size=(4, 2))
        own, twin = CONES.support(direction, space).bound, TWIN.support(direction, space).bound
        assert abs(own.value - twin.value) <= own.rounding + twin.rounding + CONIC_GAP
        for _ in range(5):
            member = TWIN.random_member(RNG, space)
            assert own.value + own.rounding + CONIC_GAP >= float((direction * member).sum())


def _least_distance(wild, space):
    """Return min E ||wild - v||_1 over the twin by the linear program of the base class."""
    from kl_regression.classes.base import FunctionClass

    nearest = FunctionClass.nearest(TWIN, wild, space, uniform(space))
    return np.abs(wild - nearest).sum(axis=1).mean()


def test_cones_in_an_intersection():
    """A part by cones makes the whole a cone program, with members near both parts."""
    space = space_of("KL", 4, 2)
    mixed = CONES & BOX
    member = mixed.random_member(np.random.default_rng(1), space)
    for part in mixed.parts:
        assert part.membership(member, space, uniform(space)).distance <= CONIC_GAP
    direction = RNG.normal(size=(4, 2))
    own = mixed.support(direction, space).bound.value
    twin = (TWIN & BOX).support(direction, space).bound.value
    assert own == pytest.approx(twin, abs=10 * CONIC_GAP)


def test_words():
    """Intersections keep what both parts have, unions and softmax layers are not convex."""
    head = klr.LinearHead(np.column_stack([np.ones(4), range(4)]), outputs=2)
    assert strings(BOTH) == {"convex in outputs", "polyhedral"}
    assert strings(head & head) == {"convex in outputs", "affine", "polyhedral"}
    assert strings(head & HULL) == {"convex in outputs", "polyhedral"}
    assert strings(CONES & BOX) == {"convex in outputs"}
    assert strings(CONES) == {"convex in outputs"}
    assert strings(HULL | BOX) == set()
    assert repr(BOTH) == "(Hull(m=3, n=4, k=2) & Box(0.05, 0.95))"
    assert (
        repr(HULL | BOX | BOTH)
        == "(Hull(m=3, n=4, k=2) | Box(0.05, 0.95) | (Hull(m=3, n=4, k=2) & Box(0.05, 0.95)))"
    )
    assert repr(CONES) == "ConicClass(<lambda>)"


@pytest.mark.parametrize("students", [CONES, CONES & klr.Box(0.1, 0.8)], ids=repr)
def test_random_members_by_cones_are_distributions(students):
    """What a cone solver leaves of a row sum is divided out: any is a legal truth."""
    rng = np.random.default_rng(0)
    space = space_of("KL", 4, 3)
    for _ in range(5):
        member = students.random_member(rng, space)
        instance = klr.Instance(teacher=member, truth=member, students=students)
        np.testing.assert_array_equal(instance.truth, member)
