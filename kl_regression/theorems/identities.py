"""Identities that hold for any student whatever, trained or not: the algebra behind the theorems.

Three-point identity: D(f,g) - D(f,s) - D(s,g) = <φ'(s) - φ'(g), f - s>, by expanding each D. Under
KL, generalised or not, the gain D(f,g) - D(f,s) is E Σ f log(s/g) + g - s, affine in the truth; so
over a hull it lies between its values T_j at the models, and nothing about the truth need be known
to bracket it. The least of them is the misfit less the gap, on the left.
"""

import numpy as np

from kl_regression.arithmetic import Number
from kl_regression.arrays import Side
from kl_regression.classes.hull import Hull
from kl_regression.gap import gradient
from kl_regression.instance import Outcome
from kl_regression.theorems.base import Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    FINITE_ERRORS,
    FINITE_GAP,
    FINITE_MISFIT,
    FINITE_RISKS,
    HULL,
    KL_FAMILY,
    LEFT,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.setting import Setting


def off_class(outcome: Outcome, side: Side) -> float:
    """Return E Σ |grad| |f - f_s|: what a truth within rounding of the class may cost a claim.

    It is infinite where the gradient is and f_s differs from f: then no float decides the claim.

    Args:
        outcome: the truth and its nearest member f_s.
        side: whose gradient at the student, φ'(s) - φ'(g) on the left, 1 - g/s on the right.
    """
    found, instance, student = outcome.truth_membership, outcome.instance, outcome.student
    if not found.inside:
        return 0.0
    slope = gradient(
        student.predictions,
        student.log_predictions,
        instance.teacher,
        loss=instance.loss,
        side=side,
    )
    away = instance.weights[:, None] * np.abs(outcome.truth - found.witness)
    return float((np.where(away > 0, np.abs(slope), 0.0) * away).sum())


def inner(at: Setting) -> Number:
    """Return <φ'(s) - φ'(g), f - s>, 0 at entries where truth and student both vanish."""
    return at.along(at.f - at.s, (at.outcome.truth != 0) | at.here)


def _three_point(at: Setting) -> Claim:
    rest = inner(at)
    return Claim(
        smaller=at.student_error + at.misfit + rest,
        larger=at.teacher_error,
        gap=0.0,
        parts={"<φ'(s) - φ'(g), f - s>": rest, "misfit": at.misfit},
    )


def _affine(at: Setting) -> Claim:
    affine = at.along(at.f, at.outcome.truth != 0) + at.expect(at.g - at.s)
    return Claim(
        smaller=at.student_error + affine,
        larger=at.teacher_error,
        gap=0.0,
        parts={"E Σ f log(s/g) + g - s": affine},
    )


def bracket(at: Setting) -> tuple[Number, Number]:
    """Return the least and the largest gain at a model of the hull, min T_j and max T_j."""
    students = at.outcome.instance.students
    if not isinstance(students, Hull):
        raise TypeError
    models = (np.asarray(model) for model in students.models)
    values = [at.along(at.x.array(model), model != 0) for model in models]
    low, high = values[0], values[0]
    for value in values[1:]:
        low, high = at.x.minimum(low, value), at.x.maximum(high, value)
    constant = at.expect(at.g - at.s)
    return low + constant, high + constant


def _bracket(at: Setting) -> Claim:
    at.x.rounding += off_class(at.outcome, "left")
    low, high = bracket(at)
    gain = at.teacher_error - at.student_error
    return Claim(
        smaller=at.x.maximum(low - gain, gain - high),
        larger=0.0,
        gap=0.0,
        parts={"min_j T_j": low, "gain": gain, "max_j T_j": high},
    )


def _reached(outcome: Outcome) -> str:
    students = outcome.instance.students
    if not isinstance(students, Hull):
        return ""
    for j, model in enumerate(students.models):
        if np.isinf(
            outcome.divergence(np.asarray(model), outcome.instance.teacher, None, None).value
        ):
            return f"D(model {j}, teacher) = inf"
    return ""


REACHED = Hypothesis("every model at finite divergence from the teacher", _reached)


def _every_truth(at: Setting) -> Claim:
    low, high = bracket(at)
    return Claim(
        smaller=at.misfit,
        larger=low + at.gap,
        gap=0.0,
        parts={"gain at least": low, "gain at most": high, "gap": at.gap},
    )


THREE_POINT = Theorem(
    key="three-point identity",
    name="three-point identity",
    statement="what the errors and the misfit leave over is linear in the truth",
    latex=r"D(f,g) - D(f,s) - D(s,g) = \langle \phi'(s) - \phi'(g), f - s \rangle",
    source="chen:93, Lemma 3.1",
    constants="paper",
    kind=Kind.IDENTITY,
    hypotheses=(TRUTH_KNOWN, FINITE_ERRORS),
    claim=_three_point,
)

AFFINE_GAIN = Theorem(
    key="affine gain",
    name="gain is affine in the truth",
    statement="the gain is the truth's average of the log ratio of student and teacher",
    latex=r"D(f,g) - D(f,s) = E \sum_c f_c \log(s_c / g_c) + g_c - s_c",
    source="yao:25 (derived here)",
    constants="derived",
    kind=Kind.IDENTITY,
    hypotheses=(KL_FAMILY, TRUTH_KNOWN, FINITE_RISKS),
    claim=_affine,
)

BRACKET = Theorem(
    key="gain bracket",
    name="bracket of the gain on a hull",
    statement="for every truth in a hull the gain lies between its values at the models",
    latex=r"\min_j T_j \le D(f,g) - D(f,s) \le \max_j T_j",
    source="yao:25 (derived here)",
    constants="derived",
    kind=Kind.TWO_SIDED,
    hypotheses=(KL_FAMILY, HULL, TRUTH_KNOWN, TRUTH_IN_CLASS, FINITE_RISKS),
    claim=_bracket,
)

EVERY_TRUTH = Theorem(
    key="gain bracket without a truth",
    name="bracket of the gain for every truth in a hull",
    statement="the least gain over all truths in a hull is the misfit less the gap",
    latex=r"D(s,g) \le \min_j T_j + \mathrm{gap}",
    source="yao:25 (derived here)",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(LEFT, KL_FAMILY, HULL, FINITE_MISFIT, FINITE_GAP, REACHED),
    claim=_every_truth,
)

THEOREMS = (THREE_POINT, AFFINE_GAIN, BRACKET, EVERY_TRUTH)
