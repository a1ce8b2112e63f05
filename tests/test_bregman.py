"""A user's generator gives the same divergence as the built-in losses and as 50 digits."""

import math

import hypothesis.strategies as st
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given

from kl_regression import Bregman, GeneralizedKL, Generator, ItakuraSaito, SquaredError
from kl_regression.errors import DomainError, InputError

SQUARE = Bregman(
    Generator(
        value=np.square,
        derivative=lambda x: 2.0 * x,
        second_derivative=lambda x: np.full_like(x, 2.0),
        name="x^2",
    )
)
ENTROPY = Bregman(
    Generator(
        value=lambda x: np.where(x > 0, x * np.log(np.where(x > 0, x, 1.0)), 0.0),
        derivative=lambda x: np.log(x) + 1.0,
        second_derivative=lambda x: 1.0 / x,
        low=0.0,
        name="x log x",
    )
)
BURG = Bregman(
    Generator(
        value=lambda x: -np.log(x),
        derivative=lambda x: -1.0 / x,
        second_derivative=lambda x: 1.0 / x**2,
        low=0.0,
        name="-log x",
    )
)
SOFTPLUS = Bregman(
    Generator(
        value=lambda x: np.logaddexp(0.0, x),
        derivative=lambda x: 1.0 / (1.0 + np.exp(-x)),
        second_derivative=lambda x: 0.25 / np.cosh(x / 2.0) ** 2,
        name="softplus",
    )
)
TWINS = [(SQUARE, SquaredError), (ENTROPY, GeneralizedKL), (BURG, ItakuraSaito)]
RATIOS = st.one_of(st.floats(-3, 3), st.sampled_from([0.0, 1e-12, 1e-9, 1e-6, 1e-3]))
POINT = np.ones(1)


@pytest.mark.parametrize(("own", "built_in"), TWINS, ids=[own.name for own, _ in TWINS])
@given(a=st.floats(-5, 5), ratio=RATIOS)
def test_a_generator_reproduces_the_built_in_loss(own, built_in, a, ratio):
    """x^2, x log x and -log x give the built-in losses within both roundings, derivatives too."""
    p = np.array([[math.exp(a)]])
    q = p * (1.0 + ratio if abs(ratio) < 0.5 else math.exp(ratio))
    found, known = own.measure(p, q, POINT), built_in.measure(p, q, POINT)
    assert abs(found.value - known.value) <= found.rounding + known.rounding
    for side in ("left", "right"):
        scale = 1.0 / min(p[0, 0], q[0, 0]) + p[0, 0] + q[0, 0] + 10.0
        np.testing.assert_allclose(
            own.gradient(p, q, side),
            built_in.gradient(p, q, side),
            rtol=1e-12,
            atol=1e-14 * scale**2,
        )
    np.testing.assert_allclose(own.curvature(p, q, "left"), built_in.curvature(p, q, "left"))


@pytest.mark.parametrize("own", [SOFTPLUS, SQUARE, ENTROPY, BURG], ids=lambda own: own.name)
@given(a=st.floats(0.01, 20), ratio=RATIOS)
def test_the_rounding_bounds_the_error_in_fifty_digits(own, a, ratio):
    """|measure - D(p, q)| <= rounding for generators, near pairs by quadrature included."""
    functions = {
        "softplus": (lambda x: mp.log1p(mp.exp(x)), lambda x: 1 / (1 + mp.exp(-x))),
        "x^2": (lambda x: x * x, lambda x: 2 * x),
        "x log x": (lambda x: x * mp.log(x), lambda x: mp.log(x) + 1),
        "-log x": (lambda x: -mp.log(x), lambda x: -1 / x),
    }
    value, derivative = functions[own.generator.name]
    p = np.array([[a]])
    q = p * (1.0 + ratio if abs(ratio) < 0.5 else math.exp(ratio))
    found = own.measure(p, q, POINT)
    with mp.workdps(50):
        x, y = mp.mpf(float(p[0, 0])), mp.mpf(float(q[0, 0]))
        truth = value(x) - value(y) - derivative(y) * (x - y)
        assert abs(found.value - truth) <= found.rounding
    assert found.rounding <= 1e-12 * (1.0 + 10.0 * (p + q).item() ** 2)


def test_small_differences_keep_six_digits():
    """Softplus between x and x (1 + 1e-9) is right to 6 digits although the terms are of size 1."""
    p, q = np.array([[0.7]]), np.array([[0.7 * (1 + 1e-9)]])
    with mp.workdps(50):
        x, y = mp.mpf(float(p[0, 0])), mp.mpf(float(q[0, 0]))
        truth = mp.log1p(mp.exp(x)) - mp.log1p(mp.exp(y)) - (x - y) / (1 + mp.exp(-y))
        assert abs(SOFTPLUS.divergence(p, q) / truth - 1) < 1e-6


def test_the_ends_of_a_domain():
    """At the end of the domain: d(0, b) is finite for x log x; +inf where φ or φ' is infinite."""
    assert ENTROPY.divergence([0.0], [2.0]) == pytest.approx(2.0)
    assert ENTROPY.divergence([2.0], [0.0]) == math.inf
    assert ENTROPY.divergence([0.0], [0.0]) == 0.0
    assert BURG.divergence([0.0], [2.0]) == math.inf


def test_outputs_outside_the_domain_are_rejected():
    """An output below the generator's domain is named, with its index and value."""
    with pytest.raises(DomainError, match=r"p: entry \(0, 0\) = -1\.0 is below 0"):
        ENTROPY.divergence([-1.0], [2.0])


def test_a_generator_is_checked():
    """A generator is a Generator of functions with low < high, or an InputError says so."""
    with pytest.raises(InputError, match=r"generator: is int\. Pass a Generator"):
        _bregman(3)
    with pytest.raises(InputError, match=r"empty domain \[1\.0, 0\.0\]\. Give low < high"):
        Bregman(Generator(np.exp, np.exp, np.exp, low=1.0, high=0.0))


def _bregman(generator):
    """Call the constructor without the run-time types, as a user does."""
    init = Bregman.__init__
    getattr(init, "__wrapped__", init)(object.__new__(Bregman), generator)
