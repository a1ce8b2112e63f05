"""The box solver: clipping and water-filling against the cone engine, closed forms, zeros."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.solvers.box import water_filled
from kl_regression.strategies import distributions, instances, predictions
from kl_regression.tolerance import EPS, TINY
from tests.solvers.agreement import assert_agree, assert_honest, assert_rounding_only, solved

LOSSES = (klr.KL, klr.GeneralizedKL, klr.SquaredError)
SIDES = ("left", "right")


def boxed(losses, sides, **options):
    """Draw instances whose students lie in a box."""
    return instances(losses=losses, sides=sides, kinds=("box",), truths="unknown", **options)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@given(data=st.data())
def test_agrees_with_the_cone_engine(loss, side, data):
    """The closed form and the cone engine agree within the sum of their gaps."""
    instance = data.draw(boxed((loss,), (side,), points=3, outputs=4, spread=2))
    assert_agree(instance)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@given(data=st.data())
def test_is_exact_at_any_spread(loss, side, data):
    """The gap is a rounding error, over hundreds of decades, with zeros and empty weights."""
    instance = data.draw(boxed((loss,), (side,), points=4, outputs=4, spread=200))
    student = solved(instance, "structured")
    assert student.solver == "box"
    assert_rounding_only(student)
    assert_honest(instance, student)


@pytest.mark.parametrize("side", SIDES)
@given(teacher=distributions(3, 4, spread=200), room=st.floats(0.0, 1.0))
def test_a_teacher_in_the_box_is_its_own_student(side, teacher, room):
    """A teacher within the bounds is returned bit for bit."""
    box = klr.Box(teacher * (1.0 - room), np.minimum(teacher * (1.0 + room), 1.0))
    student = klr.project(teacher, box, side=side)
    np.testing.assert_array_equal(student.predictions, teacher)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", [klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito], ids=str)
@given(data=st.data())
def test_real_outputs_are_clipped(loss, side, data):
    """Off the simplex the student is clip(g, lower, upper), on both sides."""
    g = data.draw(predictions(loss, 3, 2, faces=False, spread=2))
    student = klr.project(g, klr.Box(0.5, 1.5), loss=loss, side=side)
    np.testing.assert_array_equal(student.predictions, np.clip(g, 0.5, 1.5))


@given(
    g=distributions(1, 2, faces=False, spread=3), low=st.floats(0.0, 0.5), high=st.floats(0.5, 1.0)
)
def test_bernoulli_pairs_are_clipped(g, low, high):
    """A pair in a box on its second entry is (1 - c, c) with c = clip(g, low, high)."""
    student = klr.project(g, klr.Box([[0.0, low]], [[1.0, high]]))
    c = np.clip(g[0, 1], low, high)
    np.testing.assert_allclose(student.predictions, [[1.0 - c, c]], atol=4.0 * EPS)


def test_rows_are_not_clipped():
    """With three entries the others share what is clipped off, in proportion: not plain clip."""
    student = klr.project([[0.6, 0.3, 0.1]], klr.Box([[0.0] * 3], [[0.2, 1.0, 1.0]]))
    np.testing.assert_allclose(student.predictions, [[0.2, 0.6, 0.2]], rtol=4.0 * EPS)


@given(g=distributions(2, 5, spread=250), cut=st.lists(st.integers(1, 9), min_size=5, max_size=5))
def test_water_filling_has_one_scale_a_row(g, cut):
    """Rows sum to 1 and entries strictly inside their bounds are one multiple of the teacher."""
    upper = np.maximum(np.array(cut) / sum(cut), 0.1)
    filled = water_filled(g, np.zeros_like(g), np.broadcast_to(upper, g.shape))
    np.testing.assert_allclose(filled.sum(axis=1), 1.0, rtol=5.0 * EPS)
    for row, teacher in zip(filled, g, strict=True):
        free = (row > TINY) & (row < upper) & (teacher > TINY)
        scales = row[free] / teacher[free]
        np.testing.assert_allclose(scales, scales[:1].repeat(len(scales)), rtol=4.0 * EPS)


def test_zeros_of_the_teacher():
    """Left they stay 0; right they take what the other entries cannot."""
    box = klr.Box(0.0, [[0.5, 0.3, 1.0]])
    right = klr.project([[0.6, 0.4, 0.0]], box, side="right")
    np.testing.assert_allclose(right.predictions, [[0.5, 0.3, 0.2]], rtol=4.0 * EPS)
    with pytest.raises(klr.errors.InfiniteDivergenceError):
        klr.project([[0.6, 0.4, 0.0]], box, side="left")
    with pytest.raises(klr.errors.InfiniteDivergenceError):
        klr.project([[0.6, 0.4, 0.0]], klr.Box(0.1, 0.9), side="left")
