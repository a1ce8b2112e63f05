"""The boundary for logarithms: of predictions that are too small for a float64."""

from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Predictions, as_numbers, reject, same_shape
from kl_regression.errors import ShapeError
from kl_regression.tolerance import row_sum_tolerance


def as_log_predictions(
    value: Any, argument: str, like: Float[np.ndarray, "n k"]
) -> Float[np.ndarray, "n k"] | None:
    """Check logarithms of predictions: the shape of ``like``, no NaN, -inf allowed for a zero."""
    if value is None:
        return None
    array = np.asarray(as_numbers(value, argument), dtype=np.float64)
    if array.ndim == 1:
        array = array[:, None]
    if array.shape != like.shape:
        raise ShapeError(
            argument, f"has shape {array.shape}", f"Use the shape of the predictions, {like.shape}"
        )
    reject(
        np.isnan(array) | (array == np.inf),
        array,
        argument,
        "is no logarithm",
        "Use finite numbers, or -inf for 0",
    )
    return array


def as_logarithms(value: Any, argument: str, of: Predictions) -> Predictions:
    """Return logarithms of predictions ``of``, shape (n, k); -inf where one is 0."""
    raw = as_numbers(value, argument)
    array = np.asarray(raw, dtype=np.float64)
    same_shape(array, argument, of.shape, "the predictions")
    with np.errstate(over="ignore"):
        off = ~(np.abs(np.exp(array) - of) <= row_sum_tolerance(raw.dtype, 1) * np.maximum(of, 1.0))
    reject(off, array, argument, "is not the logarithm of its prediction", "Pass log(predictions)")
    return array
