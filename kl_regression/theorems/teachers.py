"""More than one teacher: several at once, and chains of students.

Several: s = argmin Σ_w l_w KL(., g_w) is the projection of the unnormalised geometric mean of the
teachers, which differs from Σ_w l_w KL(., g_w) by a constant. A chain: s_i is the projection of
s_(i-1), and the truth in every class, so that the gain theorems add up.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from kl_regression.arithmetic import Number
from kl_regression.arrays import Predictions, as_predictions, as_real, same_shape
from kl_regression.classes.base import FunctionClass
from kl_regression.divergences import KL
from kl_regression.errors import DomainError, InputError, ShapeError
from kl_regression.instance import Instance, Outcome, require_outcome
from kl_regression.projection import Status
from kl_regression.theorems.base import Check, Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    CONVEX,
    FINITE_ERRORS,
    KL_LOSS,
    LEFT,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import row_sum_tolerance


def several_teachers(
    teachers: Any,
    students: FunctionClass,
    coefficients: Any,
    *,
    truth: Any,
    weights: Any = None,
) -> Check:
    """Check the gain theorem for several teachers at once, under KL and on the left.

    s minimises Σ_w l_w KL(., g_w): then KL(f,s) <= Σ l_w KL(f,g_w) - Σ l_w KL(s,g_w) for f in V. A
    regulariser l KL(., r) is one more teacher, with r in its place.

    Args:
        teachers: shape (t, n, k), positive; one of coefficient 0 drops out.
        students: a class convex in outputs.
        coefficients: l_w >= 0 with sum 1, shape (t,).
        truth: shape (n, k).
        weights: probabilities of the points, shape (n,).
    """
    counted = _counted(_rows(teachers), coefficients)
    pooled = _pooled(counted)
    outcome = Instance(teacher=pooled, students=students, truth=truth, weights=weights).solve()

    def claim(at: Setting) -> Claim:
        student, logs = at.outcome.student, at.outcome.student.log_predictions
        before: Number = 0.0
        misfit: Number = 0.0
        parts = {}
        for w, (share, g) in counted.items():
            parts[f"KL(s, g_{w})"] = at.divergence(student.predictions, g, logs, None)
            before += at.x.number(share) * at.divergence(at.outcome.truth, g)
            misfit += at.x.number(share) * parts[f"KL(s, g_{w})"]
        return Claim(at.student_error + misfit, before, max(at.gap, 0.0), parts)

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


def _rows(teachers: Any) -> list[Predictions]:
    """Return the teachers' predictions, each of shape (n, k)."""
    try:
        listed = list(teachers)
    except TypeError as error:
        said = f"is {type(teachers).__name__}"
        raise InputError("teachers", said, "Pass a list, one array a teacher") from error
    if not listed:
        raise InputError("teachers", "is empty", "Pass one teacher at least")
    rows = [as_predictions(g, f"teachers[{w}]", KL.domain) for w, g in enumerate(listed)]
    for w, g in enumerate(rows):
        same_shape(g, f"teachers[{w}]", rows[0].shape, "teachers[0]")
    return rows


def _counted(rows: list[Predictions], coefficients: Any) -> dict[int, tuple[float, Predictions]]:
    """Return coefficient and teacher by number; a teacher of coefficient 0 drops out."""
    share, dtype = as_real(coefficients, "coefficients")
    if share.shape != (len(rows),):
        remedy = f"Use shape ({len(rows)},): one coefficient a teacher"
        raise ShapeError("coefficients", f"has shape {share.shape}", remedy)
    if share.min() < 0:
        w = int(np.argmax(share < 0))
        said = f"entry {w} = {float(share[w])!r} is negative"
        raise DomainError("coefficients", said, "Give l_w >= 0 with sum 1")
    if abs(share.sum() - 1.0) > row_sum_tolerance(dtype, len(share)):
        said = f"sums to {share.sum():.10g}"
        raise DomainError("coefficients", said, "Give l_w >= 0 with sum 1")
    return {w: (float(c), rows[w]) for w, c in enumerate(share) if c > 0}


