"""What a sweep found: the least slack of each theorem in each cell, and whether any is violated."""

from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from kl_regression.sweep.measuring import THEOREMS

VARYING = ("kind", "side", "loss", "points", "outputs", "models", "spread", "quality")


def read(path: Path, columns: list[str] | None = None) -> dict[str, Any]:
    """Return the columns of a sweep's results, each of shape (rows,)."""
    from pyarrow import parquet

    table = parquet.read_table(path, columns=columns)
    return {name: table[name].to_numpy() for name in table.column_names}


def violations(rows: dict[str, Any], theorem: str) -> Any:
    """Tell which rows, shape (rows,), break a theorem by more than gap and rounding."""
    slack = rows[theorem]
    return np.isfinite(slack) & (slack < -rows["allowance"])


def summary(path: Path) -> Table:
    """Return a table: for each cell its rows, largest gap, least slacks, violations, seconds."""
    rows = read(path, [*VARYING, *THEOREMS, "allowance", "gap", "solver", "seconds"])
    names = [name for name in VARYING if len(np.unique(rows[name])) > 1] or ["side"]
    columns = ("rows", "largest gap", *(f"least {name}" for name in THEOREMS))
    table = Table(*names, *columns, "violated", "alone", "CPU s", title=str(path))
    keys = np.stack([rows[name].astype(str) for name in names])
    for key in np.unique(keys, axis=1).T:
        chosen = (keys == key[:, None]).all(axis=0)
        table.add_row(*key, *_cells({name: rows[name][chosen] for name in rows}))
    return table


def _cells(rows: dict[str, Any]) -> list[str]:
    least = [_least(rows[name]) for name in THEOREMS]
    broken = sum(int(violations(rows, name).sum()) for name in THEOREMS)
    alone = int(np.count_nonzero(rows["solver"] != "batch"))
    size, gap = f"{len(rows['gap'])}", f"{rows['gap'].max():.1e}"
    return [size, gap, *least, str(broken), str(alone), f"{rows['seconds'].sum():.1f}"]


def _least(slack: Any) -> str:
    finite = slack[np.isfinite(slack)]
    return f"{finite.min():.2e}" if len(finite) else "-"
