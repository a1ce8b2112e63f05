"""Finite samples: the student of a sample, looked at on the whole population it was drawn from.

The population is finite and known: n points with weights P. A sample is the same points with the
weights P^ of its draws; its student s^ minimises D^ = D under P^, exactly, over a hull whose
mixture is defined on every point. Its excess τ = D(s^,g) - min D is at most (D - D^)(s^) +
(D^ - D)(s) + gap^ <= 2 sup_V |D^ - D| + gap^, s the population's student; and with that excess the
gain theorem holds on the population up to its gap there. As a map of the mixture D^ - D is a
difference of convex functions; by convexity of d its size is at most Σ |P^ - P| max_j d(v_j, g).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kl_regression.arithmetic import Array, Number
from kl_regression.arrays import Weights, as_side
from kl_regression.classes.base import Space
from kl_regression.classes.hull import Hull
from kl_regression.errors import InputError
from kl_regression.gap import optimality_gap
from kl_regression.instance import Instance, Outcome
from kl_regression.theorems.base import Check, Claim, Kind, Theorem
from kl_regression.theorems.certificate import UNIVERSAL
from kl_regression.theorems.hypotheses import CONVEX, FINITE_GAP, FINITE_MISFIT, HULL, LEFT
from kl_regression.theorems.setting import Setting

SOURCE = "yao:25, the bound for finite samples (derived here)"


@dataclass(frozen=True)
class Resampled:
    """A student fitted on a sample, and what the theorems say of it on the population.

    Args:
        outcome: the population's instance with the sample's student, predictions of shape (n, k);
            its gap is over the population.
        whole: the population's own outcome.
        sample: the instance of the sample: the weights are those of the draws.
        excess: the check of τ <= (D - D^)(s^) + (D^ - D)(s) + gap^.
        gain: the check of the gain theorem on the population, up to the gap there; None where the
            truth is not known.
    """

    outcome: Outcome
    whole: Outcome
    sample: Instance
    excess: Check
    gain: Check | None


def resample(instance: Instance, size: int, *, seed: int) -> Resampled:
    """Draw a sample of points by their weights, with replacement, and fit its student.

    Args:
        instance: the population: a hull of models of shape (m, n, k), left side.
        size: how many points are drawn.
        seed: of the draw.
    """
    if isinstance(size, bool) or not size >= 1:
        raise InputError("size", f"is {size!r}", "Draw one point at least")
    n = len(instance.weights)
    share = instance.weights / instance.weights.sum()
    return on_sample(instance, np.random.default_rng(seed).choice(n, size=size, p=share))


def on_sample(instance: Instance, drawn: Any) -> Resampled:
    """Fit the student of a sample of points and check it on the population.

    Args:
        instance: the population: a hull of models of shape (m, n, k), left side.
        drawn: the numbers of the points, repeats included, shape (d,).
    """
    students = instance.students
    if not isinstance(students, Hull) or instance.side != "left":
        raise InputError("instance", f"is {instance!r}", "Use a hull of models and side='left'")
    points, n = np.asarray(drawn), len(instance.weights)
    if points.ndim != 1 or points.size == 0 or points.dtype.kind not in "iu":
        raise InputError("drawn", f"is {drawn!r}", "Pass the numbers of the points, shape (d,)")
    off = (points < 0) | (points >= n)
    if off.any():
        i = int(np.argmax(off))
        raise InputError("drawn", f"entry {i} = {points[i]} is no point", f"Use 0, ..., {n - 1}")
    sample = replace(instance, weights=np.bincount(points, minlength=n) / len(points))
    whole, fitted = instance.solve(), sample.solve()
    outcome = on_population(instance, whole, fitted)
    excess = excess_theorem(outcome, fitted).check(whole)
    gain = UNIVERSAL.check(outcome) if instance.truth is not None else None
    return Resampled(outcome, whole, sample, excess, gain)


def on_population(instance: Instance, whole: Outcome, fitted: Outcome) -> Outcome:
    """Return the outcome of the sample's student on the population, with its gap there.

    Args:
        instance: the population: a hull of models of shape (m, n, k).
        whole: its own outcome.
        fitted: the sample's, or any member's with its gap over the sample.
    """
    space = Space.of(instance.loss.domain, *instance.teacher.shape)
    mixture, predictions = instance.students.member(fitted.student.coordinates, space)
    logs = None
    if instance.loss.domain.low == 0:
        with np.errstate(divide="ignore"):
            logs = np.log(predictions)
    gap = optimality_gap(
        predictions,
        logs,
        instance.teacher,
        instance.students,
        weights=instance.weights,
        loss=instance.loss,
        side=as_side(instance.side),
        space=whole.student.space,
    )
    misfit = instance.loss.measure(predictions, instance.teacher, instance.weights, logs, None)
    student = replace(
        fitted.student,
        predictions=predictions,
        log_predictions=logs,
        coordinates=mixture,
        misfit=misfit.value,
        objective=misfit.value,
        gap=gap.value + gap.rounding,
        gap_rounding=gap.rounding,
        space=whole.student.space,
    )
    return Outcome(instance, student)


def excess_theorem(outcome: Outcome, fitted: Outcome) -> Theorem:
    """Return the claim about the population's own outcome that τ is at most the sample's error.

    Args:
        outcome: of the sample's student on the population, predictions of shape (n, k).
        fitted: of the same student on the sample; its gap is the claim's.
    """

    def claim(at: Setting) -> Claim:
        own = Setting(outcome, at.x)
        on = Setting(Outcome(fitted.instance, at.outcome.student), at.x)
        sampled = Setting(Outcome(fitted.instance, outcome.student), at.x)
        first, second = own.misfit - sampled.misfit, on.misfit - at.misfit
        parts = {
            "τ": own.misfit - at.misfit,
            "(D - D^)(s^)": first,
            "(D^ - D)(s)": second,
            "2 sup |D^ - D| at least": 2 * at.x.maximum(abs(first), abs(second)),
            "2 sup |D^ - D| at most": 2 * _deviation(at, fitted.instance.weights),
        }
        gap = max(fitted.gap, 0.0)
        return Claim(own.misfit, at.misfit + first + second + gap, 0.0, parts)

    return Theorem(
        key="excess of a sample's student",
        name="excess of the empirical minimiser",
        statement="the excess of a sample's student is at most twice the sample's error on V",
        latex=r"D(\hat s,g) - \min_V D \le (D - \hat D)(\hat s) + (\hat D - D)(s)"
        r" + \widehat{\mathrm{gap}} \le 2 \sup_V |\hat D - D| + \widehat{\mathrm{gap}}",
        source=SOURCE,
        constants="derived",
        kind=Kind.INEQUALITY,
        hypotheses=(LEFT, CONVEX, HULL, FINITE_MISFIT, FINITE_GAP),
        claim=claim,
    )


def _deviation(at: Setting, weights: Weights) -> Number:
    """Return Σ_i |P^_i - P_i| max_j d(v_ji, g_i), an upper bound on sup_V |D^ - D|."""
    students = at.outcome.instance.students
    if not isinstance(students, Hull):
        raise TypeError
    moved = at.x.absolute(at.x.array(weights[:, None]) - at.p)
    teacher = at.outcome.instance.teacher
    rows = [at.row_sum(at.entries(np.asarray(v), teacher)) for v in students.models]
    worst: Array = rows[0]
    for row in rows[1:]:
        worst = at.x.maximum(worst, row)
    touched = weights[:, None] != np.asarray(at.outcome.instance.weights)[:, None]
    return at.x.total(at.x.where(touched, moved * worst, 0.0))
