"""Students that textbooks know in closed form, or as the root of one equation."""

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.errors import InfiniteDivergenceError
from kl_regression.strategies import (
    LOSSES,
    SIDES,
    boxes,
    distributions,
    hulls,
    linear_heads,
    predictions,
    reals,
    weights,
)
from tests.budget import fewer
from tests.laws.agreement import assert_is
from tests.oracles import SLOPES, hull_of_two, isotonic, mixture, vertices

CONVEX_RIGHT = LOSSES[:3]
SCALAR = (klr.GeneralizedKL, klr.SquaredError)


def solved(teacher, students, shares, loss, side):
    """Return an instance and its student; instances without one are not of interest here."""
    instance = klr.Instance(
        teacher=teacher, students=students, weights=shares, loss=loss, side=side
    )
    try:
        return instance, instance.solve().student
    except InfiniteDivergenceError:
        reject()


def inside(loss, n, k, spread=0):
    """Draw predictions off the faces, shape (n, k)."""
    return predictions(loss, n, k, faces=False, spread=spread)


@pytest.mark.parametrize("solver", ["auto", "conic"])
@pytest.mark.parametrize(
    ("side", "share"),
    [("right", 0.1 + 0.2), ("left", 2 * np.sqrt(0.1 * 0.2) / (0.7 + 2 * np.sqrt(0.1 * 0.2)))],
)
def test_the_middle_class_against_both_others(side, share, solver):
    """On {(t/2, 1-t, t/2)}: t = q1 + q3 right, r / (q2 + r) with r = 2√(q1 q3) left."""
    teacher = np.array([[0.1, 0.7, 0.2]])
    ends = klr.Hull(np.array([[[0.0, 1.0, 0.0]], [[0.5, 0.0, 0.5]]]))
    instance = klr.Instance(teacher=teacher, students=ends, side=side)
    student = instance.solve(solver=solver).student
    assert_is(student, np.array([[share / 2, 1.0 - share, share / 2]]), instance)
    if side == "left":
        assert student.predictions[0, 1] == pytest.approx(1 - 0.2877802, abs=5e-8)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", SCALAR, ids=repr)
@given(data=st.data())
def test_box_clips(loss, side, data):
    """Onto a box of real or positive outputs the student is clip(teacher, lower, upper)."""
    n, k = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 3)))
    box = data.draw(boxes(loss, n, k, faces=False, spread=3))
    teacher = data.draw(inside(loss, n, k, spread=3))
    instance, student = solved(teacher, box, data.draw(weights(n)), loss, side)
    assert_is(student, np.clip(teacher, box.lower, box.upper), instance)


@pytest.mark.parametrize("side", SIDES)
@given(data=st.data())
def test_box_clips_bernoulli_pairs(side, data):
    """Onto a box of two-class distributions the student's chance of class 1 is clipped."""
    n = data.draw(st.integers(1, 4))
    box = data.draw(boxes(klr.KL, n, 2, spread=3))
    teacher = data.draw(inside(klr.KL, n, 2, spread=3))
    instance, student = solved(teacher, box, data.draw(weights(n)), klr.KL, side)
    chance = np.clip(teacher[:, 1], box.lower[:, 1], box.upper[:, 1])
    assert_is(student, np.column_stack([1.0 - chance, chance]), instance)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", [*SCALAR, klr.KL], ids=repr)
@fewer(4)
@given(data=st.data())
def test_monotone_blocks(loss, side, data):
    """Monotone: blocks average g on the right; log g or logit g on the left (squared error: g)."""
    n = data.draw(st.integers(1, 6))
    column = data.draw(inside(klr.KL, n, 2) if loss is klr.KL else inside(loss, n, 1))[:, -1]
    shares = data.draw(weights(n, zeros=False, spread=0))
    order = data.draw(st.permutations(range(n)))
    blocks = np.empty(n)
    ranked = np.argsort(order)
    blocks[ranked] = isotonic(loss.name, side, column[ranked], shares[ranked])
    pair = (lambda v: np.column_stack([1 - v, v])) if loss is klr.KL else (lambda v: v[:, None])
    instance, student = solved(pair(column), klr.Monotone(order), shares, loss, side)
    assert_is(student, pair(blocks), instance)


