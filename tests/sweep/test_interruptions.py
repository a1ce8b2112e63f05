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
from kl_regression.sweep.running import run
from kl_regression.sweep.store import Store
from tests.sweep.test_sweep import expected, identities

CONFIG = {
    "seed": 3,
    "instances": 60,
    "chunk": 4,
    "grid": {"points": 5, "models": 2, "class": ["hull", "box"]},
}
MOMENTS = 20

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
    """Run the small sweep and die, as by SIGKILL, at a file operation of a number."""
    left = [number]

    def counted(operation):
        def deadly(*args, **kwargs):
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)
            return operation(*args, **kwargs)

        return deadly

    os.fsync, Path.unlink = counted(os.fsync), counted(Path.unlink)
    os.replace = counted(os.replace)
    Path.replace, shutil.rmtree = counted(Path.replace), counted(shutil.rmtree)
    sweep_here(folder)


@pytest.mark.slow
def test_killed_at_every_kind_of_write(tmp_path):
    """Dead before the first file operations, the last ones and some between: the same rows."""
    whole, sweep = rows(sweep_here(tmp_path / "whole")), from_dict(CONFIG)
    operations = 2 + 2 * sweep.chunks + 2 + 1
    context = children()
    for number in (*range(6), operations // 2, *range(operations - 4, operations)):
        folder = tmp_path / f"at {number}"
        child = context.Process(target=die_at, args=(str(folder), number))
        child.start()
        child.join()
        assert child.exitcode == 9
        child.close()
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


GRID = {"points": 12, "models": 3}


@pytest.mark.slow
def test_ctrl_c(tmp_path):
    """Ctrl-C ends the command and its workers with one line, no traceback, and nothing torn."""
    start, out = command(tmp_path)
    process = begun(start, out, stderr=subprocess.PIPE)
    os.killpg(process.pid, signal.SIGINT)
    errors = process.communicate()[1]
    assert process.returncode == 130, errors
    assert errors.startswith("interrupted. What is finished is on disk")
    assert errors.count("\n") == 1
    sweep = from_dict({"seed": 3, "instances": 20000, "chunk": 100, "grid": GRID})
    assert check_killed(out, sweep)


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
    store = Store(folder, sweep)
    for number, keep in ((0, -30), (3, 100), (7, 0)):
        (folder / "parts" / f"{number:08}.parquet").write_bytes(b"PAR1" * 99)
        assert number not in store.done()
        (folder / "parts" / f"{number:08}.parquet").write_bytes(
            (tmp_path / "whole/results.parquet").read_bytes()[:keep]
        )
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
