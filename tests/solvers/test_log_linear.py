"""The softmax layer on the right: Newton's gap is a bound, separable labels are said to be so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

import kl_regression as klr
from kl_regression.solvers.log_linear import SEPARABLE
from kl_regression.solvers.separation import is_separable
from kl_regression.strategies import distributions, weights
from kl_regression.tolerance import EPS
from tests.budget import fewer
from tests.solvers.agreement import assert_rounding_only

FEATURES = np.column_stack([np.ones(6), np.arange(6.0) - 2.5])
APART = np.eye(2)[[0, 0, 0, 1, 1, 1]]
MIXED = np.eye(2)[[0, 0, 1, 0, 1, 1]]


def project(teacher, features=FEATURES, shares=None):
    """Return the student of a softmax layer on the right."""
    layer = klr.LogLinear(features, classes=np.shape(teacher)[1])
    return klr.project(teacher, layer, weights=shares, side="right")


@pytest.mark.parametrize("labels", [MIXED, 0.9 * APART + 0.05], ids=["labels", "soft"])
def test_newton_reaches_rounding(labels):
    """Where a maximum exists the gap is a rounding error and the attempt has nothing to say."""
    student = project(labels)
    assert_rounding_only(student)
    assert [attempt.status for attempt in student.attempts] == ["finished"]


@fewer(4)
@given(g=distributions(4, 3, faces=False, spread=1), p=weights(4, zeros=False, spread=1))
def test_no_other_layer_is_better_than_the_gap_allows(g, p):
    """F(Θ^) - F(Θ) <= gap at SciPy's minimiser and at random Θ near."""
    features = np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 5.0]])
    layer = klr.LogLinear(features, classes=3)
    student = project(g, features, p)

    def objective(theta):
        return float(-(p[:, None] * g * layer.log_predictions(theta)).sum())

    own = objective(student.coordinates)
    size = EPS * 64.0 * (1.0 + own)
    rng = np.random.default_rng(0)
    others = [student.coordinates + 0.1 * rng.normal(size=6) for _ in range(5)]
    others.append(minimize(objective, np.zeros(6)).x)
    for theta in others:
        assert own - objective(theta) <= student.gap + size


@given(data=st.data())
def test_the_gain_is_kl_of_teacher_and_student_up_to_the_gradient(data):
    """|gain - KL(g, s)| <= |Θ - Θ^| |grad F(Θ^)| for a truth softmax(Φ Θ), gain in KL(., f)."""
    g = data.draw(distributions(6, 2, faces=False, spread=1))
    student = project(g)
    layer = klr.LogLinear(FEATURES, classes=2)
    theta = np.array(data.draw(st.lists(st.integers(-3, 3), min_size=4, max_size=4)), dtype=float)
    truth = np.exp(layer.log_predictions(theta))
    gain = klr.KL.divergence(g, truth) - klr.KL.divergence(student.predictions, truth)
    slope = FEATURES.T @ (student.predictions - g) / 6.0
    apart = np.linalg.norm(theta - student.coordinates)
    noise = 64.0 * EPS * (1.0 + np.abs(FEATURES).max() * np.abs(theta).max())
    assert abs(gain - student.objective) <= apart * np.linalg.norm(slope) + noise * (1.0 + apart)


@pytest.mark.parametrize(
    ("labels", "separable"),
    [
        (APART, True),
        (MIXED, False),
        (np.eye(2)[[0, 0, 0, 0, 0, 0]], True),
        (0.9 * APART + 0.05, False),
        (np.array([[1.0, 0.0], [1.0, 0.0], [0.5, 0.5], [0.5, 0.5], [0.0, 1.0], [0.0, 1.0]]), False),
        (
            np.array([[1.0, 0, 0], [1, 0, 0], [0.5, 0.5, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 1, 0]]),
            True,
        ),
    ],
    ids=["apart", "mixed", "one class", "soft", "tied", "a class never seen"],
)
def test_separable_labels_are_said_to_be_so(labels, separable):
    """With a direction of descent for ever the attempt says so and the gap is the objective."""
    student = project(labels)
    assert is_separable(FEATURES, labels, np.full(6, 1 / 6)) is separable
    assert (student.attempts[0].status == SEPARABLE) is separable
    if separable:
        assert student.gap >= student.objective
    else:
        assert_rounding_only(student)


def test_points_of_weight_0_do_not_keep_labels_together():
    """MIXED without its crossed points is separable."""
    shares = np.array([1, 1, 0, 0, 1, 1]) / 4.0
    assert is_separable(FEATURES, MIXED, shares)
    assert project(MIXED, shares=shares).attempts[0].status == SEPARABLE