@fewer(4)
@given(st.data())
def test_monotone_blocks_under_itakura_saito(data):
    """Itakura-Saito on the left: blocks average 1/g, a harmonic mean."""
    n = data.draw(st.integers(1, 5))
    column = data.draw(inside(klr.ItakuraSaito, n, 1))[:, 0]
    shares = data.draw(weights(n, zeros=False, spread=0))
    order = klr.Monotone(range(n))
    instance, student = solved(column, order, shares, klr.ItakuraSaito, "left")
    assert_is(student, isotonic("ItakuraSaito", "left", column, shares)[:, None], instance)


@pytest.mark.parametrize("side", SIDES)
@fewer(4)
@given(data=st.data())
def test_linear_head_is_least_squares(side, data):
    """A linear head under squared error is weighted least squares, on either side."""
    n, k = data.draw(st.tuples(st.integers(1, 6), st.integers(1, 3)))
    head = data.draw(linear_heads(klr.SquaredError, n, k))
    teacher = data.draw(reals(n, k, spread=0))
    shares = data.draw(weights(n, zeros=False, spread=0))
    instance, student = solved(teacher, head, shares, klr.SquaredError, side)
    root = np.sqrt(shares)[:, None]
    solution = np.linalg.lstsq(root * head.features, root * teacher)[0]
    assert_is(student, head.features @ solution, instance)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(data=st.data())
def test_hull_of_one_model_is_that_model(loss, data):
    """A hull of one model has one member: the student, bit for bit, with gap zero to rounding."""
    n = data.draw(st.integers(1, 4))
    models = data.draw(hulls(loss, n, 2, models=1, faces=False))
    teacher = data.draw(inside(loss, n, 2, spread=300))
    side = data.draw(st.sampled_from(SIDES))
    _, student = solved(teacher, models, data.draw(weights(n)), loss, side)
    assert np.array_equal(student.predictions, models.models[0])


@pytest.mark.parametrize(("loss", "side"), SLOPES)
@fewer(2)
@given(data=st.data())
def test_hull_of_two_models_is_a_root(loss, side, data):
    """On a segment the student is where the slope of the objective changes sign."""
    measure = {loss.name: loss for loss in LOSSES}[loss]
    n = data.draw(st.integers(1, 3))
    hull = data.draw(hulls(measure, n, 2, models=2, spread=3).filter(lambda h: len(h.models) == 2))
    teacher = data.draw(inside(measure, n, 2, spread=3))
    shares = data.draw(weights(n, spread=3))
    instance, student = solved(teacher, hull, shares, measure, side)
    root = hull_of_two(loss, side, hull.models, teacher, shares)
    exact = np.array(mixture([1 - root, root], hull.models), dtype=float)
    assert_is(student, exact, instance)


@pytest.mark.parametrize("side", SIDES)
@given(data=st.data())
def test_hull_of_the_vertices_is_the_simplex(side, data):
    """At n = 1 the hull of the one-hot rows has every distribution: the student is the teacher."""
    k = data.draw(st.integers(2, 5))
    teacher = data.draw(distributions(1, k, spread=9))
    instance, student = solved(teacher, klr.Hull(vertices(k)), [1.0], klr.KL, side)
    assert_is(student, teacher, instance)
    assert student.objective <= student.gap


@pytest.mark.parametrize("side", SIDES)
@fewer(4)
@given(data=st.data())
def test_log_linear_with_a_constant_feature(side, data):
    """With one constant feature: the mean row on the right, the geometric mean on the left."""
    n, k = data.draw(st.tuples(st.integers(1, 4), st.integers(2, 3)))
    teacher = data.draw(inside(klr.KL, n, k))
    shares = data.draw(weights(n, zeros=False, spread=0))
    head = klr.LogLinear(np.ones((n, 1)), classes=k)
    instance, student = solved(teacher, head, shares, klr.KL, side)
    mean = shares @ teacher if side == "right" else np.exp(shares @ np.log(teacher))
    row = np.tile(mean / mean.sum(), (n, 1))
    if side == "right":
        assert_is(student, row, instance)
    else:
        best = klr.KL.divergence(row, teacher, weights=shares)
        assert student.objective == pytest.approx(best, rel=1e-6, abs=1e-12)
