"""Worker processes: one thread each, and Ctrl-C heard at their work alone.

The terminal's Ctrl-C reaches every process. One that it ended while sending would leave half a
result in the pipe, and whoever reads there would wait without end for the other half.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

PAUSE = 0.05
"""Seconds between two signals to a worker that was sending when the first one came."""

Handler = Callable[[int, FrameType | None], Any] | signal.Handlers


def ignore_interrupts() -> None:
    """Ignore Ctrl-C: what a worker starts with."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def interruptible(handler: Handler = signal.SIG_DFL) -> Iterator[None]:
    """Hear Ctrl-C in the block, the work: by default it ends the process without a word."""
    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        ignore_interrupts()


@contextmanager
def abandoned_at_errors(pool: ProcessPoolExecutor) -> Iterator[None]:
    """End a pool's workers at their work where the block raises; what they were to do is dropped.

    The pool was given ``ignore_interrupts`` as its initializer, and tasks that are interruptible.
    """
    others, threads = multiprocessing.active_children(), threading.enumerate()
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        _end(set(multiprocessing.active_children()) - set(others))
        for thread in set(threading.enumerate()) - set(threads):
            if not thread.daemon:
                thread.join()  # the pool's own: as Python ends it writes to what this one closes
        raise


def _end(workers: set[BaseProcess]) -> None:
    while alive := [worker for worker in workers if worker.is_alive()]:
        for worker in alive:
            if worker.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGINT)
        alive[0].join(timeout=PAUSE)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Let processes that start in the block use one thread of BLAS each, unless the user says else.

    Several processes with a thread a core each would wait for one another.
    """
    own = [name for name in THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(own, "1"))
    try:
        yield
    finally:
        for name in own:
            del os.environ[name]
