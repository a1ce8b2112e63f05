"""What a sweep found: the least slack of each theorem in each cell, and whether any is violated."""

from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from kl_regression.sweep.measuring import FAILED
from kl_regression.sweep.slacks import THEOREMS

CELL = ("kind", "side", "loss", "points", "outputs", "models", "spread", "quality")
HEADINGS = {"kind": "class", "points": "n", "outputs": "k", "models": "m"}
SLACKS = [f"{name}_slack" for name in THEOREMS]
ALLOWANCES = [f"{name}_allowance" for name in THEOREMS]


def violations(rows: dict[str, Any], theorem: str) -> Any:
    """Tell which rows, shape (rows,), break a theorem by more than gap and rounding allow."""
    return rows[f"{theorem}_slack"] < -rows[f"{theorem}_allowance"]


def cells(path: Path) -> list[dict[str, Any]]:
    """Return each cell's settings and what its rows add up to, in the order of the rows.

    "rows", the largest "gap", the least slack of each theorem (NaN where it applies to no row),
    how many rows are "violated" and how many "failed", and their "seconds"; no arrays.
    """
    from pyarrow import parquet

    measured = [*SLACKS, *ALLOWANCES, "gap", "solver", "seconds"]
    table = parquet.read_table(path, columns=["chunk", *CELL, *measured])
    rows = {name: table[name].to_numpy() for name in measured}
    counts = {
        "violated": sum(violations(rows, name).astype(np.int64) for name in THEOREMS),
        "failed": (rows["solver"] == FAILED).astype(np.int64),
    }
    for name, count in counts.items():
        table = table.append_column(name, [count])
    summed = [(name, "sum") for name in (*counts, "seconds")]
    least = [(name, "min") for name in ("chunk", *SLACKS)]
    grouped = table.group_by(list(CELL)).aggregate(
        [([], "count_all"), ("gap", "max"), *least, *summed]
    )
    names = [*CELL, "rows", "gap", "chunk", *SLACKS, *counts, "seconds"]
    return grouped.rename_columns(names).sort_by("chunk").to_pylist()


def summary(path: Path) -> Table:
    """Return a table of the cells: settings that vary, rows, gap, slacks, violations, seconds."""
    found = cells(path)
    shown = [name for name in CELL if len({cell[name] for cell in found}) > 1] or ["side"]
    settings = [HEADINGS.get(name, name) for name in shown]
    least = [f"least slack: {name.replace('_', '-')}" for name in THEOREMS]
    table = Table(
        *settings, "rows", "largest gap", *least, "violated", "failed", "CPU s", title=str(path)
    )
    for cell in found:
        slacks = [_shown(cell[name]) for name in SLACKS]
        counts = [str(cell["violated"]), str(cell["failed"]), f"{cell['seconds']:.1f}"]
        own = [str(cell["rows"]), f"{cell['gap']:.1e}", *slacks, *counts]
        table.add_row(*(str(cell[name]) for name in shown), *own)
    return table


def _shown(slack: float) -> str:
    return "-" if np.isnan(slack) else f"{slack:.2e}"
