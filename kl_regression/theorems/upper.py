"""How large the gain can be, and what it is made of beside the misfit.

Gain = E Σ f L with L = log(s/g) is KL(s,g) + E Σ (f - s) L. The last term is the margin of any
extra assumption under which a gain theorem holds; it is at most E osc_i(L) TV_i(f,s). By Jensen's
inequality E Σ f log(s/g) <= log E Σ f s/g. By Pinsker's, KL(s,g) >= (E ||s - g||_1)^2 / 2.
"""

from kl_regression.theorems.base import Claim, Kind, Theorem
from kl_regression.theorems.certificate import oscillation
from kl_regression.theorems.hypotheses import (
    CONVEX,
    FINITE_ERRORS,
    FINITE_MISFIT,
    FINITE_RISKS,
    KL_LOSS,
    LEFT,
    STUDENT_IN_CLASS,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.identities import inner, off_class
from kl_regression.theorems.setting import Setting


def _margin(at: Setting) -> Claim:
    margin = inner(at)
    return Claim(
        smaller=at.student_error + at.misfit + margin,
        larger=at.teacher_error,
        gap=0.0,
        parts={"E Σ (f - s) log(s/g)": margin},
    )


def _upper(at: Setting) -> Claim:
    student = at.outcome.student.predictions
    price, parts = oscillation(at, at.f, at.s, at.outcome.truth != student)
    gain = at.teacher_error - at.student_error
    return Claim(
        smaller=gain,
        larger=at.misfit + price,
        gap=0.0,
        parts={"gain": gain, "E osc TV(f, s)": price, **parts},
    )


def _jensen(at: Setting) -> Claim:
    gain = at.teacher_error - at.student_error
    there = at.outcome.instance.teacher > 0  # or f = 0, as the teacher's error is finite
    ratio = at.expect(at.x.where(there, at.f * at.s, 0.0) / at.x.where(there, at.g, 1.0))
    return Claim(
        smaller=gain, larger=at.x.log(ratio), gap=0.0, parts={"gain": gain, "E Σ f s/g": ratio}
    )


def _pinsker(at: Setting) -> Claim:
    distance = at.expect(at.x.absolute(at.s - at.g))
    return Claim(
        smaller=distance * distance / 2,
        larger=at.misfit,
        gap=0.0,
        parts={"E ||s - g||_1": distance, "KL(s,g)": at.misfit},
    )


def _strict(at: Setting) -> Claim:
    at.x.rounding += off_class(at.outcome, "left")
    gain = at.teacher_error - at.student_error
    return Claim(
        smaller=at.misfit - at.gap,
        larger=gain,
        gap=max(at.gap, 0.0),
        parts={"gain": gain, "gain is positive from": at.misfit - at.gap},
    )


MARGIN = Theorem(
    key="assumption margin",
    name="margin of the extra assumption",
    statement="gain minus misfit is the sign that any extra assumption fixes",
    latex=r"D(f,g) - D(f,s) - D(s,g) = E \sum_c (f_c - s_c) \log(s_c/g_c)",
    source="yao:25, the assumption of its first version (derived here)",
    constants="derived",
    kind=Kind.IDENTITY,
    hypotheses=(KL_LOSS, TRUTH_KNOWN, FINITE_ERRORS),
    claim=_margin,
)

STRICTNESS = Theorem(
    key="strictness",
    name="strict improvement",
    statement="the student is strictly better than a teacher outside the class",
    latex=r"D(f,g) - D(f,\hat s) \ge D(\hat s,g) - \mathrm{gap} > 0 \iff g \notin V",
    source="yao:25 (derived here)",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(
        LEFT,
        CONVEX,
        STUDENT_IN_CLASS,
        FINITE_MISFIT,
        TRUTH_KNOWN,
        TRUTH_IN_CLASS,
        FINITE_ERRORS,
    ),
    claim=_strict,
)

UPPER = Theorem(
    key="gain from above",
    name="upper side by oscillation",
    statement="the gain exceeds the misfit by at most oscillation times distance",
    latex=r"D(f,g) - D(f,s) \le D(s,g) + E\,\mathrm{osc}_i\,TV_i(f,s)",
    source="yao:25 (derived here)",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(KL_LOSS, TRUTH_KNOWN, FINITE_ERRORS),
    claim=_upper,
)

JENSEN = Theorem(
    key="gain by Jensen",
    name="upper side by Jensen's inequality",
    statement="the gain is at most the logarithm of the truth's average of student over teacher",
    latex=r"D(f,g) - D(f,s) \le \log E \sum_c f_c s_c / g_c",
    source="yao:25 (derived here)",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(KL_LOSS, TRUTH_KNOWN, FINITE_RISKS),
    claim=_jensen,
)

PINSKER = Theorem(
    key="misfit from below",
    name="Pinsker's inequality for the misfit",
    statement="the misfit is at least half the squared L1 distance of student and teacher",
    latex=r"KL(s,g) \ge (E\|s - g\|_1)^2 / 2 \ge \mathrm{dist}_1(g,V)^2 / 2",
    source="csiszar:75 (derived here)",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(KL_LOSS, STUDENT_IN_CLASS, FINITE_MISFIT),
    claim=_pinsker,
)

THEOREMS = (MARGIN, STRICTNESS, UPPER, JENSEN, PINSKER)
