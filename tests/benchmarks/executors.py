"""What an executor costs a sweep: chunks in this process, in one worker, in two.

The model: a coordinator spends c seconds of its own a chunk (submit, receive, write), a worker w;
P workers need max(w/P, c) a chunk, so that they are busy up to P = w/c.
"""

import tempfile
import time
from concurrent.futures import Executor, Future
from pathlib import Path

from kl_regression.sweep.config import from_dict
from kl_regression.sweep.executors import executor
from kl_regression.sweep.running import run
from kl_regression.sweep.tables import chunk_file
from tests.benchmarks.lines import Line

OVERHEAD = 0.10
LINEAR = 1.7


class Here(Executor):
    """Runs what is submitted at once, in this process."""

    def submit(self, function, /, *args, **kwargs):
        """Return a future that is done."""
        found = Future()
        found.set_result(function(*args, **kwargs))
        return found


def sweeps(quick):
    """Sweeps n=50, k=3, m=5, both sides, chunks of 1000: overhead and workers."""
    sweep = from_dict({"instances": 4000 if quick else 40_000, "chunk": 1000, "grid": {}})
    work = f"{2 * sweep.instances} instances in chunks of 1000"
    alone = _bare(sweep)
    here, own = _timed(sweep, Here())
    with executor(1) as pool:
        _warm(pool, 1, sweep)
        one, _ = _timed(sweep, pool)
    with executor(2) as pool:
        _warm(pool, 2, sweep)
        two, coordinator = _timed(sweep, pool)
    yield Line(work, "a loop in this process", alone, None)
    yield Line(work, "and written", here, None, note=f"CPU {own:.1f} s")
    share = one / alone - 1
    yield Line(
        work,
        "one worker",
        one,
        None,
        ratio=share,
        goal=f"overhead < {OVERHEAD:.0%}",
        met=share < OVERHEAD,
    )
    worker, own = alone / sweep.chunks, coordinator / sweep.chunks
    yield Line(
        work,
        "two workers",
        two,
        None,
        ratio=one / two,
        goal=f">= {LINEAR}x one worker",
        met=one / two >= LINEAR,
        note=f"coordinator {1e3 * own:.2f} ms a chunk, worker {1e3 * worker:.1f} ms:"
        f" busy up to {worker / own:.0f} workers",
    )


def _bare(sweep):
    begin = time.perf_counter()
    for chunk in sweep:
        chunk_file(chunk)
    return time.perf_counter() - begin


def _timed(sweep, pool):
    begin, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        run(sweep, Path(folder), pool)
    return time.perf_counter() - begin, time.process_time() - cpu


def _warm(pool, workers, sweep):
    """Let every worker import what it needs before the clock starts."""
    chunks = list(sweep)[: 2 * workers]
    for future in [pool.submit(chunk_file, chunk) for chunk in chunks]:
        future.result()


BENCHMARKS = {"sweeps": sweeps}
