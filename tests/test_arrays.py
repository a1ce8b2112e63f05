"""The boundary: what is accepted becomes float64; the rest is named by entry and value."""

import re

import numpy as np
import pandas as pd
import pytest

from kl_regression.arrays import (
    POSITIVE,
    REAL,
    SIMPLEX,
    Domain,
    as_features,
    as_models,
    as_predictions,
    as_real,
    as_weights,
    check_models,
)
from kl_regression.arrays_logs import as_log_predictions
from kl_regression.errors import DomainError, InputError, ShapeError

ROWS = [[0.25, 0.75], [0.5, 0.5]]

ACCEPTED = {
    "list": ROWS,
    "tuple": tuple(map(tuple, ROWS)),
    "float64": np.array(ROWS),
    "float32": np.array(ROWS, np.float32),
    "float16": np.array(ROWS, np.float16),
    "longdouble": np.array(ROWS, np.longdouble),
    "big-endian": np.array(ROWS, ">f8"),
    "Fortran order": np.asfortranarray(ROWS),
    "strided": np.repeat(np.array(ROWS), 2, axis=0)[::2],
    "reversed": np.array(ROWS)[::-1][::-1],
    "frame": pd.DataFrame(ROWS, columns=["no", "yes"]),
    "frame with an index": pd.DataFrame(ROWS, index=["b", "a"]),
    "list of arrays": [np.array(row) for row in ROWS],
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_holds_real_numbers_is_accepted(name):
    """Lists, frames, every float type and memory layout become the same float64 array."""
    found = as_predictions(ACCEPTED[name], "teacher", SIMPLEX)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, ROWS)


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint8, bool])
def test_integers_and_booleans_are_accepted(kind):
    """One-hot rows of integers or booleans are distributions."""
    found = as_predictions(np.eye(3, dtype=kind), "truth", SIMPLEX)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, np.eye(3))


def test_a_series_and_a_vector_are_one_column():
    """Shape (n,) is read as (n, 1)."""
    assert as_predictions(pd.Series([1.0, 2.0]), "teacher", POSITIVE).shape == (2, 1)
    assert as_features([1, 2, 3], "features").shape == (3, 1)
    assert as_models([[1.0, 2.0]], "models").shape == (1, 2, 1)


def test_read_only_arrays_are_accepted_and_nothing_is_changed():
    """An array that must not be written to is read, with normalize=True too."""
    array = np.array([[1.0, 3.0], [2.0, 2.0]])
    array.flags.writeable = False
    found = as_predictions(array, "teacher", SIMPLEX, normalize=True)
    np.testing.assert_array_equal(found, ROWS)
    np.testing.assert_array_equal(array, [[1.0, 3.0], [2.0, 2.0]])


def test_float32_rows_are_accepted_with_the_rounding_of_float32():
    """A float32 softmax passes as float32; the same numbers claimed as float64 do not."""
    rng = np.random.default_rng(0)
    rows = rng.random((100, 10)).astype(np.float32)
    rows /= rows.sum(axis=1, keepdims=True)
    found = as_predictions(rows, "teacher", SIMPLEX)
    np.testing.assert_allclose(found, rows, rtol=4 * np.finfo(np.float32).eps)
    as_predictions(found, "teacher", SIMPLEX)
    with pytest.raises(DomainError, match=r"teacher: row \d+ sums to"):
        as_predictions(rows.astype(np.float64), "teacher", SIMPLEX)
    models = as_models([rows, rows], "models")
    np.testing.assert_array_equal(models[1], found)
    np.testing.assert_array_equal(as_models(rows[None] * 2, "models")[0], 2.0 * rows.astype(float))


