"""The risk bound with other f-divergences between teacher and student in the place of KL.

With γ as in the risk bound, |KL(f,g) - KL(f,s)| is at most sqrt((1-γ)/γ D) for D Jeffreys'
divergence or χ^2, sqrt(4 (1-γ)/γ D) for the squared Hellinger distance Σ (√g - √s)^2, sqrt(8
(1-γ)/γ D) for the Jensen-Shannon divergence (these two verified on grids, proved without the
factor 1-γ), and log(1 + TV/γ) for total variation, which is sharp.
"""

from collections.abc import Callable

import numpy as np

from kl_regression.arithmetic import Array, Number
from kl_regression.theorems.base import Claim, Kind, Theorem
from kl_regression.theorems.hypotheses import FINITE_RISKS, KL_LOSS, TRUTH_KNOWN
from kl_regression.theorems.risk import floor, root_of
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import Bools


def jeffreys(at: Setting) -> Number:
    """Return KL(g,s) + KL(s,g)."""
    return at.misfit + at.reverse_misfit


def chi_squared(at: Setting) -> Number:
    """Return the smaller of E Σ (g-s)^2/s and E Σ (g-s)^2/g."""
    teacher, away = at.outcome.instance.teacher > 0, at.g - at.s

    def over(below: Array, there: Bools) -> Number:
        entries = at.x.where(there, away, 0.0) / at.x.where(there, below, 1.0) * away
        return at.expect(at.x.where(there | (teacher == at.here), entries, np.inf))

    return at.x.minimum(over(at.s, at.here), over(at.g, teacher))


def hellinger(at: Setting) -> Number:
    """Return E Σ (√g - √s)^2, as (g-s)^2 / (√g + √s)^2 so that nothing cancels."""
    there = (at.outcome.instance.teacher > 0) | at.here
    root = at.x.where(there, at.x.sqrt(at.g) + at.x.sqrt(at.s), 1.0)
    ratio = (at.g - at.s) / root
    return at.expect(ratio * ratio)


def jensen_shannon(at: Setting) -> Number:
    """Return E of half KL(g, m) + KL(s, m) with m = (g+s)/2, in nats.

    With t = (g-s)/(g+s) that is m [t artanh t + log(1 - t^2)/2] = m [t^2/2 + ...], where a half
    cancels and no more; far from t = 0 the logarithms are taken themselves.
    """
    teacher, student = at.outcome.instance.teacher, at.outcome.student.predictions
    near = np.abs(teacher - student) < (teacher + student) / 2
    middle = (at.g + at.s) / 2
    t = at.x.where(near, at.g - at.s, 0.0) / at.x.where(near, at.g + at.s, 1.0)
    close = t * at.x.artanh(t) + at.x.log1p(-t * t) / 2

    def entry(a: Array, there: Bools) -> Array:
        far = there & ~near
        return a * at.x.log(at.x.where(far, a, 1.0) / at.x.where(far, middle, 1.0))

    apart = (entry(at.g, teacher > 0) + entry(at.s, at.here)) / 2
    return at.expect(at.x.where(near, middle * close, apart))


def total_variation(at: Setting) -> Number:
    """Return E TV_i(g, s) = E max(Σ (g-s)_+, Σ (s-g)_+), which rows off 1 by rounding need."""
    change = at.g - at.s
    return at.expect(at.row_sum(at.x.absolute(change)) + at.x.absolute(at.row_sum(change))) / 2


def _root_bound(
    factor: float, divergence: Callable[[Setting], Number]
) -> Callable[[Setting], Claim]:
    def claim(at: Setting) -> Claim:
        gamma, measured = floor(at), divergence(at)
        return Claim(
            smaller=at.x.absolute(at.teacher_error - at.student_error),
            larger=root_of(at, factor, gamma, measured),
            gap=0.0,
            parts={"γ": gamma, "D": measured},
        )

    return claim


def _variation_bound(at: Setting) -> Claim:
    gamma, measured = floor(at), total_variation(at)
    return Claim(
        smaller=at.x.absolute(at.teacher_error - at.student_error),
        larger=at.x.log1p(measured / gamma),
        gap=0.0,
        parts={"γ": gamma, "D": measured},
    )


def _theorem(name: str, words: str, bound: str, claim: Callable[[Setting], Claim]) -> Theorem:
    return Theorem(
        key=f"risk bound by {name}",
        name=f"risk bound, {name}",
        statement=f"the student's risk differs from the teacher's by at most {words}",
        latex=rf"|KL(f,g) - KL(f,s)| \le {bound}",
        source="yao:25c, f-divergences (derived here)",
        constants="derived",
        kind=Kind.TWO_SIDED,
        hypotheses=(KL_LOSS, TRUTH_KNOWN, FINITE_RISKS),
        claim=claim,
    )


THEOREMS = (
    _theorem(
        "Jeffreys", "sqrt((1-γ) D/γ)", r"\sqrt{(1-\gamma) D/\gamma}", _root_bound(1.0, jeffreys)
    ),
    _theorem(
        "chi-squared",
        "sqrt((1-γ) D/γ)",
        r"\sqrt{(1-\gamma) D/\gamma}",
        _root_bound(1.0, chi_squared),
    ),
    _theorem(
        "Hellinger", "sqrt(4(1-γ) D/γ)", r"\sqrt{4(1-\gamma) D/\gamma}", _root_bound(4.0, hellinger)
    ),
    _theorem(
        "Jensen-Shannon",
        "sqrt(8(1-γ) D/γ)",
        r"\sqrt{8(1-\gamma) D/\gamma}",
        _root_bound(8.0, jensen_shannon),
    ),
    _theorem("total variation", "log(1 + TV/γ)", r"\log(1 + TV/\gamma)", _variation_bound),
)
