"""Every projection is a member, and no member does better than its gap allows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.strategies import LOSSES, instances, members
from kl_regression.strategies.arrays import weights
from kl_regression.strategies.classes import CONVEX
from tests.budget import fewer
from tests.laws.agreement import assert_same

CERTIFIED = {klr.Status.EXACT, klr.Status.APPROXIMATE}
BOTH = ("left", "right")


def objective(instance, predictions, logs=None):
    """Return what the student minimises, at other predictions of shape (n, k)."""
    if instance.side == "left":
        return instance.loss.measure(predictions, instance.teacher, instance.weights, logs, None)
    return instance.loss.measure(instance.teacher, predictions, instance.weights, None, logs)


def assert_optimal(instance, data, *, spread):
    """Assert that a student is a member and within its gap of every drawn and random member."""
    student = instance.solve().student
    assert student.status in CERTIFIED
    assert student.gap >= 0.0
    wide = klr.Space.of(instance.loss.domain, *instance.teacher.shape)
    found = instance.students.membership(student.predictions, wide, instance.weights)
    assert found.inside, found.distance
    own = objective(instance, student.predictions, student.log_predictions)
    assert own.value == student.objective
    drawn = [data.draw(members(instance.students, wide, spread=spread))]
    rng = np.random.default_rng(len(instance.teacher))
    drawn += [instance.students.random_member(rng, wide) for _ in range(5)]
    for v in drawn:
        inside = np.clip(v, student.space.low, student.space.high)
        if np.array_equal(inside, v):
            value = objective(instance, v)
            assert own.value - value.value <= student.gap + own.rounding + value.rounding


@pytest.mark.parametrize("kind", CONVEX)
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@fewer(40)
@given(data=st.data())
def test_no_member_beats_the_student_by_more_than_its_gap(kind, loss, data):
    """F(s) - F(v) <= gap for every member v; the gap is finite and not negative."""
    sides = ("left",) if loss is klr.ItakuraSaito else BOTH
    drawn = instances(
        losses=(loss,), sides=sides, kinds=(kind,), truths="unknown", points=3, spread=1
    )
    assert_optimal(data.draw(drawn), data, spread=1)


@fewer(2)
@given(st.data())
def test_students_on_wide_hulls_and_boxes_are_optimal(data):
    """F(s) - F(v) <= gap where entries and weights span 300 decades."""
    drawn = instances(
        losses=(klr.KL, klr.GeneralizedKL, klr.SquaredError),
        kinds=("hull", "box"),
        truths="unknown",
    )
    assert_optimal(data.draw(drawn), data, spread=300)


@fewer(10)
@given(instances(losses=LOSSES[:3], truths="unknown", points=3, spread=1))
def test_projection_is_idempotent(instance):
    """The projection of a student is the student."""
    first = instance.solve().student
    again = klr.project(
        first.predictions,
        instance.students,
        weights=instance.weights,
        loss=instance.loss,
        side=instance.side,
    )
    assert again.objective <= again.gap + objective(instance, instance.teacher).rounding
    assert again.status in CERTIFIED


@fewer(8)
@given(st.data())
def test_a_teacher_in_the_class_is_its_own_student(data):
    """When g is in V, D(s, g) and D(g, s) are at most the gap."""
    drawn = instances(losses=LOSSES[:3], truths="inside", points=3, spread=1)
    instance = data.draw(drawn)
    shares = data.draw(weights(len(instance.teacher), spread=1))
    for side in BOTH:
        student = klr.project(
            instance.truth, instance.students, weights=shares, loss=instance.loss, side=side
        )
        assert student.objective <= student.gap


@fewer(20)
@given(instances(losses=(klr.ItakuraSaito,), sides=("right",), kinds=("hull",), spread=1))
def test_where_the_objective_is_not_convex_the_student_is_local(instance):
    """D(g, .) of Itakura-Saito is not convex: its students say "local", and claim nothing."""
    assert instance.solve().student.status is klr.Status.LOCAL


@fewer(20)
@given(instances(losses=LOSSES[:3], sides=("left",), truths="unknown", points=3, spread=1))
def test_a_projection_is_deterministic(instance):
    """Two calls give one student, bit for bit: nothing in a projection is random."""
    first, second = instance.solve().student, instance.solve().student
    assert np.array_equal(first.predictions, second.predictions)
    assert_same(first, second, instance)