REJECTED = {
    "masked": (np.ma.masked_array(ROWS), InputError, "is a masked array. Drop the masked rows"),
    "masked in a list": (
        [np.ma.masked_array([0.5, 0.5])],
        InputError,
        "is a masked array. Drop the masked rows",
    ),
    "complex": (np.array(ROWS) * 1j, InputError, "is complex. Pass real numbers"),
    "string": ("rows", InputError, "is of type <U4. Pass real numbers"),
    "strings": ([["a", "b"]], InputError, "is of type <U1. Pass real numbers"),
    "objects": ([[object(), 1.0]], InputError, "is of type object. Pass real numbers"),
    "dates": (np.array(["2020-01-01"], "M8[D]"), InputError, "is of type datetime64[D]"),
    "missing": (pd.DataFrame([[None, "x"]]), InputError, "is of type object"),
    "None": (None, InputError, "is None. Pass an array of numbers"),
    "ragged": ([[0.5, 0.5], [1.0]], ShapeError, "is not a rectangular array"),
    "empty": ([], ShapeError, "is empty, of shape (0,). Pass at least one sample point"),
    "no points": (np.zeros((0, 2)), ShapeError, "is empty, of shape (0, 2)"),
    "no outputs": (np.zeros((2, 0)), ShapeError, "is empty, of shape (2, 0)"),
    "number": (0.5, ShapeError, "has shape (). Use shape (n, k)"),
    "three axes": (np.full((1, 2, 2), 0.5), ShapeError, "has shape (1, 2, 2). Use shape (n, k)"),
    "one class": ([1.0, 1.0], ShapeError, "a distribution over one class is always 1"),
    "nan": ([[0.5, 0.5], [np.nan, 1.0]], DomainError, "entry (1, 0) = nan is not finite. Remove"),
    "inf": ([[0.5, np.inf]], DomainError, "entry (0, 1) = inf is not finite"),
    "beyond float64": (
        np.array([[0.5, "1e4000"]], np.longdouble),
        DomainError,
        "entry (0, 1) = inf is not finite",
    ),
    "negative": (
        [[0.5, 0.5], [1.5, -0.5]],
        DomainError,
        "entry (1, 1) = -0.5 is below 0, outside the loss's domain. Probabilities are nonneg",
    ),
    "off by 0.1": (
        [[0.5, 0.5], [0.5, 0.6]],
        DomainError,
        "row 1 sums to 1.1 (1 +0.1). Pass normalize=True to divide each row by its sum",
    ),
    "off by -1e-6": ([[0.5, 0.499999]], DomainError, "row 0 sums to 0.999999 (1 -1e-06)"),
    "huge": ([[1e308, 1e308]], DomainError, "row 0 sums to inf"),
}


@pytest.mark.parametrize("name", REJECTED)
def test_what_is_no_table_of_distributions_is_named(name):
    """The message names the argument, the first offending entry and value, and what to do."""
    value, kind, words = REJECTED[name]
    with pytest.raises(kind, match=re.escape(words)) as caught:
        as_predictions(value, "teacher", SIMPLEX)
    assert caught.value.argument == "teacher"
    assert caught.value.remedy


def test_normalize_repairs_sums_and_nothing_else():
    """Rows of any size are divided by their sums; zero rows and negative entries stay errors."""
    rows = [[1e308, 1e308], [5e-324, 0.0], [3.0, 1.0]]
    found = as_predictions(rows, "teacher", SIMPLEX, normalize=True)
    np.testing.assert_array_equal(found, [[0.5, 0.5], [1.0, 0.0], [0.75, 0.25]])
    with pytest.raises(DomainError, match=r"entry \(1, 0\) = 0\.0 is in a row of zeros"):
        as_predictions([[1.0, 1.0], [0.0, 0.0]], "teacher", SIMPLEX, normalize=True)
    with pytest.raises(DomainError, match=r"entry \(0, 1\) = -1\.0 is below 0"):
        as_predictions([[1.0, -1.0]], "teacher", SIMPLEX, normalize=True)


def test_domains_of_the_other_losses():
    """Real outputs go up to 1e150, positive ones start at 0, a domain has ends."""
    as_predictions([[-1e150], [0.0]], "teacher", REAL)
    as_predictions([[1e150], [0.0]], "teacher", POSITIVE)
    with pytest.raises(DomainError, match=r"entry \(1, 0\) = -1\.0 is below 0"):
        as_predictions([[1.0], [-1.0]], "teacher", POSITIVE)
    with pytest.raises(DomainError, match=r"entry \(0, 0\) = 2\.0 is above 1"):
        as_predictions([[2.0]], "teacher", Domain(0.0, 1.0))
    with pytest.raises(DomainError, match=r"entry \(0, 0\) = 1e\+200 is too large"):
        as_predictions([[1e200]], "teacher", REAL)
    with pytest.raises(DomainError, match=r"features: entry \(0, 0\) = -1e\+200 is too large"):
        as_features([[-1e200]], "features")


@pytest.mark.parametrize(
    ("weights", "kind", "words"),
    [
        ([0.5, 0.6], DomainError, "sums to 1.1 (1 +0.1). Divide the weights by their sum"),
        ([1.5, -0.5], DomainError, "entry (1,) = -0.5 is negative"),
        ([1.0], ShapeError, "has shape (1,). Use shape (2,): one weight a sample point"),
        ([[0.5, 0.5]], ShapeError, "has shape (1, 2). Use shape (2,)"),
        (1.0, ShapeError, "has shape (). Use shape (2,)"),
        ([0.5, np.nan], DomainError, "entry (1,) = nan is not finite"),
        ([1e308, 1e308], DomainError, "sums to inf (1 +inf)"),
        ([0.0, 0.0], DomainError, "sums to 0 (1 -1)"),
        ("half", InputError, "is of type <U4"),
        ([], ShapeError, "is empty"),
    ],
)
def test_weights_are_probabilities_of_the_points(weights, kind, words):
    """Weights of another length or sum, negative or missing, are named."""
    with pytest.raises(kind, match=re.escape("weights: " + words)):
        as_weights(weights, 2)


