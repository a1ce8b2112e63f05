"""A linear layer: rows on the simplex, positive or any reals, as the loss's domain says."""

import numpy as np
import pytest

import kl_regression as klr
from kl_regression.errors import InfeasibleError, InputError
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
FEATURES = np.column_stack([np.ones(6), RNG.normal(size=(6, 2))])
HEAD = klr.LinearHead(FEATURES, outputs=3)
DOMAINS = ["KL", "GeneralizedKL", "SquaredError"]


@pytest.mark.parametrize("domain", DOMAINS)
def test_members(domain):
    """Random heads, and their mixtures, are inside under every loss."""
    check_members(HEAD, space_of(domain, 6, 3))


@pytest.mark.parametrize("domain", ["KL", "GeneralizedKL"])
def test_support_and_polyhedron(domain):
    """The support bounds every member, by an independent linear program tightly."""
    check_support(HEAD, space_of(domain, 6, 3), attained=True)
    check_polyhedron(HEAD, space_of(domain, 6, 3))


@pytest.mark.parametrize("domain", DOMAINS)
def test_outside(domain):
    """What the features do not span is outside."""
    wild = RNG.dirichlet(np.ones(3), size=6)
    check_outside(HEAD, space_of(domain, 6, 3), wild, far=1e-3)


def test_a_head_is_affine():
    """Affine combinations of members, beyond mixtures, are members where the domain allows them."""
    rng = np.random.default_rng(3)
    reals, rows = space_of("SquaredError", 6, 3), space_of("KL", 6, 3)
    first, second = (HEAD.random_member(rng, reals) for _ in range(2))
    assert HEAD.membership(7.0 * first - 6.0 * second, reals, uniform(reals)).inside
    middle = np.full((6, 3), 1 / 3)
    member = HEAD.random_member(rng, rows)
    reach = 1.0 / (1.0 - 3.0 * member.min())
    beyond = middle + 0.999 * max(reach, 1.0) * (member - middle)
    assert beyond.min() >= 0.0
    assert HEAD.membership(beyond, rows, uniform(rows)).inside
    assert "affine" not in strings(klr.Box(0.0, 1.0))


def test_without_a_constant_there_are_no_rows_that_sum_to_1():
    """Under KL the constant must be in the span; under the other losses it need not."""
    head = klr.LinearHead([[1.0], [2.0]], outputs=2)
    with pytest.raises(InfeasibleError, match="Add a column of ones"):
        head.check(space_of("KL", 2, 2))
    head.check(space_of("GeneralizedKL", 2, 2))
    hidden = klr.LinearHead([[1.0, 2.0], [2.0, 1.0], [1.5, 1.5]], outputs=2)
    np.testing.assert_allclose(hidden.features @ hidden.constant, np.ones(3), rtol=1e-14)


def test_dependent_features_are_rejected():
    """Duplicate columns, zero columns, and more columns than points leave W undetermined."""
    for features in ([[1.0, 2.0], [2.0, 4.0]], [[1.0, 0.0], [1.0, 0.0]], np.eye(3)[:2]):
        with pytest.raises(InputError, match="has rank"):
            klr.LinearHead(features, outputs=2)


def test_words():
    """Convex in outputs, affine, polyhedral; the repr has the shape."""
    assert strings(HEAD) == {"convex in outputs", "affine", "polyhedral"}
    assert repr(HEAD) == "LinearHead(n=6, d=3, outputs=3)"


def test_a_head_on_the_boundary_is_a_member():
    """A zero that rounding makes negative is clipped: the witness stays within rounding."""
    rows = [[-5.0, -8.0], [4.0, -5.0], [-3.0, 5.0], [-3.0, -4.0], [9.0, 1.0]]
    teacher = [[200.0, 1.0], [700.0, 10.0], [1.0, 1.0], [400.0, 300.0], [1.0, 1.0]]
    students = klr.LinearHead(np.column_stack([np.ones(5), rows]), outputs=2)
    p = np.array([0, 6, 0, 3, 7]) / 16
    student = klr.project(teacher, students, weights=p, loss=klr.GeneralizedKL)
    space = klr.Space.of(klr.GeneralizedKL.domain, 5, 2)
    found = students.membership(student.predictions, space, p)
    assert found.inside, found.distance
    assert found.witness.min() >= 0.0
