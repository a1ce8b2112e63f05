"""Where chunks run: processes here, a Dask cluster, or any executor that is handed in."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from kl_regression.errors import MissingLibraryError

RETRIES = 3
"""How often a chunk is tried again on another worker of a cluster."""

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
        with ProcessPoolExecutor(workers, mp_context=spawn, initializer=_end_at_ctrl_c) as pool:
            try:
                yield pool
            except BaseException:
                for worker in set(multiprocessing.active_children()) - set(others):
                    worker.terminate()  # it would else finish every chunk that it was given
                raise
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})


def _end_at_ctrl_c() -> None:
    """Let the terminal's Ctrl-C, which reaches every process, end a worker without a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


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
