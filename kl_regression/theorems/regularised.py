"""The gain theorem with a convex regulariser R: KL(f,s) + KL(s,g) <= KL(f,g) + R(f) - R(s).

s minimises KL(., g) + R over V. At s the derivative of KL(., g) towards any f in V is at least
R'(s; s - f) >= R(s) - R(f), so that the three-point identity gives the claim; for any s^ at all it
holds with gap = max over v in V of <log(s^/g) + R'(s^), s^ - v> on the right.

Where R is L-smooth beside the entropy, R'' <= L diag(1/v), the next iterate of the Bregman proximal
gradient method (bauschke:17) minimises KL(v, the normalised s^(1-1/c) g^(1/c) exp(-R'(s)/c)) with
c = 1 + L: again a projection. KL(., g) + R is above its tangent at s^ by KL(v, s^) to c KL(v, s^),
so that the three-point identity at the next iterate s+ gives, for the true student s, KL(s, s+) <=
(1 - 1/c) KL(s, s^) (derived here).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kl_regression.arithmetic import Arithmetic, Array
from kl_regression.arrays import REAL, Predictions, as_predictions
from kl_regression.classes.base import is_nonnegative
from kl_regression.divergences import KL
from kl_regression.errors import InputError, ShapeError
from kl_regression.instance import Instance, Outcome
from kl_regression.projection import Status, Student
from kl_regression.theorems.base import Check, Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    CONVEX,
    FINITE_GAP,
    KL_LOSS,
    LEFT,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import ENTRY_ULPS, EPS, Sum, is_exact, total

STEPS = 200
"""Projections at most; each costs a solve of the class."""
PATIENCE = 10
"""Projections without a smaller gap that end the search: KL(s, s^) falls at each, not the gap."""
GRID = np.linspace(0.0, 1.0, 33)[1:]
"""Where a regulariser's derivative is looked at."""


@dataclass(frozen=True)
class Regulariser:
    """R(v) = E Σ_c r(v_c) with r convex and differentiable, entry by entry on shape (n, k).

    Args:
        value: r, written with an arithmetic: (arithmetic, entries) -> entries.
        derivative: r', (n, k) -> (n, k).
        smoothness: an L with v r''(v) <= L for all v in (0, 1].
        shape: the (n, k) that it is for; any where None.
    """

    value: Callable[[Arithmetic, Array], Array]
    derivative: Callable[[Predictions], Predictions]
    smoothness: float
    shape: tuple[int, ...] | None = None


def squared_distance(centre: Any, strength: float) -> Regulariser:
    """Return R(v) = strength E ||v - centre||^2, centre of shape (n, k)."""
    if not is_nonnegative(strength):
        raise InputError("strength", f"is {strength!r}", "Give a nonnegative number")
    middle = as_predictions(centre, "centre", REAL)

    def value(x: Arithmetic, v: Array) -> Array:
        away = v - x.array(middle)
        return x.number(strength) * away * away

    return Regulariser(value, lambda v: 2.0 * strength * (v - middle), 2.0 * strength, middle.shape)


def regularised(instance: Instance, regulariser: Regulariser) -> tuple[Outcome, Check]:
    """Return the student of KL(., teacher) + R over the class, and the check of its gain theorem.

    The student's objective, gap and status are those of KL(., teacher) + R; its misfit is without
    R. Other theorems read a gap as that of KL(., teacher) alone: what they say of the student is
    what they say of ``instance.measure(outcome.student.predictions)``.

    Args:
        instance: left side, KL, a teacher without zeros of shape (n, k).
        regulariser: R.
    """
    if instance.loss is not KL or instance.side != "left":
        raise InputError("instance", f"is {instance!r}", "Use KL and side='left'")
    if not regulariser.smoothness >= 0.0:
        raise InputError(
            "regulariser", f"has smoothness {regulariser.smoothness!r}", "Give an L >= 0"
        )
    if not float(np.min(instance.teacher)) > 0.0:
        raise InputError("instance", "has a teacher with zeros", "Use a teacher with full support")
    if regulariser.shape not in (None, instance.teacher.shape):
        remedy = f"Use the shape of the teacher, {instance.teacher.shape}"
        raise ShapeError("centre", f"has shape {regulariser.shape}", remedy)
    outcome = Outcome(instance, _solve(instance, regulariser))
    return outcome, _theorem(regulariser).check(outcome)


