"""Distance to calibration: how far the nearest perfectly calibrated predictor is, in E |F - h|.

A predictor h of one class is calibrated when E[Y | h] = h: it cuts the points into cells and is the
mean label on each. The nearest one is found over all cuts, by the best cut of every set of points:
a cell that holds its first point, and the best cut of the others. That takes 3^(n-1) steps for n
points. Calibrated predictors do not depend on F, so the distance is 1-Lipschitz in E |F - F'|.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import as_weights
from kl_regression.calibration.inputs import as_label_rows, as_probabilities
from kl_regression.errors import InputError
from kl_regression.tolerance import ENTRY_ULPS, EPS

POINTS = 12
"""Points of positive weight up to which every cut is tried."""


@dataclass(frozen=True)
class CalibrationDistance:
    """Distances to calibration, one a class.

    Args:
        per_class: E |F_c - h| of the nearest calibrated h, shape (k,).
        gaps: how far rounding may put each off, shape (k,).
    """

    per_class: Float[np.ndarray, " k"]
    gaps: Float[np.ndarray, " k"]

    @property
    def value(self) -> float:
        """The sum over classes."""
        return float(self.per_class.sum())


def calibration_distance(
    predictions: Any, labels: Any, *, weights: Any = None
) -> CalibrationDistance:
    """Return the distance of each class's scores to the nearest perfectly calibrated predictor.

    In the predictions it is Lipschitz: by E |g_c - s_c| times 1.

    Args:
        predictions: probabilities F, shape (n, k); at most 12 points of positive weight.
        labels: class numbers, shape (n,), or label probabilities, shape (n, k).
        weights: probabilities of the points, shape (n,); uniform where None.

    Raises:
        InputError: for arrays that cannot be used, or too many points.

    Source: blasiok:23, the true distance to calibration.
    """
    F = as_probabilities(predictions, "predictions")
    Y = as_label_rows(labels, *F.shape)
    p = as_weights(weights, len(F))
    counted = p > 0
    if counted.sum() > POINTS:
        raise InputError(
            "predictions",
            f"has {counted.sum()} points of positive weight",
            f"Every cut of the points is tried: use at most {POINTS}, or smooth_error",
        )
    columns = zip(F[counted].T, Y[counted].T, strict=True)
    values = np.array([_nearest(f, y, p[counted]) for f, y in columns])
    # A mean errs by a rounding a point, as do the sums of a cell and of the cells.
    return CalibrationDistance(values, np.full(len(values), EPS * (3 * len(F) + ENTRY_ULPS)))


def _nearest(
    scores: Float[np.ndarray, " n"], labels: Float[np.ndarray, " n"], p: Float[np.ndarray, " n"]
) -> float:
    """Return the least Σ p |F - h| over the predictors h that are mean labels on a cut's cells."""
    n = len(scores)
    held = (np.arange(1, 2**n)[:, None] >> np.arange(n)) & 1
    means = (held @ (p * labels)) / (held @ p)
    cost = (held * p * np.abs(scores - means[:, None])).sum(axis=1)
    of_cell = [0.0, *cost.tolist()]
    best = [0.0] * 2**n
    for points in range(1, 2**n):
        first = points & -points
        rest = others = points ^ first
        least = of_cell[points]
        while others:  # every set of the points beside the first, left to cells of their own
            least = min(least, of_cell[points ^ others] + best[others])
            others = (others - 1) & rest
        best[points] = least
    return best[-1]
