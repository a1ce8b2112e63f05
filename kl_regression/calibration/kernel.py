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
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import as_weights
from kl_regression.calibration.inputs import as_label_rows, as_positive, as_probabilities
from kl_regression.calibration.smooth import Line, Steps, residuals_by_score
from kl_regression.errors import InputError
from kl_regression.tolerance import BLOCK, EPS

POINTS_PER_WAVE = 64
"""Points of the grid in a half wave of the fastest cosine."""

SPAN = math.sqrt(-2.0 * math.log(EPS)) / math.pi
"""Cosines times the width: those whose factor is below a rounding do not count."""

MOST_NODES = 1 << 18
"""Points of a grid at most; a class of 100 points then costs a minute."""

HALVINGS = 26
"""Bits of a sign change: the integral is stationary there, so half of a float's 52 suffice."""


@dataclass(frozen=True)
class KernelError:
    """SmoothECE at a fixed width, one a class.

    Args:
        per_class: the integral for each class, shape (k,).
        gaps: how far each may be off, by rounding and by sign changes within a cell, shape (k,).
    """

    per_class: Float[np.ndarray, " k"]
    gaps: Float[np.ndarray, " k"]

    @property
    def value(self) -> float:
        """The sum over classes."""
        return float(self.per_class.sum())


def smooth_ece(predictions: Any, labels: Any, *, width: Any, weights: Any = None) -> KernelError:
    """Return SmoothECE at a fixed width of the folded Gaussian kernel, one a class.

    In the predictions it is Lipschitz: by E |g_c - s_c| times 1 + sqrt(2/π) / width.

    About 3 / width cosines are summed on a grid of 64 times as many nodes, and once more for each
    sign change: the cost grows with 1 / width^2 and a little faster. At n = 100 a class takes
    0.15 s at 0.01, 2 s at 0.003 and 20 s at 0.001.

    Args:
        predictions: probabilities F, shape (n, k).
        labels: class numbers, shape (n,), or label probabilities, shape (n, k).
        width: the standard deviation σ of the kernel; from 0.00066 on, where the grid has at most
            2^18 nodes.
        weights: probabilities of the points, shape (n,); uniform where None.

    Raises:
        InputError: for arrays that cannot be used, with argument, index and value, and for widths
            that are too small, with one that is not.

    Source: blasiok:24.
    """
    sigma = _as_width(width)
    F = as_probabilities(predictions, "predictions")
    Y = as_label_rows(labels, *F.shape)
    p = as_weights(weights, len(F))[:, None]
    columns = zip(F.T, (p * (Y - F)).T, strict=True)
    found = [_absolute_integral(*residuals_by_score(f, r), sigma) for f, r in columns]
    return KernelError(np.array([v for v, _ in found]), np.array([gap for _, gap in found]))


def _as_width(value: Any) -> float:
    """Return a positive width whose grid has few enough nodes."""
    sigma = as_positive(value, "width")
    if sigma * MOST_NODES >= SPAN * POINTS_PER_WAVE:
        return sigma
    nodes = POINTS_PER_WAVE * SPAN / sigma
    least = SPAN * POINTS_PER_WAVE / MOST_NODES
    raise InputError(
        "width",
        f"is {sigma:g}, which needs a grid of {nodes:.2g} nodes, more than {MOST_NODES}",
        # A hundredth more, so that rounding to three digits does not go below it.
        f"Use {1.01 * least:.3g} or more",
    )


def _absolute_integral(scores: Line, residuals: Line, sigma: float) -> tuple[float, float]:
    """Return ∫_0^1 |R(t)| dt for residuals at distinct scores, shape (m,), and its error."""
    count = math.ceil(SPAN / sigma)
    pulses = math.pi * np.arange(1, count + 1)
    factors = 2.0 * np.exp(-0.5 * (pulses * sigma) ** 2)
    coefficients = factors * _series(np.cos, pulses, scores, residuals)
    mean = float(residuals.sum())

    def smoothed(t: Any) -> Any:
        return mean + _series(np.cos, t, pulses, coefficients)

    grid = np.linspace(0.0, 1.0, POINTS_PER_WAVE * count + 1)
    values = smoothed(grid)
    signs = values > 0
    cells = np.flatnonzero(signs[1:] != signs[:-1])
    low, high = grid[cells], grid[cells + 1]
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        same = (smoothed(middle) > 0) == signs[cells]
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    turns = np.sort(np.append(grid, low))
    integral = mean * turns + _series(np.sin, turns, pulses, coefficients / pulses)
    mass = float(np.abs(residuals).sum())
    # A phase errs by its size in roundings, a sum by one a term; each piece has two ends.
    ulps = float(((pulses + count + len(scores)) * (factors + np.abs(coefficients))).sum())
    rounding = EPS * (len(turns) * (ulps + count) * mass + mass)
    return float(np.abs(np.diff(integral)).sum()), rounding + _missed(
        grid, values, pulses, coefficients
    )


def _missed(grid: Line, values: Line, pulses: Steps, coefficients: Steps) -> float:
    """Bound what sign changes that the grid does not show may hide from ∫ |R|.

    Between two more of them R has an extremum, so with |R''| <= M on a cell of length h: R is at
    most M h^2 / 2 at an end of the cell, at most M h^2 / 8 beyond zero, and the cell hides at most
    M h^3 / 4. M is the larger |R''| at the ends plus h^2 / 8 of the largest fourth derivative.
    """
    step = 1.0 / (len(grid) - 1)
    fourth = float((np.abs(coefficients) * pulses**4).sum())
    bends = np.abs(_series(np.cos, grid, pulses, coefficients * pulses**2))
    curvature = np.maximum(bends[1:], bends[:-1]) + 0.125 * fourth * step**2
    ends = np.minimum(np.abs(values[1:]), np.abs(values[:-1]))
    return float(curvature[ends <= 0.5 * curvature * step**2].sum()) * 0.25 * step**3


def _series(wave: Callable[[Any], Any], at: Line, pulses: Steps, coefficients: Steps) -> Line:
    """Return Σ_j c_j wave(pulse_j t) for each t, shape (t,), a block of t at a time."""
    rows = max(BLOCK // len(pulses), 1)
    blocks = (at[i : i + rows, None] * pulses for i in range(0, max(len(at), 1), rows))
    return np.concatenate([wave(block) @ coefficients for block in blocks])
