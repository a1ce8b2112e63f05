"""Divergences against 50 digits: values and their rounding, zeros, logarithms, derivatives."""

import math

import hypothesis.strategies as st
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given

from kl_regression import KL, GeneralizedKL, ItakuraSaito, SquaredError
from kl_regression.divergences import log_ratio
from kl_regression.tolerance import EPS

DIGITS = 50
LOSSES = (KL, GeneralizedKL, SquaredError, ItakuraSaito)
POINT = np.ones(1)
LARGEST_FLOAT = float(np.finfo(np.float64).max)


def entry(loss, a, b):
    """Return d(a, b) in the working precision, with the values that closure gives at zeros."""
    if a == b:
        return mp.mpf(0)
    if loss is SquaredError:
        return (a - b) ** 2
    if b == 0 or (a == 0 and loss is ItakuraSaito):
        return mp.inf
    if loss is ItakuraSaito:
        return a / b - mp.log(a / b) - 1
    return (a * mp.log(a / b) if a else mp.mpf(0)) - a + b


def exact(loss, p, q, weights):
    """Return D(p, q) of float arrays in 50 digits; infinite where an entry is beyond the floats."""
    with mp.workdps(DIGITS):
        terms = [
            (mp.mpf(float(w)), entry(loss, mp.mpf(float(a)), mp.mpf(float(b))))
            for w, row, other in zip(weights, p, q, strict=True)
            for a, b in zip(row, other, strict=True)
            if w > 0
        ]
        if any(value > LARGEST_FLOAT for _, value in terms):
            return mp.inf
        return mp.fsum(w * value for w, value in terms)


MAGNITUDES = st.floats(-308, 100).map(lambda x: float(10.0**x))
POSITIVE = st.one_of(
    st.floats(0, 1),
    MAGNITUDES,
    st.sampled_from([0.0, 5e-324, 1e-310, 2.2250738585072014e-308, 1e-300, 0.5, 1.0]),
)


@st.composite
def pairs(draw, loss):
    """Return (p, q, weights): unrelated or nearly equal rows, from zeros to 1e100."""
    n, k = draw(st.integers(1, 3)), draw(st.integers(2, 4))
    numbers = st.one_of(POSITIVE, POSITIVE.map(lambda x: -x)) if loss is SquaredError else POSITIVE
    tables = st.lists(numbers, min_size=n * k, max_size=n * k).map(
        lambda values: np.array(values).reshape(n, k)
    )
    p, q = draw(tables), draw(tables)
    if draw(st.booleans()):
        q = p * (1.0 + draw(st.sampled_from([1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 0.1])))
    if loss is KL:
        p, q = unit(p), unit(q)
    weights = np.array(draw(st.lists(st.floats(0.0, 1.0), min_size=n, max_size=n)))
    weights = weights / weights.sum() if weights.sum() > 0 else np.full(n, 1.0 / n)
    return p, q, weights


def unit(rows):
    """Return rows divided by their sums, rows of zeros made uniform."""
    rows = np.where(rows.max(axis=1, keepdims=True) > 0, rows, 1.0)
    rows = rows / rows.max(axis=1, keepdims=True)
    return rows / rows.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(data=st.data())
def test_the_rounding_bounds_the_error_of_the_value(loss, data):
    """|measure - D(p, q)| <= rounding, D in 50 digits, for every loss at every magnitude."""
    p, q, weights = data.draw(pairs(loss))
    found = loss.measure(p, q, weights)
    truth = exact(loss, p, q, weights)
    assert found.value >= 0.0
    if truth > LARGEST_FLOAT:
        assert found.value == math.inf
        return
    assert abs(mp.mpf(found.value) - truth) <= mp.mpf(found.rounding) + smallest(p)
    assert found.rounding <= 1e3 * EPS * size(loss, p, q, weights, found.value) + smallest(p)


def smallest(p):
    """Return what numbers below the normal floats may lose: a subnormal step for each entry."""
    return mp.mpf(8 * p.size * 5e-324)


