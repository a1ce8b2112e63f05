"""Stability in the teacher: two students of one class are about as near as their teachers.

Left: the two gain inequalities at each other's students, added, give J = KL(s1,s2) + KL(s2,s1) <=
E Σ (s1 - s2) log(g1/g2), and 4 TV^2 <= J on each row. Squared error: projections are 1-Lipschitz.
Right: if log(g1/g2) <= δ then E Σ g1 log(s1/s2) <= log E Σ g1 s1/s2 <= δ + log E Σ g2 s1/s2, which
is at most δ + log(1 + gap_2). The students' own gaps are added on the right of every bound.
"""

from collections.abc import Callable

import numpy as np

from kl_regression.arithmetic import Array, Number
from kl_regression.divergences import SquaredError
from kl_regression.errors import InputError
from kl_regression.instance import Outcome, require_outcome
from kl_regression.theorems.base import Check, Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    CONVEX,
    FINITE_GAP,
    KL_LOSS,
    LEFT,
    RIGHT,
    SQUARED,
    STUDENT_IN_CLASS,
)
from kl_regression.theorems.setting import Setting

Pair = Callable[[Setting, Setting], Claim]


def stability(first: Outcome, second: Outcome) -> tuple[Check, ...]:
    """Check how far two students of one class are apart, given how far their teachers are.

    Left, KL: E ||s1 - s2||_1 <= max |log g1/g2|, and sqrt(E TV^2) <= sqrt(E osc_i(log g1/g2)^2) /
    4, which is sharp. Left, squared error: sqrt(D(s1,s2)) <= sqrt(D(g1,g2)). Right, KL: KL(g1,s2) -
    KL(g1,s1) <= max log(g1/g2), and the same with the roles exchanged.

    Args:
        first: a solved instance, predictions of shape (n, k).
        second: another with the same class, weights, loss and side.

    Raises:
        InputError: for two outcomes that differ in more than teacher and truth.
    """
    require_outcome("first", first)
    require_outcome("second", second)
    one, other = first.instance, second.instance
    alike = {
        "students": one.students is other.students,
        "loss": one.loss is other.loss,
        "side": one.side == other.side,
        "weights": np.array_equal(one.weights, other.weights),
    }
    for name, same in alike.items():
        if not same:
            raise InputError("second", f"differs from first in {name}", "Vary the teacher alone")
    if one.side == "right":
        return _right(second).check(first), _right(first).check(second)
    if one.loss is SquaredError:
        return (_squared(second).check(first),)
    return _l1(second).check(first), _variation(second).check(first)


def _log_ratio(at: Setting, to: Setting) -> Array:
    """Return log g1/g2, shape (n, k), at points that count; both teachers are positive there."""
    return at.x.log(at.x.where(at.counted, at.g / to.g, 1.0))


def _gaps(at: Setting, to: Setting) -> Number:
    """Return how far both true students may be from the computed ones, E ||s^ - s||_1."""
    return sum(at.x.sqrt(at.x.number(max(each.gap, 0.0))) for each in (at, to))


def _l1(second: Outcome) -> Theorem:
    def claim(at: Setting, to: Setting) -> Claim:
        bound = at.largest(at.x.row_maximum(at.x.absolute(_log_ratio(at, to))))
        distance = at.expect(at.x.absolute(at.s - to.s))
        return Claim(distance, bound + _gaps(at, to), 0.0, {"max |log g1/g2|": bound})

    latex = r"E\|s_1 - s_2\|_1 \le \max |\log g_1/g_2|"
    return _theorem("L1", latex, second, claim, (LEFT, KL_LOSS))


def _variation(second: Outcome) -> Theorem:
    """Return the sharp one; a true student has 4 E TV(s^, s)^2 <= gap, so half a root each."""

    def claim(at: Setting, to: Setting) -> Claim:
        ratio = _log_ratio(at, to)
        osc = at.x.row_maximum(ratio) - at.x.row_minimum(ratio)
        variation = at.row_sum(at.x.absolute(at.s - to.s)) / 2
        distance = at.x.sqrt(at.expect(variation * variation))
        bound = at.x.sqrt(at.expect(osc * osc)) / 4
        return Claim(distance, bound + _gaps(at, to) / 2, 0.0, {"sqrt(E osc^2) / 4": bound})

    latex = r"\sqrt{E\,TV(s_1,s_2)^2} \le \tfrac14\sqrt{E\,\mathrm{osc}_i(\log g_1/g_2)^2}"
    return _theorem("TV", latex, second, claim, (LEFT, KL_LOSS))


def _squared(second: Outcome) -> Theorem:
    def claim(at: Setting, to: Setting) -> Claim:
        students = at.divergence(at.outcome.student.predictions, to.outcome.student.predictions)
        bound = at.x.sqrt(at.divergence(at.outcome.instance.teacher, to.outcome.instance.teacher))
        moved = _gaps(at, to) / at.x.sqrt(at.x.number(2.0))
        return Claim(at.x.sqrt(students), bound + moved, 0.0, {"sqrt(D(g1,g2))": bound})

    latex = r"\sqrt{D(s_1,s_2)} \le \sqrt{D(g_1,g_2)}"
    return _theorem("squared", latex, second, claim, (LEFT, SQUARED))


def _right(second: Outcome) -> Theorem:
    def claim(at: Setting, to: Setting) -> Claim:
        student = to.outcome.student
        worse = at.divergence(
            at.outcome.instance.teacher, student.predictions, None, student.log_predictions
        )
        bound = at.largest(at.x.row_maximum(_log_ratio(at, to)))
        moved = at.x.log1p(at.x.number(max(to.gap, 0.0)))
        return Claim(worse, at.reverse_misfit + bound + moved, 0.0, {"max log g1/g2": bound})

    latex = r"KL(g_1,s_2) - KL(g_1,s_1) \le \max \log g_1/g_2"
    return _theorem("right", latex, second, claim, (RIGHT, KL_LOSS))


def _theorem(
    name: str, latex: str, second: Outcome, claim: Pair, hypotheses: tuple[Hypothesis, ...]
) -> Theorem:
    both = (_both(needed, second) for needed in (STUDENT_IN_CLASS, FINITE_GAP))
    positive = () if name == "squared" else (_positive(second),)
    return Theorem(
        key=f"stability in the teacher, {name}",
        name="stability in the teacher",
        statement="students are no further apart than their teachers allow",
        latex=latex,
        source="csiszar:75 (derived here)",
        constants="derived",
        kind=Kind.INEQUALITY,
        hypotheses=(*hypotheses, CONVEX, *both, *positive),
        claim=lambda at: claim(at, Setting(second, at.x)),
    )


def _both(hypothesis: Hypothesis, second: Outcome) -> Hypothesis:
    """Return the hypothesis, asked of both outcomes."""

    def unmet(first: Outcome) -> str:
        return hypothesis.unmet(first) or hypothesis.unmet(second)

    return Hypothesis(hypothesis.name, unmet)


def _positive(second: Outcome) -> Hypothesis:
    def unmet(first: Outcome) -> str:
        teachers = (first.instance.teacher, second.instance.teacher)
        least = min(float(g[first.instance.weights > 0].min()) for g in teachers)
        return "" if least > 0 else "a teacher has a zero"

    return Hypothesis("both teachers positive", unmet)
