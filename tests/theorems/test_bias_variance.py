"""Bias and variance over teachers: both decompositions, and what they need."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.errors import InputError
from kl_regression.strategies import predictions, weights
from kl_regression.theorems.bias_variance import bias_variance

LOSSES = [klr.KL, klr.GeneralizedKL, klr.SquaredError]


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(data=st.data())
def test_both_decompositions(loss, data):
    """E D(f_w,q) = D(μ,q) + E D(f_w,μ) and E D(q,f_w) = D(q,μ_d) + E D(μ_d,f_w), where finite."""
    n, k, t = (data.draw(st.integers(*ends)) for ends in ((1, 3), (2, 3), (1, 4)))
    rows = [data.draw(predictions(loss, n, k, spread=3)) for _ in range(t + 1)]
    shares, p = data.draw(weights(t)), data.draw(weights(n))
    for found in bias_variance(rows[:t], rows[t], shares=shares, weights=p, loss=loss):
        assert found.unmet or found.verdict is klr.Verdict.HOLDS, found
        assert found.unmet or found.terms.parts["variance"] >= -found.terms.rounding


@given(st.integers(0, 10**6))
def test_the_means_are_the_best_single_predictions(seed):
    """No other prediction has a smaller average divergence from the teachers, in either order."""
    rng = np.random.default_rng(seed)
    teachers, other = rng.dirichlet(np.ones(3), size=(3, 2)), rng.dirichlet(np.ones(3), size=2)
    primal, dual = bias_variance(teachers, other)
    for found, order in ((primal, lambda f: (f, other)), (dual, lambda f: (other, f))):
        average = np.mean([klr.KL.divergence(*order(f)) for f in teachers])
        assert found.terms.parts["variance"] <= average + found.terms.rounding


def test_means_by_hand():
    """Teachers (4,1)/5 and (1,4)/5: both means are the half, by symmetry; their spreads differ."""
    teachers, half = [[[0.8, 0.2]], [[0.2, 0.8]]], [[0.5, 0.5]]
    primal, dual = bias_variance(teachers, half)
    assert primal.terms.parts["bias"] == pytest.approx(0.0, abs=primal.terms.rounding)
    assert dual.terms.parts["bias"] == pytest.approx(0.0, abs=dual.terms.rounding)
    entropy = 0.8 * np.log(0.8) + 0.2 * np.log(0.2)
    assert primal.terms.parts["variance"] == pytest.approx(np.log(2.0) + entropy)
    assert dual.terms.parts["variance"] == pytest.approx(-np.log(2.0) - np.log(0.16) / 2)


def test_the_means_are_not_exchangeable():
    """The geometric mean in the first identity, or the other way round, would miss it."""
    teachers, target = np.array([[[0.9, 0.1]], [[0.5, 0.5]]]), [[0.3, 0.7]]
    geometric = np.exp(np.log(teachers).mean(axis=0))
    geometric /= geometric.sum()
    average = np.mean([klr.KL.divergence(f, target) for f in teachers])
    spread = np.mean([klr.KL.divergence(f, geometric) for f in teachers])
    assert abs(average - klr.KL.divergence(geometric, target) - spread) > 0.01


def test_zeros():
    """A target without mass where a teacher has some, or a teacher with a zero, is told."""
    primal, dual = bias_variance([[[0.5, 0.5]], [[1.0, 0.0]]], [[1.0, 0.0]])
    assert primal.unmet == (
        "target positive where teachers are: the target has a zero where a teacher has none",
    )
    assert dual.unmet == ("teachers positive: a teacher has a zero",)


@pytest.mark.parametrize(
    ("teachers", "options", "message"),
    [
        ([[[0.5, 0.5]]], {"shares": [0.5, 0.5]}, "shares"),
        ([[[0.5, 0.5]]], {"shares": [0.5]}, "shares"),
        ([[[0.5, 0.5]]], {"loss": klr.ItakuraSaito}, "loss: is ItakuraSaito"),
        ([], {}, "teachers: is empty"),
        ([[[0.5, 0.6]]], {}, r"teachers\[0\]"),
        ([[[0.5, 0.5], [0.5, 0.5]]], {}, r"teachers\[0\]: has"),
    ],
)
def test_bad_input(teachers, options, message):
    """Shares that are no distribution, other losses, no teacher, wrong shapes are refused."""
    with pytest.raises(InputError, match=message):
        bias_variance(teachers, [[0.5, 0.5]], **options)
