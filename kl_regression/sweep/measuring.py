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
    "gain_slack": "gain theorem (left), student no worse (right); needs the projection",
    "risk_slack": "risk bound, both forms and both orders, of any student",
    "one_sided_slack": "one-sided risk bound, of any student",
}
"""Columns of slacks; NaN where the theorem does not apply, as the first on softmax layers."""


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
    """Return predictions, shape (n, k), gap and solver; NaN, inf and FAILED where none is found."""
    try:
        student = instance.solve().student
    except SolverError:
        return np.full_like(instance.teacher, np.nan), np.inf, FAILED
    return student.predictions, student.gap, student.solver


def _values(cell: Cell, cases: Cases, gap: Any) -> Columns:
    """Return errors, misfits and slacks, each of shape (b,)."""
    teacher_error, student_error = cases.teacher_error, cases.student_error
    misfit, reverse = cases.misfit, cases.reverse_misfit
    gain = teacher_error - student_error
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
    }
    sizes = teacher_error + student_error + misfit + reverse
    found["rounding"] = sums_rounding(sizes)
    return found | _risk(cases, cell, gain, np.minimum(misfit, reverse), reverse)


def _risk(cases: Cases, cell: Cell, gain: Any, divergence: Any, reverse: Any) -> Columns:
    """Return the slacks of the risk bounds, shape (b,); NaN under other losses than KL."""
    if LOSSES[cell.loss] is not KL:
        nothing = np.full(len(gain), np.nan)
        return {"risk_slack": nothing, "one_sided_slack": nothing}
    floor, least = cases.floor, cases.least(cases.teacher)
    divergence = np.maximum(divergence, 0.0)
    root = np.sqrt(2 * (1 - floor) * divergence / floor)
    distance = np.sqrt(np.minimum(divergence / 2, -np.expm1(-divergence)))
    y = np.maximum(reverse, 0.0) / least
    return {
        "risk_slack": np.minimum(root, np.log1p(distance / floor)) - np.abs(gain),
        "one_sided_slack": (y + np.sqrt(y * y + 8 * y)) / 2 + gain,
    }
