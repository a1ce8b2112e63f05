"""Calibration: the student's is pinned near the teacher's, where the conditioning allows it.

With d the smaller of KL(g,s) and KL(s,g), by Bretagnolle and Huber or by Pinsker on each row, and
Jensen: E ||g - s||_1 = 2 E TV <= min{2 sqrt(1 - e^-d), sqrt(2d)}. Marginal calibration error given
G, MCE_G(F) = Σ_c E |E[F_c - Y_c | G]|, is 1-Lipschitz in E ||g - s||_1 for any G common to both
models. With each model conditioned on its own score it is discontinuous, and the bound needs that
for every class both scores cut the points alike; where for every class one cuts more coarsely, the
coarser model's error is at most the finer one's plus the bound. Label probabilities are the truth's
rows.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from kl_regression.arithmetic import Array, Number
from kl_regression.calibration.conditioning import (
    Cells,
    Conditioning,
    coarser,
    own_score,
    points,
    score,
)
from kl_regression.calibration.inputs import as_label_rows
from kl_regression.calibration.marginal import class_errors
from kl_regression.instance import Outcome, require_outcome
from kl_regression.theorems.base import Check, Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.hypotheses import KL_LOSS, TRUTH_KNOWN
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import Bools

SOURCE = "yao:25, calibration"


def distance_bound(at: Setting) -> tuple[Number, dict[str, Number]]:
    """Return min{2 sqrt(1 - e^-d), sqrt(2d)}, and its parts by name."""
    divergence = at.x.minimum(at.misfit, at.reverse_misfit)
    huber = 2 * at.x.sqrt(-at.x.expm1(-divergence))
    pinsker = at.x.sqrt(2 * divergence)
    parts = {"d": divergence, "2 sqrt(1 - exp(-d))": huber, "sqrt(2d)": pinsker}
    return at.x.minimum(huber, pinsker), parts


def model_error(at: Setting, model: Array, cells: Cells) -> Number:
    """Return Σ_c E |E[F_c - Y_c | G]| of a model of shape (n, k), in the arithmetic's numbers."""
    counted = at.counted & np.ones(model.shape, bool)
    return sum(class_errors(at.x, at.x.where(counted, at.p * (model - at.f), 0.0), cells))


def with_labels(outcome: Outcome, labels: object) -> Outcome:
    """Return the outcome with label probabilities for its truth: labels (n,) or (n, k), or None."""
    require_outcome("outcome", outcome)
    if labels is None:
        return outcome
    rows = as_label_rows(labels, *outcome.instance.teacher.shape)
    return Outcome(replace(outcome.instance, truth=rows), outcome.student)


def calibration(outcome: Outcome, given: Conditioning, *, labels: object = None) -> Check:
    """Check that student and teacher are about as well calibrated, given an explicit conditioning.

    Args:
        outcome: a solved instance, predictions of shape (n, k).
        given: such as ``klr.calibration.bins(edges, of=teacher)``; one that depends on the model
            must cut the points alike for both.
        labels: class numbers (n,) or label probabilities (n, k); the truth's rows where None.
    """
    return _theorem(f"calibration given {given.name}", lambda _: given).check(
        with_labels(outcome, labels)
    )


Given = Callable[[Outcome], Conditioning]


def _both(outcome: Outcome, given: Conditioning) -> tuple[Cells, Cells]:
    """Return the cells of teacher and student, shapes (n, k)."""
    return given.cells(outcome.instance.teacher), given.cells(outcome.student.predictions)


def _cuts(outcome: Outcome, given: Conditioning) -> tuple[Bools, Bools]:
    """Tell for each class whether the teacher's cells are coarser, and whether the student's."""
    teacher, student = _both(outcome, given)
    counted = outcome.instance.weights > 0
    return coarser(teacher, student, counted), coarser(student, teacher, counted)


def _alike(given: Given) -> Hypothesis:
    def unmet(outcome: Outcome) -> str:
        teacher, student = _cuts(outcome, given(outcome))
        apart = ~(teacher & student)
        if not apart.any():
            return ""
        return f"for class {int(np.argmax(apart))} teacher and student tie different points"

    return Hypothesis("both scores cut the points alike for every class", unmet)


