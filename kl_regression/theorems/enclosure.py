"""Where the true student is, given a computed one in the class: its place, its value, its error.

Left: the gain theorem at f = s^ added to the certificate at v = s gives the ball J = D(s^,s) +
D(s,s^) <= gap. Under KL E ||s^ - s||_1 = 2T with 4 T artanh T <= J, so at most sqrt(gap). Under
generalised KL that last bound is false, and 4 E Σ (√s^ - √s)^2 <= J, E |s^ - s| <= sqrt(J E(s^ +
s)/2). Squared error: J = 2 D(s^,s). By convexity D(s,g) >= D(s^,g) - gap. Right: E Σ g s/s^ <=
1 + gap and Jensen give KL(g,s^) - KL(g,s) <= log(1 + gap); with m = E Σ g s^/s <= 1 the difference
is KL(g, g s^/(s m)) - log m, at least (E Σ g |1 - s^/s|)^2 / 2.
"""

import math
from collections.abc import Callable

from kl_regression.arithmetic import Arithmetic, Number
from kl_regression.divergences import KL, GeneralizedKL, SquaredError
from kl_regression.theorems.base import Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    CONVEX,
    FINITE_GAP,
    FINITE_MISFIT,
    FINITE_RISKS,
    KL_LOSS,
    LEFT,
    RIGHT,
    SQUARED,
    STUDENT_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import bisect

FROM_THE_LEFT = (LEFT, CONVEX, STUDENT_IN_CLASS, FINITE_GAP)


def half_distance(x: Arithmetic, gap: float) -> float:
    """Return T in [0, 1] with 4 T artanh T >= gap, the least that is known to: E TV(s^, s) <= T."""
    if gap <= 0.0:
        return 0.0
    return bisect(lambda t: bool(4 * t * x.artanh(x.number(t)) >= gap), 0.0, 1.0)


def _ball(at: Setting) -> Claim:
    gap = max(at.gap, 0.0)
    return Claim(
        smaller=0.0,
        larger=gap,
        gap=0.0,
        parts={
            **_radii(at, gap),
            "misfit of the true student at least": at.misfit - gap,
            "misfit of the true student at most": at.misfit,
        },
    )


def _radii(at: Setting, gap: float) -> dict[str, Number]:
    root = at.x.sqrt(at.x.number(gap))
    if at.loss is KL:
        return {
            "E ||s^ - s||_1 at most": 2 * half_distance(at.x, gap),
            "sqrt(gap)": root,
        }
    if at.loss is GeneralizedKL:
        mass = gap * at.expect(at.s)
        return {
            "E Σ (√s^ - √s)^2 at most": at.x.number(gap) / 4,
            "E |s^ - s| at most": root * root / 4 + at.x.sqrt(mass + root**4 / 16),
        }
    if at.loss is SquaredError:
        return {"D(s^, s) at most": at.x.number(gap) / 2}
    return {"D(s^, s) + D(s, s^) at most": at.x.number(gap)}


def risk_radius(x: Arithmetic, spread: Number, kappa: Number, gap: float) -> Number:
    """Return r = sqrt((χ - 1) gap y), y = x / (1 - e^-x) with x (1 - e^-x) = κ (derived).

    Args:
        x: the arithmetic of the other two.
        spread: χ - 1 = E Σ (f - s^)^2 / s^.
        kappa: the largest gap / (p_i s^_ic).
        gap: the student's gap.
    """
    top = float(kappa)
    if gap <= 0.0 or top <= 0.0:
        return 0.0
    if math.isinf(top):
        return math.inf

    def beyond(t: float) -> bool:
        return bool(-t * x.expm1(x.number(-t)) >= kappa)

    root = bisect(beyond, 0.0, max(1.0, 2.0 * top, 2.0 * math.sqrt(top)))
    y = root / -x.expm1(x.number(-root))
    return x.sqrt(spread) * x.sqrt(gap * y)


