"""The right side on classes convex in outputs: s minimises KL(g, f) over V.

Four points: the derivative of KL(g, (1-t) s + t f) at 0+ is 1 - E Σ g f/s >= 0 (Kuhn-Tucker), so
m_f = E Σ f g/s <= 1 for f in V. Then KL(f,g) - KL(f,s) = -log m_f + KL(f, f g/(s m_f)) >= 0, and
for every q, E Σ q log(g f/(s q)) <= log E Σ g f/s <= 0 gives KL(q,s) <= KL(q,g) + KL(q,f) without
constants. A computed student has m_f <= 1 + gap. The gain is NOT at least c times the misfit for
any c > 0: with V the segment from f = (1,0,0) to (0,1,1)/2 and g = (1,1,2)/4 it is exactly 0.
"""

from collections.abc import Callable

import numpy as np

from kl_regression.arithmetic import Array, Number
from kl_regression.theorems.base import Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    CONVEX,
    FINITE_GAP,
    FINITE_RISKS,
    KL_LOSS,
    RIGHT,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.identities import off_class
from kl_regression.theorems.setting import Setting


def _ratio(at: Setting) -> Array:
    """Return g/s where the truth has mass, shape (n, k), and 0 where g or f is 0."""
    present = at.counted & (at.outcome.instance.teacher > 0) & (at.outcome.truth > 0)
    return at.x.where(present, at.g, 0.0) / at.x.where(present, at.s, 1.0)


def _mass(at: Setting) -> Number:
    """Return m_f = E Σ f g/s."""
    return at.expect(at.f * _ratio(at))


def _named_gain(at: Setting) -> dict[str, Number]:
    """Return the gain by name, where the two errors are not both infinite."""
    if np.isinf(at.outcome.teacher_error) and np.isinf(at.outcome.student_error):
        return {}
    return {"gain": at.teacher_error - at.student_error}


def _four_point(at: Setting) -> Claim:
    at.x.rounding += off_class(at.outcome, "right")
    mass = _mass(at)
    return Claim(smaller=mass, larger=1.0 + at.gap, gap=0.0, parts={"m_f = E Σ f g/s": mass})


def _gain(at: Setting) -> Claim:
    at.x.rounding += off_class(at.outcome, "right")
    return Claim(
        smaller=at.student_error,
        larger=at.teacher_error + at.x.log1p(at.x.number(max(at.gap, 0.0))),
        gap=0.0,
        parts=_named_gain(at),
    )


def _exact_gain(at: Setting) -> Claim:
    """The gain as -log m_f + KL(f, f g/(s m_f)), both terms nonnegative at the true student."""
    mass = _mass(at)
    present = at.counted & (at.outcome.truth > 0)
    share = at.x.where(present, _ratio(at), 1.0) / mass
    excess = at.x.where(present, at.slope, 0.0) + at.x.log(mass)  # -log(g/(s m_f))
    rest = at.expect(at.x.where(present, at.f * excess - at.f + at.f * share, 0.0))
    return Claim(
        smaller=at.student_error - at.x.log(mass) + rest,
        larger=at.teacher_error,
        gap=0.0,
        parts={"-log m_f": -at.x.log(mass), "KL(f, f g/(s m_f))": rest},
    )


def _quadratic(at: Setting) -> Claim:
    """Gain >= 2 (E Σ f (1 - g/s)_+)^2 - log(1 + gap), from m_f <= 1 + gap."""
    at.x.rounding += off_class(at.outcome, "right")
    lost = at.expect(at.f * at.x.maximum(1.0 - _ratio(at), 0.0))
    return Claim(
        smaller=at.student_error + 2 * lost * lost,
        larger=at.teacher_error,
        gap=max(at.gap, 0.0),
        parts={"E Σ f (1 - g/s)_+": lost, **_named_gain(at)},
    )


def _strict(at: Setting) -> Claim:
    """Gain >= (E Σ f |1 - g/s|)^2 / 2 / (1 + 2 gap/3) - gap: 0 only where g = s on supp f.

    With h = f g/s of mass m <= 1 + gap the gain is E Σ (f log(f/h) - f + h) + 1 - m, each entry at
    least (f - h)^2 / (2 (f + 2h)/3), and Cauchy's inequality sums them.
    """
    at.x.rounding += off_class(at.outcome, "right")
    distance = at.expect(at.f * at.x.absolute(1.0 - _ratio(at)))
    slower = 2 + at.x.number(max(at.gap, 0.0)) * 4 / 3
    return Claim(
        smaller=at.student_error + distance * (distance / slower),
        larger=at.teacher_error,
        gap=max(at.gap, 0.0),
        parts={"E Σ f |1 - g/s|": distance, **_named_gain(at)},
    )


