"""Classification risk: the student's is pinned near the teacher's by their divergence.

For ANY student and any truth, one-hot rows included, with d = KL(g,s) or KL(s,g) and γ the
smallest teacher's and student's entry over points of positive weight and the truth's support:
|KL(f,g) - KL(f,s)| <= C1 sqrt(d), C1 = sqrt(2 (1-γ)/γ), sharp as d -> 0 for γ <= 1/2, and
<= log(1 + min(sqrt(d/2), sqrt(1-e^-d))/γ). Proof of C1: kl(a,b) of a binary pair is the integral
of |u-a|/(1-u) d(log u) from a to b; bound the integrand; Σ f_c |.| <= max; Jensen. The
cross-entropy risk differs from KL(f, .) by the entropy of f, so its differences are the same.
"""

import numpy as np

from kl_regression.arithmetic import Number
from kl_regression.theorems.base import Claim, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    FINITE_RISKS,
    FINITE_TEACHER_RISK,
    KL_LOSS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.setting import Setting


def floor(at: Setting) -> float:
    """Return γ, the smallest entry of teacher and student on the truth's support: exact floats."""
    support = at.counted & (at.outcome.truth > 0)
    teacher, student = at.outcome.instance.teacher, at.outcome.student.predictions
    return min(float(teacher[support].min()), float(student[support].min()))


def root_of(at: Setting, factor: float, gamma: float, divergence: Number) -> Number:
    """Return sqrt(factor (1-γ) d/γ); +inf with d, also at γ = 1."""
    if np.isinf(float(divergence)):
        return np.inf
    root = at.x.sqrt(factor * (1 - at.x.number(gamma)) * divergence)
    return root / at.x.sqrt(at.x.number(gamma))


def _difference(at: Setting) -> Number:
    return at.x.absolute(at.teacher_error - at.student_error)


def _log_form(at: Setting, divergence: Number, gamma: float) -> Number:
    """Return log(1 + min(sqrt(d/2), sqrt(1 - e^-d))/γ): Pinsker or Bretagnolle-Huber on the TV."""
    pinsker = at.x.sqrt(divergence / 2)
    huber = at.x.sqrt(-at.x.expm1(-divergence))
    return at.x.log1p(at.x.minimum(pinsker, huber) / gamma)


def _bound(at: Setting) -> Claim:
    gamma = floor(at)
    divergence = at.x.minimum(at.misfit, at.reverse_misfit)
    constant = at.x.sqrt(2 * (1 - at.x.number(gamma)) / gamma)
    root = root_of(at, 2.0, gamma, divergence)
    logarithm = _log_form(at, divergence, gamma)
    return Claim(
        smaller=_difference(at),
        larger=at.x.minimum(root, logarithm),
        gap=0.0,
        parts={
            "γ": gamma,
            "KL(g,s)": at.reverse_misfit,
            "KL(s,g)": at.misfit,
            "C1 = sqrt(2 (1-γ)/γ)": constant,
            "C1 sqrt(d)": root,
            "log form": logarithm,
            "textbook 1/(sqrt(2) γ) sqrt(d)": at.x.sqrt(divergence / 2) / gamma,
        },
    )


def _one_sided(at: Setting) -> Claim:
    """For each class on the truth's support, KL(g,s) >= g (u - 1 + e^-u) >= g u^2 / (u + 2)."""
    support = at.counted & (at.outcome.truth > 0)
    y = at.reverse_misfit / float(at.outcome.instance.teacher[support].min())
    return Claim(
        smaller=at.student_error,
        larger=at.teacher_error + (y + at.x.sqrt(y) * at.x.sqrt(y + 8)) / 2,
        gap=0.0,
        parts={"y = KL(g,s) / min g": y},
    )


RISK_BOUND = Theorem(
    key="risk bound",
    name="lower and upper generalisation bound",
    statement="the student's risk differs from the teacher's by at most C1 sqrt(d)",
    latex=r"|KL(f,g) - KL(f,s)| \le \min\{\sqrt{2(1-\gamma)d/\gamma},"
    r" \log(1 + \min(\sqrt{d/2}, \sqrt{1-e^{-d}})/\gamma)\}",
    source="yao:25, lower and upper generalization bound",
    constants="derived",
    kind=Kind.TWO_SIDED,
    hypotheses=(KL_LOSS, TRUTH_KNOWN, FINITE_RISKS),
    claim=_bound,
)

ONE_SIDED = Theorem(
    key="risk bound without a student floor",
    name="one-sided risk bound",
    statement="the student's excess risk is bounded by the teacher's floor alone",
    latex=r"KL(f,s) - KL(f,g) \le (y + \sqrt{y^2 + 8y})/2,\quad y = KL(g,s)/\min_{f>0} g",
    source="yao:25, lower and upper generalization bound (derived here)",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(KL_LOSS, TRUTH_KNOWN, FINITE_TEACHER_RISK),
    claim=_one_sided,
)

THEOREMS = (RISK_BOUND, ONE_SIDED)
