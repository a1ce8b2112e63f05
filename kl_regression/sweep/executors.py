"""Where chunks run: processes here, a Dask cluster, or any executor that is handed in."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from typing_extensions import override

from kl_regression.errors import MissingLibraryError
from kl_regression.workers import (
    abandoned_at_errors,
    ignore_interrupts,
    interruptible,
    one_thread_each,
)

RETRIES = 3
"""How often a chunk is tried again on another worker of a cluster."""


@contextmanager
def executor(workers: int, scheduler: str = "") -> Iterator[Executor]:
    """Give an executor: of a Dask scheduler at an address, else of processes on this machine.

    Processes are started afresh with one thread each, unless the user says else, so that they do
    not share cores. It takes no arrays.

    Raises:
        MissingLibraryError: when Dask is asked for and not installed.
    """
    if scheduler:
        with _dask(scheduler) as found:
            yield found
        return
    spawn = multiprocessing.get_context("spawn")
    with (
        one_thread_each(),
        _Processes(workers, mp_context=spawn, initializer=ignore_interrupts) as pool,
        abandoned_at_errors(pool),
    ):
        yield pool


class _Processes(ProcessPoolExecutor):
    """Processes that SIGINT ends while they work, and not while they send what they found."""

    @override
    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(_mortal, fn, *args, **kwargs)


def _mortal(task: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    with interruptible():
        return task(*args, **kwargs)


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