def _nested(outcome: Outcome) -> str:
    teacher, student = _cuts(outcome, own_score())
    if teacher.all() or student.all():
        return ""
    finer, other = int(np.argmin(teacher)), int(np.argmin(student))
    return (
        f"for class {finer} the teacher's score splits points that the student's ties,"
        f" for class {other} the student's those that the teacher's ties"
    )


def _errors(at: Setting, given: Conditioning) -> tuple[Number, Number]:
    """Return the calibration errors of teacher and student."""
    teacher, student = _both(at.outcome, given)
    return model_error(at, at.g, teacher), model_error(at, at.s, student)


def _distance(at: Setting) -> Claim:
    bound, parts = distance_bound(at)
    return Claim(at.expect(at.x.absolute(at.g - at.s)), bound, 0.0, parts)


def _two_sided(at: Setting, given: Conditioning) -> Claim:
    bound, parts = distance_bound(at)
    teacher, student = _errors(at, given)
    return Claim(
        smaller=at.x.absolute(teacher - student),
        larger=bound,
        gap=0.0,
        parts={"teacher's error": teacher, "student's error": student, **parts},
    )


def _one_sided(at: Setting) -> Claim:
    bound, parts = distance_bound(at)
    teacher, student = _errors(at, own_score())
    teacher_coarser, _ = _cuts(at.outcome, own_score())
    coarse, fine = (teacher, student) if teacher_coarser.all() else (student, teacher)
    named = {"coarser model's error": coarse, "finer model's error": fine}
    return Claim(coarse - fine, bound, 0.0, {**named, **parts})


def _theorem(key: str, given: Given, *, common: bool = False) -> Theorem:
    return Theorem(
        key=key,
        name="calibration bound",
        statement="teacher's and student's calibration errors, so conditioned, differ by no more"
        " than they do",
        latex=r"|MCE_G(g) - MCE_G(s)| \le E\|g-s\|_1 \le \min\{2\sqrt{1-e^{-d}}, \sqrt{2d}\}",
        source=SOURCE,
        constants="derived",
        kind=Kind.TWO_SIDED,
        hypotheses=(KL_LOSS, TRUTH_KNOWN) if common else (KL_LOSS, TRUTH_KNOWN, _alike(given)),
        claim=lambda at: _two_sided(at, given(at.outcome)),
    )


DISTANCE = Theorem(
    key="distance of student and teacher",
    name="Pinsker's and Bretagnolle and Huber's inequalities",
    statement="student and teacher are as close in total variation as in divergence, either order",
    latex=r"E\|g-s\|_1 \le \min\{2\sqrt{1-e^{-d}}, \sqrt{2d}\},\quad d = \min\{KL(g,s), KL(s,g)\}",
    source=SOURCE,
    constants="paper",
    kind=Kind.INEQUALITY,
    hypotheses=(KL_LOSS,),
    claim=_distance,
)

GIVEN_X = _theorem("calibration given x", lambda _: points(), common=True)

GIVEN_TEACHER = _theorem(
    "calibration given the teacher's score",
    lambda outcome: score(outcome.instance.teacher),
    common=True,
)

OWN_SCORE = _theorem("calibration given each model's own score", lambda _: own_score())

ONE_SIDED = Theorem(
    key="one-sided calibration given each model's own score",
    name="one-sided calibration bound",
    statement="the model whose scores tie more points is calibrated up to the other's error and"
    " the bound",
    latex=r"MCE(coarser) \le MCE(finer) + \min\{2\sqrt{1-e^{-d}}, \sqrt{2d}\}",
    source=f"{SOURCE} (derived here)",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(
        KL_LOSS,
        TRUTH_KNOWN,
        Hypothesis("one model's score cuts more coarsely for every class", _nested),
    ),
    claim=_one_sided,
)

THEOREMS = (DISTANCE, GIVEN_X, GIVEN_TEACHER, OWN_SCORE, ONE_SIDED)
