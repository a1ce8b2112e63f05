"""falsify(): rounds of doubling size over growing shapes, each strategy in turn.

No strategy wins alone: violations of measure zero need small integers with copies, near-sharp and
high-dimensional ones need evolution. A hit in floats is proven in balls before it is believed, and
again as it shrinks; if a smaller table's proof fails, the last proven one stands.
"""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from kl_regression.classes.base import is_count
from kl_regression.errors import InputError
from kl_regression.falsify.conjecture import Conjecture
from kl_regression.falsify.drawn import search_drawn
from kl_regression.falsify.evidence import evidence
from kl_regression.falsify.proving import Proof, prove
from kl_regression.falsify.ranges import Ranges
from kl_regression.falsify.results import Refuted, Result, Searched
from kl_regression.falsify.search.base import Task
from kl_regression.falsify.search.cma_es import available, cma_es
from kl_regression.falsify.search.evolution import evolution
from kl_regression.falsify.search.floats import floats
from kl_regression.falsify.search.grid import grid
from kl_regression.falsify.search.integers import integers
from kl_regression.falsify.shrinking import rounded, shrink
from kl_regression.falsify.watching import Hit, OutOfBudgetError, Watch

STRATEGIES: dict[str, Callable[[Task], None]] = {
    "integers": integers,
    "floats": floats,
    "grid": grid,
    "differential evolution": evolution,
    "CMA-ES": cma_es,
}
LATER = {"differential evolution", "CMA-ES"}
"""Strategies that start with the second round."""

FIRST = 2000
"""Instances of a strategy's first turn."""

SHAPES = 6
"""Shapes that a round adds."""

VAIN = 3 * FIRST * SHAPES * len(STRATEGIES)
"""Instances, thrice a first round's, of which one at least should count whatever the budget."""

SCARCE = 100
"""Times the instances of a budget that are drawn where too few of them count."""

Tell = Callable[[int, float], None]


def falsify(
    conjecture: Conjecture,
    *,
    budget: int = 1_000_000,
    seconds: float = math.inf,
    seed: int = 0,
    tell: Tell = lambda *_: None,
) -> Result:
    """Hunt an instance that breaks a conjecture; prove it before saying so.

    Args:
        conjecture: the inequality, on cases with arrays of shape (b, n, k).
        budget: instances to look at, of those that ``requires`` accepts; where it accepts few,
            the hunt ends at 100 times as many drawn ones. Drawn from a strategy or a function,
            all count.
        seconds: stop after this time even so.
        seed: of everything random.
        tell: called with the number of instances and the least slack so far.

    Returns:
        ``Refuted`` with integers and a proof in ball arithmetic at the true student, or
        ``Searched``: how many, the least slack, the nearest instance.

    Raises:
        InputError: for what is no conjecture, or no budget; where ``claim`` or ``requires``
            returns no number an instance; where none of many instances counts.
    """
    if not isinstance(conjecture, Conjecture):
        raise InputError("conjecture", f"is {conjecture!r}", "Pass klr.Conjecture(...)")
    _require_limits(budget, seconds)
    if not isinstance(conjecture.given, Ranges):
        return search_drawn(conjecture, budget=budget, seconds=seconds, seed=seed, tell=tell)
    return _Hunt(conjecture, conjecture.given, seconds, seed, tell).run(budget)


class _Hunt:
    """One hunt: its watch, its clock, its generator."""

    def __init__(
        self, conjecture: Conjecture, ranges: Ranges, seconds: float, seed: int, tell: Tell
    ) -> None:
        self.begin = time.perf_counter()
        self.conjecture, self.ranges = conjecture, ranges
        self.deadline = self.begin + seconds
        self.rng = np.random.default_rng(seed)
        self.watch = Watch(conjecture, ranges, tell=self._tell, seed=seed)
        self.told, self.unproven = tell, 0

    def _tell(self, instances: int, least: float) -> None:
        self.told(instances, least)
        if time.perf_counter() > self.deadline:
            raise OutOfBudgetError

    def run(self, budget: int) -> Result:
        """Return the first proven violation, or what was searched."""
        self.watch.limit, self.watch.patience = budget, max(budget, VAIN)
        self.watch.most = max(SCARCE * budget, VAIN)
        shapes = list(self.ranges.shapes())
        turn = 0
        try:
            while True:
                for shape in shapes[: SHAPES * (turn + 1)]:
                    found = self._round(shape, turn)
                    if found is not None:
                        return found
                turn += 1
        except OutOfBudgetError:
            if self.watch.vain:
                raise _nothing_counts(self.watch.drawn) from None
            return self._searched()

    def _round(self, shape: tuple[int, int, int], turn: int) -> Refuted | None:
        n, k, m = shape
        for name, strategy in self._strategies(turn).items():
            size = FIRST * 2 ** min(turn, 10)
            task = Task(self.watch, (self.ranges.rows(m), n, k), self.rng, size, turn)
            try:
                strategy(task)
            except Hit as hit:
                found = self._proven(hit.table)
                if found is not None:
                    table, proof = found
                    return Refuted(
                        self.conjecture,
                        self.ranges,
                        table.astype(np.int64),
                        proof,
                        evidence(table.astype(np.int64), self.conjecture, self.ranges),
                        name,
                        self.watch.instances,
                        time.perf_counter() - self.begin,
                    )
                self.unproven += 1
        return None

    def _strategies(self, turn: int) -> dict[str, Callable[[Task], None]]:
        """Return the strategies of a turn: evolution waits until cheap ones have had theirs."""
        names = [name for name in STRATEGIES if name != "CMA-ES" or available()]
        return {name: STRATEGIES[name] for name in names if turn or name not in LATER}

    def _proven(self, table: Any) -> tuple[Any, Proof] | None:
        """Return integers near a hit with their proof, as small as they get; None if unproven."""
        for start in rounded(table, self.watch):
            path = list(shrink(start, self.watch))
            for candidate in reversed(path):
                proof = prove(candidate, self.conjecture, self.ranges)
                if proof is not None:
                    return candidate, proof
        return None

    def _searched(self) -> Searched:
        return Searched(
            self.conjecture,
            self.watch.instances,
            self.watch.least,
            self.watch.nearest,
            self.unproven,
            () if available() else ("CMA-ES",),
            time.perf_counter() - self.begin,
        )


def _require_limits(budget: Any, seconds: Any) -> None:
    if not is_count(budget, least=1):
        raise InputError("budget", f"is {budget!r}", "Allow a whole number of instances, 1 or more")
    number = isinstance(seconds, int | float | np.number) and not isinstance(seconds, bool)
    if not number or np.isnan(seconds):
        raise InputError("seconds", f"is {seconds!r}", "Give a number of seconds")


def _nothing_counts(drawn: int) -> InputError:
    return InputError(
        "requires",
        f"accepts none of the {drawn} instances drawn, or the claim is finite on none",
        "Weaken it, or let given= be Ranges(...) in which it is met",
    )
