"""Calibration errors of predictions of shape (n, k), with the conditioning made explicit.

Marginal calibration error given an explicit conditioning, smooth calibration error with its optimal
witness, distance to calibration, the error under the Laplace kernel, SmoothECE at a fixed width,
and the binned error of netcal and torchmetrics: each exactly
the error of the finite population of points, weights and label probabilities that is passed.
"""

from kl_regression.calibration.binned import Convention, binned_error
from kl_regression.calibration.conditioning import (
    Conditioning,
    bins,
    groups,
    own_score,
    points,
    score,
)
from kl_regression.calibration.distance import CalibrationDistance, calibration_distance
from kl_regression.calibration.kernel import KernelError, smooth_ece
from kl_regression.calibration.laplace import LaplaceError, laplace_error
from kl_regression.calibration.marginal import MarginalError, marginal_error
from kl_regression.calibration.smooth import SmoothError, Witness, smooth_error

__all__ = [
    "CalibrationDistance",
    "Conditioning",
    "Convention",
    "KernelError",
    "LaplaceError",
    "MarginalError",
    "SmoothError",
    "Witness",
    "binned_error",
    "bins",
    "calibration_distance",
    "groups",
    "laplace_error",
    "marginal_error",
    "own_score",
    "points",
    "score",
    "smooth_ece",
    "smooth_error",
]
