"""Where chunks run: processes here, a Dask cluster, or any executor that is handed in."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from typing import Any

from typing_extensions import override

from kl_regression.errors import MissingLibraryError

RETRIES = 3
"""How often a chunk is tried again on another worker of a cluster."""

PAUSE = 0.05
"""Seconds between two signals to a worker that was sending when the first one came."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def executor(workers: int, scheduler: str = "") -> Iterator[Executor]:
    """Give an executor: of a Dask scheduler at an address, else of processes on this machine.

    Processes are started afresh with one thread each, so that they do not share cores. It takes no
    arrays.

    Raises:
        MissingLibraryError: when Dask is asked for and not installed.
    """
    if scheduler:
        with _dask(scheduler) as found:
            yield found
        return
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        spawn, others = multiprocessing.get_context("spawn"), multiprocessing.active_children()
        with _Processes(workers, mp_context=spawn, initializer=_deaf) as pool:
            try:
                yield pool
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                _end(set(multiprocessing.active_children()) - set(others))
                raise
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})


class _Processes(ProcessPoolExecutor):
    """Processes that SIGINT ends while they work, and not while they send what they found.

    Half a result in the pipe would be waited for without end: its other half never comes.
    """

    @override
    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(_mortal, fn, *args, **kwargs)


def _deaf() -> None:
    """Ignore the terminal's Ctrl-C, which reaches every process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _mortal(task: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what a task returns; Ctrl-C ends the process at once, without a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        return task(*args, **kwargs)
    finally:
        _deaf()


def _end(workers: set[BaseProcess]) -> None:
    """End processes at their work; they would else finish all the chunks that they were given."""
    while alive := [worker for worker in workers if worker.is_alive()]:
        for worker in alive:
            if worker.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGINT)
        alive[0].join(timeout=PAUSE)


@contextmanager
def _dask(scheduler: str) -> Iterator[Executor]:
    try:
        import distributed
    except ImportError as error:
        raise MissingLibraryError(
            "--scheduler needs Dask: pip install 'kl_regression[dask]'"
        ) from error
    client_of: Any = distributed.Client
    with client_of(scheduler) as client, client.get_executor(pure=False, retries=RETRIES) as found:
        try:
            yield found
        except BaseException:
            found.shutdown(wait=False)
            raise
