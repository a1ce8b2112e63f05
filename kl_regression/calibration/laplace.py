"""Laplace kernel calibration error: the length of the residuals' mean in the kernel's space.

kCE^2 = E E' (Y - F) (Y' - F') exp(-|F - F'|). On the sorted distinct scores v_j with residuals r_j
the kernel is that of a Markov chain, so with T_j = Σ_{i >= j} r_i exp(-(v_i - v_j)) it is a sum of
squares, kCE^2 = T_1^2 + Σ_{j > 1} (1 - exp(-2 (v_j - v_{j-1}))) T_j^2, where nothing cancels.

It is not Lipschitz in the predictions: |kCE(g) - kCE(s)| <= D + sqrt(2D) with D = E |g - s|, since
features have length 1 and |φ(g) - φ(s)|^2 = 2 - 2 exp(-|g - s|) <= 2 |g - s|.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import as_weights
from kl_regression.calibration.inputs import as_label_rows, as_probabilities
from kl_regression.calibration.smooth import Line, residuals_by_score
from kl_regression.tolerance import ENTRY_ULPS, EPS


@dataclass(frozen=True)
class LaplaceError:
    """Laplace kernel calibration errors, one a class.

    Args:
        per_class: kCE of each class, shape (k,).
        gaps: how far rounding may put each off, shape (k,).
    """

    per_class: Float[np.ndarray, " k"]
    gaps: Float[np.ndarray, " k"]

    @property
    def value(self) -> float:
        """The sum over classes."""
        return float(self.per_class.sum())


def laplace_error(predictions: Any, labels: Any, *, weights: Any = None) -> LaplaceError:
    """Return the calibration error of each class under the kernel exp(-|u - v|).

    Args:
        predictions: probabilities F, shape (n, k).
        labels: class numbers, shape (n,), or label probabilities, shape (n, k).
        weights: probabilities of the points, shape (n,); uniform where None.

    Raises:
        InputError: for arrays that cannot be used; the message names argument, index and value.

    Source: kumar:18; blasiok:23 for this kernel.
    """
    F = as_probabilities(predictions, "predictions")
    Y = as_label_rows(labels, *F.shape)
    p = as_weights(weights, len(F))[:, None]
    residuals = p * (Y - F)
    columns = zip(F.T, residuals.T, strict=True)
    values = np.array([_length(*residuals_by_score(f, r)) for f, r in columns])
    # A residual moved by u moves the length by at most u: its feature has length 1.
    lost = EPS * (len(F) + ENTRY_ULPS) * (np.abs(residuals) + p).sum(axis=0)
    return LaplaceError(values, lost)


def _length(scores: Line, residuals: Line) -> float:
    """Return sqrt(Σ r_i r_j exp(-|v_i - v_j|)) of increasing scores and their residuals, (m,)."""
    steps = np.diff(scores)
    kept = np.exp(-steps)
    tails = residuals.copy()
    for j in range(len(steps) - 1, -1, -1):
        tails[j] += kept[j] * tails[j + 1]
    shares = np.sqrt(np.append(1.0, -np.expm1(-2.0 * steps)))
    return float(np.linalg.norm(shares * tails))
