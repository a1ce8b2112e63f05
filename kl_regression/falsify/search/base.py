"""What a strategy is given: the watch that it calls, a shape, a generator, its share of work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

LOWEST, HIGHEST = -6.0, 6.0
"""Logarithms of entries that are searched."""

BATCH = 4000


@dataclass(frozen=True)
class Task:
    """One strategy's turn.

    Args:
        watch: returns what is minimised, shape (b,), of tables of shape (b, r, n, k).
        shape: (r, n, k).
        rng: the hunt's generator.
        size: about how many tables to propose.
        turn: how many turns this strategy has had on this shape.
    """

    watch: Callable[[Any], Any]
    shape: tuple[int, int, int]
    rng: np.random.Generator
    size: int
    turn: int

    @property
    def dimension(self) -> int:
        """How many numbers a table has."""
        r, n, k = self.shape
        return r * n * k

    def of_logs(self, logs: Any) -> Any:
        """Return the watch's values of tables given as logarithms, shape (b, r n k)."""
        entries = np.exp(np.clip(logs, LOWEST, HIGHEST))
        return self.watch(entries.reshape(-1, *self.shape))
