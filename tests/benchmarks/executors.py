"""What an executor costs a sweep: chunks in this process, in one worker, in two.

The model, in seconds of a core: a worker spends w on an instance, the coordinator c on a chunk
(submit, receive, write) and m on an instance when it merges. N instances in chunks of B on P
workers take max(N w / P, N c / B) + N m, so that P = B w / c workers are busy. Other work on the
machine stretches the wall clock; overhead and model are of CPU time, which it stretches less.
"""

import multiprocessing
import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from kl_regression.sweep.config import from_dict
from kl_regression.sweep.executors import executor
from kl_regression.sweep.running import run
from kl_regression.sweep.tables import chunk_file
from tests.benchmarks.lines import Line

OVERHEAD = 0.10
LINEAR = 1.7
CHUNKS = (1000, 10_000)
MANY = (1, 2, 10, 100, 1000)
MILLION = 1_000_000
ROUNDS = 5


class Times:
    """Seconds on the clock, of this process's core, and of its workers' cores."""

    def __init__(self):
        self.wall, self.own, self.workers = time.perf_counter(), time.process_time(), _children()

    def since(self):
        """Return what has been spent since this was made."""
        now = Times()
        now.wall, now.own = now.wall - self.wall, now.own - self.own
        now.workers -= self.workers
        return now


def sweeps(quick):
    """Sweeps n=50, k=3, m=5, both sides: overhead at chunks of 1000, workers, and the model.

    Loop and workers take turns; the least of each counts, which others' work on the machine spoils
    least.
    """
    small = _sweep(4000 if quick else 40_000, CHUNKS[0])
    large = _sweep(20_000 if quick else 100_000, CHUNKS[1])
    work = f"{small.rows} instances in chunks of {small.chunk}"
    with _pool(1, small) as pool:
        turns = [(_bare(small), *_timed(small, pool)) for _ in range(1 if quick else ROUNDS)]
        _, costs_of_large = _timed(large, pool)
    bare = min((turn[0] for turn in turns), key=lambda times: times.own)
    one, costs = min((turn[1:] for turn in turns), key=lambda turn: turn[0].own + turn[0].workers)
    yield Line(work, "a loop in this process", bare.wall, None, note=f"CPU {bare.own:.2f} s")
    share = (one.own + one.workers) / bare.own - 1
    yield Line(
        work,
        "one worker, by CPU",
        one.wall,
        None,
        ratio=share,
        goal=f"overhead < {OVERHEAD:.0%}",
        met=share < OVERHEAD,
        note=f"CPU: worker {one.workers:.2f} s, coordinator {one.own:.2f} s",
    )
    with _pool(2, small) as pool:
        turns = [_timed(small, pool)[0] for _ in range(1 if quick else ROUNDS)]
    two = min(turns, key=lambda times: times.wall)
    yield Line(
        work,
        "two workers, by the clock",
        two.wall,
        None,
        ratio=one.wall / two.wall,
        goal=f">= {LINEAR}x one worker",
        met=one.wall / two.wall >= LINEAR,
        note=f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores;"
        f" CPU: workers {two.workers:.2f} s, coordinator {two.own:.2f} s",
    )
    for size, constants in ((small.chunk, costs), (large.chunk, costs_of_large)):
        yield _model(size, one.workers / small.rows, *constants)


def _model(size, work, chunk, merge):
    """The seconds that a million instances take on many workers, by the measured constants."""
    seconds = {p: MILLION * max(work / p, chunk / size) + MILLION * merge for p in MANY}
    return Line(
        f"model: {MILLION} instances in chunks of {size}",
        f"{MANY[-1]} workers",
        seconds[MANY[-1]],
        None,
        note=f"w {1e6 * work:.1f} us an instance, c {1e3 * chunk:.2f} ms a chunk,"
        f" m {1e6 * merge:.2f} us an instance: busy up to {size * work / chunk:.0f} workers; "
        + ", ".join(f"{p}: {s:.1f} s" for p, s in seconds.items()),
    )


def _sweep(rows, chunk):
    return from_dict({"instances": rows // 2, "chunk": chunk, "grid": {}})


def _bare(sweep):
    chunk_file(next(iter(sweep)))  # imports and the first memory are nobody's overhead
    times = Times()
    for chunk in sweep:
        chunk_file(chunk)
    return times.since()


def _timed(sweep, pool):
    """Run a sweep; return its times, and the coordinator's CPU a chunk and, merging, a row."""
    marks = []
    times = Times()
    with tempfile.TemporaryDirectory() as folder:
        run(sweep, Path(folder), pool, tell=lambda *_: marks.append(time.process_time()))
        spent = times.since()
    merge = times.own + spent.own - marks[-1]
    return spent, ((spent.own - merge) / sweep.chunks, merge / sweep.rows)


@contextmanager
def _pool(workers, sweep):
    """Give an executor whose workers have imported what they need."""
    with executor(workers) as pool:
        chunks = list(sweep)[: 2 * workers]
        for future in [pool.submit(chunk_file, chunk) for chunk in chunks]:
            future.result()
        yield pool


def _children():
    """Return the seconds of a core that this process's workers have spent: Linux tells."""
    ticks = 0
    for child in multiprocessing.active_children():
        fields = Path(f"/proc/{child.pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


BENCHMARKS = {"sweeps": sweeps}
