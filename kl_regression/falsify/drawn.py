"""Conjectures about any class: instances drawn one at a time from a strategy or a function.

Each is solved by the class's own solver. A violation of a hull's conjecture is turned into integers
and proven like any other; that of another class is computed, and said to be.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kl_regression.arithmetic import Floats
from kl_regression.cases import Cases
from kl_regression.classes.hull import Hull
from kl_regression.errors import InputError, KlRegressionError
from kl_regression.falsify.conjecture import Conjecture
from kl_regression.falsify.evidence import evidence
from kl_regression.falsify.proving import prove
from kl_regression.falsify.ranges import Ranges
from kl_regression.falsify.results import Refuted, Result, Searched
from kl_regression.falsify.shrinking import rounded, shrink
from kl_regression.falsify.watching import Watch
from kl_regression.instance import Instance, Outcome
from kl_regression.tolerance import HIT

VAIN = 1000
"""Draws in a row without a student after which there will be none."""


def cases_of(outcome: Outcome) -> Cases:
    """Return a solved instance, predictions of shape (n, k), as one case in floats."""
    return Cases(
        teacher=outcome.instance.teacher[None],
        student=outcome.student.predictions[None],
        truth=outcome.truth[None],
        weights=outcome.instance.weights[None, :, None],
        loss=outcome.instance.loss,
        x=Floats(),
    )


def slack_of(conjecture: Conjecture, outcome: Outcome) -> tuple[float, float, bool]:
    """Return a conjecture's slack on an outcome, what it may be off by, and whether it counts.

    A student with gap ε is within sqrt(ε) of the true one in E L1 (J <= gap and Pinsker).
    """
    with np.errstate(all="ignore"):
        cases = cases_of(outcome)
        slack, counts = (answer.item() for answer in conjecture.judged(cases))
        error = float(np.asarray(cases.rounding).item())
    gap = max(outcome.gap, 0.0)
    return slack, error + (gap if outcome.student.status == "exact" else math.sqrt(gap)), counts


def search_drawn(
    conjecture: Conjecture,
    *,
    budget: int,
    seconds: float,
    seed: int,
    tell: Callable[[int, float], None],
) -> Result:
    """Draw instances until one violates the conjecture and is proven to, or the budget is used."""
    begin = time.perf_counter()
    least, nearest, instances, unproven = math.inf, None, 0, 0
    for instance in itertools.islice(_drawn(conjecture.given, seed), budget):
        outcome = instance.solve()
        slack, error, counts = slack_of(conjecture, outcome)
        instances += counts
        if counts and slack < least:
            least, nearest = slack, instance
        tell(instances, least)
        if counts and slack < -HIT * error:
            proven = _proven(conjecture, instance)
            if proven is not None:
                ranges, table, proof = proven
                spent = time.perf_counter() - begin
                told = evidence(table, conjecture, ranges)
                return Refuted(conjecture, ranges, table, proof, told, "drawing", instances, spent)
            unproven += 1
        if time.perf_counter() - begin > seconds:
            break
    spent = time.perf_counter() - begin
    return Searched(conjecture, instances, least, nearest, unproven, (), spent)


def _drawn(given: Any, seed: int) -> Iterator[Instance]:
    """Yield instances that have a student, from a function of a generator or from a strategy."""
    rng = np.random.default_rng(seed)
    failed = 0
    while failed < VAIN:
        try:
            drawn = given(rng) if callable(given) else _example(given, rng)
            if isinstance(drawn, Instance):
                drawn.solve()
        except KlRegressionError as error:
            failed, reason = failed + 1, str(error)
            continue
        if not isinstance(drawn, Instance):
            raise InputError("given", f"draws {drawn!r}", "Return klr.Instance(...) from it")
        failed = 0
        yield drawn
    raise InputError(
        "given",
        f"draws no instance that has a student, {VAIN} times in a row; at last: {reason}",
        "Let it return instances that solve() accepts",
    )


def _example(strategy: Any, rng: np.random.Generator) -> Any:
    """Return one instance of a hypothesis strategy, decided by the generator."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    kept: list[Any] = []

    @seeded(int(rng.integers(2**31)))
    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(value: Any) -> None:
        kept.append(value)

    draw()
    return kept[-1]


def _proven(conjecture: Conjecture, instance: Instance) -> Any:
    """Return ranges, integers and proof of a violation near an instance of a hull; else None."""
    uniform = np.ptp(instance.weights) == 0
    if not isinstance(instance.students, Hull) or not uniform:
        return None
    m, n, k = instance.students.models.shape
    ranges = Ranges(
        points=(1, n),
        outputs=(2 if instance.loss.domain.simplex else 1, k),
        models=(1, m),
        truth="anywhere",
        side=instance.side,
        loss=instance.loss,
    )
    table = np.concatenate([instance.teacher[None], instance.students.models, instance.truth[None]])
    if table.min() <= 0:
        return None
    watch = Watch(conjecture, ranges)
    for start in rounded(table, watch):
        for candidate in reversed(list(shrink(start, watch))):
            proof = prove(candidate, conjecture, ranges)
            if proof is not None:
                return ranges, candidate.astype(np.int64), proof
    return None
