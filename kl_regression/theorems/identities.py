"""Identities that hold for any student whatever, trained or not: the algebra behind the theorems.

Three-point identity: D(f,g) - D(f,s) - D(s,g) = <φ'(s) - φ'(g), f - s>, by expanding each D. Under
KL the gain D(f,g) - D(f,s) is E Σ f log(s/g), affine in the truth; so over a hull it lies between
its values at the models.
"""

import numpy as np

from kl_regression.classes.hull import Hull
from kl_regression.theorems.base import Claim, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    FINITE_ERRORS,
    HULL,
    KL_LOSS,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.setting import Setting


def _three_point(at: Setting) -> Claim:
    inner = at.expect((at.f - at.s) * at.slope)
    return Claim(
        smaller=at.student_error + at.misfit + inner,
        larger=at.teacher_error,
        gap=0.0,
        parts={"<φ'(s) - φ'(g), f - s>": inner, "misfit": at.misfit},
    )


def _affine(at: Setting) -> Claim:
    affine = at.expect(at.f * at.slope + at.g - at.s)
    return Claim(
        smaller=at.student_error + affine,
        larger=at.teacher_error,
        gap=0.0,
        parts={"E Σ f log(s/g)": affine},
    )


def _bracket(at: Setting) -> Claim:
    students = at.outcome.instance.students
    if not isinstance(students, Hull):
        raise TypeError
    values = [
        at.expect(at.x.array(np.asarray(model)) * at.slope + at.g - at.s)
        for model in students.models
    ]
    low, high = values[0], values[0]
    for value in values[1:]:
        low, high = at.x.minimum(low, value), at.x.maximum(high, value)
    gain = at.teacher_error - at.student_error
    outside = at.x.maximum(low - gain, gain - high)
    return Claim(
        smaller=outside,
        larger=0.0,
        gap=0.0,
        parts={"min_j T_j": low, "gain": gain, "max_j T_j": high},
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
    latex=r"D(f,g) - D(f,s) = E \sum_c f_c \log(s_c / g_c)",
    source="yao:25 (derived here)",
    constants="derived",
    kind=Kind.IDENTITY,
    hypotheses=(KL_LOSS, TRUTH_KNOWN, FINITE_ERRORS),
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
    hypotheses=(KL_LOSS, HULL, TRUTH_KNOWN, TRUTH_IN_CLASS, FINITE_ERRORS),
    claim=_bracket,
)

THEOREMS = (THREE_POINT, AFFINE_GAIN, BRACKET)
