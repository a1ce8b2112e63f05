"""Where the true student is: members that are not optimal, against the exact student."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

import kl_regression as klr
from kl_regression.arithmetic import Floats
from kl_regression.theorems.enclosure import (
    BALL,
    RIGHT_VALUE,
    RISK,
    SQUARED_RISK,
    half_distance,
    risk_radius,
)
from tests.theorems.students import SEEDS, hull, ledger, mixed, nearby

REACH = st.sampled_from([1e-4, 1e-2, 0.3, 1.0])


def pair(seed, reach, **options):
    """Return a computed outcome that is not exact, and the exact one."""
    exact = hull(seed, **options).solve()
    return nearby(exact, seed, reach), exact


@pytest.mark.parametrize("loss", [klr.KL, klr.GeneralizedKL, klr.SquaredError])
@given(seed=SEEDS, reach=REACH)
def test_the_ball_holds_the_true_student(loss, seed, reach):
    """D(s^,s) + D(s,s^) <= gap, and D(s,g) in [D(s^,g) - gap, D(s^,g)], for any s^ in V."""
    computed, exact = pair(seed, reach, loss=loss)
    s, weights, spare = exact.student.predictions, exact.instance.weights, ledger(exact)
    near = computed.student.predictions
    both = loss.divergence(near, s, weights=weights) + loss.divergence(s, near, weights=weights)
    terms = BALL.terms(computed)
    assert both <= terms.larger + spare
    assert terms.parts["misfit of the true student at least"] <= exact.misfit + spare
    assert exact.misfit <= terms.parts["misfit of the true student at most"] + spare


@given(seed=SEEDS, reach=REACH)
def test_the_distance_of_the_true_student(seed, reach):
    """Under KL E ||s^ - s||_1 <= 2T <= sqrt(gap) with 4 T artanh T = gap."""
    computed, exact = pair(seed, reach)
    apart = np.abs(computed.student.predictions - exact.student.predictions).sum(axis=1)
    parts = BALL.terms(computed).parts
    assert apart @ exact.instance.weights <= parts["E ||s^ - s||_1 at most"] + ledger(exact)
    assert parts["E ||s^ - s||_1 at most"] <= parts["sqrt(gap)"] * (1 + np.finfo(float).eps)


@given(seed=SEEDS, reach=REACH)
def test_the_distance_under_generalised_kl(seed, reach):
    """E Σ (√s^ - √s)^2 <= gap / 4, and E |s^ - s| within the bound that solves its own square."""
    computed, exact = pair(seed, reach, loss=klr.GeneralizedKL)
    near, s, weights = (
        computed.student.predictions,
        exact.student.predictions,
        exact.instance.weights,
    )
    parts, spare = BALL.terms(computed).parts, ledger(exact)
    scale = 1.0 + float(s.max())
    roots = np.square(np.sqrt(near) - np.sqrt(s)).sum(axis=1) @ weights
    assert roots <= parts["E Σ (√s^ - √s)^2 at most"] + spare * scale
    apart = np.abs(near - s).sum(axis=1) @ weights
    assert apart <= parts["E |s^ - s| at most"] + spare * scale


def test_the_root_of_the_gap_is_false_under_generalised_kl():
    """V = [4, 9] and g = 1: s = 4, and for s^ = 9 the gap is 5 log 9, but |s^ - s| = 5."""
    models = [[[4.0]], [[9.0]]]
    exact = klr.Instance(teacher=[1.0], students=klr.Hull(models), loss=klr.GeneralizedKL).solve()
    assert exact.student.predictions.tolist() == [[4.0]]
    far = mixed(exact, np.array([0.0, 1.0]))
    assert far.gap == pytest.approx(5 * np.log(9.0))
    assert np.sqrt(far.gap) < 5.0 <= BALL.terms(far).parts["E |s^ - s| at most"]


@given(seed=SEEDS, reach=REACH, point=st.booleans())
def test_the_error_of_the_true_student(seed, reach, point):
    """KL(f,s) - KL(f,s^) in [-r, r + gap], for a truth in the class or at a vertex."""
    computed, exact = pair(seed, reach)
    truth = exact.truth
    if point:
        truth = np.eye(truth.shape[1])[truth.argmax(axis=1)]
    told = klr.Instance(
        teacher=exact.instance.teacher,
        truth=truth,
        students=exact.instance.students,
        weights=exact.instance.weights,
    )
    parts = RISK.terms(klr.Outcome(told, computed.student)).parts
    error = klr.Outcome(told, exact.student).student_error
    spare = ledger(exact) * (2.0 + parts["χ - 1 = E Σ (f - s^)^2 / s^"])
    assert parts["error of the true student at least"] <= error + spare
    assert error <= parts["error of the true student at most"] + spare


@given(seed=SEEDS, reach=REACH)
def test_the_squared_error_of_the_true_student(seed, reach):
    """|sqrt D(f,s) - sqrt D(f,s^)| <= sqrt(gap / 2)."""
    computed, exact = pair(seed, reach, loss=klr.SquaredError)
    parts = SQUARED_RISK.terms(computed).parts
    spare = ledger(exact) * (1.0 + np.sqrt(exact.student_error))
    assert parts["error of the true student at least"] <= exact.student_error + spare
    assert exact.student_error <= parts["error of the true student at most"] + spare


@given(seed=SEEDS, reach=REACH)
def test_the_value_on_the_right(seed, reach):
    """KL(g,s^) - KL(g,s) <= log(1 + gap) and E Σ g |1 - s^/s| <= sqrt(2 log(1 + gap))."""
    computed, exact = pair(seed, reach, side="right")
    g, s, near = exact.instance.teacher, exact.student.predictions, computed.student.predictions
    parts, weights = RIGHT_VALUE.terms(computed).parts, exact.instance.weights
    value, spare = klr.KL.divergence(g, s, weights=weights), ledger(exact)
    assert parts["KL(g,s) of the true student at least"] <= value + spare
    assert value <= parts["KL(g,s) of the true student at most"] + spare
    moved = (g * np.abs(1 - near / s)).sum(axis=1) @ weights
    assert moved <= parts["E Σ g |1 - s^/s| at most"] + spare * float((g / s).max())


@given(st.floats(1e-30, 30.0))
def test_half_distance_inverts(gap):
    """T is the root of 4 T artanh T = gap, at most sqrt(gap) / 2 and below 1."""
    found = half_distance(Floats(), gap)
    assert found == pytest.approx(brentq(lambda t: 4 * t * np.arctanh(t) - gap, 0, 1 - 2**-53))


def test_no_gap_no_distance():
    """A gap of 0 leaves the true student where it is, and an infinite weight says nothing."""
    assert half_distance(Floats(), 0.0) == 0.0
    assert risk_radius(Floats(), 1.0, 1.0, 0.0) == 0.0
    assert risk_radius(Floats(), 1.0, np.inf, 1.0) == np.inf


@given(st.floats(1e-6, 1e3), st.floats(1.0, 1e3))
def test_the_risk_radius(kappa, chi):
    """R = sqrt((χ - 1) gap y) with y = x/(1 - e^-x) at the root of x (1 - e^-x) = κ."""
    root = brentq(lambda x: -x * np.expm1(-x) - kappa, 0.0, kappa + 2 * np.sqrt(kappa) + 1.0)
    y = root / -np.expm1(-root)
    assert risk_radius(Floats(), chi - 1, kappa, 0.5) == pytest.approx(np.sqrt((chi - 1) * 0.5 * y))
