"""What a test set says about the population: hulls of m models have rates n^{-1/2}.

(a) Student fixed beforehand: the gain is affine in the truth, so over a hull its error is that of
m averages of L in a range R; Hoeffding's inequality (hoeffding:63, Theorem 2) and a union bound
give, for all truths in the hull at once, |gain_P - gain_n| <= R sqrt(log(2m/δ) / (2n)), without
labels. (b) Student fitted on the same sample, entries >= γ: gain_P(f) >= KL_n(s^,g) - gap_n
- (4/γ) sqrt(log m / n) - 2 log(1/γ) sqrt(log(m/δ) / (2n)): contraction, Massart, McDiarmid; loose.
"""

import math
from dataclasses import dataclass

import numpy as np

from kl_regression.classes.hull import Hull
from kl_regression.errors import InputError
from kl_regression.gap import gradient
from kl_regression.instance import Outcome


@dataclass(frozen=True)
class TestSetBound:
    """A bound on the population's gain from a test set, with every term by itself.

    Args:
        points: n.
        models: m.
        confidence: 1 - δ.
        radius: how far the population's gain may be from the test set's.
        lower: a lower bound on the population's gain for every truth in the hull.
        parts: range, floor, and each term of the radius.
    """

    __test__ = False  # pytest takes a class of this name for a test

    points: int
    models: int
    confidence: float
    radius: float
    lower: float
    parts: dict[str, float]


def fixed_student(
    outcome: Outcome, *, confidence: float = 0.95, spread: float | None = None
) -> TestSetBound:
    """Bound the population's gain of a student that was fixed before the test set was drawn.

    Args: outcome: solved or evaluated on the test set, predictions of shape (n, k), class a hull,
        uniform
            weights; the truth is not needed.
        confidence: 1 - δ.
        spread: the range R of log(student/teacher) over the population; where None that of the
            sample, which can only be smaller.
    """
    hull, n = _hull(outcome, confidence)
    ratios = _log_ratios(outcome)
    spread = float(np.ptp(ratios)) if spread is None else spread
    m = len(hull.models)
    radius = spread * math.sqrt(math.log(2 * m / (1 - confidence)) / (2 * n))
    values = hull.inner((outcome.instance.weights[:, None] * ratios).ravel())[0]
    lowest = float(values.min())
    return TestSetBound(
        n, m, confidence, radius, lowest - radius, {"range": spread, "min_j T_j": lowest}
    )


def fitted_student(outcome: Outcome, *, confidence: float = 0.95) -> TestSetBound:
    """Bound the population's gain of a student that was fitted on this very sample.

    Args:
        outcome: solved on the sample, predictions of shape (n, k), class a hull, uniform weights.
        confidence: 1 - δ.
    """
    hull, n = _hull(outcome, confidence)
    m = len(hull.models)
    floor = min(float(hull.models.min()), float(outcome.instance.teacher.min()))
    if floor <= 0:
        raise InputError(
            "outcome", "has models or a teacher with zeros", "The bound needs a floor γ > 0"
        )
    complexity = 4.0 / floor * math.sqrt(math.log(m) / n)
    deviation = 2.0 * math.log(1.0 / floor) * math.sqrt(math.log(m / (1 - confidence)) / (2 * n))
    radius = complexity + deviation
    lower = outcome.misfit - max(outcome.gap, 0.0) - radius
    return TestSetBound(
        n,
        m,
        confidence,
        radius,
        lower,
        {"γ": floor, "complexity": complexity, "deviation": deviation, "misfit": outcome.misfit},
    )


def _hull(outcome: Outcome, confidence: float) -> tuple[Hull, int]:
    students = outcome.instance.students
    if not isinstance(students, Hull):
        raise InputError(
            "outcome", f"has the class {students!r}", "The bound is for hulls of models"
        )
    if not 0.0 < confidence < 1.0:
        raise InputError("confidence", f"is {confidence!r}", "Give a number between 0 and 1")
    weights = outcome.instance.weights
    if not np.all(weights == weights[0]):
        raise InputError(
            "outcome", "has weights that differ", "The bound is for an equally weighted sample"
        )
    return students, len(weights)


def _log_ratios(outcome: Outcome) -> np.ndarray:
    student = outcome.student
    ratios = gradient(
        student.predictions,
        student.log_predictions,
        outcome.instance.teacher,
        loss=outcome.instance.loss,
        side="left",
    )
    if not np.all(np.isfinite(ratios)):
        raise InputError(
            "outcome", "has zeros where the log ratio is infinite", "The bound needs a finite range"
        )
    return ratios
