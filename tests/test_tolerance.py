"""The arithmetic of roundings: sums carry their error, and bounds bound."""

import math
import pickle

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from kl_regression.tolerance import (
    CONIC_GAP,
    EPS,
    EXACT_ULPS,
    Sum,
    bisect,
    is_exact,
    row_sum_tolerance,
    summation_ulps,
    total,
    weight_sum_tolerance,
    worth_another_solver,
)

SUMS = st.builds(Sum, st.floats(-1e9, 1e9), st.floats(0, 1))


@given(first=SUMS, second=SUMS)
def test_sums_add_their_roundings(first, second):
    """(a + b) has the roundings of both and its own; so has (a - b)."""
    for found, value in (
        (first + second, first.value + second.value),
        (first - second, first.value - second.value),
    ):
        assert found.value == value
        assert found.rounding >= first.rounding + second.rounding
        assert found.rounding <= first.rounding + second.rounding + EPS * (abs(value) + 1.0)


def test_infinity_is_never_a_rounding_error():
    """A sum with +inf is +inf, and what is finite keeps its rounding."""
    assert Sum(math.inf, 0.0) + Sum(1.0, 0.5) == Sum(math.inf, 0.5)
    assert total(np.array([1.0, math.inf]), 0.0) == Sum(math.inf, 0.0)


@st.composite
def hard_sums(draw):
    """Return arrays whose sums cancel and span magnitudes, of lengths about the block sizes."""
    length = draw(st.sampled_from([1, 2, 7, 8, 9, 127, 128, 129, 1000, 4097]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    terms = rng.normal(size=length) * 10.0 ** rng.uniform(-draw(st.integers(0, 16)), 0, size=length)
    if draw(st.booleans()):
        half = length // 2
        terms[:half] = -terms[length - half :]
    return terms


@given(terms=hard_sums())
def test_the_rounding_of_a_sum_bounds_its_error(terms):
    """|sum - exact sum| <= total().rounding <= log-many EPS of the sum of magnitudes."""
    found = total(terms, 0.0)
    assert abs(found.value - math.fsum(terms)) <= found.rounding + EPS * abs(found.value)
    assert found.rounding <= EPS * summation_ulps(len(terms)) * np.abs(terms).sum()


def test_the_bound_grows_with_the_tree_and_covers_the_worst_case_of_a_block():
    """Equal tiny terms after a 1 are the worst case of an addition chain; the bound covers it."""
    for length in (2, 9, 64, 129, 5000):
        terms = np.full(length, EPS / 2.0 * 0.999)
        terms[0] = 1.0
        error = abs(float(terms.sum()) - math.fsum(terms))
        assert error <= EPS * summation_ulps(length) * math.fsum(terms)
    assert summation_ulps(1 << 20) == summation_ulps(128) + 0.5 * 13


def test_errors_of_terms_are_counted():
    """An array of errors is summed, one bound is added."""
    terms = np.ones(4)
    assert total(terms, np.full(4, 0.5)).rounding >= 2.0
    assert total(terms, 2.0).rounding == total(terms, np.full(4, 0.5)).rounding


@given(root=st.floats(-1e3, 1e3))
def test_bisection_is_right_to_the_last_bit(root):
    """Bisect returns the least float at which a monotone predicate holds."""
    found = bisect(lambda x: x >= root, -1e4, 1e4)
    assert found == root


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble])
def test_rows_of_any_float_type_sum_to_1_within_its_rounding(kind):
    """Normalised rows and weights of a type pass; a row off by 100 of its EPS does not."""
    rng = np.random.default_rng(0)
    rows = rng.random((200, 7)).astype(kind)
    rows = rows / rows.sum(axis=1, keepdims=True)
    off = np.abs(rows.astype(np.float64).sum(axis=1) - 1.0)
    assert off.max() <= row_sum_tolerance(np.dtype(kind), 7)
    assert row_sum_tolerance(np.dtype(kind), 7) < 100 * max(float(np.finfo(kind).eps), EPS)
    weights = rng.random(5000).astype(np.float64)
    weights = (weights / weights.sum()).astype(kind).astype(np.float64)
    if kind is not np.float16:
        assert abs(weights.sum() - 1.0) <= weight_sum_tolerance(np.dtype(kind), 5000)
    assert weight_sum_tolerance(np.dtype(kind), 10**6) < 200 * max(float(np.finfo(kind).eps), EPS)


def test_integers_have_the_rounding_of_float64():
    """Integer rows are exact, and so are boolean ones."""
    assert row_sum_tolerance(np.dtype(np.int64), 3) == row_sum_tolerance(np.dtype(np.float64), 3)
    assert weight_sum_tolerance(np.dtype(bool), 3) == weight_sum_tolerance(np.dtype(np.float64), 3)


def test_a_gap_is_exact_only_within_a_rounding_that_is_small():
    """Exact: within 8 roundings, not below minus them, and the rounding small beside the scale."""
    assert is_exact(Sum(0.0, 0.0), 1.0)
    assert is_exact(Sum(EXACT_ULPS * EPS, EPS), 1.0)
    assert not is_exact(Sum(1.01 * EXACT_ULPS * EPS, EPS), 1.0)
    assert not is_exact(Sum(-1.01 * EXACT_ULPS * EPS, EPS), 1.0)
    assert not is_exact(Sum(0.0, 2.0 * CONIC_GAP), 1.0)
    assert is_exact(Sum(0.0, 2.0 * CONIC_GAP), 2.0)


def test_another_solver_is_worth_its_time_above_the_default_gap():
    """No reason below the gap of a cone solver at default settings; else the gap or the status."""
    assert worth_another_solver(CONIC_GAP, "optimal") == ""
    assert "gap" in worth_another_solver(2 * CONIC_GAP, "optimal")
    assert "stalled" in worth_another_solver(math.inf, "stalled")


def test_sums_pickle():
    """A Sum survives pickling."""
    assert pickle.loads(pickle.dumps(Sum(1.0, EPS))) == Sum(1.0, EPS)  # noqa: S301
