"""Progress of long solves: one line on a terminal after two seconds, and nothing anywhere else.

A solver says ``tick(iteration, gap)`` once an iteration; whoever calls it says ``with
following(name):`` around it. Nothing is shown in notebooks, pipes, threads and worker processes,
and an interrupted solve leaves the terminal as it was.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

PATIENCE = 2.0
"""Seconds that a solve may take before it says where it is."""


class _Line:
    """The line of one solve: a name, an iteration, a gap and the time, once it takes long."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.where = ""
        self.start = time.perf_counter()
        self.lock = threading.Lock()
        self.live: Any = None
        self.timer = threading.Timer(PATIENCE, self._show)
        self.timer.daemon = True
        self.timer.start()

    def __rich__(self) -> str:
        seconds = time.perf_counter() - self.start
        return f"{self.name}: {self.where}{seconds:.0f} s"

    def _show(self) -> None:
        from rich.console import Console
        from rich.live import Live

        with self.lock:
            if self.timer.finished.is_set():  # the solve ended meanwhile
                return
            console = Console(file=sys.stderr, highlight=False)
            self.live = Live(self, console=console, transient=True, redirect_stdout=False)
            self.live.start()

    def close(self) -> None:
        """Remove the line, or see to it that it never appears."""
        with self.lock:
            self.timer.cancel()
            if self.live is not None:
                self.live.stop()


current: ContextVar[_Line | None] = ContextVar("current", default=None)
"""The line of the solve that is running; None where nobody looks."""

_silent: ContextVar[bool] = ContextVar("silent", default=False)


def tick(iteration: int, gap: float) -> None:
    """Report an iteration and the gap there, in the unit of the objective; inf where unknown."""
    line = current.get()
    if line is not None:
        line.where = f"iteration {iteration}, gap {gap:.1e}, "


@contextmanager
def following(name: str) -> Iterator[None]:
    """Show where a solve is while the block runs; within another such block, rename its line."""
    outer = current.get()
    if outer is not None:
        outer.name, outer.where = name, ""
        yield
        return
    if not _watched():
        yield
        return
    line = _Line(name)
    token = current.set(line)
    try:
        yield
    finally:
        current.reset(token)
        line.close()


@contextmanager
def silence() -> Iterator[None]:
    """Show nothing while the block runs: for programs that show their own progress."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def _watched() -> bool:
    """Tell whether somebody looks: a terminal, in the main thread of the main process."""
    return (
        not _silent.get()
        and sys.stderr is not None
        and sys.stderr.isatty()
        and _in_main_process()
        and threading.current_thread() is threading.main_thread()
    )


def _in_main_process() -> bool:
    """Tell whether this process is nobody's worker, without loading multiprocessing for it."""
    library = sys.modules.get("multiprocessing.process")
    return library is None or library.parent_process() is None
