"""Whatever interrupts a sweep, started again it has every row once, and no torn file."""

import errno
import json
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from kl_regression import writing
from kl_regression.sweep.config import from_dict
from kl_regression.sweep.executors import executor
from kl_regression.sweep.grid import Chunk
from kl_regression.sweep.running import WorkersLostError, run
from kl_regression.sweep.store import Store
from kl_regression.sweep.tables import chunk_file
from tests.sweep.test_sweep import expected, identities

CONFIG = {
    "seed": 3,
    "instances": 60,
    "chunk": 4,
    "grid": {"points": 5, "models": 2, "class": ["hull", "box"]},
}
MOMENTS = 20
ENDED = 120.0
"""Seconds in which an interrupted command has ended, on a busy machine too."""

GRID = {"points": 12, "models": 3}

TOML = """
seed = 3
instances = 20000
chunk = 100
[grid]
points = 12
models = 3
"""


def sweep_here(folder):
    """Run the small sweep in this process; return its table's path."""
    with ThreadPoolExecutor(1) as pool:
        return run(from_dict(CONFIG), Path(folder), pool)


def rows(path):
    """Return the rows of a table but for the time they took."""
    return parquet.read_table(path).drop_columns("seconds").to_pylist()


def children():
    """Return a context of processes forked from one that has imported what a sweep needs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.sweep.test_interruptions"])
    return context


def check_killed(folder, sweep):
    """Assert that what is under its own name is whole; tell how many chunks are done."""
    if (folder / "results.parquet").exists():
        assert identities(folder / "results.parquet") == expected(sweep)
    parts = sorted(folder.glob("parts/*.parquet"))
    for part in (part for part in parts if not part.name.startswith(".")):
        assert parquet.read_metadata(part).num_rows == sweep.size(int(part.stem))
    return len(parts)


def check_resumed(folder, whole):
    """Run the rest; assert that the table is that of a sweep that nothing interrupted."""
    assert str(rows(sweep_here(folder))) == str(whole)
    assert {path.name for path in folder.iterdir()} == {"results.parquet", "sweep.json"}


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path):
    """SIGKILL at 20 moments between the first file and the last: no row is lost, none is twice."""
    whole, sweep = rows(sweep_here(tmp_path / "whole")), from_dict(CONFIG)
    begin = time.monotonic()
    sweep_here(tmp_path / "timed")
    lasts = time.monotonic() - begin
    context, rng = children(), np.random.default_rng(8)
    for moment in rng.uniform(0.0, lasts, MOMENTS):
        folder = tmp_path / f"at {moment}"
        child = context.Process(target=sweep_here, args=(str(folder),))
        child.start()
        while not (folder / "sweep.json").exists():
            time.sleep(0.001)
        time.sleep(moment)
        child.kill()
        child.join()
        child.close()
        check_killed(folder, sweep)
        check_resumed(folder, whole)


def die_at(folder, number):
    """Run the small sweep and die, as by SIGKILL, at a file operation; or say how many there are.

    The operations are half a file written, a row group written, and all that ends or moves a file.
    """
    count = [0]

    def tick():
        count[0] += 1
        if count[0] == number:
            os._exit(9)

    def counted(operation):
        def deadly(*args, **kwargs):
            tick()
            return operation(*args, **kwargs)

        return deadly

    def in_halves(path, content):
        with path.open("wb") as stream:
            stream.write(content[: len(content) // 2])
            stream.flush()
            tick()
            stream.write(content[len(content) // 2 :])

    Path.write_bytes = in_halves
    Path.unlink, Path.replace = counted(Path.unlink), counted(Path.replace)
    os.fsync, shutil.rmtree = counted(os.fsync), counted(shutil.rmtree)
    parquet.ParquetWriter.write_table = counted(parquet.ParquetWriter.write_table)
    sweep_here(folder)
    Path(f"{folder}.operations").write_text(str(count[0]), "utf-8")


def died(context, folder, number):
    """Run die_at() in a child; return how it ended."""
    child = context.Process(target=die_at, args=(str(folder), number))
    child.start()
    child.join()
    found = child.exitcode
    child.close()
    return found


@pytest.mark.slow
def test_killed_at_file_operations(tmp_path):
    """Dead at the first, the last and some of the operations between: the same rows."""
    whole, sweep = rows(sweep_here(tmp_path / "whole")), from_dict(CONFIG)
    context = children()
    assert died(context, tmp_path / "none", 0) == 0
    operations = int((tmp_path / "none.operations").read_text())
    between = np.linspace(1, operations - 7, MOMENTS - 7).astype(int)
    for number in (*between, *range(operations - 6, operations + 1)):
        folder = tmp_path / f"at {number}"
        assert died(context, folder, int(number)) == 9
        check_killed(folder, sweep)
        check_resumed(folder, whole)


def command(tmp_path):
    """Return a command of a sweep of 400 chunks, and its folder."""
    config = tmp_path / "sweep.toml"
    config.write_text(TOML)
    out = tmp_path / "out"
    start = [sys.executable, "-m", "kl_regression.sweep", str(config), "--out", str(out)]
    return [*start, "--workers", "2", "--no-figure"], out


def begun(start, out, **options):
    """Start a command in a session of its own; return it when its first chunk is written."""
    process = subprocess.Popen(start, start_new_session=True, text=True, **options)
    while not any(out.glob("parts/*.parquet")):
        assert process.poll() is None
        time.sleep(0.01)
    return process


@pytest.mark.slow
def test_the_command_killed_and_resumed(tmp_path):
    """Killed with its workers and started again, it computes only what is missing."""
    start, out = command(tmp_path)
    process = begun(start, out)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    sweep = from_dict({"seed": 3, "instances": 20000, "chunk": 100, "grid": GRID})
    assert check_killed(out, sweep)
    assert not (out / "results.parquet").exists()
    done = {path.name: parquet.read_table(path) for path in out.glob("parts/0*.parquet")}
    again = subprocess.run(start, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert again.stderr == ""
    table = parquet.read_table(out / "results.parquet")
    assert identities(out / "results.parquet") == expected(sweep)
    for name, part in done.items():
        assert table.slice(100 * int(name[:8]), part.num_rows).equals(part)


@pytest.mark.slow
def test_ctrl_c(tmp_path):
    """Ctrl-C ends the command and its workers with one line, no traceback, and nothing torn."""
    start, out = command(tmp_path)
    process = begun(start, out, stderr=subprocess.PIPE)
    os.killpg(process.pid, signal.SIGINT)
    try:
        errors = process.communicate(timeout=ENDED)[1]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 130, errors
    assert errors.startswith("interrupted. What is finished is on disk")
    assert errors.count("\n") == 1
    sweep = from_dict({"seed": 3, "instances": 20000, "chunk": 100, "grid": GRID})
    assert check_killed(out, sweep)


@pytest.mark.slow
def test_a_dead_worker_is_said(tmp_path):
    """A process that the system kills ends the sweep with what to do; the rest runs after that."""

    def kill(done, total):
        if done == total // 3:
            multiprocessing.active_children()[0].kill()

    with pytest.raises(WorkersLostError, match="run the same command again"), executor(1) as pool:
        run(from_dict(CONFIG), tmp_path, pool, tell=kill)
    assert 0 < check_killed(tmp_path, from_dict(CONFIG)) < from_dict(CONFIG).chunks
    check_resumed(tmp_path, rows(sweep_here(tmp_path.with_name("whole"))))


def test_a_full_disk(tmp_path, monkeypatch):
    """An OSError from the disk reaches the caller; the rows before it stay, none is torn."""
    whole, sweep, written = rows(sweep_here(tmp_path / "whole")), from_dict(CONFIG), []

    def full(descriptor):
        if len(written) == 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(descriptor)

    with monkeypatch.context() as broken:
        broken.setattr(writing.os, "fsync", full)
        with pytest.raises(OSError, match="No space left on device"):
            sweep_here(tmp_path / "full")
    assert check_killed(tmp_path / "full", sweep) == 4
    check_resumed(tmp_path / "full", whole)


def limited():
    """Let this process write no file of more than 4096 bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


