"""Smooth calibration errors: against a dense program, their witness, quadrature and relplot."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import linprog
from scipy.stats import norm

from kl_regression import calibration
from kl_regression.calibration.kernel import _as_width
from kl_regression.errors import InputError
from tests.budget import fewer
from tests.populations import populations
from tests.test_calibration import population_of_60

BALLS = [{}, {"lipschitz": 0.5}, {"lipschitz": 7.0}, {"joint": True}]


def dense(scores, residuals, *, lipschitz=1.0, joint=False):
    """Return sup E η(F) (Y - F): a value of η a point, a row a pair, and its size and slope."""
    n = len(scores)
    rows, right = [], []
    for i in range(n):
        for sign in (1.0, -1.0):
            row = np.zeros(n + 2)
            row[i], row[n] = sign, -1.0
            rows.append(row)
            right.append(0.0)
        for j in range(n):
            row = np.zeros(n + 2)
            row[i] += 1.0
            row[j] -= 1.0
            row[n + 1] = -abs(scores[i] - scores[j])
            rows.append(row)
            right.append(0.0)
    ball = [np.append(np.zeros(n), [1.0, 1.0])] if joint else []
    limits = [(0.0, 1.0), (0.0, 1.0 if joint else lipschitz)]
    found = linprog(
        np.append(-residuals, [0.0, 0.0]),
        A_ub=np.array(rows + ball),
        b_ub=np.array(right + [1.0] * len(ball)),
        bounds=[(-1.0, 1.0)] * n + limits,
    )
    return -found.fun


@pytest.mark.parametrize("ball", BALLS)
@fewer(2)
@given(population=populations())
def test_smooth_errors_are_those_of_a_dense_program(ball, population):
    """The chain of neighbours gives what all pairs of points give."""
    F, weights, labels = population
    found = calibration.smooth_error(F, labels, weights=weights, **ball)
    for c in range(F.shape[1]):
        expected = dense(F[:, c], weights * ((labels == c) - F[:, c]), **ball)
        assert found.per_class[c] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("ball", BALLS)
@fewer(2)
@given(population=populations())
def test_the_witness_collects_the_error(ball, population):
    """η is in the ball, and E η(F) (Y - F) is the error; the gap is no more than rounding."""
    F, weights, labels = population
    found = calibration.smooth_error(F, labels, weights=weights, **ball)
    assert np.all(found.gaps <= 1e-9)
    for c, eta in enumerate(found.witnesses):
        collected = weights @ (eta(F[:, c]) * ((labels == c) - F[:, c]))
        assert collected == pytest.approx(found.per_class[c], abs=1e-14)
        size = np.abs(eta.values).max()
        slope = max(np.abs(np.diff(eta.values)) / np.diff(eta.scores), default=0.0)
        if "joint" in ball:
            assert size + slope <= 1.0 + 1e-9
        else:
            assert size <= 1.0
            assert slope <= ball.get("lipschitz", 1.0) + 1e-9


@fewer(2)
@given(populations())
def test_smoothness_finds_less(population):
    """Each class's smooth error is at most its marginal error given its own score; more with L."""
    F, weights, labels = population
    own = calibration.marginal_error(F, labels, calibration.own_score(), weights=weights)
    errors = [
        calibration.smooth_error(F, labels, weights=weights, **ball)
        for ball in ({"joint": True}, {}, {"lipschitz": 3.0})
    ]
    values = [error.per_class for error in errors]
    slack = sum(error.gaps for error in errors) + own.rounding
    assert np.all(values[0] <= values[1] + slack)
    assert np.all(values[1] <= values[2] + slack)
    assert np.all(values[2] <= own.per_class + slack)


@fewer(5)
@given(populations(), st.sampled_from([0.05, 0.2, 1.0]))
def test_smooth_ece_is_the_integral(population, width):
    """SmoothECE is ∫_0^1 |Σ p (Y - F) K(t, F)| dt, K the sum of a Gaussian's reflected images."""
    F, weights, labels = population
    found = calibration.smooth_ece(F, labels, width=width, weights=weights)
    for c in range(F.shape[1]):
        residuals = weights * ((labels == c) - F[:, c])
        turns = 2.0 * np.arange(-6, 7)[:, None]
        images = np.concatenate([turns + F[:, c], turns - F[:, c]])

        def smoothed(t, images=images, residuals=residuals):
            return abs(norm.pdf(t - images, scale=width).sum(axis=0) @ residuals)

        pieces = np.linspace(0.0, 1.0, 21)
        expected = sum(
            quad(smoothed, *ends, limit=200, epsabs=1e-9)[0] for ends in pairwise(pieces)
        )
        assert found.per_class[c] == pytest.approx(expected, abs=1e-6)
        assert found.gaps[c] <= 1e-5


@pytest.mark.parametrize(
    ("width", "values"),
    [
        (0.05, [0.10199446781315155, 0.07822298061634876, 0.12768937887485238]),
        (0.1, [0.07618184483877488, 0.06232664941842714, 0.10985902950132992]),
    ],
)
def test_smooth_ece_of_relplot(width, values):
    """With scores inside (0, 1) SmoothECE is relplot's smECE_sigma, to its grid's 4 digits.

    Computed by relplot 1.0.3 without logit scaling, on 20001 points.
    """
    F, labels = population_of_60(start=12)
    found = calibration.smooth_ece(F, labels, width=width)
    assert found.per_class == pytest.approx(values, rel=2e-4)


def test_a_single_score():
    """One score has one residual: |E Y - F|, in every ball."""
    for ball in BALLS:
        found = calibration.smooth_error([[0.25, 0.75]], [0], **ball)
        assert found.per_class.tolist() == [0.75, 0.75]


@pytest.mark.parametrize("width", [0.0, -1.0, np.nan, np.inf, "wide", True])
def test_widths_are_positive(width):
    """A width that is no positive number is an input error that names it."""
    with pytest.raises(InputError, match=r"width: is .* Use a positive number"):
        calibration.smooth_ece([[0.25, 0.75]], [0], width=width)


def test_widths_that_need_a_huge_grid():
    """A width too small for the grid is refused with one that is possible, and that one is."""
    with pytest.raises(
        InputError, match=r"width: is 1e-05, which needs a grid of 1\.\de\+07 nodes"
    ):
        calibration.smooth_ece([[0.25, 0.75]], [0], width=1e-5)
    with pytest.raises(InputError) as raised:
        calibration.smooth_ece([[0.25, 0.75]], [0], width=1e-300)
    possible = float(raised.value.remedy.split()[1])
    assert possible < 2.0**-10
    assert _as_width(possible) == possible


def test_smooth_ece_has_a_value_like_the_other_errors():
    """The value is the sum over classes."""
    found = calibration.smooth_ece([[0.25, 0.75]], [0], width=0.5)
    assert found.value == found.per_class.sum() > 0


def test_the_joint_ball_has_no_constant():
    """The joint ball fixes the slope: another constant is refused."""
    with pytest.raises(InputError, match="joint ball"):
        calibration.smooth_error([[0.25, 0.75]], [0], joint=True, lipschitz=2.0)
