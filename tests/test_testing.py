"""Laws in other people's suites: they pass where they hold and fail where they do not."""

import numpy as np
import pytest
from hypothesis import strategies as st

import kl_regression as klr


def draw_instance(draw, side):
    """Draw a teacher, two models and a truth, the first of them; small integers over their sum."""
    rows = [np.array([draw(st.tuples(*[st.integers(1, 9)] * 3))], float) for _ in range(3)]
    teacher, *models = (row / row.sum() for row in rows)
    return klr.Instance(
        teacher=teacher, truth=models[0], students=klr.Hull(np.stack(models)), side=side
    )


def test_a_theorem_that_holds_passes():
    """The gain theorem holds on the left."""
    klr.testing.holds("gain")(lambda draw: draw_instance(draw, "left"))()


def test_a_conjecture_that_is_false_fails():
    """A gain of twice the misfit is refuted, and the failure states the conjecture."""
    false = klr.Conjecture(
        statement="twice the misfit",
        claim=lambda at: at.gain - 2 * at.misfit,
        requires=lambda at: at.misfit > 2.0**-10,
    )
    with pytest.raises(AssertionError, match="twice the misfit: slack -"):
        klr.testing.holds(false)(lambda draw: draw_instance(draw, "left"))()


def test_an_unknown_theorem_is_named():
    """A key that no theorem has is an error at once."""
    with pytest.raises(ValueError, match="key: is 'gian'"):
        klr.testing.holds("gian")


def test_a_function_that_returns_no_instance_is_named():
    """A test whose function forgets to return its instance says which."""

    def forgets(draw):
        draw(st.integers())

    with pytest.raises(ValueError, match=r"forgets: returns None. Return an Instance"):
        klr.testing.holds("gain")(forgets)()
