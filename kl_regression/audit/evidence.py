"""What labels say: how far their truth must be from the class, and the gain on the population.

Labels y_i drawn independently from rows f_i have the gain E L_{i, y_i} in place of E Σ_c f_ic L_ic,
whose terms lie in intervals of length p_i osc_i: by Hoeffding's inequality (hoeffding:63,
Theorem 2) with probability 1 - δ the gain is at most r = sqrt(log(1/δ) Σ (p_i osc_i)^2 / 2) above
(derived). What of misfit - gap the gain then lacks is the least that the distance from the class
must have taken.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kl_regression.audit.distance import Price, price_of
from kl_regression.classes.hull import Hull
from kl_regression.errors import InputError, KlRegressionError
from kl_regression.gap import optimality_gap
from kl_regression.instance import Instance, Outcome
from kl_regression.theorems.sample import TestSetBound, fitted_student, fixed_student
from kl_regression.theorems.setting import Setting


@dataclass(frozen=True)
class Distance:
    """How far the truth is from the class, at least.

    Args:
        gain: of the student over the teacher, on the labels.
        lacking: misfit - gap - gain.
        rows: E TV(f, V) is at least this if the labels' rows are the truth.
        radius: r, by how much the gain on the labels may be too small by chance.
        behind: E TV(f, V) is at least this for the truth that the labels were drawn from.
        confidence: 1 - δ of ``behind``.
    """

    gain: float
    lacking: float
    rows: float
    radius: float
    behind: float
    confidence: float


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


def implied_distance(outcome: Outcome, *, confidence: float) -> Distance | str:
    """Return the distance from the class that labels (the outcome's truth) imply, or why not.

    Args:
        outcome: solved, with the labels' rows for its truth, shape (n, k).
        confidence: 1 - δ.
    """
    price = price_of(outcome)
    if isinstance(price, str):
        return price
    weights = outcome.instance.weights
    spread = np.ptp(Setting(outcome).slope, axis=1)
    radius = math.sqrt(-math.log1p(-confidence) * float(np.square(weights * spread).sum()) / 2)
    lacking = price.guaranteed - outcome.gain
    return Distance(
        outcome.gain,
        lacking,
        _reach(price, lacking),
        radius,
        _reach(price, lacking - radius),
        confidence,
    )


def _reach(price: Price, lacking: float) -> float:
    return min(price.reach(lacking), 1.0)


def bounds(outcome: Outcome, *, confidence: float, seed: int, labelled: bool) -> tuple[Bound, ...]:
    """Return what the sample says of the population it was drawn from, each bound with its need.

    The sample is cut in two halves: a student fitted on one is fixed before the other is seen.

    Args:
        outcome: solved, predictions of shape (n, k); labels, if any, are its truth's rows.
        confidence: 1 - δ of each bound by itself.
        seed: of the cut.
        labelled: whether the truth's rows are labels, drawn with the points.
    """
    held = _attempt(lambda: held_out(outcome, seed=seed))
    range_seen = "over the population log(student/teacher) stays in the range seen in the sample"
    drawn = f"points drawn independently from the population; {range_seen}"
    first = _bound(
        "a student fitted on one half, for every truth in the hull, judged on the other half",
        f"the truth is in the hull; {drawn}",
        lambda: fixed_student(_solved(held), confidence=confidence),
    )
    second = _bound(
        "the student itself, for every truth in the hull",
        "the truth is in the hull; points drawn independently from the population; entries at"
        " least γ on the population too",
        lambda: fitted_student(outcome, confidence=confidence),
    )
    if not labelled:
        return first, second
    third = _bound(
        "a student fitted on one half, for the labels' own truth, judged on the other half",
        f"points and labels {drawn.removeprefix('points ')}; the truth may be anywhere",
        lambda: labelled_student(_solved(held), confidence=confidence),
    )
    return third, first, second


def _solved(held: Outcome | KlRegressionError) -> Outcome:
    if isinstance(held, KlRegressionError):
        raise held
    return held


def _attempt(build: Any) -> Any:
    try:
        return build()
    except KlRegressionError as error:
        return error


def _bound(name: str, condition: str, build: Any) -> Bound:
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
    if not isinstance(instance.students, Hull):
        raise InputError("outcome", "has no hull for its class", "The bound is for hulls of models")
    if n < 2 or not np.all(instance.weights == instance.weights[0]):
        raise InputError("outcome", "has weights that differ, or one point", "Drop --weights")
    order = np.random.default_rng(seed).permutation(n)
    fitting, judging = np.sort(order[: n // 2]), np.sort(order[n // 2 :])
    student = _part(instance, fitting).solve().student
    part = _part(instance, judging)
    assert isinstance(part.students, Hull)  # noqa: S101 (narrows the type for mypy)
    predictions = np.tensordot(student.coordinates, part.students.models, 1)
    with np.errstate(divide="ignore"):
        logs = np.log(predictions)
    gap = optimality_gap(
        predictions,
        logs,
        part.teacher,
        part.students,
        weights=part.weights,
        loss=part.loss,
        side="left" if part.side == "left" else "right",
        space=replace(student.space, points=len(judging), zero=None),
    )
    return Outcome(
        part,
        replace(
            student,
            predictions=predictions,
            log_predictions=logs,
            gap=gap.value + gap.rounding,
            gap_rounding=gap.rounding,
        ),
    )


def _part(instance: Instance, rows: Any) -> Instance:
    assert isinstance(instance.students, Hull)  # noqa: S101 (narrows the type for mypy)
    return Instance(
        teacher=instance.teacher[rows],
        truth=None if instance.truth is None else instance.truth[rows],
        students=Hull(instance.students.models[:, rows]),
        loss=instance.loss,
        side=instance.side,
        normalize=instance.normalize,
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
