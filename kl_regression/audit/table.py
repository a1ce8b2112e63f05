"""The tables that an audit prints in the terminal."""

from typing import Any

from rich.console import Group
from rich.table import Table

from kl_regression.audit.findings import Findings
from kl_regression.audit.implied import Distance
from kl_regression.audit.population import Bound
from kl_regression.theorems.base import Verdict

Row = tuple[str, str, str]


def table(found: Findings) -> Any:
    """Return what the terminal shows: the student, the gain, the population, calibration."""
    question = found.question
    n, k = question.instance.teacher.shape
    title = f"{question.options.teacher}: n = {n}, k = {k}; students: {question.students}"
    shown = Table(title=title, title_justify="left")
    for heading, justify in (("quantity", "left"), ("value", "right"), ("what it says", "left")):
        shown.add_column(heading, justify="right" if justify == "right" else "left")
    for section in (_student(found), _gain(found), _population(found), _calibration(found)):
        for row in section:
            shown.add_row(*row)
        if section:
            shown.add_section()
    return Group(shown, *_mixture(found), *_verdicts(found))


def _student(found: Findings) -> list[Row]:
    outcome = found.outcome
    rows = [
        ("misfit", f"{outcome.misfit:.6g}", "D(student, teacher)"),
        ("gap", f"{outcome.gap:.1e}", f"{outcome.student.status.value}, {outcome.student.solver}"),
    ]
    if outcome.instance.truth is None:
        return rows
    return [
        *rows,
        ("teacher's error", f"{outcome.teacher_error:.6g}", ""),
        ("student's error", f"{outcome.student_error:.6g}", ""),
        ("gain", f"{outcome.gain:.6g}", "error of the teacher - error of the student"),
    ]


def _gain(found: Findings) -> list[Row]:
    rows = [
        (f"for {promise.about}", promise.short, f"{promise.claim}\nif {promise.condition}")
        for promise in found.without_truth.promises
    ]
    if isinstance(found.distance, Distance):
        rows += [
            (
                "labels as the truth",
                f"{found.distance.rows:.4g}",
                "at least this far from the class, in total variation",
            ),
            (
                "truth behind the labels",
                f"{found.distance.behind:.4g}",
                f"at least this far, with probability {found.distance.confidence:g}",
            ),
        ]
    return rows


def _population(found: Findings) -> list[Row]:
    chance = f"gain at least, with probability {found.question.options.confidence:g}"
    return [
        (
            f"population: {bound.name}",
            _value(bound.lower),
            f"{bound.reason or chance}{_silent(bound)}\nif {bound.condition}",
        )
        for bound in found.bounds
    ]


def _silent(bound: Bound) -> str:
    return ": says nothing" if bound.lower is not None and bound.lower <= 0 else ""


def _calibration(found: Findings) -> list[Row]:
    if found.calibration is None:
        return []
    return [
        (
            f"calibration: {measure.name}",
            f"{measure.teacher:.4g}, {measure.student:.4g}",
            "teacher, student"
            + ("" if measure.bound is None else f"; they differ by at most {measure.bound:.4g}"),
        )
        for measure in found.calibration.measures
    ]


def _value(value: float | None) -> str:
    return "none" if value is None else f"{value:.6g}"


def _mixture(found: Findings) -> list[str]:
    """Return the models of the student's mixture, the heaviest first, on one line."""
    if not found.question.models:
        return []
    weights = found.outcome.student.coordinates.tolist()
    pairs = sorted(zip(weights, found.question.models, strict=True), reverse=True)
    used = [f"{weight:.4g} {name}" for weight, name in pairs if weight > 0]
    return [f"student = {' + '.join(used)}"]


def _verdicts(found: Findings) -> list[str]:
    checks = list(found.report)
    counted = ", ".join(
        f"{sum(c.verdict is verdict for c in checks)} {verdict.value}" for verdict in Verdict
    )
    lines = [f"theorems: {counted}"]
    lines += [
        f"{verdict.value}: {check.theorem.key} (slack {check.terms.slack:.3g})"
        for verdict in (Verdict.VIOLATED, Verdict.UNDECIDED)
        for check in checks
        if check.verdict is verdict and check.terms is not None
    ]
    return lines
