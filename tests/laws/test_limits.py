"""Limits of families: what a class becomes at the ends of its parameters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from tests.budget import fewer
from tests.oracles import vertices

POSITIVE = (klr.GeneralizedKL, klr.SquaredError)


def positive_teacher(seed, points):
    """Return weights and a positive scalar teacher, shapes (points,) and (points, 1)."""
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(points)), np.exp(rng.normal(size=(points, 1)))


def mean(loss, side, teacher, weights):
    """Return the best constant: arithmetic, and on the left of generalised KL geometric."""
    if side == "left" and loss is klr.GeneralizedKL:
        return float(np.exp(weights @ np.log(teacher[:, 0])))
    return float(weights @ teacher[:, 0])


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("loss", POSITIVE)
@fewer(5)
@given(seed=st.integers(0, 10**6), points=st.integers(1, 5))
def test_a_lipschitz_constant_of_zero_leaves_the_mean(loss, side, seed, points):
    """At L = 0 the student is the weighted mean of the loss and side."""
    weights, teacher = positive_teacher(seed, points)
    flat = klr.Lipschitz(np.arange(points, dtype=float), constant=0.0)
    student = klr.project(teacher, flat, weights=weights, loss=loss, side=side)
    expected = np.full_like(teacher, mean(loss, side, teacher, weights))
    value = klr.project(teacher, klr.Hull(expected[None]), weights=weights, loss=loss, side=side)
    assert student.objective - value.objective <= student.gap
    assert np.ptp(student.predictions) <= student.gap


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("loss", POSITIVE)
@fewer(5)
@given(seed=st.integers(0, 10**6), points=st.integers(1, 5))
def test_a_large_lipschitz_constant_leaves_the_teacher(loss, side, seed, points):
    """From the teacher's own slope on the constraint is idle: the student is the teacher."""
    weights, teacher = positive_teacher(seed, points)
    slope = float(np.abs(np.diff(teacher[:, 0])).max(initial=0.0))
    wide = klr.Lipschitz(np.arange(points, dtype=float), constant=2.0 * slope)
    student = klr.project(teacher, wide, weights=weights, loss=loss, side=side)
    assert student.objective <= student.gap


@pytest.mark.parametrize("side", ["left", "right"])
@given(shares=st.lists(st.integers(1, 9), min_size=2, max_size=5))
def test_the_hull_of_the_vertices_is_the_simplex(side, shares):
    """At one point every distribution is a mixture of the vertices: the student is the teacher."""
    teacher = np.array([shares], dtype=float) / sum(shares)
    student = klr.project(teacher, klr.Hull(vertices(len(shares))), side=side)
    assert student.objective <= student.gap
    assert np.abs(student.coordinates - teacher[0]).sum() <= np.sqrt(student.gap)


@pytest.mark.parametrize("side", ["left", "right"])
@given(seed=st.integers(0, 10**6))
def test_a_box_closes_on_its_member(side, seed):
    """A box of width 0 has one member, and its gap is a rounding error."""
    member = np.random.default_rng(seed).dirichlet(np.ones(3), size=2)
    teacher = np.full_like(member, 1.0 / 3.0)
    student = klr.project(teacher, klr.Box(member, member), side=side)
    assert np.array_equal(student.predictions, member)
    assert student.status is klr.Status.EXACT


@given(seed=st.integers(0, 10**6))
def test_one_model_is_the_student(seed):
    """A hull of one model has one member, on both sides."""
    models = np.random.default_rng(seed).dirichlet(np.ones(3), size=(1, 2))
    for side in ("left", "right"):
        student = klr.project(np.full((2, 3), 1.0 / 3.0), klr.Hull(models), side=side)
        assert np.array_equal(student.predictions, models[0])
