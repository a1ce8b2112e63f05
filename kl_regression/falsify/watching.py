"""The function that searches call: slacks of tables, counted, with the least kept.

A slack below minus HIT times what its instance's numbers may be off by ends the search.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from kl_regression.falsify.conjecture import Conjecture
from kl_regression.falsify.ranges import Ranges
from kl_regression.falsify.solving import nudged, solve
from kl_regression.tolerance import HIT

LOOKED_AT = 8
"""Lowest slacks of a batch whose error is estimated."""

PENALTY = 1.0
"""What is added to the slack of a case that does not count, so that searches leave it."""


class Hit(Exception):  # noqa: N818  # control flow, not an error
    """A table whose slack is negative beyond doubt in floats; shape (r, n, k)."""

    def __init__(self, table: Any) -> None:
        super().__init__()
        self.table = table


class OutOfBudgetError(Exception):
    """The instances that were allowed have been looked at."""


class Watch:
    """Slacks of one conjecture, instances counted.

    Args:
        conjecture: what is hunted.
        ranges: how tables become instances.
        tell: called after every batch with the number of instances and the least slack.
        seed: of the numbers that errors are estimated with.
    """

    def __init__(
        self,
        conjecture: Conjecture,
        ranges: Ranges,
        *,
        tell: Callable[[int, float], None] = lambda *_: None,
        seed: int = 0,
    ) -> None:
        self.conjecture, self.ranges, self.tell = conjecture, ranges, tell
        self.rng = np.random.default_rng(seed)
        self.instances = 0
        self.limit = np.inf
        self.least: float = np.inf
        self.nearest: Any = None

    def slacks(self, table: Any) -> tuple[Any, Any]:
        """Return slacks of tables of shape (b, r, n, k), +inf where undefined, and who counts."""
        with np.errstate(all="ignore"):
            cases = solve(table, self.ranges)[0]
            slack = np.asarray(self.conjecture.claim(cases), dtype=np.float64)
            counts = np.asarray(self.conjecture.requires(cases)).astype(bool)
        return np.where(np.isfinite(slack), slack, np.inf), counts & np.isfinite(slack)

    def certain(self, table: Any) -> Any:
        """Tell which tables, shape (b, r, n, k), violate the conjecture beyond their errors."""
        slack, counts = self.slacks(table)
        return counts & (slack < 0) & (slack < -HIT * self._error(table, slack))

    def __call__(self, table: Any) -> Any:
        """Return what a search minimises, shape (b,), for tables of shape (b, r, n, k).

        Raises:
            Hit: when a table violates the conjecture.
            OutOfBudgetError: when enough has been looked at.
        """
        slack, counts = self.slacks(table)
        self.instances += int(counts.sum())
        self._look(table, np.where(counts, slack, np.inf))
        self.tell(self.instances, self.least)
        if self.instances >= self.limit:
            raise OutOfBudgetError
        return np.where(counts, slack, np.abs(np.where(np.isfinite(slack), slack, 1.0)) + PENALTY)

    def _look(self, table: Any, slack: Any) -> None:
        lowest = np.argsort(slack)[:LOOKED_AT]
        if slack[lowest[0]] < self.least:
            self.least, self.nearest = float(slack[lowest[0]]), table[lowest[0]]
        lowest = lowest[slack[lowest] < 0]
        if len(lowest):
            beyond = self.certain(table[lowest])
            if beyond.any():
                raise Hit(table[lowest[np.argmax(beyond)]])

    def _error(self, table: Any, slack: Any) -> Any:
        with np.errstate(all="ignore"):
            moved = nudged(table, self.ranges, self.rng)
            error = np.abs(np.asarray(self.conjecture.claim(moved), dtype=np.float64) - slack)
            own = moved.rounding
        return np.where(np.isfinite(error), error, np.inf) + own
