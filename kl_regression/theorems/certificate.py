"""What the gap alone proves of a computed student, for every truth in the class at once.

With gap = max over v in V of <φ'(s^) - φ'(g), s^ - v> the three-point identity gives, for v = f in
V, D(f,s^) + D(s^,g) <= D(f,g) + gap, even for s^ outside V, where the gap may be negative. A truth
outside V moves the slope's average by at most E osc_i TV_i(f, f_s), its oscillation times the
distance from any member f_s; read backwards, a small gain puts the truth at a distance from V.
"""

import numpy as np
from jaxtyping import Bool

from kl_regression.arithmetic import Array, Number
from kl_regression.instance import Outcome
from kl_regression.theorems.base import Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    FINITE_GAP,
    FINITE_MISFIT,
    FINITE_RISKS,
    KL_LOSS,
    LEFT,
    POSITIVE,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.identities import off_class
from kl_regression.theorems.setting import Setting


def oscillation(
    at: Setting, first: Array, second: Array, apart: Bool[np.ndarray, "n k"]
) -> tuple[Number, dict[str, Number]]:
    """Return E osc_i(L) TV_i(first, second), and max osc and E TV by name.

    Args:
        at: where L is.
        first: predictions, shape (n, k).
        second: others.
        apart: where the two differ; rows where they do not cost nothing.
    """
    osc = at.x.row_maximum(at.slope) - at.x.row_minimum(at.slope)
    distance = at.row_sum(at.x.absolute(first - second)) / 2
    moved = np.asarray(apart.any(axis=1, keepdims=True))
    price = at.expect(at.x.where(moved, osc * distance, 0.0))
    return price, {"max osc": at.largest(osc), "E TV": at.expect(distance)}


def to_witness(at: Setting) -> tuple[Number, dict[str, Number]]:
    """Return E osc_i(L) TV_i(f, f_s) for the nearest member f_s that is known, and its parts."""
    witness = at.outcome.truth_membership.witness
    return oscillation(at, at.f, at.x.array(witness), at.outcome.truth != witness)


def _reached(outcome: Outcome) -> str:
    if outcome.instance.truth is None:
        return ""
    witness = outcome.truth_membership.witness
    far = outcome.divergence(witness, outcome.instance.teacher, None, None).value
    return "" if np.isfinite(far) else "D(f_s, g) = inf for the nearest member f_s that is known"


NEAR_MEMBER = Hypothesis("member near the truth at finite divergence from the teacher", _reached)


def _universal(at: Setting) -> Claim:
    at.x.rounding += off_class(at.outcome, "left")
    return Claim(
        smaller=at.student_error + at.misfit,
        larger=at.teacher_error + at.gap,
        gap=0.0,
        parts={"gap": at.gap, "misfit": at.misfit},
    )


def _outside(at: Setting) -> Claim:
    price, parts = to_witness(at)
    return Claim(
        smaller=at.student_error + at.misfit,
        larger=at.teacher_error + at.gap + price,
        gap=0.0,
        parts={"gap": at.gap, "E osc TV(f, f_s)": price, "misfit": at.misfit, **parts},
    )


def _distance(at: Setting) -> Claim:
    """E TV(f, V) >= (misfit - gap - gain) / max osc, against the distance of the witness."""
    parts = to_witness(at)[1]
    widest, distance = parts["max osc"], parts["E TV"]
    needed = at.misfit - at.gap - (at.teacher_error - at.student_error)
    named = {"max osc": widest, "E TV(f, witness)": distance, "misfit - gap - gain": needed}
    if float(widest) > 0:
        named["E TV(f, V) at least"] = at.x.maximum(needed, 0.0) / widest
    return Claim(smaller=needed, larger=widest * distance, gap=0.0, parts=named)


UNIVERSAL = Theorem(
    key="universal certificate",
    name="gain theorem for a computed student",
    statement="for every truth in the class the gain is at least misfit minus gap",
    latex=r"D(f,\hat s) + D(\hat s,g) \le D(f,g) + \mathrm{gap}",
    source="chen:93, Lemma 3.1 (derived here)",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(LEFT, FINITE_MISFIT, FINITE_GAP, TRUTH_KNOWN, TRUTH_IN_CLASS),
    claim=_universal,
)

OUTSIDE = Theorem(
    key="truth outside the class",
    name="gain theorem for a truth outside the class",
    statement="outside the class the gain loses at most oscillation times distance",
    latex=r"D(f,\hat s) + D(\hat s,g) \le D(f,g) + \mathrm{gap} + E\,\mathrm{osc}_i\,TV_i(f,f_s)",
    source="yao:25, the bound without realizability (derived here)",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(LEFT, KL_LOSS, FINITE_MISFIT, FINITE_GAP, TRUTH_KNOWN, NEAR_MEMBER),
    claim=_outside,
)

DISTANCE = Theorem(
    key="distance of the truth",
    name="distance of the truth from the class",
    statement="a gain below misfit minus gap puts the truth at a distance from the class",
    latex=r"KL(\hat s,g) - \mathrm{gap} - \mathrm{gain}(f) \le \max_i \mathrm{osc}_i\; E\,TV(f,V)",
    source="yao:25, the bound without realizability (derived here)",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(LEFT, KL_LOSS, FINITE_RISKS, FINITE_GAP, POSITIVE, TRUTH_KNOWN),
    claim=_distance,
)

THEOREMS = (UNIVERSAL, OUTSIDE, DISTANCE)
