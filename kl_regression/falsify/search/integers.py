"""Random small integers with rows and entries copied: ties have measure zero among floats."""

from typing import Any

import numpy as np

from kl_regression.falsify.search.base import BATCH, Task


def integers(task: Task) -> None:
    """Propose tables whose largest entry grows with the turns; half of them hold copies."""
    for start in range(0, task.size, BATCH):
        count = min(BATCH, task.size - start)
        highest = int(task.rng.integers(2, 4 + 3 * task.turn, endpoint=True))
        tables = task.rng.integers(1, highest, size=(count, *task.shape), endpoint=True)
        _copy_rows(tables[: count // 2], task.rng)
        _copy_entries(tables[count // 4 : 3 * count // 4], task.rng)
        task.watch(tables.astype(np.float64))


def _copy_rows(tables: Any, rng: np.random.Generator) -> None:
    """Copy one row of each table, shape (b, r, n, k), over another."""
    b, r, n, k = tables.shape
    rows = tables.reshape(b, r * n, k)
    source, target = rng.integers(0, r * n, size=(2, b))
    rows[np.arange(b), target] = rows[np.arange(b), source]


def _copy_entries(tables: Any, rng: np.random.Generator) -> None:
    """Copy one entry of each table, shape (b, r, n, k), over another."""
    flat = tables.reshape(len(tables), -1)
    source, target = rng.integers(0, flat.shape[1], size=(2, len(flat)))
    flat[np.arange(len(flat)), target] = flat[np.arange(len(flat)), source]
