"""What a benchmark reports, and how contestants are timed: in turn, the best of several rounds."""

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

ROUNDS = 5
BUDGET = 20.0
"""Seconds after which a contestant is not timed again."""


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Args:
        work: what is computed.
        method: who computes it.
        seconds: the least wall time; None where it is not a time or the method failed.
        gap: our gap of the point that it returned, rounding included.
        megabytes: peak memory.
        ratio: the figure that the goal is about.
        goal: the goal in words, empty for a peer.
        met: whether it was met; None where it could not be measured.
        note: what else is worth knowing, or why there is no figure.
        size: the number of sample points, of lines that a curve is drawn through.
    """

    work: str
    method: str
    seconds: float | None = None
    gap: float | None = None
    megabytes: float | None = None
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None
    note: str = ""
    size: int | None = None


@dataclass(frozen=True)
class Timed:
    """The least wall time of a contestant, its last result, or why it has none."""

    seconds: float
    result: Any
    error: str = ""


def limited(run: Callable[[], Any], seconds: float) -> Callable[[], Any]:
    """Return a contestant that runs in a child process and is ended after some seconds.

    For peers that may take minutes in C, where no exception reaches them.
    """

    def child(pipe):
        try:
            pipe.send((run(), None))
        except Exception as problem:  # noqa: BLE001, told to the parent, which raises it
            pipe.send((None, f"{type(problem).__name__}: {problem}"))

    def call():
        context = multiprocessing.get_context("fork")
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=child, args=(there,))
        process.start()
        there.close()
        try:
            if not here.poll(seconds):
                raise TimeoutError(f"ended after {seconds:.0f} s")
            result, problem = here.recv()
        except EOFError:
            raise RuntimeError("its process died") from None
        finally:
            process.kill()
            process.join()
        if problem is not None:
            raise RuntimeError(problem)
        return result

    return call


Benchmark = Callable[[bool], Iterator[Line]]


def race(contestants: dict[str, Callable[[], Any]], *, rounds: int = ROUNDS) -> dict[str, Timed]:
    """Time contestants in turn: first, second, first, second, ...; the least time of each counts.

    Args:
        contestants: functions by name.
        rounds: how often each is called; less often once a call has used up its budget.
    """
    best: dict[str, Timed] = {}
    spent = dict.fromkeys(contestants, 0.0)
    for _ in range(rounds):
        for name, run in contestants.items():
            if spent[name] > BUDGET or (name in best and best[name].error):
                continue
            start = time.perf_counter()
            try:
                result, error = run(), ""
            except Exception as problem:  # noqa: BLE001, a peer that fails is a figure too
                result, error = None, f"{type(problem).__name__}: {problem}".splitlines()[0]
            seconds = time.perf_counter() - start  # of a failure: how long it took to fail
            spent[name] += seconds
            if name not in best or seconds < best[name].seconds:
                best[name] = Timed(seconds, result, error)
    return best


def against(
    work: str,
    own: str,
    times: dict[str, Timed],
    gaps: dict[str, float | None],
    *,
    goal: float,
    largest_gap: float | None = None,
    rival: Iterable[str] = (),
) -> Iterator[Line]:
    """Yield a line for our method, with its ratio to the fastest rival, and one for each peer.

    Args:
        work: what is computed.
        own: the name of our method.
        times: the times of all.
        gaps: the gaps of all, None where a peer returned no point.
        goal: how many times faster than the rival our method should be.
        largest_gap: the gap that it should reach.
        rival: the peers that the goal is about; all of them where empty.
    """
    rivals = [name for name in (rival or times) if name != own and not times[name].error]
    fastest = min(rivals, key=lambda name: times[name].seconds, default=None)
    ratio = times[fastest].seconds / times[own].seconds if fastest else None
    gap = gaps[own]
    words = f">= {goal:g}x {fastest or 'its rival'}"
    words += "" if largest_gap is None else f", gap <= {largest_gap:.0e}"
    good = largest_gap is None or (gap is not None and gap <= largest_gap)
    met = bool(good and (ratio is None or ratio >= goal) and not times[own].error)
    note = times[own].error or ("" if fastest else "no rival returned a point")
    yield Line(work, own, times[own].seconds, gap, None, ratio, words, met, note)
    for name, timed in times.items():
        if name != own:
            yield Line(work, name, timed.seconds, gaps.get(name), note=timed.error)
