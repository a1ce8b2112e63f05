"""Identities that hold for every teacher, student and truth, to rounding."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import expit

import kl_regression as klr
from kl_regression.strategies import LOSSES, predictions, weights
from kl_regression.tolerance import ENTRY_ULPS, EPS, LOG_ULPS, total
from tests.budget import fewer
from tests.oracles import divergence

SOFTPLUS = klr.Bregman(
    klr.Generator(
        value=lambda x: np.logaddexp(0.0, x),
        derivative=expit,
        second_derivative=lambda x: expit(x) * expit(-x),
        name="softplus",
    )
)
ENTROPY = klr.Bregman(
    klr.Generator(
        value=lambda x: np.where(x > 0, x * np.log(np.where(x > 0, x, 1.0)), 0.0) - x,
        derivative=np.log,
        second_derivative=lambda x: 1.0 / x,
        low=0.0,
        name="entropy",
    )
)

sizes = st.tuples(st.integers(1, 4), st.integers(2, 4))


def triples(loss, size, *, count=3, spread=300):
    """Draw ``count`` predictions and weights, for n and k in ``size``."""
    one = predictions(loss, *size, spread=spread)
    return st.tuples(st.lists(one, min_size=count, max_size=count), weights(size[0], spread=spread))


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(data=st.data())
def test_three_point_identity(loss, data):
    """D(v,g) - D(v,s) - D(s,g) = <grad φ(s) - grad φ(g), v - s> wherever the terms are finite."""
    (v, s, g), w = data.draw(sizes.flatmap(lambda size: triples(loss, size)))
    whole, first, second = (loss.measure(*pair, w) for pair in ((v, g), (v, s), (s, g)))
    assume(np.isfinite([whole.value, first.value, second.value]).all())
    left = whole - (first + second)
    counted = (w[:, None] > 0) & (v != s)
    slope = np.where(counted, loss.gradient(s, g, "left"), 0.0)
    assume(np.isfinite(slope).all())
    with np.errstate(divide="ignore"):
        lost = 1.0 / s + 1.0 / g if loss is klr.ItakuraSaito else np.abs(slope)
    terms = w[:, None] * slope * (v - s)
    reach = np.where(counted, w[:, None] * lost * (np.abs(v) + np.abs(s)), 0.0)
    right = total(terms, EPS * (ENTRY_ULPS + LOG_ULPS) * reach)
    assert abs(left.value - right.value) <= left.rounding + right.rounding


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(data=st.data())
def test_divergence_is_right_to_its_rounding(loss, data):
    """D(p, q) is nonnegative, zero at p = q, and off its value in 50 digits by its rounding."""
    (p, q), w = data.draw(sizes.flatmap(lambda size: triples(loss, size, count=2)))
    found, exact = loss.measure(p, q, w), divergence(loss.name, p, q, w)
    assert found.value >= 0.0
    assert loss.measure(p, p, w).value == 0.0
    if np.isinf(found.value):
        assert exact > np.finfo(float).max / 2
    else:
        assert abs(found.value - exact) <= found.rounding


@pytest.mark.parametrize(
    ("own", "named"),
    [(ENTROPY, klr.GeneralizedKL), (SOFTPLUS, SOFTPLUS)],
    ids=["entropy", "softplus"],
)
@given(data=st.data())
def test_gradient_is_the_slope_of_the_divergence(own, named, data):
    """D(p, q) = <grad_p D(p, q), p - q> - D(q, p): a generator's own divergence and derivative."""
    (p, q), w = data.draw(sizes.flatmap(lambda size: triples(named, size, count=2, spread=2)))
    assume((p > 0).all() and (q > 0).all() if own is ENTROPY else True)
    forth, back = own.measure(p, q, w), own.measure(q, p, w)
    terms = w[:, None] * own.gradient(p, q, "left") * (p - q)
    slopes = np.abs(own.generator.derivative(p)) + np.abs(own.generator.derivative(q))
    inner = total(terms, EPS * ENTRY_ULPS * w[:, None] * slopes * np.abs(p - q))
    both = forth + back
    assert abs(both.value - inner.value) <= both.rounding + inner.rounding


@fewer(2)
@given(sizes.flatmap(lambda size: triples(klr.GeneralizedKL, size, count=2)))
def test_generator_of_the_entropy_is_generalized_kl(drawn):
    """The Bregman divergence of x log x - x is generalised KL."""
    (p, q), w = drawn
    assume((q > 0).all())
    own, named = ENTROPY.measure(p, q, w), klr.GeneralizedKL.measure(p, q, w)
    assert abs(own.value - named.value) <= own.rounding + named.rounding


def test_a_generator_that_bends_in_one_place():
    """Softplus from 200 to 1, all of whose bend is near 0: D = log(1 + e) - 1."""
    assert SOFTPLUS.divergence([1.0], [200.0]) == pytest.approx(np.log1p(np.e) - 1.0, rel=1e-12)
