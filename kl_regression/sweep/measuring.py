"""From a chunk to its rows: instances, students, and what is computed of them.

Hulls are solved a chunk at a time; other classes by their own solvers, one after another.
"""

import time
from dataclasses import asdict
from typing import Any

import numpy as np

from kl_regression.arithmetic import Floats
from kl_regression.cases import Cases
from kl_regression.errors import InfeasibleError, SolverError
from kl_regression.instance import Instance
from kl_regression.many import project_many
from kl_regression.sweep.draws import Drawn, draw
from kl_regression.sweep.grid import LOSSES, Chunk
from kl_regression.sweep.slacks import Columns, computed

FAILED = "failed"
"""The solver of a row whose student no solver found: a row all the same, of NaN."""


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
    found = {"index": np.arange(chunk.size), **computed(cell, cases, gap), "solver": solver}
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
    except (InfeasibleError, SolverError):
        return np.full_like(instance.teacher, np.nan), np.nan, FAILED
    return student.predictions, student.gap, student.solver
