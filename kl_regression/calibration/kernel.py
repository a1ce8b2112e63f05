"""SmoothECE at a fixed width: the L1 norm of the residual smoothed by a reflected Gaussian kernel.

∫_0^1 |R(t)| dt with R(t) = Σ_i p_i (Y_i - F_i) K(t, F_i), K the Gaussian density of width σ, folded
at 0 and 1. Summed over its images (Poisson's formula) K is the cosine series
1 + 2 Σ_j exp(-j^2 π^2 σ^2 / 2) cos(jπt) cos(jπF), so that R and its integral are two series with
the same coefficients. The integral of |R| is the total variation of R's integral, found exactly
between the sign changes of R. A score of exactly 0 or 1 counts like its neighbours, folded onto
itself; the relplot package counts it half, and cuts the kernel at 1/2 from its centre.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import as_weights
from kl_regression.calibration.inputs import as_label_rows, as_positive, as_probabilities
from kl_regression.calibration.smooth import Line, residuals_by_score
from kl_regression.tolerance import BLOCK, EPS

POINTS_PER_WAVE = 16
"""Points of the grid in a half wave of the fastest cosine: a sign change a cell is found."""

HALVINGS = 26
"""Bits of a sign change: the integral is stationary there, so half of a float's 52 suffice."""


def smooth_ece(
    predictions: Any, labels: Any, *, width: float, weights: Any = None
) -> Float[np.ndarray, " k"]:
    """Return SmoothECE at a fixed width of the reflected Gaussian kernel, one a class, shape (k,).

    In the predictions it is Lipschitz: by E |g_c - s_c| times 1 + sqrt(2/π) / width. Sign changes
    of the smoothed residual are found where there is one in a cell of a grid that has 16 points a
    half wave of the fastest cosine that counts.

    Args:
        predictions: probabilities F, shape (n, k).
        labels: class numbers, shape (n,), or label probabilities, shape (n, k).
        width: the standard deviation σ of the kernel.
        weights: probabilities of the points, shape (n,); uniform where None.

    Raises:
        InputError: for arrays that cannot be used; the message names argument, index and value.

    Source: blasiok:24.
    """
    sigma = as_positive(width, "width")
    F = as_probabilities(predictions, "predictions")
    Y = as_label_rows(labels, *F.shape)
    p = as_weights(weights, len(F))[:, None]
    columns = zip(F.T, (p * (Y - F)).T, strict=True)
    return np.array([_absolute_integral(*residuals_by_score(f, r), sigma) for f, r in columns])


def _absolute_integral(scores: Line, residuals: Line, sigma: float) -> float:
    """Return ∫_0^1 |R(t)| dt for residuals at distinct scores, shape (m,)."""
    # Cosines whose factor is below a rounding do not count.
    count = math.ceil(math.sqrt(-2.0 * math.log(EPS)) / (math.pi * sigma))
    pulses = math.pi * np.arange(1, count + 1)
    factors = 2.0 * np.exp(-0.5 * (pulses * sigma) ** 2)
    coefficients = factors * _series(np.cos, pulses, scores, residuals)
    mean = float(residuals.sum())

    def smoothed(t: Line) -> Line:
        return mean + _series(np.cos, t, pulses, coefficients)

    grid = np.linspace(0.0, 1.0, POINTS_PER_WAVE * count + 1)
    signs = smoothed(grid) > 0
    cells = np.flatnonzero(signs[1:] != signs[:-1])
    low, high = grid[cells], grid[cells + 1]
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        same = (smoothed(middle) > 0) == signs[cells]
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    turns = np.sort(np.append(grid, low))
    integral = mean * turns + _series(np.sin, turns, pulses, coefficients / pulses)
    return float(np.abs(np.diff(integral)).sum())


def _series(wave: Callable[[Line], Line], at: Line, pulses: Line, coefficients: Line) -> Line:
    """Return Σ_j c_j wave(pulse_j t) for each t, shape (t,), a block of t at a time."""
    rows = max(BLOCK // len(pulses), 1)
    blocks = (at[i : i + rows, None] * pulses for i in range(0, max(len(at), 1), rows))
    return np.concatenate([wave(block) @ coefficients for block in blocks])
