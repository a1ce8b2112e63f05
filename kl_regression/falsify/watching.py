"""The function that searches call: slacks of tables, counted, with the least kept.

A slack below minus HIT times what its instance's numbers may be off by ends the search.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from kl_regression.cases import Cases
from kl_regression.falsify.conjecture import Conjecture
from kl_regression.falsify.moving import moved
from kl_regression.falsify.ranges import Ranges
from kl_regression.falsify.solving import solve
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
        self.instances, self.drawn = 0, 0
        self.limit, self.patience, self.most = np.inf, np.inf, np.inf
        self.least: float = np.inf
        self.nearest: Any = None

    @property
    def vain(self) -> bool:
        """Whether none counted of as many instances as were to suffice."""
        return not self.instances and self.drawn >= self.patience

    def slacks(self, table: Any) -> tuple[Any, Any]:
        """Return slacks of tables of shape (b, r, n, k), +inf where undefined, and who counts."""
        return self._judged(self._solved(table))

    def _solved(self, table: Any) -> tuple[Cases, Any]:
        with np.errstate(all="ignore"):
            return solve(table, self.ranges)

    def _judged(self, solved: tuple[Cases, Any]) -> tuple[Any, Any]:
        with np.errstate(all="ignore"):
            slack, counts = self.conjecture.judged(solved[0])
        return np.where(np.isfinite(slack), slack, np.inf), counts & np.isfinite(slack)

    def certain(self, table: Any) -> Any:
        """Tell which tables, shape (b, r, n, k), violate the conjecture beyond their errors."""
        solved = self._solved(table)
        slack, counts = self._judged(solved)
        negative = counts & (slack < 0)
        if not negative.any():
            return negative
        return negative & (slack < -HIT * self.errors(solved, table, slack))

    def __call__(self, table: Any) -> Any:
        """Return what a search minimises, shape (b,), for tables of shape (b, r, n, k).

        Raises:
            Hit: when a table violates the conjecture.
            OutOfBudgetError: when enough have counted, none of many, or too few of very many.
        """
        slack, counts = self.slacks(table)
        self.instances += int(counts.sum())
        self.drawn += len(table)
        self._look(table, np.where(counts, slack, np.inf))
        self.tell(self.instances, self.least)
        if self.instances >= self.limit or self.drawn >= self.most or self.vain:
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

    def errors(self, solved: tuple[Cases, Any], table: Any, slack: Any) -> Any:
        """Return what slacks may be off by, shape (b,), of solved tables of shape (b, r, n, k).

        Numbers are moved one way and the opposite: a claim may answer to one of them alone, as the
        root of a divergence does that is computed as 0.
        """
        seed = int(self.rng.integers(2**63))
        found = np.zeros(len(slack))
        with np.errstate(all="ignore"):
            for way in (1.0, -1.0):
                cases = moved(solved, table, self.ranges, seed=seed, way=way)
                apart = np.abs(np.asarray(self.conjecture.claim(cases), dtype=np.float64) - slack)
                found = np.maximum(found, np.where(np.isfinite(apart), apart, np.inf))
            return found + cases.rounding