def test_good_weights_are_kept():
    """Uniform where none are given; zeros and tiny weights stay, float32 ones sum to 1 again."""
    np.testing.assert_array_equal(as_weights(None, 4), np.full(4, 0.25))
    np.testing.assert_array_equal(as_weights([0.0, 1.0, 1e-300], 3), [0.0, 1.0, 1e-300])
    thirds = np.full(3, 1 / 3, np.float32)
    np.testing.assert_array_equal(as_weights(thirds, 3), np.full(3, 1 / 3))
    many = np.full(100_000, 1e-5 * (1 + 1e-4), np.float32)
    with pytest.raises(DomainError, match="sums to 1"):
        as_weights(many, len(many))


def test_models():
    """No models, models of other shapes, and a bad entry of one model are named."""
    with pytest.raises(ShapeError, match=r"models: is empty: m = 0 models\. Pass at least one"):
        as_models([], "models")
    with pytest.raises(ShapeError, match="models: is empty: m = 0 models"):
        as_models(np.zeros((0, 2, 3)), "models")
    with pytest.raises(ShapeError, match=r"models: is empty, of shape \(2, 0, 3\)"):
        as_models(np.zeros((2, 0, 3)), "models")
    with pytest.raises(ShapeError, match=r"has shape \(2,\)\. Use shape \(m, n, k\)"):
        as_models([1.0, 2.0], "models")
    with pytest.raises(ShapeError, match="is not a rectangular array"):
        as_models([ROWS, ROWS[:1]], "models")
    bad = as_models([ROWS, [[0.5, 0.5], [1.2, -0.2]]], "models")
    with pytest.raises(DomainError, match=r"models\[1\]: entry \(1, 1\) = -0\.2 is below 0"):
        check_models(bad, "models", SIMPLEX, np.dtype(float))


def test_a_memory_map_stays_one(tmp_path):
    """Models on disk are not copied."""
    path = tmp_path / "models.npy"
    np.save(path, np.array([ROWS]))
    mapped = np.load(path, mmap_mode="r")
    found = as_models(mapped, "models")
    assert isinstance(found, np.memmap)
    check_models(found, "models", SIMPLEX, found.dtype)


def test_a_memory_map_is_checked_a_model_at_a_time(tmp_path):
    """A NaN on disk is found when the models are checked, and named."""
    path = tmp_path / "models.npy"
    np.save(path, np.array([ROWS, [[0.5, 0.5], [np.nan, 1.0]]]))
    mapped = as_models(np.load(path, mmap_mode="r"), "models")
    with pytest.raises(DomainError, match=r"models\[1\]: entry \(1, 0\) = nan is not finite"):
        check_models(mapped, "models", SIMPLEX, mapped.dtype)


@pytest.mark.parametrize(
    ("logs", "words"),
    [
        ([[0.0, np.nan]], "log_p: entry (0, 1) = nan is no logarithm. Use finite numbers, or -inf"),
        ([[np.inf, 0.0]], "log_p: entry (0, 0) = inf is no logarithm"),
        ([[0.0]], "log_p: has shape (1, 1). Use the shape of the predictions, (1, 2)"),
        ([[0.0, 1j]], "log_p: is complex"),
        ("log", "log_p: is of type <U3"),
        ([[0.0], [0.0, 0.0]], "log_p: is not a rectangular array"),
        (np.ma.masked_array([[0.0, 0.0]]), "log_p: is a masked array"),
    ],
)
def test_logarithms_of_predictions(logs, words):
    """Logarithms have the shape of the predictions and may be -inf, not NaN or +inf."""
    like = np.array([[1.0, 0.0]])
    with pytest.raises(InputError, match=re.escape(words)):
        as_log_predictions(logs, "log_p", like)
    found = as_log_predictions([[0, -np.inf]], "log_p", like)
    np.testing.assert_array_equal(found, [[0.0, -np.inf]])
    assert as_log_predictions(None, "log_p", like) is None


def test_as_real_returns_the_type_that_came_in():
    """The type decides how far rows may be off."""
    assert as_real(np.float32([1.0]), "x")[1] == np.float32
    assert as_real([1], "x")[1].kind == "i"


def test_features_whose_squares_vanish_are_to_be_rescaled():
    """A column of 1e-200 has no pseudo-inverse in floats; zeros are left to the class."""
    with pytest.raises(
        DomainError, match=r"features: entry \(0, 1\) = 1e-200 is in a column too sm"
    ):
        as_features([[1.0, 1e-200], [2.0, 0.0]], "features")
    np.testing.assert_array_equal(as_features([[0.0], [0.0]], "points"), [[0.0], [0.0]])
    np.testing.assert_array_equal(as_features([[1.0], [1e-200]], "points"), [[1.0], [1e-200]])