def size(loss, p, q, weights, value):
    """Return the size of what a divergence sums, so that a rounding bound is not vacuous."""
    if loss is SquaredError:
        return value
    if loss is ItakuraSaito:
        return (1.0 + value) * p.shape[1]
    return value + 1e3 * float(weights @ (p + q).sum(axis=1))


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("spread", [1e-9, 1e-3, 1.0, 100.0])
def test_the_error_of_every_entry_is_bounded(loss, spread):
    """|d^(a, b) - d(a, b)| <= the bound of its entry, for a and b of any size and ratio."""
    rng = np.random.default_rng(1)
    p = np.exp(rng.uniform(-200, 200, size=(400, 1)))
    q = p * np.exp(spread * rng.normal(size=p.shape))
    with np.errstate(all="ignore"):
        values, errors = loss.entries(p, q)
    with mp.workdps(DIGITS):
        for a, b, value, error in zip(p[:, 0], q[:, 0], values[:, 0], errors[:, 0], strict=True):
            assert abs(mp.mpf(value) - entry(loss, mp.mpf(a), mp.mpf(b))) <= mp.mpf(error)


@pytest.mark.parametrize("loss", [KL, GeneralizedKL, ItakuraSaito, SquaredError], ids=repr)
@pytest.mark.parametrize("step", [1e-3, 1e-6, 1e-9, 1e-12])
def test_small_differences_keep_their_digits(loss, step):
    """D(p, p (1 + step)) is right to 6 digits and to more, without cancellation."""
    p = np.array([[0.125, 0.25, 0.625]])
    moved = np.array([[1.0 + step, 1.0 - step, 1.0]])
    q = p * moved
    if loss is KL:
        q[0, 2] = 1.0 - q[0, 0] - q[0, 1]
    truth = exact(loss, p, q, POINT)
    assert abs(loss.measure(p, q, POINT).value / truth - 1) < 1e-6
    assert abs(loss.measure(p, q, POINT).value / truth - 1) < 100 * EPS


def test_the_divergence_of_a_perturbation_by_1e_9_is_right_to_six_digits():
    """KL(p, p') for rows perturbed by 1e-9 and normalised agrees with 50 digits of both floats."""
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(5), size=20)
    q = p * (1.0 + 1e-9 * rng.normal(size=p.shape))
    q /= q.sum(axis=1, keepdims=True)
    truth = exact(GeneralizedKL, p, q, np.full(20, 0.05))
    assert abs(KL.divergence(p, q) / float(truth) - 1) < 1e-6


def test_a_prediction_of_exp_minus_1606_is_legal():
    """D(f, s) = f 1606 + f log f + (1-f) log((1-f)/(1-s)) where s = exp(-1606) underflows."""
    f, s = np.array([[0.25, 0.75]]), np.array([[0.0, 1.0]])
    logs = np.array([[-1606.0, 0.0]])
    assert KL.divergence(f, s) == math.inf
    with mp.workdps(DIGITS):
        tiny = mp.exp(-1606)
        quarter, rest = mp.mpf(1) / 4, mp.mpf(3) / 4
        truth = quarter * mp.log(quarter / tiny) + rest * mp.log(rest / (1 - tiny))
    assert KL.divergence(f, s, log_q=logs) == pytest.approx(float(truth), rel=4 * EPS)
    assert 0.25 * 1606 - 1 < KL.divergence(f, s, log_q=logs) < 0.25 * 1606
    assert KL.gradient(s, f, "left", logs)[0, 0] == pytest.approx(-1606 - math.log(0.25))
    assert KL.measure(s, s, POINT, logs, logs).value == 0.0


def test_logarithms_of_both_arguments_are_used_where_both_underflow():
    """d(a, b) tends to 0 with a and b, and log(a/b) is the difference of the logarithms."""
    zero = np.zeros((1, 1))
    found = log_ratio(zero, zero, np.array([[-1000.0]]), np.array([[-1606.0]]))
    assert found[0, 0] == 606.0
    assert log_ratio(zero, zero)[0, 0] == 0.0
    assert GeneralizedKL.divergence(zero, zero, log_p=[[-1000.0]], log_q=[[-1606.0]]) == 0.0


