"""From a hit in floats to few points, few outputs and small integers, the violation kept.

Rows are first rounded to integers with the smallest common total that still violates the
conjecture; then greedily: drop a point, an output or a model, lower entries, copy rows, divide by
common divisors. A move is taken when it makes (size, largest entry, sum) smaller.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kl_regression.falsify.ranges import Ranges
from kl_regression.falsify.watching import Watch

TOTALS = (*range(2, 61), 80, 100, 150, 200, 400, *(10**power for power in range(3, 9)))
ROUNDINGS = 200
STEPS = 200
"""Greedy moves at most."""

LONGEST = 80
"""Entries up to which pairs of entries are moved together."""


def cost(table: Any) -> tuple[int, int, int]:
    """Return how large a table of shape (r, n, k) is: entries, the largest of them, their sum."""
    return table.size, int(table.max()), int(table.sum())


def rounded(table: Any, watch: Watch, *, totals: tuple[int, ...] = TOTALS) -> Iterator[Any]:
    """Yield integer tables of shape (r, n, k) near a table of reals that violate, small first."""
    if np.array_equal(table, np.rint(table)):
        yield table
    scale = table.sum(axis=2, keepdims=True) if watch.ranges.normalised else table.max()
    shares = table / scale
    rng = np.random.default_rng(0)
    for total in totals:
        noise = rng.random((ROUNDINGS, *table.shape))
        candidates = np.concatenate(
            [np.rint(shares * total)[None], np.floor(shares * total + noise)]
        )
        if watch.ranges.students == "softmax":
            candidates[:, 1] = np.rint(table[1])
        candidates = np.maximum(candidates, 1)
        good = watch.certain(candidates)
        if good.any():
            yield candidates[np.argmax(good)]


def shrink(table: Any, watch: Watch) -> Iterator[Any]:
    """Yield ever smaller integer tables of shape (r, n, k) that violate, the given one first."""
    yield table
    for _ in range(STEPS):
        groups: dict[tuple[int, ...], list[Any]] = {}
        for candidate in moves(table, watch.ranges):
            if cost(candidate) < cost(table):
                groups.setdefault(candidate.shape, []).append(candidate)
        smaller = [c for group in groups.values() for c in _violating(np.array(group), watch)]
        if not smaller:
            return
        table = min(smaller, key=cost)
        yield table


def _violating(candidates: Any, watch: Watch) -> Any:
    return candidates[watch.certain(candidates)]


def moves(table: Any, ranges: Ranges) -> Iterator[Any]:
    """Yield tables of shape (r, n, k), some smaller, that differ in one respect."""
    yield from _drops(table, ranges)
    yield from _divisions(table)
    yield from _copies(table)
    yield from _lowered(table)
    if table.size <= LONGEST:
        yield from _pairs(table)


def _drops(table: Any, ranges: Ranges) -> Iterator[Any]:
    r, n, k = table.shape
    if n > ranges.points[0]:
        yield from (np.delete(table, i, axis=1) for i in range(n))
    if k > ranges.outputs[0]:
        yield from (np.delete(table, c, axis=2) for c in range(k))
    if ranges.spanning and r > ranges.rows(ranges.models[0]):
        last = r - (ranges.truth != "first")
        yield from (np.delete(table, j, axis=0) for j in range(1, last))


def _divisions(table: Any) -> Iterator[Any]:
    for i in np.ndindex(table.shape[:2]):
        divisor = np.gcd.reduce(table[i].astype(np.int64))
        if divisor > 1:
            smaller = table.copy()
            smaller[i] = table[i] / divisor
            yield smaller


def _copies(table: Any) -> Iterator[Any]:
    places = list(np.ndindex(table.shape[:2]))
    for target in places:
        for source in places:
            if target != source:
                copied = table.copy()
                copied[target] = table[source]
                yield copied


def _lowered(table: Any) -> Iterator[Any]:
    for place in np.ndindex(table.shape):
        value = int(table[place])
        tried = {1, 2, 3, value // 2, value - 3, value - 2, value - 1}
        for entry in sorted(e for e in tried if 1 <= e < value):
            smaller = table.copy()
            smaller[place] = entry
            yield smaller


def _pairs(table: Any) -> Iterator[Any]:
    places = list(np.ndindex(table.shape))
    for i, first in enumerate(places):
        for second in places[:i]:
            for down, other in ((-1, -1), (-1, 1), (1, -1)):
                moved = table.copy()
                moved[first] += down
                moved[second] += other
                if moved.min() >= 1:
                    yield moved
