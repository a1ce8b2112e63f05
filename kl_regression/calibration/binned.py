"""Binned calibration error of the top label, by the conventions of the packages in use.

Bins have equal width; a point's confidence is its largest probability, the first of ties, and it
hits where its label is that class. The error is Σ_bins |Σ p (confidence - hit)|, which depends on
the bins and is discontinuous in the predictions.
"""

from enum import StrEnum
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from kl_regression.arrays import as_weights
from kl_regression.calibration.inputs import as_label_rows, as_probabilities
from kl_regression.calibration.marginal import cell_sums
from kl_regression.errors import InputError


class Convention(StrEnum):
    """Which bin an edge belongs to."""

    NETCAL = "netcal"
    """[lo, hi), the last bin closed."""
    TORCHMETRICS = "torchmetrics"
    """[lo, hi), and the confidence 1 in a bin of its own."""
    RIGHT_CLOSED = "right-closed"
    """(lo, hi], as in guo:17."""


def binned_error(
    predictions: Any,
    labels: Any,
    *,
    bins: Any = 10,
    convention: str = "netcal",
    weights: Any = None,
) -> float:
    """Return the expected calibration error of the top label in bins of equal width.

    Args:
        predictions: probabilities, shape (n, k).
        labels: class numbers, shape (n,), or label probabilities, shape (n, k).
        bins: how many bins [0, 1] is cut into, at the floats of NumPy's linspace.
        convention: which bin an edge belongs to: "netcal", "torchmetrics" or "right-closed".
        weights: probabilities of the points, shape (n,); uniform where None.

    Raises:
        InputError: for arrays that cannot be used, no bins, or an unknown convention.

    Source: guo:17.
    """
    if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
        raise InputError("bins", f"is {bins!r}", "Use a positive whole number")
    if convention not in tuple(Convention):
        known = ", ".join(f'"{name}"' for name in Convention)
        raise InputError("convention", f"is {convention!r}", f"Use one of {known}")
    F = as_probabilities(predictions, "predictions")
    Y = as_label_rows(labels, *F.shape)
    p = as_weights(weights, len(F))
    top = F.argmax(axis=1)[:, None]
    confidence, hit = (np.take_along_axis(rows, top, axis=1)[:, 0] for rows in (F, Y))
    cell = _bin(confidence, int(bins), Convention(convention))
    return float(np.abs(cell_sums(p * (confidence - hit), cell)).sum())


def _bin(
    confidence: Float[np.ndarray, " n"], count: int, convention: Convention
) -> Int[np.ndarray, " n"]:
    """Return the number of each confidence's bin, from 0; ``count`` is the bin of 1 alone."""
    edges = np.linspace(0.0, 1.0, count + 1)
    if convention is Convention.RIGHT_CLOSED:
        return np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, count - 1)
    last = count if convention is Convention.TORCHMETRICS else count - 1
    return np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, last)
