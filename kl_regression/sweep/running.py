"""run(): the chunks that are missing, on an executor, a bounded number at a time."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

from kl_regression.errors import KlRegressionError
from kl_regression.sweep.grid import Chunk, Sweep
from kl_regression.sweep.store import Store
from kl_regression.sweep.tables import chunk_file

IN_FLIGHT = 2048
"""Chunks submitted and not yet written: two for each of 1000 workers, and within memory."""

Tell = Callable[[int, int], None]


class WorkersLostError(KlRegressionError):
    """A worker process died; what was finished is on disk."""


def run(sweep: Sweep, folder: Path, pool: Executor, *, tell: Tell = lambda *_: None) -> Path:
    """Run the chunks that have no file yet, write each as it comes, merge; return the table.

    Args:
        sweep: what to run.
        folder: of its files; started again after any interruption it goes on where it was.
        pool: any executor of concurrent.futures; it returns the bytes of files of shape (b,) rows.
        tell: called with how many chunks are done, of how many.

    Raises:
        InputError: when the folder holds another sweep.
        WorkersLostError: when a process of the pool died.
        OSError: when a file cannot be written, as on a full disk; what is finished stays.
    """
    store = Store(folder, sweep)
    done = store.done()
    tell(len(done), sweep.chunks)
    missing = (chunk for chunk in sweep if chunk.number not in done)
    try:
        for written, (number, content) in enumerate(_results(missing, pool), len(done) + 1):
            store.add(number, content)
            tell(written, sweep.chunks)
    except BrokenProcessPool as error:
        raise WorkersLostError(
            "a worker process died (out of memory?); run the same command again to go on"
        ) from error
    return store.merge()


def _results(chunks: Iterator[Chunk], pool: Executor) -> Iterator[tuple[int, bytes]]:
    """Yield each chunk's number and file as they finish."""
    pending: dict[Future[bytes], int] = {}
    finished: SimpleQueue[Future[bytes]] = SimpleQueue()
    while True:
        for chunk in islice(chunks, IN_FLIGHT - len(pending)):
            future = pool.submit(chunk_file, chunk)
            pending[future] = chunk.number
            future.add_done_callback(finished.put)
        if not pending:
            return
        future = finished.get()
        yield pending.pop(future), future.result()
