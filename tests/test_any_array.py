"""Whatever array comes in: a result without NaN, or one of our errors; no warning, no mutation."""

import json
import math
import re

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
from hypothesis import given

import kl_regression as klr
from kl_regression.errors import KlRegressionError

LOSSES = (klr.KL, klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito)
EXTREMES = (0.0, -0.0, 5e-324, 1e-300, 0.25, 0.5, 1.0, -1.0, 1e150, 1e308, np.inf, -np.inf, np.nan)

DTYPES = st.one_of(
    npst.floating_dtypes(endianness="?"),
    npst.integer_dtypes(),
    npst.unsigned_integer_dtypes(),
    npst.boolean_dtypes(),
    npst.complex_number_dtypes(),
    npst.datetime64_dtypes(),
    npst.unicode_string_dtypes(),
)


@st.composite
def any_arrays(draw, like=()):
    """Return any array at all, or one of a given shape with a few extreme entries."""
    if not like or draw(st.integers(0, 4)) == 0:
        shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
        return draw(npst.arrays(dtype=DTYPES, shape=st.one_of(st.just(like), shapes)))
    entries = st.one_of(st.sampled_from(EXTREMES), st.floats(0, 1), st.floats())
    array = draw(npst.arrays(np.float64, like, elements=entries))
    if draw(st.booleans()):
        array = np.abs(np.where(np.isfinite(array), array, 0.5))
        array[..., 0] += array.sum(axis=-1) == 0
        with np.errstate(all="ignore"):
            scaled = array / array.max(axis=-1, keepdims=True)
            array = scaled / scaled.sum(axis=-1, keepdims=True)
    array.flags.writeable = draw(st.booleans())
    return array


def hull(draw, n, k):
    """Return a hull of one to three arrays."""
    return klr.Hull(draw(any_arrays((draw(st.integers(1, 3)), n, k))))


def linear_head(draw, n, k):
    """Return a linear head on one or two features."""
    return klr.LinearHead(draw(any_arrays((n, draw(st.integers(1, 2))))), outputs=k)


def log_linear(draw, n, k):
    """Return a softmax layer on one or two features."""
    return klr.LogLinear(draw(any_arrays((n, draw(st.integers(1, 2))))), classes=k)


def monotone(draw, n, _k):
    """Return the functions monotone in any order."""
    return klr.Monotone(draw(any_arrays((n,))))


def lipschitz(draw, n, _k):
    """Return the Lipschitz functions on any points."""
    return klr.Lipschitz(draw(any_arrays((n,))), constant=draw(st.floats(0, 10)))


def convex(draw, n, _k):
    """Return the convex functions on any points."""
    return klr.Convex(draw(any_arrays((n,))))


def box(draw, n, k):
    """Return the box between any bounds."""
    return klr.Box(draw(any_arrays((n, k))), draw(any_arrays((n, k))))


CLASSES = (hull, hull, linear_head, log_linear, monotone, lipschitz, convex, box)


def no_nan(outcome):
    """Assert that no number, table or JSON of an outcome holds a NaN."""
    numbers = [outcome.misfit, outcome.gap]
    if outcome.instance.truth is not None:
        numbers += [outcome.teacher_error, outcome.student_error, outcome.gain, outcome.slack]
    assert not any(math.isnan(number) for number in numbers)
    assert not np.isnan(outcome.student.predictions).any()
    report = klr.check(outcome)
    for text in (str(report), report.to_json(), repr(outcome), report._repr_html_()):
        assert not re.search(r"\bnan\b", text, re.IGNORECASE), text
    json.loads(report.to_json())


@given(data=st.data())
def test_any_array_gives_a_result_or_one_of_our_errors(data):
    """For all arrays: a result without NaN or an error of errors.py; inputs are left alone."""
    n, k = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    loss = data.draw(st.sampled_from(LOSSES))
    arrays = {
        "teacher": data.draw(any_arrays((n, k))),
        "truth": data.draw(st.one_of(st.none(), any_arrays((n, k)))),
        "weights": data.draw(st.one_of(st.none(), st.none(), any_arrays((n,)))),
    }
    kept = {name: None if array is None else array.copy() for name, array in arrays.items()}
    try:
        students = data.draw(st.sampled_from(CLASSES))(data.draw, n, k)
        outcome = klr.Instance(
            students=students,
            loss=loss,
            side=data.draw(st.sampled_from(["left", "right"])),
            normalize=data.draw(st.booleans()),
            **arrays,
        ).solve()
    except KlRegressionError:
        outcome = None
    if outcome is not None:
        no_nan(outcome)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, kept[name])