@pytest.mark.slow
def test_the_command_says_that_it_cannot_write(tmp_path):
    """A real error of the system becomes one line that names the file and says what to do."""
    start, out = command(tmp_path)
    refused = subprocess.run(start, capture_output=True, text=True, check=False, preexec_fn=limited)
    assert refused.returncode == 2
    assert "File too large" in refused.stderr
    assert refused.stderr.strip().endswith("run the same command again to go on")
    assert "Traceback" not in refused.stderr
    assert not [*out.glob("parts/*"), *out.glob("parts/.*"), *out.glob("results*")]


def test_truncated_files_are_computed_again(tmp_path):
    """A part, and then the table, cut short as by a crash of the machine: the same rows again."""
    whole, sweep = rows(sweep_here(tmp_path / "whole")), from_dict(CONFIG)
    folder = tmp_path / "cut"
    store, chunks = Store(folder, sweep), list(sweep)
    for chunk, keep in zip(chunks[:4], (None, -30, 100, 0), strict=True):
        store.add(chunk.number, chunk_file(chunk)[:keep])
    store.add(4, chunk_file(Chunk(chunks[4].cell, sweep.seed, 4, 3)))
    assert store.done() == {0}
    check_resumed(folder, whole)
    table = folder / "results.parquet"
    table.write_bytes(table.read_bytes()[:-100])
    check_resumed(folder, whole)


def test_a_damaged_folder_is_refused(tmp_path):
    """A folder that does not say which sweep it holds is left as it is."""
    sweep_here(tmp_path)
    for damaged in ("", "[]", json.dumps({"other": 1})):
        (tmp_path / "sweep.json").write_text(damaged)
        with pytest.raises(ValueError, match=r"sweep.json is damaged"):
            sweep_here(tmp_path)
    assert (tmp_path / "results.parquet").exists()
