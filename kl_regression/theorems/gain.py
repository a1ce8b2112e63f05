"""The gain theorem: over a convex class the student gains at least the disagreement.

Proof. f_t = (1-t) s + t f stays in V, so the derivative of D(f_t, g) at 0+ is nonnegative; by the
three-point identity it equals D(f,g) - D(f,s) - D(s,g).
"""

import numpy as np

from kl_regression.gap import gradient
from kl_regression.instance import Outcome
from kl_regression.theorems.base import Claim, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    CONVEX,
    FINITE_MISFIT,
    LEFT,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.setting import Setting


def _claim(at: Setting) -> Claim:
    """Return both sides of D(f, s) + D(s, g) <= D(f, g); a truth off the class costs rounding."""
    at.x.rounding += _off_class(at.outcome)
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


def _off_class(outcome: Outcome) -> float:
    """Return Σ |grad| |f - f_s|: by the three-point identity, the cost of a truth off the class."""
    found = outcome.truth_membership
    if not found.inside:
        return 0.0
    slope = gradient(
        outcome.student.predictions,
        outcome.student.log_predictions,
        outcome.instance.teacher,
        loss=outcome.instance.loss,
        side="left",
    )
    with np.errstate(invalid="ignore"):
        cost = (
            outcome.instance.weights[:, None]
            * np.abs(slope)
            * np.abs(outcome.truth - found.witness)
        )
    return float(np.where(np.isfinite(cost), cost, 0.0).sum())


GAIN = Theorem(
    key="gain",
    name="gain theorem",
    statement="over a convex class the student beats its teacher by at least their disagreement",
    latex=r"D(f, s) + D(s, g) \le D(f, g)",
    source="charikar:24 (squared error); yao:25 (KL); mulgund:25 (Bregman divergences)",
    constants="paper",
    kind=Kind.INEQUALITY,
    hypotheses=(LEFT, CONVEX, FINITE_MISFIT, TRUTH_KNOWN, TRUTH_IN_CLASS),
    claim=_claim,
)
