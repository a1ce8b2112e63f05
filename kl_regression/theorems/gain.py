"""The gain theorem: over a convex class the student gains at least the disagreement.

Proof. f_t = (1-t) s + t f stays in V, so the derivative of D(f_t, g) at 0+ is nonnegative; by the
three-point identity it equals D(f,g) - D(f,s) - D(s,g). Where s + t (s - f) is in V too for some
t > 0, as on affine classes and inside a hull, it is 0: no more than gap / t beside it.
"""

import numpy as np

from kl_regression.classes.base import Property
from kl_regression.classes.hull import Hull
from kl_regression.divergences import KL, SquaredError
from kl_regression.instance import Outcome
from kl_regression.theorems.base import Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    CONVEX,
    DIFFERENTIABLE,
    FINITE_ERRORS,
    FINITE_GAP,
    FINITE_MISFIT,
    LEFT,
    STUDENT_IN_CLASS,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.identities import off_class
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import CONIC_GAP


def _claim(at: Setting) -> Claim:
    """Return both sides of D(f, s) + D(s, g) <= D(f, g); a truth off the class costs rounding."""
    at.x.rounding += off_class(at.outcome, "left")
    return Claim(
        smaller=at.student_error + at.misfit,
        larger=at.teacher_error,
        gap=max(at.gap, 0.0),
        parts={
            "teacher error": at.teacher_error,
            "student error": at.student_error,
            "gain": at.outcome.gain,
            "misfit": at.misfit,
        },
    )


def _backward(outcome: Outcome) -> float:
    """Return a t with s + t (s - f) in the class: 0 where none is known."""
    students, student = outcome.instance.students, outcome.student
    if Property.AFFINE in students.properties:
        if outcome.instance.loss not in (KL, SquaredError):
            return 0.0
        ahead = outcome.truth - student.predictions
        room = np.where(
            ahead > 0,
            student.predictions - student.space.low,
            student.space.high - student.predictions,
        )
        return float(np.where(ahead != 0, room / np.abs(ahead), np.inf).min())
    if isinstance(students, Hull) and len(student.coordinates):
        least = student.coordinates.min()
        return float(least / (1.0 - least))
    return 0.0


def _excess(outcome: Outcome) -> float:
    """Return how far the gain may exceed the misfit by the gap alone: gap / t, at least the gap."""
    gap = np.float64(max(outcome.gap, 0.0))
    with np.errstate(all="ignore"):
        return float(max(gap, gap / _backward(outcome))) if gap > 0 else 0.0


def _not_inside(outcome: Outcome) -> str:
    if outcome.instance.truth is None:
        return ""
    with np.errstate(all="ignore"):
        back = _backward(outcome)
    if not back > 0:
        return "the class is not affine and the student not in a hull's relative interior"
    near = _excess(outcome) > CONIC_GAP
    return f"the student is too near a face of the class: gap / {back:.1e}" if near else ""


def _equality(at: Setting) -> Claim:
    claim = _claim(at)
    return Claim(claim.smaller, claim.larger, _excess(at.outcome), claim.parts)


EQUALITY = Theorem(
    key="gain equality",
    name="equality in the gain theorem",
    statement="on an affine class and inside a hull the gain is the misfit exactly",
    latex=r"D(f, s) + D(s, g) = D(f, g)",
    source="csiszar:75, Theorem 3.1 (KL); charikar:24 (squared error)",
    constants="paper",
    kind=Kind.IDENTITY,
    hypotheses=(
        LEFT,
        CONVEX,
        STUDENT_IN_CLASS,
        DIFFERENTIABLE,
        FINITE_GAP,
        TRUTH_KNOWN,
        TRUTH_IN_CLASS,
        FINITE_ERRORS,
        Hypothesis("class affine or student in its relative interior", _not_inside),
    ),
    claim=_equality,
)

GAIN = Theorem(
    key="gain",
    name="gain theorem",
    statement="over a convex class the student beats its teacher by at least their disagreement",
    latex=r"D(f, s) + D(s, g) \le D(f, g)",
    source="charikar:24 (squared error); yao:25 (KL); mulgund:25 (Bregman divergences)",
    constants="paper",
    kind=Kind.INEQUALITY,
    hypotheses=(LEFT, CONVEX, DIFFERENTIABLE, FINITE_MISFIT, TRUTH_KNOWN, TRUTH_IN_CLASS),
    claim=_claim,
)

THEOREMS = (GAIN, EQUALITY)