def _solve(instance: Instance, regulariser: Regulariser) -> Student:
    scale = 1.0 + regulariser.smoothness
    best = at = _measured(instance, instance.solve().student, regulariser)
    since = 0
    for _ in range(STEPS):
        if best.gap <= 2.0 * best.gap_rounding or since == PATIENCE:
            break
        slope = regulariser.derivative(at.predictions)
        own = np.log(at.predictions) if at.log_predictions is None else at.log_predictions
        mixed = (1 - 1 / scale) * own + (np.log(instance.teacher) - slope) / scale
        pooled = np.exp(mixed - mixed.max(axis=1, keepdims=True))
        pooled /= pooled.sum(axis=1, keepdims=True)
        at = _measured(instance, replace(instance, teacher=pooled).solve().student, regulariser)
        best, since = (at, 0) if at.gap < best.gap else (best, since + 1)
    return best


def _measured(instance: Instance, student: Student, regulariser: Regulariser) -> Student:
    """Return a projection as the student of the regularised objective, read off its predictions."""
    at = Setting(Outcome(instance, student))
    s, teacher = student.predictions, np.asarray(instance.teacher)
    with np.errstate(all="ignore"):
        slope = KL.gradient(s, teacher, "left", student.log_predictions) + regulariser.derivative(s)
        misfit = float(at.misfit)
        objective = misfit + float(at.expect(regulariser.value(at.x, at.s)))
    student = replace(student, misfit=misfit, objective=objective)
    descent = np.where(instance.weights[:, None] > 0, -instance.weights[:, None] * slope, 0.0)
    if not np.isfinite(descent).all():
        return replace(student, gap=np.inf, gap_rounding=0.0, status=Status.FAILED)
    own = total(descent * s, EPS * ENTRY_ULPS * np.abs(descent * s))
    gap = instance.students.support(descent, student.space).bound - own
    rounding = gap.rounding + EPS * ENTRY_ULPS * float(np.sum(instance.weights))
    return replace(
        student,
        gap=gap.value + rounding,
        gap_rounding=rounding,
        status=_status(student, Sum(gap.value, rounding)),
    )


def _status(student: Student, gap: Sum) -> Status:
    """Return what the gap of the regularised objective says of the student."""
    if student.status is Status.LOCAL:
        return Status.LOCAL
    if not np.isfinite(gap.value):
        return Status.FAILED
    # Under KL <s^2, φ''(s)> = 1: with the misfit the scale that ``is_exact`` asks for.
    return Status.EXACT if is_exact(gap, 1.0 + student.misfit) else Status.APPROXIMATE


def _theorem(regulariser: Regulariser) -> Theorem:
    def claim(at: Setting) -> Claim:
        own = at.expect(regulariser.value(at.x, at.s))
        truth = at.expect(regulariser.value(at.x, at.f))
        return Claim(
            smaller=at.student_error + at.misfit + own,
            larger=at.teacher_error + truth + at.gap,
            gap=0.0,
            parts={"R(s)": own, "R(f)": truth, "gap": at.gap},
        )

    return Theorem(
        key="regularised student",
        name="gain theorem with a regulariser",
        statement="a regulariser adds its value at the truth less that at the student",
        latex=r"KL(f,s) + KL(s,g) \le KL(f,g) + R(f) - R(s) + \mathrm{gap}",
        source="yao:25 (derived here)",
        constants="derived",
        kind=Kind.INEQUALITY,
        hypotheses=(
            LEFT,
            KL_LOSS,
            CONVEX,
            _convex(regulariser),
            FINITE_GAP,
            TRUTH_KNOWN,
            TRUTH_IN_CLASS,
        ),
        claim=claim,
    )


def _convex(regulariser: Regulariser) -> Hypothesis:
    def unmet(outcome: Outcome) -> str:
        shape = outcome.student.predictions.shape
        slopes = np.array([regulariser.derivative(np.full(shape, v)) for v in GRID])
        allowed = EPS * ENTRY_ULPS * np.abs(slopes[1:])
        falls = np.argwhere(np.diff(slopes, axis=0) < -allowed)
        if not len(falls):
            return ""
        at, i, c = falls[0]
        return f"r' falls from v = {GRID[at]:.3g} to {GRID[at + 1]:.3g} at entry ({i}, {c})"

    return Hypothesis("regulariser convex", unmet)
