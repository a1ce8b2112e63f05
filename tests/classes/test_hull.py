"""Mixtures of models: members, distance, support at a vertex, dead models, memory maps."""

import itertools

import numpy as np
import pytest

import kl_regression as klr
from kl_regression.arrays import SIMPLEX
from kl_regression.classes.base import Space
from kl_regression.errors import InfiniteDivergenceError
from kl_regression.tolerance import member_tolerance
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
MODELS = RNG.dirichlet(np.ones(3), size=(4, 5))
HULL = klr.Hull(MODELS)
DOMAINS = ["KL", "GeneralizedKL", "SquaredError"]


@pytest.mark.parametrize("domain", DOMAINS)
def test_members(domain):
    """Mixtures of models, and mixtures of mixtures, are members under every loss."""
    check_members(HULL, space_of(domain, 5, 3))


@pytest.mark.parametrize("domain", DOMAINS)
def test_support_and_polyhedron(domain):
    """The support is attained at a model, and the polyhedral form is the hull."""
    check_support(HULL, space_of(domain, 5, 3), attained=True)
    check_polyhedron(HULL, space_of(domain, 5, 3))


def test_the_support_is_the_largest_inner_product_with_a_model():
    """max_j <c, v_j>, with coordinates of that model."""
    direction = RNG.normal(size=(5, 3))
    found = HULL.support(direction, space_of("KL", 5, 3))
    values = np.einsum("mnk,nk->m", MODELS, direction)
    assert abs(found.bound.value - values.max()) <= found.bound.rounding
    assert np.argmax(found.coordinates) == np.argmax(values)
    assert found.coordinates.sum() == 1.0


def test_a_point_outside_is_at_its_distance():
    """On a segment the witness is the nearest point in least squares, found by hand."""
    segment = klr.Hull([[[0.2, 0.8]], [[0.6, 0.4]]])
    check_outside(segment, space_of("KL", 1, 2), np.array([[0.9, 0.1]]), far=0.6 - 1e-12)
    witness = segment.membership(np.array([[0.9, 0.1]]), space_of("KL", 1, 2), np.ones(1)).witness
    np.testing.assert_allclose(witness, [[0.6, 0.4]], atol=1e-12)
    check_outside(HULL, space_of("KL", 5, 3), np.full((5, 3), 1 / 3), far=1e-3)


@pytest.mark.parametrize("size", [1e-63, 1e-30, 0.1, 1e40])
def test_models_that_cancel_each_other(size):
    """Whatever its scale, a mixture that is 0 up to rounding is 0; a point beyond is outside."""
    space = Space.of(klr.SquaredError.domain, 1, 2)
    hull = klr.Hull(size * np.array([[[3.0, 9.0]], [[-33.0, -99.0]]]))
    assert hull.membership(np.zeros((1, 2)), space, np.ones(1)).inside
    far = hull.membership(np.full((1, 2), 10.0 * size), space, np.ones(1))
    assert not far.inside
    assert far.distance <= 20.0 * size


def test_more_models_than_entries_and_duplicates():
    """Members of hulls with m > n k, and with models twice, are inside."""
    many = klr.Hull(RNG.dirichlet(np.ones(2), size=(30, 2)))
    check_members(many, space_of("KL", 2, 2))
    check_members(klr.Hull(np.concatenate([MODELS, MODELS])), space_of("KL", 5, 3))


def test_models_with_mass_where_the_teacher_has_none_are_dead():
    """Only models that vanish where the space must get weight; without any there is no student."""
    models = np.array([[[0.0, 0.5, 0.5]], [[0.2, 0.4, 0.4]], [[0.0, 1.0, 0.0]]])
    hull = klr.Hull(models)
    zero = np.array([[True, False, False]])
    space = Space(1, 3, SIMPLEX, 0.0, 1.0, zero)
    np.testing.assert_array_equal(hull.alive(zero), [True, False, True])
    coordinates, member = hull.member(np.ones(3), space)
    np.testing.assert_array_equal(coordinates, [0.5, 0.0, 0.5])
    np.testing.assert_array_equal(member, [[0.0, 0.75, 0.25]])
    assert hull.support(np.array([[9.0, 1.0, 0.0]]), space).bound.value == 1.0
    with pytest.raises(InfiniteDivergenceError, match=r"entry \(0, 1\) = 0\.0 where a model has"):
        hull.alive(np.array([[False, True, False]]))


def test_coordinates_are_cleaned():
    """Negative coordinates become 0 and the rest sum to 1; without any, all models share."""
    space = space_of("KL", 5, 3)
    coordinates, member = HULL.member(np.array([-1.0, 1.0, 0.0, 3.0]), space)
    np.testing.assert_array_equal(coordinates, [0.0, 0.25, 0.0, 0.75])
    np.testing.assert_allclose(
        member, 0.25 * MODELS[1] + 0.75 * MODELS[3], atol=member_tolerance(1.0, 4)
    )
    np.testing.assert_array_equal(HULL.member(np.zeros(4), space)[0], np.full(4, 0.25))


def test_brute_force_vertices_of_a_simplex():
    """Every distribution is a mixture of the vertices; the support is the sum of row maxima."""
    rows = list(itertools.product(range(3), repeat=2))
    vertices = klr.Hull([np.eye(3)[list(row)] for row in rows])
    space = space_of("KL", 2, 3)
    anything = RNG.dirichlet(np.ones(3), size=2)
    assert vertices.membership(anything, space, uniform(space)).inside
    direction = RNG.normal(size=(2, 3))
    assert vertices.support(direction, space).bound.value == pytest.approx(
        direction.max(axis=1).sum()
    )


def test_a_memory_map_is_a_hull(tmp_path):
    """Models on disk give the same members and the same support."""
    np.save(tmp_path / "models.npy", MODELS)
    mapped = klr.Hull(np.load(tmp_path / "models.npy", mmap_mode="r"))
    space = space_of("KL", 5, 3)
    check_members(mapped, space)
    direction = RNG.normal(size=(5, 3))
    assert mapped.support(direction, space).bound == HULL.support(direction, space).bound


def test_words():
    """Convex in outputs, polyhedral; the repr has the shape."""
    assert strings(HULL) == {"convex in outputs", "polyhedral"}
    assert repr(HULL) == "Hull(m=4, n=5, k=3)"
