"""What the gap alone proves of a computed student, for every truth in the class at once.

With gap = max over v in V of <φ'(s^) - φ'(g), s^ - v> the three-point identity gives, for v = f in
V, D(f,s^) + D(s^,g) <= D(f,g) + gap; at v = s, added to the gain theorem at f = s^, the ball
D(s^,s) + D(s,s^) <= gap about the true student s. A truth outside V moves the slope's average by
at most E osc_i TV_i(f, f_s), its oscillation times the distance from any member f_s.
"""

import math

from kl_regression.arithmetic import Array, Number
from kl_regression.theorems.base import Claim, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    CONVEX,
    FINITE_ERRORS,
    FINITE_GAP,
    FINITE_MISFIT,
    KL_LOSS,
    LEFT,
    POSITIVE,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.setting import Setting


def oscillation(at: Setting, truth: Array, member: Array) -> Number:
    """Return E osc_i(L) TV_i(truth, member), arrays (n, k): the price of leaving the class."""
    osc = at.x.row_maximum(at.slope) - at.x.row_minimum(at.slope)
    distance = at.row_sum(at.x.absolute(truth - member)) / 2
    return at.expect(osc * distance)


def _universal(at: Setting) -> Claim:
    return Claim(
        smaller=at.student_error + at.misfit,
        larger=at.teacher_error + at.gap,
        gap=0.0,
        parts={"gap": at.gap, "misfit": at.misfit},
    )


def _outside(at: Setting) -> Claim:
    witness = at.outcome.truth_membership.witness
    price = oscillation(at, at.f, at.x.array(witness))
    return Claim(
        smaller=at.student_error + at.misfit,
        larger=at.teacher_error + at.gap + price,
        gap=0.0,
        parts={"gap": at.gap, "E osc TV(f, f_s)": price, "misfit": at.misfit},
    )


def _distance(at: Setting) -> Claim:
    """E TV(f, V) >= (misfit - gap - gain) / max osc, against the distance of the witness."""
    witness = at.outcome.truth_membership.witness
    osc = at.x.row_maximum(at.slope) - at.x.row_minimum(at.slope)
    widest = at.largest(osc)
    gain = at.teacher_error - at.student_error
    needed = at.misfit - at.gap - gain
    distance = at.expect(at.x.absolute(at.f - at.x.array(witness))) / 2
    return Claim(
        smaller=needed,
        larger=widest * distance,
        gap=0.0,
        parts={"max osc": widest, "E TV(f, witness)": distance, "misfit - gap - gain": needed},
    )


def _ball(at: Setting) -> Claim:
    gap = max(at.gap, 0.0)
    return Claim(
        smaller=0.0,
        larger=math.sqrt(gap),
        gap=0.0,
        parts={
            "E ||s^ - s||_1 at most": math.sqrt(gap),
            "misfit of the true student at least": at.misfit - gap,
            "misfit of the true student at most": at.misfit,
        },
    )


def risk_radius(chi: float, kappa: float, gap: float) -> float:
    """Return r = sqrt((χ - 1) gap y), y = x / (1 - e^-x) with x (1 - e^-x) = κ (derived).

    Args:
        chi: E Σ f^2 / s^.
        kappa: the largest gap / (p_i s^_ic).
        gap: the student's gap.
    """
    if gap <= 0.0 or kappa <= 0.0:
        return 0.0
    if math.isinf(kappa):
        return math.inf
    low, high = 0.0, max(1.0, 2.0 * kappa, 2.0 * math.sqrt(kappa))
    while low < (middle := 0.5 * (low + high)) < high:
        low, high = (middle, high) if -middle * math.expm1(-middle) < kappa else (low, middle)
    return math.sqrt(max(chi - 1.0, 0.0) * gap * high / -math.expm1(-high))


def _risk(at: Setting) -> Claim:
    """Bound KL(f,s) - KL(f,s^) by [-r, r + gap]; entries with s^ = 0 are dropped."""
    gap = max(at.gap, 0.0)
    student = at.outcome.student.predictions
    present = at.counted & (student > 0)
    ratio = at.x.where(present, at.f, 0.0) * at.f / at.x.where(present, at.s, 1.0)
    chi = at.expect(ratio)
    mass = (at.outcome.instance.weights[:, None] * student)[present]
    least = float(mass.min(initial=math.inf))
    radius = risk_radius(float(chi), gap / least if least > 0.0 else math.inf, gap)
    return Claim(
        smaller=0.0,
        larger=radius + gap,
        gap=0.0,
        parts={
            "χ = E Σ f^2 / s^": chi,
            "error of the true student at least": at.student_error - radius,
            "error of the true student at most": at.student_error + radius + gap,
        },
    )


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
    hypotheses=(LEFT, KL_LOSS, FINITE_MISFIT, FINITE_GAP, POSITIVE, TRUTH_KNOWN),
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
    hypotheses=(LEFT, KL_LOSS, FINITE_MISFIT, FINITE_GAP, POSITIVE, TRUTH_KNOWN),
    claim=_distance,
)

BALL = Theorem(
    key="ball about the true student",
    name="ball about the true student",
    statement="the true student is within sqrt(gap), its misfit within gap below",
    latex=r"E\|\hat s - s\|_1 \le \sqrt{\mathrm{gap}},\quad "
    r"KL(s,g) \in [KL(\hat s,g) - \mathrm{gap}, KL(\hat s,g)]",
    source="csiszar:75 (derived here)",
    constants="derived",
    kind=Kind.TWO_SIDED,
    hypotheses=(LEFT, KL_LOSS, CONVEX, FINITE_MISFIT, FINITE_GAP),
    claim=_ball,
)

RISK = Theorem(
    key="error of the true student",
    name="enclosure of the true student's error",
    statement="the true student's error differs from the computed one's by a known radius",
    latex=r"KL(f,s) - KL(f,\hat s) \in [-r, r + \mathrm{gap}],"
    r" \quad r = \sqrt{(\chi - 1)\,\mathrm{gap}\,y}",
    source="csiszar:75 (derived here)",
    constants="derived",
    kind=Kind.TWO_SIDED,
    hypotheses=(LEFT, KL_LOSS, CONVEX, FINITE_ERRORS, FINITE_GAP, TRUTH_KNOWN),
    claim=_risk,
)

THEOREMS = (UNIVERSAL, OUTSIDE, DISTANCE, BALL, RISK)