@pytest.mark.parametrize(
    ("loss", "a", "b", "value"),
    [
        (KL, 0.0, 0.0, 0.0),
        (KL, 0.0, 0.5, 0.5),
        (KL, 0.5, 0.0, math.inf),
        (GeneralizedKL, 0.0, 0.0, 0.0),
        (GeneralizedKL, 0.0, 3.0, 3.0),
        (GeneralizedKL, 3.0, 0.0, math.inf),
        (GeneralizedKL, 5e-324, 0.0, math.inf),
        (ItakuraSaito, 0.0, 0.0, 0.0),
        (ItakuraSaito, 0.0, 1.0, math.inf),
        (ItakuraSaito, 1.0, 0.0, math.inf),
        (SquaredError, 0.0, 0.0, 0.0),
        (SquaredError, -1.0, 2.0, 9.0),
    ],
)
def test_zeros(loss, a, b, value):
    """0 log 0 = 0, D = inf where support fails, and the rounding of an infinity is 0."""
    found = loss.measure(np.array([[a]]), np.array([[b]]), POINT)
    assert found.value == value
    assert found.rounding == 0.0 or math.isfinite(value)


def test_points_of_weight_zero_do_not_count():
    """A point of weight 0 adds nothing, not even where the divergence is infinite there."""
    p, q = [[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.5], [1.0, 0.0]]
    assert KL.divergence(p, q, weights=[1.0, 0.0]) == 0.0
    assert KL.divergence(p, q, weights=[0.0, 1.0]) == math.inf


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(data=st.data())
def test_nothing_is_ever_nan(loss, data):
    """Value, rounding and gradients on both sides are never NaN on legal inputs."""
    p, q, weights = data.draw(pairs(loss))
    found = loss.measure(p, q, weights)
    assert not math.isnan(found.value)
    assert math.isfinite(found.rounding)
    for side in ("left", "right"):
        assert not np.isnan(loss.gradient(p, q, side)).any()


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(a=st.floats(-6, 6), b=st.floats(-6, 6))
def test_gradient_and_curvature_are_the_derivatives(loss, side, a, b):
    """Gradient and curvature equal difference quotients in 50 digits, in either argument."""
    p, q = np.array([[math.exp(a)]]), np.array([[math.exp(b)]])
    first, second = float(p[0, 0]), float(q[0, 0])

    def moved(x):
        return entry(loss, *((x, mp.mpf(second)) if side == "left" else (mp.mpf(first), x)))

    with mp.workdps(DIGITS):
        at = mp.mpf(first if side == "left" else second)
        # Beside the point, so that the closed value at equal arguments is not differentiated.
        slope = (moved(at * (1 + mp.mpf(10) ** -15)) - moved(at * (1 - mp.mpf(10) ** -15))) / (
            2 * at * mp.mpf(10) ** -15
        )
        bend = (
            moved(at * (1 + mp.mpf(10) ** -12))
            - 2 * moved(at)
            + moved(at * (1 - mp.mpf(10) ** -12))
        ) / (at * mp.mpf(10) ** -12) ** 2
    scale = max(1.0, first, second, 1 / first, 1 / second, first / second**2, 1 / second**2)
    assert loss.gradient(p, q, side)[0, 0] == pytest.approx(
        float(slope), rel=1e-10, abs=1e-12 * scale
    )
    assert loss.curvature(p, q, side)[0, 0] == pytest.approx(float(bend), rel=1e-8)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_small_gradients_keep_their_digits(loss):
    """The gradient between p and p (1 + 1e-9) is right to 6 digits on both sides."""
    p, q = np.array([[0.3]]), np.array([[0.3 * (1 + 1e-9)]])
    a, b = mp.mpf(float(p[0, 0])), mp.mpf(float(q[0, 0]))
    with mp.workdps(DIGITS):
        left = {
            SquaredError: 2 * (a - b),
            ItakuraSaito: 1 / b - 1 / a,
        }.get(loss, mp.log(a / b))
        right = {
            SquaredError: 2 * (b - a),
            ItakuraSaito: (b - a) / b**2,
        }.get(loss, 1 - a / b)
    assert abs(loss.gradient(p, q, "left")[0, 0] / left - 1) < 1e-6
    assert abs(loss.gradient(p, q, "right")[0, 0] / right - 1) < 1e-6


def test_a_loss_without_parameters_is_its_own_instance():
    """KL() is KL, and a loss shows its name."""
    assert KL() is KL
    assert repr(ItakuraSaito) == "ItakuraSaito"
