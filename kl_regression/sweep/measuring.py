"""From a chunk to its rows: students, errors, and the slack of each theorem, in floats.

Hulls are solved a chunk at a time; other classes by their own solvers, one after another.
"""

import time
from dataclasses import asdict
from typing import Any

import numpy as np

from kl_regression.arithmetic import Floats
from kl_regression.cases import Cases, sums_rounding
from kl_regression.divergences import KL
from kl_regression.errors import SolverError
from kl_regression.instance import Instance
from kl_regression.many import project_many
from kl_regression.sweep.draws import Drawn, draw
from kl_regression.sweep.grid import LOSSES, Cell, Chunk

FAILED = "failed"
"""The solver of a row whose student no solver found: a row all the same, of NaN."""

Columns = dict[str, Any]
"""Columns of a table by name, each an array of shape (b,)."""

THEOREMS = {
    "gain": "gain theorem (left), student no worse (right); of a projection onto a convex class",
    "risk": "risk bound under KL, both forms and both orders; of any student",
    "one_sided": "one-sided risk bound under KL; of any student",
}
"""Each has a column NAME_slack, NaN where it does not apply, and one NAME_allowance: by how much
the slack may be negative, for gap and rounding, without a violation."""


def measure(chunk: Chunk) -> Columns:
    """Return the rows of a chunk as columns of shape (b,); ``seconds`` of a core, averaged."""
    begin = time.process_time()
    cell, drawn = chunk.cell, draw(chunk)
    student, gap, solver = _students(drawn)
    cases = Cases(
        teacher=drawn.teacher,
        student=student,
        truth=drawn.truth,
        weights=1.0 / cell.points,
        loss=LOSSES[cell.loss],
        x=Floats(),
    )
    found = {"index": np.arange(chunk.size), **_values(cell, cases, gap), "solver": solver}
    spent = (time.process_time() - begin) / chunk.size
    return found | {"seconds": np.full(chunk.size, spent)}


def settings(chunk: Chunk) -> dict[str, Any]:
    """Return what is the same in all rows of a chunk: its seed, its number, its cell; no arrays."""
    return {"seed": chunk.seed, "chunk": chunk.number, **asdict(chunk.cell)}


def _students(drawn: Drawn) -> tuple[Any, ...]:
    """Return the students, shape (b, n, k), their gaps and their solvers, shapes (b,)."""
    cell = drawn.cell
    if cell.kind == "hull":
        many = project_many(
            drawn.teacher, drawn.parts, loss=LOSSES[cell.loss], side=cell.side, normalize=True
        )
        return many.predictions, many.gap, np.where(many.alone, "alone", "batch")
    found = [_student(drawn.instance(b)) for b in range(len(drawn.teacher))]
    return tuple(np.stack(column) for column in zip(*found, strict=True))


def _student(instance: Instance) -> tuple[Any, float, str]:
    """Return predictions, shape (n, k), gap and solver; NaN, NaN and FAILED where none is found."""
    try:
        student = instance.solve().student
    except SolverError:
        return np.full_like(instance.teacher, np.nan), np.nan, FAILED
    return student.predictions, student.gap, student.solver


def _values(cell: Cell, cases: Cases, gap: Any) -> Columns:
    """Return errors, misfits, slacks and allowances, each of shape (b,)."""
    teacher_error, student_error = cases.teacher_error, cases.student_error
    misfit, reverse = cases.misfit, cases.reverse_misfit
    gain = teacher_error - student_error
    rounding = sums_rounding(teacher_error + student_error + misfit + reverse)
    left = cell.side == "left" or cell.loss == "SquaredError"
    applies = 1.0 if cell.kind != "log-linear" else np.nan
    found = {
        "teacher_error": teacher_error,
        "student_error": student_error,
        "gain": gain,
        "misfit": misfit,
        "reverse_misfit": reverse,
        "slack": gain - misfit,
        "gap": gap,
        "gain_slack": applies * (gain - misfit if left else gain),
        "gain_allowance": np.maximum(gap, 0.0) + rounding,
    }
    if LOSSES[cell.loss] is not KL:
        nothing = np.full(len(gain), np.nan)
        names = ("risk_slack", "risk_allowance", "one_sided_slack", "one_sided_allowance")
        return found | dict.fromkeys(names, nothing)
    return found | _risk(cases, gain, np.minimum(misfit, reverse), reverse, rounding)


def _risk(cases: Cases, gain: Any, least: Any, reverse: Any, rounding: Any) -> Columns:
    """Return slacks and allowances of the risk bounds, shape (b,).

    The bounds are steep at 0: a divergence that is known to its rounding alone bounds the risk by
    what it would at most be, so that this much of a negative slack is allowed.
    """
    floor, smallest = cases.floor, cases.least(cases.teacher)
    both, sure = _two_sided(least, floor), _two_sided(least + rounding, floor)
    one, sure_one = (_one_sided(d / smallest) for d in (reverse, reverse + rounding))
    return {
        "risk_slack": both - np.abs(gain),
        "risk_allowance": sure - both + rounding,
        "one_sided_slack": one + gain,
        "one_sided_allowance": sure_one - one + rounding,
    }


def _two_sided(divergence: Any, floor: Any) -> Any:
    """Return the bound on the difference of the risks, shape (b,): the smaller of its two forms."""
    divergence = np.maximum(divergence, 0.0)
    root = np.sqrt(2 * (1 - floor) * divergence / floor)
    distance = np.sqrt(np.minimum(divergence / 2, -np.expm1(-divergence)))
    return np.minimum(root, np.log1p(distance / floor))


def _one_sided(y: Any) -> Any:
    """Return the bound on how much worse the student is, shape (b,), at y = D(g, s) / min g."""
    y = np.maximum(y, 0.0)
    return (y + np.sqrt(y * y + 8 * y)) / 2
