"""The gain theorem, for every class and every loss, with truths and teachers of every shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.strategies import CLASSES, LOSSES, instances, members
from kl_regression.strategies.classes import CONVEX
from tests.budget import fewer

INFINITE = "misfit finite"


def assert_gain(instance):
    """Assert what the gain theorem says of a realizable left-side instance."""
    outcome = instance.solve()
    found = klr.check(outcome)["gain"]
    assert found.verdict is not klr.Verdict.VIOLATED, found
    if not found.unmet and outcome.student.status is klr.Status.EXACT:
        assert found.verdict is klr.Verdict.HOLDS, found
        klr.testing.assert_holds(outcome, "gain")
    assert all(reason.startswith(INFINITE) for reason in found.unmet), found.unmet
    assert bool(found.unmet) == bool(np.isinf(outcome.misfit))


@pytest.mark.parametrize("kind", CONVEX)
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@fewer(40)
@given(data=st.data())
def test_gain_theorem(kind, loss, data):
    """D(f, s) + D(s, g) <= D(f, g) for f in V, s the projection of g: never violated."""
    drawn = instances(losses=(loss,), sides=("left",), kinds=(kind,), points=3, spread=1)
    assert_gain(data.draw(drawn))


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@fewer(2)
@given(data=st.data())
def test_gain_theorem_on_wide_hulls_and_boxes(loss, data):
    """The gain theorem holds where entries and weights span 300 decades."""
    drawn = instances(losses=(loss,), sides=("left",), kinds=("hull", "box"))
    assert_gain(data.draw(drawn))


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@fewer(4)
@given(data=st.data())
def test_gain_theorem_bounds_every_member_by_the_gap(loss, data):
    """D(v, g) - D(v, s) - D(s, g) >= -gap for every member v at once."""
    instance = data.draw(
        instances(
            losses=(loss,), sides=("left",), kinds=("hull", "box"), truths="unknown", spread=3
        )
    )
    student = instance.solve().student
    v = data.draw(members(instance.students, student.space, spread=3))
    slack = klr.Outcome(
        klr.Instance(
            teacher=instance.teacher,
            students=instance.students,
            truth=v,
            weights=instance.weights,
            loss=loss,
        ),
        student,
    ).slack_sum
    assert slack.value >= -(student.gap + slack.rounding)


@pytest.mark.parametrize("kind", sorted(set(CLASSES) - set(CONVEX)))
@fewer(8)
@given(data=st.data())
def test_no_convexity_theorem_claims_classes_that_are_not_convex(kind, data):
    """On a union or a softmax layer the gain theorem says "not applicable", and why."""
    instance = data.draw(
        instances(losses=(klr.KL,), kinds=(kind,), truths="anywhere", points=3, spread=1)
    )
    outcome = instance.solve()
    found = klr.check(outcome)["gain"]
    assert found.verdict is klr.Verdict.NOT_APPLICABLE
    assert any(reason.startswith("class convex") for reason in found.unmet)


@fewer(4)
@given(instances(losses=(klr.KL,), sides=("left",), kinds=("hull",), truths="anywhere", spread=2))
def test_a_truth_outside_is_never_called_a_violation(instance):
    """Whatever the truth, the gain theorem is not violated: outside the class it says nothing."""
    assert klr.check(instance.solve())["gain"].verdict is not klr.Verdict.VIOLATED
