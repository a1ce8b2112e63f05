"""More than one teacher: stability, several at once, a regulariser, and chains of students.

Stability: the two gain inequalities at each other's students, added, give
J = KL(s1,s2) + KL(s2,s1) <= E Σ (s1 - s2) log(g1/g2), and 4 TV^2 <= J.
Several: s = argmin Σ_w l_w KL(., g_w) is the projection of the unnormalised geometric mean of the
teachers, which differs from Σ_w l_w KL(., g_w) by a constant.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from kl_regression.arrays import as_predictions
from kl_regression.classes.base import FunctionClass
from kl_regression.divergences import KL, SquaredError
from kl_regression.errors import InputError
from kl_regression.instance import Instance, Outcome
from kl_regression.theorems.base import Check, Claim, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    CONVEX,
    FINITE_ERRORS,
    FINITE_MISFIT,
    KL_LOSS,
    LEFT,
    POSITIVE,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import row_sum_tolerance


def stability(first: Outcome, second: Outcome) -> tuple[Check, ...]:
    """Check how far two students of one class are apart, given how far their teachers are.

    KL: E ||s1 - s2||_1 <= max |log g1/g2|, and sqrt(E TV^2) <= sqrt(E osc_i(log g1/g2)^2) / 4,
    which is sharp. Squared error: sqrt(D(s1,s2)) <= sqrt(D(g1,g2)). The students' gaps are added
    on the right.

    Args:
        first: a solved instance, predictions of shape (n, k).
        second: another with the same class, weights and loss.
    """
    if first.instance.students is not second.instance.students:
        raise InputError("second", "has another class than first", "Use one class for both")
    if first.instance.loss is SquaredError:
        return (_stability_theorem("squared", second, _squared_stability).check(first),)
    return tuple(
        _stability_theorem(name, second, claim).check(first)
        for name, claim in (("L1", _l1_stability), ("TV", _tv_stability))
    )


def _gaps(at: Setting, second: Outcome) -> float:
    return float(np.sqrt(max(at.gap, 0.0)) + np.sqrt(max(second.gap, 0.0)))


def _l1_stability(at: Setting, second: Outcome) -> Claim:
    other = at.x.array(second.student.predictions)
    ratio = at.x.absolute(at.x.log(at.g / at.x.array(second.instance.teacher)))
    distance = at.expect(at.x.absolute(at.s - other))
    bound = at.largest(at.x.row_maximum(ratio))
    return Claim(distance, bound + _gaps(at, second), 0.0, {"max |log g1/g2|": bound})


def _tv_stability(at: Setting, second: Outcome) -> Claim:
    other = at.x.array(second.student.predictions)
    ratio = at.x.log(at.g / at.x.array(second.instance.teacher))
    osc = at.x.row_maximum(ratio) - at.x.row_minimum(ratio)
    variation = at.row_sum(at.x.absolute(at.s - other)) / 2
    bound = at.x.sqrt(at.expect(osc * osc)) / 4
    distance = at.x.sqrt(at.expect(variation * variation))
    return Claim(distance, bound + _gaps(at, second), 0.0, {"sqrt(E osc^2) / 4": bound})


def _squared_stability(at: Setting, second: Outcome) -> Claim:
    students = at.divergence(at.outcome.student.predictions, second.student.predictions)
    teachers = at.divergence(at.outcome.instance.teacher, second.instance.teacher)
    bound = at.x.sqrt(teachers)
    return Claim(at.x.sqrt(students), bound + _gaps(at, second), 0.0, {"sqrt(D(g1,g2))": bound})


def _stability_theorem(name: str, second: Outcome, claim: Any) -> Theorem:
    squared = name == "squared"
    return Theorem(
        key=f"stability in the teacher, {name}",
        name="stability in the teacher",
        statement="students are no further apart than their teachers allow",
        latex=r"\sqrt{E\,TV(s_1,s_2)^2} \le \tfrac14\sqrt{E\,\mathrm{osc}_i(\log g_1/g_2)^2}",
        source="csiszar:75 (derived here)",
        constants="derived",
        kind=Kind.INEQUALITY,
        hypotheses=(LEFT, CONVEX, FINITE_MISFIT) if squared else (LEFT, KL_LOSS, CONVEX, POSITIVE),
        claim=lambda at: claim(at, second),
    )


def several_teachers(
    teachers: Any,
    students: FunctionClass,
    coefficients: Sequence[float],
    *,
    truth: Any,
    weights: Any = None,
) -> Check:
    """Check the gain theorem for several teachers at once, under KL and on the left.

    s minimises Σ_w l_w KL(., g_w): then KL(f,s) <= Σ l_w KL(f,g_w) - Σ l_w KL(s,g_w) for f in V. A
    regulariser l KL(., r) is one more teacher, with r in its place.

    Args:
        teachers: shape (t, n, k), positive.
        students: a class convex in outputs.
        coefficients: l_w >= 0 with sum 1, one a teacher.
        truth: shape (n, k).
        weights: probabilities of the points, shape (n,).
    """
    rows = [as_predictions(g, f"teachers[{w}]", KL.domain) for w, g in enumerate(teachers)]
    share = np.asarray(coefficients, dtype=np.float64)
    if (
        len(share) != len(rows)
        or np.any(share < 0)
        or abs(share.sum() - 1.0) > row_sum_tolerance(share.dtype, len(share))
    ):
        raise InputError("coefficients", f"is {coefficients!r}", "Give l_w >= 0 with sum 1")
    mean = np.exp(np.tensordot(share, np.log(np.array(rows)), 1))
    pooled = mean / mean.sum(axis=1, keepdims=True)
    outcome = Instance(teacher=pooled, students=students, truth=truth, weights=weights).solve()

    def claim(at: Setting) -> Claim:
        paid = [c * at.divergence(at.outcome.truth, g) for c, g in zip(share, rows, strict=True)]
        student = at.outcome.student
        kept = [
            c * at.divergence(student.predictions, g, student.log_predictions, None)
            for c, g in zip(share, rows, strict=True)
        ]
        return Claim(at.student_error + sum(kept), sum(paid), max(at.gap, 0.0), {})

    return Theorem(
        key="several teachers",
        name="gain theorem for several teachers",
        statement="the student beats its teachers' average by its average disagreement",
        latex=r"KL(f,s) \le \sum_w l_w KL(f,g_w) - \sum_w l_w KL(s,g_w)",
        source="yao:25 (derived here)",
        constants="derived",
        kind=Kind.INEQUALITY,
        hypotheses=(LEFT, KL_LOSS, CONVEX, TRUTH_KNOWN, TRUTH_IN_CLASS, FINITE_ERRORS),
        claim=claim,
    ).check(outcome)


def chain(outcomes: Sequence[Outcome]) -> Check:
    """Check that the misfits along a chain of students sum to at most the whole gain.

    Each teacher is the student before; the truth, of shape (n, k), is in every class.

    Args:
        outcomes: solved instances in order, all on the left with the same truth, weights and loss.
    """
    for before, after in pairwise(outcomes):
        if not np.array_equal(before.student.predictions, after.instance.teacher):
            raise InputError("outcomes", "are no chain", "Use each student as the next teacher")
    last = outcomes[-1]

    def claim(at: Setting) -> Claim:
        misfits = [at.x.number(outcome.misfit_sum) for outcome in outcomes]
        return Claim(
            smaller=at.x.number(last.student_error_sum) + sum(misfits),
            larger=at.teacher_error,
            gap=sum(max(outcome.gap, 0.0) for outcome in outcomes),
            parts={f"misfit {i + 1}": misfit for i, misfit in enumerate(misfits)},
        )

    return Theorem(
        key="chain of students",
        name="chain of students",
        statement="along a chain the misfits sum to at most the gain",
        latex=r"\sum_i D(s_i, s_{i-1}) \le D(f,g) - D(f,s_k)",
        source="yao:25 (derived here)",
        constants="derived",
        kind=Kind.INEQUALITY,
        hypotheses=(LEFT, CONVEX, TRUTH_KNOWN, TRUTH_IN_CLASS, FINITE_ERRORS),
        claim=claim,
    ).check(outcomes[0])