def _hellinger(at: Setting) -> Claim:
    """Gain >= -2 log E Σ f sqrt(g/s), by Jensen, for any student with finite errors."""
    root = at.expect(at.f * at.x.sqrt(_ratio(at)))
    gain = at.teacher_error - at.student_error
    return Claim(smaller=-2 * at.x.log(root), larger=gain, gap=0.0, parts={"E Σ f sqrt(g/s)": root})


def _nonrealizable(at: Setting) -> Claim:
    """KL(q,s) <= KL(q,g) + KL(q,f) + log(1 + gap), q the truth and f the nearest member."""
    witness = at.outcome.truth_membership.witness
    distance = at.divergence(at.outcome.truth, witness)
    return Claim(
        smaller=at.student_error,
        larger=at.teacher_error + distance + at.x.log1p(at.x.number(max(at.gap, 0.0))),
        gap=0.0,
        parts={"KL(q, f), f in V": distance},
    )


OF_THE_STUDENT = (RIGHT, KL_LOSS, CONVEX, FINITE_GAP, TRUTH_KNOWN)
OF_A_MEMBER = (*OF_THE_STUDENT, TRUTH_IN_CLASS)
OF_ANY_STUDENT = (RIGHT, KL_LOSS, TRUTH_KNOWN, FINITE_RISKS)


def _theorem(
    key: str,
    statement: str,
    latex: str,
    claim: Callable[[Setting], Claim],
    hypotheses: tuple[Hypothesis, ...],
    kind: Kind = Kind.INEQUALITY,
) -> Theorem:
    return Theorem(
        key=key,
        name=key,
        statement=statement,
        latex=latex,
        source="csiszar:75 (derived here)",
        constants="derived",
        kind=kind,
        hypotheses=hypotheses,
        claim=claim,
    )


FOUR_POINT = _theorem(
    "right: four points",
    "the truth's average of teacher over student is at most 1",
    r"E \sum_c f_c g_c / s_c \le 1 + \mathrm{gap}",
    _four_point,
    OF_A_MEMBER,
)
GAIN = _theorem(
    "right: gain",
    "the student is no worse than its teacher",
    r"KL(f,\hat s) \le KL(f,g) + \log(1 + \mathrm{gap})",
    _gain,
    OF_A_MEMBER,
)
EXACT_GAIN = _theorem(
    "right: exact gain",
    "the gain is two nonnegative terms",
    r"KL(f,g) - KL(f,s) = -\log m_f + KL(f, f g / (s m_f))",
    _exact_gain,
    OF_ANY_STUDENT,
    Kind.IDENTITY,
)
QUADRATIC = _theorem(
    "right: quadratic gain",
    "the gain is at least twice the squared mass that the student adds to the teacher",
    r"KL(f,g) - KL(f,s) \ge 2 (E \sum_c f_c (1 - g_c/s_c)_+)^2",
    _quadratic,
    OF_A_MEMBER,
)
STRICT = _theorem(
    "right: strictness",
    "the student is strictly better iff it differs from its teacher where the truth has mass",
    r"KL(f,g) - KL(f,s) \ge \tfrac12 (E \sum_c f_c |1 - g_c/s_c|)^2",
    _strict,
    OF_A_MEMBER,
)
HELLINGER = _theorem(
    "right: gain by roots",
    "the gain is at least the log affinity of teacher and student under the truth",
    r"KL(f,g) - KL(f,s) \ge -2 \log E \sum_c f_c \sqrt{g_c/s_c}",
    _hellinger,
    OF_ANY_STUDENT,
)
NONREALIZABLE = _theorem(
    "right: truth outside the class",
    "a truth outside the class costs at most its divergence from a member",
    r"KL(q,\hat s) \le KL(q,g) + KL(q,f) + \log(1 + \mathrm{gap})",
    _nonrealizable,
    OF_THE_STUDENT,
)

THEOREMS = (FOUR_POINT, GAIN, EXACT_GAIN, QUADRATIC, STRICT, HELLINGER, NONREALIZABLE)
