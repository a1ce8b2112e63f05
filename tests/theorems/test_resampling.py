"""The student of a sample, on the finite population it was drawn from."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.errors import InputError
from kl_regression.theorems.resampling import excess_theorem, on_population, on_sample, resample
from tests.budget import fewer
from tests.theorems.students import SEEDS, hull, nearby


@pytest.mark.parametrize("loss", [klr.KL, klr.GeneralizedKL, klr.SquaredError])
@given(seed=SEEDS, size=st.integers(1, 12))
def test_the_excess_of_a_sample(loss, seed, size):
    """τ <= (D - D^)(s^) + (D^ - D)(s) <= 2 sup_V |D^ - D|, and the gain theorem up to the gap."""
    found = resample(hull(seed, loss), size, seed=seed)
    assert found.excess.verdict is klr.Verdict.HOLDS
    assert found.gain.verdict is klr.Verdict.HOLDS
    parts = found.excess.terms.parts
    assert parts["τ"] <= parts["2 sup |D^ - D| at least"] + 2 * found.sample.solve().gap
    allowed = 2 * (found.excess.terms.rounding + found.sample.solve().gap)
    assert parts["2 sup |D^ - D| at least"] <= parts["2 sup |D^ - D| at most"] + allowed
    assert parts["τ"] >= -found.whole.gap
    assert parts["τ"] <= found.outcome.gap + found.whole.gap


@given(seed=SEEDS, size=st.integers(1, 12))
def test_an_inexact_student_of_a_sample_pays_its_gap(seed, size):
    """A member half the way to a random one may exceed the bound, and not by more than its gap."""
    found = resample(hull(seed, least=2), size, seed=seed)
    fitted = nearby(found.sample.solve(), seed, 0.5)
    moved = on_population(found.whole.instance, found.whole, fitted)
    excess = excess_theorem(moved, fitted).check(found.whole)
    assert excess.verdict is klr.Verdict.HOLDS


@given(SEEDS)
def test_the_sample_that_is_the_population(seed):
    """A sample with the population's own weights has its student, and no excess."""
    instance = hull(seed)
    n = len(instance.weights)
    uniform = replace(instance, weights=np.full(n, 1.0 / n))
    found = on_sample(uniform, np.arange(n))
    assert np.array_equal(found.outcome.student.predictions, found.whole.student.predictions)
    assert found.excess.terms.parts["τ"] == 0.0
    assert found.excess.terms.parts["2 sup |D^ - D| at most"] == 0.0


@fewer(5)
@given(SEEDS)
def test_large_samples_have_small_excess(seed):
    """The excess of 4000 draws is far below that of 4, on average over ten samples of each."""
    instance = hull(seed, least=3)
    mean = {
        size: np.mean([resample(instance, size, seed=i).excess.terms.parts["τ"] for i in range(10)])
        for size in (4, 4000)
    }
    assert mean[4000] <= mean[4] / 10 + 10 * instance.solve().gap


def test_a_sample_is_drawn_from_its_seed():
    """The same seed draws the same sample, and a truth that is not known leaves the gain out."""
    instance = replace(hull(3, least=2), truth=None)
    first, second = (resample(instance, 5, seed=1) for _ in range(2))
    assert np.array_equal(first.sample.weights, second.sample.weights)
    assert first.gain is None


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        ([], "drawn: is \\[\\]"),
        ([0.5], "drawn: is"),
        ([[0]], "drawn: is"),
        ([0, 99], "drawn: entry 1 = 99 is no point. Use 0"),
        ([-1], "drawn: entry 0 = -1 is no point"),
    ],
)
def test_bad_samples(drawn, message):
    """Numbers of points that are none, no integers, or out of range are refused."""
    with pytest.raises(InputError, match=message):
        on_sample(hull(3), drawn)


def test_bad_instances():
    """A class that is no hull, the right side, and a sample of no points are refused."""
    instance = hull(3)
    with pytest.raises(InputError, match="hull of models"):
        on_sample(replace(instance, side="right"), [0])
    with pytest.raises(InputError, match="hull of models"):
        on_sample(replace(instance, students=klr.Box(0.0, 1.0)), [0])
    with pytest.raises(InputError, match="size: is 0"):
        resample(instance, 0, seed=0)
