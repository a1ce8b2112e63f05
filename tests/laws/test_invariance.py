"""What must not matter: the order of points, classes and models, and how a weight is split."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from tests.laws.agreement import assert_same

SIDES = ("left", "right")
LOSSES = (klr.KL, klr.GeneralizedKL, klr.SquaredError)
POINTS, OUTPUTS, MODELS = 3, 3, 4


def parts(seed):
    """Return models, a teacher and weights at random: shapes (m, n, k), (n, k), (n,)."""
    rng = np.random.default_rng(seed)
    models = rng.dirichlet(np.ones(OUTPUTS), size=(MODELS, POINTS))
    teacher = rng.dirichlet(np.ones(OUTPUTS), size=POINTS)
    return models, teacher, rng.dirichlet(np.ones(POINTS))


def solved(models, teacher, weights, loss, side):
    """Return an instance on the hull of the models, and its student."""
    instance = klr.Instance(
        teacher=teacher, students=klr.Hull(models), weights=weights, loss=loss, side=side
    )
    return instance, instance.solve().student


def moved(student, predictions):
    """Return a student with its predictions put back in order, to compare with another."""
    return replace(student, predictions=np.ascontiguousarray(predictions), log_predictions=None)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(seed=st.integers(0, 10**6), order=st.permutations(range(POINTS)))
def test_permuting_points_permutes_the_student(loss, side, seed, order):
    """The student of permuted points is the permuted student."""
    models, teacher, weights = parts(seed)
    instance, student = solved(models, teacher, weights, loss, side)
    _, other = solved(models[:, order], teacher[order], weights[order], loss, side)
    assert_same(student, moved(other, other.predictions[np.argsort(order)]), instance)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(seed=st.integers(0, 10**6), order=st.permutations(range(OUTPUTS)))
def test_permuting_classes_permutes_the_student(loss, side, seed, order):
    """The student of permuted classes is the student with its classes permuted."""
    models, teacher, weights = parts(seed)
    instance, student = solved(models, teacher, weights, loss, side)
    _, other = solved(models[:, :, order], teacher[:, order], weights, loss, side)
    assert_same(student, moved(other, other.predictions[:, np.argsort(order)]), instance)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(seed=st.integers(0, 10**6), order=st.permutations(range(MODELS)))
def test_the_order_of_models_does_not_matter(loss, side, seed, order):
    """A hull does not know the order of its models."""
    models, teacher, weights = parts(seed)
    instance, student = solved(models, teacher, weights, loss, side)
    _, other = solved(models[order], teacher, weights, loss, side)
    assert_same(student, other, instance)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(seed=st.integers(0, 10**6), point=st.integers(0, POINTS - 1))
def test_splitting_a_point_changes_nothing(loss, side, seed, point):
    """A point of weight p and two copies of it of weight p/2 have one student."""
    models, teacher, weights = parts(seed)
    instance, student = solved(models, teacher, weights, loss, side)
    rows = [*range(POINTS), point]
    halves = weights[rows]
    halves[[point, POINTS]] /= 2
    _, other = solved(models[:, rows], teacher[rows], halves, loss, side)
    assert_same(student, moved(other, other.predictions[:POINTS]), instance)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(seed=st.integers(0, 10**6), where=st.integers(0, POINTS))
def test_a_point_of_weight_zero_changes_nothing(loss, side, seed, where):
    """A point of weight 0 has no part in the student, wherever it stands and whatever is there."""
    models, teacher, weights = parts(seed)
    instance, student = solved(models, teacher, weights, loss, side)
    added, other_teacher, _ = parts(seed + 1)
    _, other = solved(
        np.insert(models, where, added[:, 0], axis=1),
        np.insert(teacher, where, other_teacher[0], axis=0),
        np.insert(weights, where, 0.0),
        loss,
        side,
    )
    assert_same(student, moved(other, np.delete(other.predictions, where, axis=0)), instance)
