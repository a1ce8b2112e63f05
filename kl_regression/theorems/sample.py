"""What a test set says about the population: hulls of m models have rates n^{-1/2}.

(a) Student fixed beforehand: the gain is affine in the truth, so over a hull its error is that of
m averages of L in a range R; Hoeffding's inequality (hoeffding:63, Theorem 2) and a union bound
give, for all truths in the hull at once, |gain_P - gain_n| <= R sqrt(log(2m/δ) / (2n)), without
labels. (b) Student fitted on the same sample, entries >= γ: gain_P(f) >= KL_n(s^,g) - gap_n
- (4/γ) sqrt(log m / n) - 2 log(1/γ) sqrt(log(m/δ) / (2n)): contraction, Massart, McDiarmid; loose.
"""

from dataclasses import dataclass

import numpy as np

from kl_regression.arithmetic import Number
from kl_regression.classes.base import is_nonnegative
from kl_regression.classes.hull import Hull
from kl_regression.divergences import KL
from kl_regression.errors import InputError
from kl_regression.instance import Outcome, require_outcome
from kl_regression.theorems.hypotheses import STUDENT_IN_CLASS
from kl_regression.theorems.identities import bracket
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import ENTRY_ULPS, EPS


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

    Args:
        outcome: solved or evaluated on the test set, predictions of shape (n, k), class a hull,
            loss KL, uniform weights; the truth is not needed.
        confidence: 1 - δ.
        spread: the range R of log(student/teacher) over the population; where None that of the
            sample, which can only be smaller.
    """
    _check(outcome, confidence)
    at = Setting(outcome)
    if spread is not None:
        _check_spread(spread, float(_range(at)))
    return _bound(outcome, confidence, fixed_terms(at, confidence, spread))


def fitted_student(outcome: Outcome, *, confidence: float = 0.95) -> TestSetBound:
    """Bound the population's gain of a student that was fitted on this very sample.

    Args:
        outcome: solved on the sample, predictions of shape (n, k), class a hull, loss KL, side
            left, uniform weights.
        confidence: 1 - δ.
    """
    _check(outcome, confidence)
    if outcome.instance.side != "left":
        raise InputError(
            "outcome", "has side 'right'", "There the gain may be below the misfit: use side='left'"
        )
    unmet = STUDENT_IN_CLASS.unmet(outcome)
    if unmet:
        raise InputError("outcome", f"does not fit: {unmet}", "Use a student of the hull")
    if _least_entry(outcome) <= 0:
        raise InputError(
            "outcome", "has models or a teacher with zeros", "The bound needs a floor γ > 0"
        )
    return _bound(outcome, confidence, fitted_terms(Setting(outcome), confidence))


def fixed_terms(at: Setting, confidence: float, spread: float | None) -> dict[str, Number]:
    """Return radius, lower bound, range and least T_j of (a), in the setting's arithmetic."""
    n, m = _sizes(at.outcome)
    span = _range(at) if spread is None else at.x.number(spread)
    doubt = at.x.log(at.x.number(2.0 * m) / (1.0 - confidence))
    radius = span * at.x.sqrt(doubt / (2 * n))
    low, high = bracket(at)
    return {
        "radius": radius,
        "lower": low - radius,
        "range": span,
        "min_j T_j": low,
        "max_j T_j": high,
    }


def fitted_terms(at: Setting, confidence: float) -> dict[str, Number]:
    """Return radius, lower bound and the terms of (b), in the setting's arithmetic."""
    n, m = _sizes(at.outcome)
    floor = _least_entry(at.outcome)
    complexity = 4 / at.x.number(floor) * at.x.sqrt(at.x.log(at.x.number(float(m))) / n)
    doubt = at.x.log(at.x.number(float(m)) / (1.0 - confidence))
    deviation = -2 * at.x.log(at.x.number(floor)) * at.x.sqrt(doubt / (2 * n))
    radius = complexity + deviation
    return {
        "radius": radius,
        "lower": at.misfit - max(at.gap, 0.0) - radius,
        "γ": floor,
        "complexity": complexity,
        "deviation": deviation,
        "misfit": at.misfit,
    }


def _range(at: Setting) -> Number:
    """Return the range of log(student/teacher) over the sample, in the setting's arithmetic."""
    highest = at.largest(at.x.row_maximum(at.slope))
    return highest + at.largest(at.x.row_maximum(-at.slope))


def _bound(outcome: Outcome, confidence: float, terms: dict[str, Number]) -> TestSetBound:
    values = {name: float(term) for name, term in terms.items()}
    radius, lower = values.pop("radius"), values.pop("lower")
    return TestSetBound(*_sizes(outcome), confidence, radius, lower, values)


def _hull(outcome: Outcome) -> Hull:
    students = outcome.instance.students
    if not isinstance(students, Hull):
        raise InputError(
            "outcome", f"has the class {students!r}", "The bound is for hulls of models"
        )
    return students


def _sizes(outcome: Outcome) -> tuple[int, int]:
    return len(outcome.instance.weights), len(_hull(outcome).models)


def _least_entry(outcome: Outcome) -> float:
    return min(float(_hull(outcome).models.min()), float(outcome.instance.teacher.min()))


def _check_spread(spread: float, own: float) -> None:
    """Raise an InputError unless a range is finite, and no smaller than the sample's own."""
    if not is_nonnegative(spread) or spread < own - ENTRY_ULPS * EPS * (1.0 + own):
        raise InputError(
            "spread",
            f"is {spread!r}, and the sample's own range {own!r}",
            "Give the population's range, a finite number at least that of the sample",
        )


def _check(outcome: Outcome, confidence: float) -> None:
    require_outcome("outcome", outcome)
    _hull(outcome)
    if outcome.instance.loss is not KL:
        raise InputError("outcome", f"has the loss {outcome.instance.loss}", "The bound is for KL")
    if not (is_nonnegative(confidence) and 0.0 < confidence < 1.0):
        raise InputError("confidence", f"is {confidence!r}", "Give a number between 0 and 1")
    weights = outcome.instance.weights
    if not np.all(weights == weights[0]):
        raise InputError(
            "outcome", "has weights that differ", "The bound is for an equally weighted sample"
        )
    if not np.all(np.isfinite(Setting(outcome).slope)):
        raise InputError(
            "outcome", "has zeros where the log ratio is infinite", "The bound needs a finite range"
        )
