"""What a sample says of the gain on the population that it was drawn from.

A student that is fixed before its judges are seen has a gain that is an average of independent
terms. Here the sample is cut in two: the mixture fitted on one half is judged on the other. The
student of the whole sample has a bound too, by the complexity of its hull; it is loose.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from kl_regression.arrays import as_side
from kl_regression.classes.hull import Hull
from kl_regression.errors import InputError, KlRegressionError
from kl_regression.gap import optimality_gap
from kl_regression.instance import Instance, Outcome
from kl_regression.theorems.sample import TestSetBound, fitted_student, fixed_student
from kl_regression.theorems.setting import Setting


@dataclass(frozen=True)
class Bound:
    """A lower bound on the population's gain.

    Args:
        name: whose.
        condition: what it needs, in full.
        lower: the bound, None where it cannot be had.
        parts: its terms by name.
        reason: why it cannot be had.
    """

    name: str
    condition: str
    lower: float | None
    parts: dict[str, float]
    reason: str = ""


def bounds(outcome: Outcome, *, confidence: float, seed: int, labelled: bool) -> tuple[Bound, ...]:
    """Return what the sample says of the population it was drawn from, each bound with its need.

    The sample is cut in two halves: a student fitted on one is fixed before the other is seen.

    Args:
        outcome: solved, predictions of shape (n, k); labels, if any, are its truth's rows.
        confidence: 1 - δ of each bound by itself.
        seed: of the cut.
        labelled: whether the truth's rows are labels, drawn with the points.
    """
    half = _Half(outcome, seed)
    range_seen = "over the population log(student/teacher) stays in the range seen in the sample"
    drawn = f"points drawn independently from the population; {range_seen}"
    first = _bound(
        "a student fitted on one half, for every truth in the hull, judged on the other half",
        f"the truth is in the hull; {drawn}",
        lambda: fixed_student(half.outcome, confidence=confidence),
    )
    second = _bound(
        "the student itself, for every truth in the hull",
        "the truth is in the hull; points drawn independently from the population; entries at"
        " least γ on the population too",
        lambda: fitted_student(_on_the_left(outcome), confidence=confidence),
    )
    if not labelled:
        return first, second
    third = _bound(
        "a student fitted on one half, for the labels' own truth, judged on the other half",
        f"points and labels {drawn.removeprefix('points ')}; the truth may be anywhere",
        lambda: labelled_student(half.outcome, confidence=confidence),
    )
    return third, first, second


def _on_the_left(outcome: Outcome) -> Outcome:
    """Return the outcome if its gain is at least its misfit: the bound starts from the misfit."""
    if outcome.instance.side != "left":
        raise InputError("outcome", "has its student on the right", "Use --side left")
    return outcome


class _Half:
    """The outcome on one half, found when it is first asked for."""

    def __init__(self, whole: Outcome, seed: int) -> None:
        self.whole, self.seed = whole, seed

    @cached_property
    def outcome(self) -> Outcome:
        return held_out(self.whole, seed=self.seed)


def _bound(name: str, condition: str, build: Callable[[], TestSetBound]) -> Bound:
    try:
        found = build()
    except InputError as error:
        return Bound(name, condition, None, {}, f"the instance {error.problem}")
    except KlRegressionError as error:
        return Bound(name, condition, None, {}, str(error))
    parts = {"n": float(found.points), "m": float(found.models), "radius": found.radius}
    return Bound(name, condition, found.lower, parts | found.parts)


def held_out(outcome: Outcome, *, seed: int) -> Outcome:
    """Return the outcome on one half, n/2 points, of the student fitted on the other half.

    Raises:
        InputError: unless the class is a hull and the weights are equal.
    """
    instance = outcome.instance
    n = len(instance.weights)
    if n < 2 or not np.all(instance.weights == instance.weights[0]):
        raise InputError("outcome", "has weights that differ, or one point", "Drop --weights")
    order = np.random.default_rng(seed).permutation(n)
    fitting, judging = np.sort(order[: n // 2]), np.sort(order[n // 2 :])
    student = _part(instance, fitting).solve().student
    part = _part(instance, judging)
    predictions = np.tensordot(student.coordinates, _hull(part).models, 1)
    with np.errstate(divide="ignore"):
        logs = np.log(predictions)
    space = replace(student.space, points=len(judging), zero=None)
    gap = optimality_gap(
        predictions,
        logs,
        part.teacher,
        part.students,
        weights=part.weights,
        loss=part.loss,
        side=as_side(part.side),
        space=space,
    )
    judged = replace(
        student,
        predictions=predictions,
        log_predictions=logs,
        misfit=part.loss.measure(predictions, part.teacher, part.weights, logs, None).value,
        gap=gap.value + gap.rounding,
        gap_rounding=gap.rounding,
        space=space,
    )
    return Outcome(part, judged)


def _hull(instance: Instance) -> Hull:
    if not isinstance(instance.students, Hull):
        raise InputError("outcome", "has no hull for its class", "The bound is for hulls of models")
    return instance.students


def _part(instance: Instance, rows: Any) -> Instance:
    """Return the instance on some of its points, equally weighted."""
    return Instance(
        teacher=instance.teacher[rows],
        truth=None if instance.truth is None else instance.truth[rows],
        students=Hull(_hull(instance).models[:, rows]),
        loss=instance.loss,
        side=instance.side,
    )


def labelled_student(outcome: Outcome, *, confidence: float) -> TestSetBound:
    """Bound the population's gain from labelled points that the student has not seen.

    By Hoeffding's inequality for one student and one truth, wherever it is, from n points:
    gain_P >= gain_n - R sqrt(log(1/δ) / (2n)), R the range of log(student/teacher) in the sample.

    Source: hoeffding:63, Theorem 2.
    """
    ratios = Setting(outcome).slope
    if not np.isfinite(ratios).all():
        raise InputError("outcome", "has zeros where the log ratio is infinite", "Bound the range")
    spread, n = float(np.ptp(ratios)), len(ratios)
    radius = spread * math.sqrt(-math.log1p(-confidence) / (2 * n))
    parts = {"range": spread, "gain on the labels": outcome.gain}
    return TestSetBound(n, 1, confidence, radius, outcome.gain - radius, parts)
