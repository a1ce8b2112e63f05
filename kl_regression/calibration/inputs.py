"""The boundary of the calibration errors: probabilities, labels, edges, positive numbers."""

import math
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import SIMPLEX, Predictions, as_predictions, as_real
from kl_regression.errors import DomainError, InputError, ShapeError
from kl_regression.tolerance import row_sum_tolerance


def as_probabilities(value: Any, argument: str) -> Predictions:
    """Check predicted probabilities of shape (n, k) with k >= 2; logits are told apart by sums."""
    array, dtype = as_real(value, argument)
    if array.ndim != 2 or array.shape[1] < 2:
        raise ShapeError(
            argument,
            f"has shape {array.shape}",
            "Use shape (n, k) with k >= 2; of two classes pass both columns (1 - p, p)",
        )
    with np.errstate(over="ignore", invalid="ignore"):
        sums = array.sum(axis=1)
        off = ~(np.abs(sums - 1.0) <= row_sum_tolerance(dtype, array.shape[1]))
    if off.any():
        row = int(np.argmax(off))
        raise DomainError(
            argument,
            f"rows sum to {sums[row]:.6g} (row {row})",
            "Did you mean logits? Apply a softmax first",
        )
    return as_predictions(value, argument, SIMPLEX)


def as_label_rows(value: Any, points: int, classes: int) -> Predictions:
    """Return labels as label probabilities, shape (n, k).

    Args:
        value: class numbers 0, ..., k - 1 of shape (n,), or one-hot or label probabilities (n, k).
        points: n.
        classes: k.
    """
    array, _ = as_real(value, "labels")
    if array.shape == (points,):
        bad = (array < 0) | (array >= classes) | (array != np.floor(array))
        if bad.any():
            i = int(np.argmax(bad))
            raise DomainError(
                "labels",
                f"entry {i} = {array[i]:g} is no class",
                f"Use the numbers 0, ..., {classes - 1}, or label probabilities of shape (n, k)",
            )
        return np.asarray(np.eye(classes)[array.astype(np.intp)], dtype=np.float64)
    if array.shape != (points, classes):
        raise ShapeError(
            "labels",
            f"has shape {array.shape}",
            f"Use class numbers of shape ({points},), or label probabilities ({points}, {classes})",
        )
    return as_probabilities(value, "labels")


def as_edges(value: Any) -> Float[np.ndarray, " b"]:
    """Check the edges of bins, shape (b + 1,): two at least, increasing."""
    array, _ = as_real(value, "edges")
    if array.ndim != 1 or len(array) < 2:
        raise ShapeError("edges", f"has shape {array.shape}", "Pass two edges or more, in a list")
    flat = np.diff(array) <= 0
    if flat.any():
        i = int(np.argmax(flat)) + 1
        raise DomainError(
            "edges",
            f"entry {i} = {array[i]:g} is not above entry {i - 1} = {array[i - 1]:g}",
            "Bins are increasing: sort the edges and drop repeated ones",
        )
    return array


def as_flag(value: Any, argument: str) -> bool:
    """Return True or False, of Python or of NumPy; a text such as "no" would count as True."""
    if not isinstance(value, bool | np.bool_):
        raise InputError(argument, f"is {value!r}", "Use True or False")
    return bool(value)


def as_positive(value: Any, argument: str) -> float:
    """Return a positive finite number."""
    number = isinstance(value, int | float | np.integer | np.floating)
    if not number or isinstance(value, bool) or not 0.0 < value < math.inf:
        raise InputError(argument, f"is {value!r}", "Use a positive number")
    return float(value)