def _risk(at: Setting) -> Claim:
    """Bound KL(f,s) - KL(f,s^) by [-r, r + gap]; entries with s^ = 0 are dropped."""
    gap = max(at.gap, 0.0)
    there = at.counted & (at.outcome.student.predictions > 0)
    away = at.x.where(there, at.f - at.s, 0.0)
    spread = at.expect(away / at.x.where(there, at.s, 1.0) * away)  # χ - 1, where nothing cancels
    masses = (at.p * at.s)[there]
    least = at.x.row_minimum(masses.reshape(1, -1))[0, 0]
    kappa = gap / least if float(least) > 0 else math.inf
    radius = risk_radius(at.x, spread, kappa, gap)
    return _error_between(at, at.student_error - radius, at.student_error + radius + gap, spread)


def _error_between(at: Setting, low: Number, high: Number, spread: Number | None = None) -> Claim:
    named = {} if spread is None else {"χ - 1 = E Σ (f - s^)^2 / s^": spread}
    return Claim(
        smaller=low,
        larger=high,
        gap=0.0,
        parts={
            **named,
            "error of the true student at least": at.x.maximum(low, 0.0),
            "error of the true student at most": high,
        },
    )


def _squared_risk(at: Setting) -> Claim:
    """Bound D(f,s) by the triangle inequality: its root is within sqrt(gap / 2) of s^'s."""
    reach = at.x.sqrt(at.x.number(max(at.gap, 0.0)) / 2)
    root = at.x.sqrt(at.student_error)
    near, far = at.x.maximum(root - reach, 0.0), root + reach
    return _error_between(at, near * near, far * far)


def _right(at: Setting) -> Claim:
    moved = at.x.log1p(at.x.number(max(at.gap, 0.0)))
    return Claim(
        smaller=0.0,
        larger=moved,
        gap=0.0,
        parts={
            "KL(g,s) of the true student at least": at.reverse_misfit - moved,
            "KL(g,s) of the true student at most": at.reverse_misfit,
            "E Σ g |1 - s^/s| at most": at.x.sqrt(2 * moved),
        },
    )


def _theorem(
    key: str,
    name: str,
    statement: str,
    latex: str,
    hypotheses: tuple[Hypothesis, ...],
    claim: Callable[[Setting], Claim],
) -> Theorem:
    return Theorem(
        key=key,
        name=name,
        statement=statement,
        latex=latex,
        source="csiszar:75 (derived here)",
        constants="derived",
        kind=Kind.TWO_SIDED,
        hypotheses=hypotheses,
        claim=claim,
    )


BALL = _theorem(
    "ball about the true student",
    "ball about the true student",
    "both divergences to the true student sum to at most the gap, and its misfit is as near",
    r"D(\hat s,s) + D(s,\hat s) \le \mathrm{gap},\quad"
    r" D(s,g) \in [D(\hat s,g) - \mathrm{gap}, D(\hat s,g)]",
    (*FROM_THE_LEFT, FINITE_MISFIT),
    _ball,
)

RISK = _theorem(
    "error of the true student",
    "enclosure of the true student's error",
    "the true student's error differs from the computed one's by a known radius",
    r"KL(f,s) - KL(f,\hat s) \in [-r, r + \mathrm{gap}],"
    r" \quad r = \sqrt{(\chi - 1)\,\mathrm{gap}\,y}",
    (*FROM_THE_LEFT, KL_LOSS, TRUTH_KNOWN, FINITE_RISKS),
    _risk,
)

SQUARED_RISK = _theorem(
    "error of the true student, squared error",
    "enclosure of the true student's squared error",
    "the root of the true student's error differs from the computed one's by sqrt(gap / 2)",
    r"|\sqrt{D(f,s)} - \sqrt{D(f,\hat s)}| \le \sqrt{\mathrm{gap}/2}",
    (*FROM_THE_LEFT, SQUARED, TRUTH_KNOWN),
    _squared_risk,
)

RIGHT_VALUE = _theorem(
    "right: value of the true student",
    "enclosure of the true student's divergence, right side",
    "the true student's divergence from its teacher is within log(1 + gap) of the computed one's",
    r"KL(g,\hat s) - KL(g,s) \le \log(1 + \mathrm{gap}),\quad"
    r" E \sum_c g_c |1 - \hat s_c/s_c| \le \sqrt{2 \log(1 + \mathrm{gap})}",
    (RIGHT, KL_LOSS, CONVEX, STUDENT_IN_CLASS, FINITE_GAP),
    _right,
)

THEOREMS = (BALL, RISK, SQUARED_RISK, RIGHT_VALUE)
