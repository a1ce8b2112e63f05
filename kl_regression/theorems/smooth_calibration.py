"""Smooth calibration: continuous in the predictions, so bounded with no condition on the scores.

smCE = sup E η(F) (Y - F) over L-Lipschitz η into [-1, 1] is Lipschitz in E |g - s| with constant
1 + L: |E η(g)(Y - g) - E η(s)(Y - s)| <= E |η(g) - η(s)| |Y - g| + E |η(s)| |g - s|. The 2 of L = 1
is exact, approached by scores 0 with label 1 and 1 with label 0. Over the ball Lip + sup <= 1 the
constant is 1. SmoothECE of width σ: E |g - s| for the kernel's mass, and as much times
sqrt(2/π) / σ for the L1 distance of two kernels. Distance to calibration: 1, as both models have
the same calibrated predictors. Summed over classes the distance is E ||g - s||_1. The Laplace
kernel's error is not Lipschitz: D_c + sqrt(2 D_c) for each class, D + sqrt(2kD) for their sum, by
Cauchy.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from kl_regression.arithmetic import Number
from kl_regression.arrays import Predictions
from kl_regression.calibration.distance import CalibrationDistance, calibration_distance
from kl_regression.calibration.inputs import as_positive
from kl_regression.calibration.kernel import KernelError, smooth_ece
from kl_regression.calibration.laplace import LaplaceError, laplace_error
from kl_regression.calibration.smooth import SmoothError, smooth_error
from kl_regression.instance import Outcome
from kl_regression.theorems.base import Check, Claim, Kind, Theorem
from kl_regression.theorems.calibration import SOURCE, distance_bound, with_labels
from kl_regression.theorems.hypotheses import KL_LOSS, TRUTH_KNOWN
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import Sum

Error = SmoothError | KernelError | CalibrationDistance | LaplaceError
Measure = Callable[[Setting, Predictions], Error]


def smooth_calibration(
    outcome: Outcome, *, labels: object = None, lipschitz: float = 1.0, joint: bool = False
) -> Check:
    """Check that student's and teacher's smooth calibration errors are close, summed over classes.

    Args:
        outcome: a solved instance, predictions of shape (n, k).
        labels: class numbers (n,) or label probabilities (n, k); the truth's rows where None.
        lipschitz: L, the constant of η into [-1, 1].
        joint: the ball Lip + sup <= 1 instead.
    """

    def measure(at: Setting, model: Predictions) -> SmoothError:
        weights = at.outcome.instance.weights
        return smooth_error(
            model, at.outcome.truth, lipschitz=lipschitz, joint=joint, weights=weights
        )

    constant = 1.0 if joint else 1.0 + as_positive(lipschitz, "lipschitz")
    ball = "Lip + sup <= 1" if joint else f"L = {lipschitz:g}"
    theorem = _theorem(f"smooth calibration, {ball}", "smCE", constant, measure)
    return theorem.check(with_labels(outcome, labels))


def kernel_calibration(outcome: Outcome, *, width: float, labels: object = None) -> Check:
    """Check that student's and teacher's SmoothECE of one width are close, summed over classes.

    Args:
        outcome: a solved instance, predictions of shape (n, k).
        width: the kernel's standard deviation σ.
        labels: class numbers (n,) or label probabilities (n, k); the truth's rows where None.
    """

    def measure(at: Setting, model: Predictions) -> KernelError:
        return smooth_ece(model, at.outcome.truth, width=width, weights=at.outcome.instance.weights)

    constant = 1.0 + math.sqrt(2.0 / math.pi) / as_positive(width, "width")
    theorem = _theorem(f"SmoothECE, σ = {width:g}", r"smECE_\sigma", constant, measure)
    return theorem.check(with_labels(outcome, labels))


def distance_to_calibration(outcome: Outcome, *, labels: object = None) -> Check:
    """Check that student and teacher are about as far from calibrated, summed over classes.

    Args:
        outcome: a solved instance, predictions of shape (n, k), at most 12 points that count.
        labels: class numbers (n,) or label probabilities (n, k); the truth's rows where None.
    """

    def measure(at: Setting, model: Predictions) -> CalibrationDistance:
        return calibration_distance(model, at.outcome.truth, weights=at.outcome.instance.weights)

    theorem = _theorem("distance to calibration", r"\mathrm{dCE}", 1.0, measure)
    return theorem.check(with_labels(outcome, labels))


def laplace_calibration(outcome: Outcome, *, labels: object = None) -> Check:
    """Check that student's and teacher's Laplace kernel calibration errors are close, summed.

    Args:
        outcome: a solved instance, predictions of shape (n, k).
        labels: class numbers (n,) or label probabilities (n, k); the truth's rows where None.
    """

    def measure(at: Setting, model: Predictions) -> LaplaceError:
        return laplace_error(model, at.outcome.truth, weights=at.outcome.instance.weights)

    def bound(at: Setting, distance: Number) -> Number:
        classes = at.outcome.instance.teacher.shape[1]
        return distance + at.x.sqrt(2 * classes * distance)

    theorem = replace(
        _theorem("Laplace kernel calibration", r"\mathrm{kCE}", 1.0, measure),
        statement="Laplace kernel calibration errors differ by at most D + sqrt(2kD), D the"
        " bound on the distance",
        latex=r"\sum_c |\mathrm{kCE}_c(g) - \mathrm{kCE}_c(s)| \le D + \sqrt{2kD},"
        r" \quad D = \min\{2\sqrt{1-e^{-d}}, \sqrt{2d}\}",
        claim=lambda at: _claim(at, bound, measure),
    )
    return theorem.check(with_labels(outcome, labels))


def _theorem(key: str, letters: str, constant: float, measure: Measure) -> Theorem:
    return Theorem(
        key=key,
        name="smooth calibration bound",
        statement=f"smooth calibration errors differ by at most {constant:g} times the distance",
        latex=rf"\sum_c |{letters}_c(g) - {letters}_c(s)| \le"
        rf" {constant:g} \min\{{2\sqrt{{1-e^{{-d}}}}, \sqrt{{2d}}\}}",
        source=f"{SOURCE} (derived here)",
        constants="derived",
        kind=Kind.TWO_SIDED,
        hypotheses=(KL_LOSS, TRUTH_KNOWN),
        claim=lambda at: _claim(at, lambda _, distance: constant * distance, measure),
    )


def _claim(at: Setting, bound: Callable[[Setting, Number], Number], measure: Measure) -> Claim:
    """Bound Σ_c of the errors' differences by a function of E ||g - s||_1, at its own bound."""
    most, parts = distance_bound(at)
    teacher = measure(at, at.outcome.instance.teacher)
    student = measure(at, np.asarray(at.outcome.student.predictions))
    distance = at.expect(at.x.absolute(at.g - at.s))
    errors = {"teacher's error": _total(at, teacher), "student's error": _total(at, student)}
    apart = sum(
        at.x.absolute(at.x.number(Sum(float(a), float(u))) - at.x.number(Sum(float(b), float(v))))
        for a, u, b, v in zip(
            teacher.per_class, teacher.gaps, student.per_class, student.gaps, strict=True
        )
    )
    return Claim(
        smaller=apart,
        larger=bound(at, most),
        gap=0.0,
        parts={**errors, "bound at E ||g - s||_1 itself": bound(at, distance), **parts},
    )


def _total(at: Setting, error: Error) -> Number:
    return at.x.number(Sum(float(error.per_class.sum()), float(error.gaps.sum())))
