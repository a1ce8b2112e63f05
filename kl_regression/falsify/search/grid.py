"""Every table of integers from 1 to q, q = 2, 3, ...: small ones are found at once."""

from typing import Any

import numpy as np

from kl_regression.falsify.search.base import BATCH, Task


def grid(task: Task) -> None:
    """Propose all tables with largest entry q, of which turn t looks at the t-th stretch."""
    first = task.turn * task.size
    for q in range(2, 8):
        count = q**task.dimension
        for start in range(first, min(first + task.size, count), BATCH):
            found = _tables(np.arange(start, min(start + BATCH, count, first + task.size)), q, task)
            if len(found):
                task.watch(found)
        if first + task.size < count:
            return


def _tables(numbers: Any, q: int, task: Task) -> Any:
    """Return the tables whose digits in base q are these numbers, largest entry q."""
    digits = np.empty((len(numbers), task.dimension))
    for place in range(task.dimension):
        digits[:, place] = numbers % q + 1
        numbers = numbers // q
    new = digits.max(axis=1) == q
    return digits[new].reshape(-1, *task.shape)