def _pooled(counted: dict[int, tuple[float, Predictions]]) -> Predictions:
    """Return the teachers' geometric mean, each row over its sum."""
    with np.errstate(divide="ignore"):
        logs = sum(share * np.log(g) for share, g in counted.values())
    highest = np.max(logs, axis=1, keepdims=True)
    if np.isneginf(highest).any():
        row = int(np.argmax(np.isneginf(highest)))
        said = f"row {row} has a zero of some teacher in every class"
        raise DomainError("teachers", said, "Drop that point: no student is near all of them")
    mean = np.exp(logs - highest)
    return np.asarray(mean / mean.sum(axis=1, keepdims=True), dtype=np.float64)


def chain(outcomes: Sequence[Outcome]) -> Check:
    """Check that the misfits along a chain of students sum to at most the whole gain.

    Each teacher is the student before; the truth, of shape (n, k), is in every class.

    Args:
        outcomes: solved instances in order, all on the left with the same truth, weights and loss.
    """
    _require_chain(outcomes)
    first, later = outcomes[0], outcomes[1:]
    if any(link.student.status != Status.EXACT for link in later):
        # A verdict reads the status of one student: here the least exact of the chain.
        first = replace(first, student=replace(first.student, status=Status.APPROXIMATE))

    def claim(at: Setting) -> Claim:
        steps = [Setting(outcome, at.x) for outcome in (at.outcome, *later)]
        return Claim(
            smaller=steps[-1].student_error + sum(step.misfit for step in steps),
            larger=at.teacher_error,
            gap=sum(max(step.gap, 0.0) for step in steps),
            parts={f"misfit {i + 1}": step.misfit for i, step in enumerate(steps)},
        )

    return Theorem(
        key="chain of students",
        name="chain of students",
        statement="along a chain the misfits sum to at most the gain",
        latex=r"\sum_i D(s_i, s_{i-1}) \le D(f,g) - D(f,s_k)",
        source="yao:25 (derived here)",
        constants="derived",
        kind=Kind.INEQUALITY,
        hypotheses=tuple(
            _along(needed, later)
            for needed in (LEFT, CONVEX, TRUTH_KNOWN, TRUTH_IN_CLASS, FINITE_ERRORS)
        ),
        claim=claim,
    ).check(first)


def _require_chain(outcomes: Sequence[Outcome]) -> None:
    """Raise an InputError unless each teacher is the student before, and the rest is the same."""
    if not isinstance(outcomes, Sequence):
        said = f"is {type(outcomes).__name__}"
        raise InputError("outcomes", said, "Pass a list, one outcome a student of the chain")
    if not outcomes:
        raise InputError("outcomes", "is empty", "Pass one outcome a student of the chain")
    for i, outcome in enumerate(outcomes):
        require_outcome(f"outcomes[{i}]", outcome)
    for i, (before, after) in enumerate(pairwise(outcomes)):
        links = f"links {i} and {i + 1}"
        if before.instance.loss is not after.instance.loss:
            said = f"{links} have different losses"
            raise InputError("outcomes", said, "Use one loss along the chain")
        if not np.array_equal(before.student.predictions, after.instance.teacher):
            said = f"{links} are no chain"
            raise InputError("outcomes", said, "Use each student as the next teacher")
        if not np.array_equal(before.instance.weights, after.instance.weights):
            said = f"{links} have different weights"
            raise InputError("outcomes", said, "Use the same weights along the chain")
        truths = [each.instance.truth for each in (before, after)]
        if all(truth is not None for truth in truths) and not np.array_equal(*truths):
            said = f"{links} have different truths"
            raise InputError("outcomes", said, "Use one truth along the chain")


def _along(hypothesis: Hypothesis, later: Sequence[Outcome]) -> Hypothesis:
    """Return the hypothesis, asked of every link; the first that does not meet it is named."""

    def unmet(first: Outcome) -> str:
        reasons = (hypothesis.unmet(outcome) for outcome in (first, *later))
        return next((f"link {i}: {reason}" for i, reason in enumerate(reasons) if reason), "")

    return Hypothesis(hypothesis.name, unmet)
