"""The classical form of the gain theorem for an unrealizable truth and an inexact student.

s^ in V, τ = D(s^,g) - min over V (at most the gap), ε = KL(f,f_s) or KL(f_s,f) for a member f_s, B
and γ over the true student: KL(f,s^) <= KL(f,g) - KL(s^,g) + B sqrt(2ε) + sqrt(2(1-γ)τ/γ) + τ. The
true student is within sqrt(gap)/min p of s^ entry by entry, which is charged to B and γ. Squared
error: 2 sqrt(ε D(s,g)) + 2 sqrt(τ D(s,f)) + 2τ, with ε = D(f, f_s). The computable form, gap + E
osc TV, stands beside it.
"""

import numpy as np

from kl_regression.arithmetic import Number
from kl_regression.instance import Outcome
from kl_regression.theorems.base import Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.certificate import to_witness
from kl_regression.theorems.hypotheses import (
    CONVEX,
    FINITE_ERRORS,
    FINITE_GAP,
    KL_LOSS,
    LEFT,
    POSITIVE,
    SQUARED,
    STUDENT_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.setting import Setting


def _reach(at: Setting) -> Number:
    """Return sqrt(gap) / min p: how far an entry of the true student may be away."""
    weights = at.outcome.instance.weights
    least = float(weights[weights > 0].min())
    return at.x.sqrt(at.x.number(max(at.gap, 0.0))) / at.x.number(least)


def _floor(at: Setting) -> Number:
    counted = at.counted[:, 0]
    return float(at.outcome.student.predictions[counted].min()) - _reach(at)


def _has_floor(outcome: Outcome) -> str:
    with np.errstate(all="ignore"):
        floor = float(_floor(Setting(outcome)))
    return "" if floor > 0 else "the gap is too large for a floor of the true student"


def _classical(at: Setting) -> Claim:
    outcome, tau, gamma = at.outcome, max(at.gap, 0.0), _floor(at)
    witness = outcome.truth_membership.witness
    epsilon = at.x.minimum(
        at.divergence(outcome.truth, witness), at.divergence(witness, outcome.truth)
    )
    widest = at.largest(at.x.row_maximum(at.x.absolute(at.slope)))
    bound = widest + at.x.log1p(_reach(at) / gamma)
    first = bound * at.x.sqrt(2 * epsilon)
    second = at.x.sqrt(2 * (1 - gamma) * tau / gamma) + tau
    computable, parts = to_witness(at)
    return Claim(
        smaller=at.student_error + at.misfit,
        larger=at.teacher_error + first + second,
        gap=0.0,
        parts={
            "ε": epsilon,
            "τ": tau,
            "B": bound,
            "γ": gamma,
            "B sqrt(2ε)": first,
            "sqrt(2(1-γ)τ/γ) + τ": second,
            "computable form: gap + E osc TV": at.gap + computable,
            **parts,
        },
    )


def _classical_squared(at: Setting) -> Claim:
    tau = max(at.gap, 0.0)
    epsilon = at.divergence(at.outcome.truth, at.outcome.truth_membership.witness)
    root = at.x.sqrt(at.x.number(tau))
    moved = at.x.sqrt(at.student_error) + root / at.x.sqrt(at.x.number(2.0))
    first = 2 * at.x.sqrt(epsilon * at.misfit)
    second = 2 * root * moved + 2 * tau
    return Claim(
        smaller=at.student_error + at.misfit,
        larger=at.teacher_error + first + second,
        gap=0.0,
        parts={
            "ε": epsilon,
            "τ": tau,
            "2 sqrt(ε D(s,g))": first,
            "2 sqrt(τ D(s,f)) + 2τ": second,
        },
    )


FLOOR = Hypothesis("floor of the true student", _has_floor)

CLASSICAL = Theorem(
    key="classical bound",
    name="gain theorem without realizability, classical form",
    statement="an unrealizable truth costs B sqrt(2ε), an inexact student the terms in τ",
    latex=r"KL(f,\hat s) \le KL(f,g) - KL(\hat s,g) + B\sqrt{2\varepsilon}"
    r" + \sqrt{2(1-\gamma)\tau/\gamma} + \tau",
    source="yao:25, the bound without realizability",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(
        LEFT,
        KL_LOSS,
        CONVEX,
        STUDENT_IN_CLASS,
        POSITIVE,
        FINITE_GAP,
        FLOOR,
        TRUTH_KNOWN,
        FINITE_ERRORS,
    ),
    claim=_classical,
)

CLASSICAL_SQUARED = Theorem(
    key="classical bound, squared error",
    name="gain theorem without realizability, squared error",
    statement="an unrealizable truth costs 2 sqrt(ε D(s,g)), an inexact student the terms in τ",
    latex=r"D(f,\hat s) \le D(f,g) - D(\hat s,g) + 2\sqrt{\varepsilon D(s,g)}"
    r" + 2\sqrt{\tau D(s,f)} + 2\tau",
    source="charikar:24, the bound without realizability",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(
        LEFT,
        SQUARED,
        CONVEX,
        STUDENT_IN_CLASS,
        FINITE_GAP,
        TRUTH_KNOWN,
        FINITE_ERRORS,
    ),
    claim=_classical_squared,
)

THEOREMS = (CLASSICAL, CLASSICAL_SQUARED)
