"""Many figures at once, a process each, with one bar a figure on a terminal."""

import multiprocessing
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from queue import Empty
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from kl_regression.figure.work import Made, Order, make
from kl_regression.progress import silence
from kl_regression.workers import (
    abandoned_at_errors,
    ignore_interrupts,
    interruptible,
    one_thread_each,
)

POLL = 0.1
"""Seconds between two looks at what the workers tell."""


def make_all(orders: Sequence[Order], *, jobs: int, console: Console) -> Iterator[Made]:
    """Yield each figure when it is made, with bars on a terminal and silently elsewhere.

    Args:
        orders: what to make.
        jobs: how many processes; with 1 the work is done in this one.
        console: where the bars are shown.
    """
    with _bars(orders, console) as watch:
        if jobs == 1 or len(orders) == 1:
            for order in orders:
                yield make(order, partial(watch, order.name))
        else:
            yield from _in_processes(orders, jobs, watch)


def _in_processes(orders: Sequence[Order], jobs: int, watch: Any) -> Iterator[Made]:
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        told = manager.Queue()
        pool = ProcessPoolExecutor(
            min(jobs, len(orders)), mp_context=context, initializer=ignore_interrupts
        )
        with pool, abandoned_at_errors(pool):
            with one_thread_each():
                waiting = {pool.submit(_make_telling, order, told) for order in orders}
            while waiting:
                done, waiting = wait(waiting, timeout=POLL, return_when=FIRST_COMPLETED)
                _pass_on(told, watch)
                yield from map(Future.result, done)


def _make_telling(order: Order, told: Any) -> Made:
    latest = 0.0

    def watch(done: float, following: str) -> None:
        nonlocal latest
        if done in (0.0, 1.0) or time.monotonic() - latest > POLL:
            latest = time.monotonic()
            told.put((order.name, done, following))

    with interruptible(signal.default_int_handler):  # what it writes is written whole
        return make(order, watch)


def _pass_on(told: Any, watch: Any) -> None:
    while True:
        try:
            name, done, following = told.get_nowait()
        except Empty:
            return
        watch(name, done, following)


@contextmanager
def _bars(orders: Sequence[Order], console: Console) -> Iterator[Any]:
    """Yield a watch of all figures, whose first argument is the figure's name."""
    columns = (
        TextColumn("{task.fields[figure]}: {task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    bars = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with silence(), bars:
        tasks = {
            order.name: bars.add_task("waiting", total=1.0, figure=order.name) for order in orders
        }

        def watch(name: str, done: float, following: str) -> None:
            bars.update(tasks[name], completed=done, description=following)

        yield watch
