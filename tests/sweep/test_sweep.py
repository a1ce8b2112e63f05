"""Sweeps: rows are what their seeds say; nothing is lost or doubled, whatever is killed."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from pyarrow import parquet

from kl_regression.sweep import instance
from kl_regression.sweep.config import from_dict, read
from kl_regression.sweep.running import run
from kl_regression.sweep.store import Store, chunk_file
from kl_regression.sweep.summary import read as columns_of
from kl_regression.sweep.summary import summary, violations

GRID = {"points": [6], "outputs": [3], "models": [2, 4], "side": ["left", "right"]}
SMALL = {"seed": 5, "instances": 25, "chunk": 10, "grid": GRID}

TOML = """
seed = 3
instances = 20000
chunk = 100
[grid]
points = 12
models = 3
"""


def results(folder, config=SMALL):
    """Run a sweep in threads; return its rows as a list of dictionaries."""
    with ThreadPoolExecutor(2) as pool:
        return parquet.read_table(run(from_dict(config), folder, pool)).to_pylist()


def identities(path):
    """Return (chunk, index) of every row, in order."""
    rows = columns_of(path, ["chunk", "index"])
    return list(zip(rows["chunk"].tolist(), rows["index"].tolist(), strict=True))


def expected(sweep):
    """Return (chunk, index) of every row that a sweep should have."""
    return [(chunk.number, index) for chunk in sweep for index in range(chunk.size)]


@pytest.mark.parametrize(
    "grid",
    [
        GRID,
        {**GRID, "loss": ["GeneralizedKL"], "class": ["monotone"]},
        {**GRID, "loss": ["SquaredError"], "class": ["hull", "monotone"], "quality": [0.0, 0.9]},
    ],
)
def test_rows_are_found_again_from_their_seeds(tmp_path, grid):
    """instance(row).solve() has the row's errors, gain, misfit and slack, by other code."""
    rows = results(tmp_path, {**SMALL, "grid": grid})
    for row in rows[::7]:
        outcome = instance(row).solve()
        names = ("teacher_error", "student_error", "misfit", "gain", "slack")
        for name in names:
            allowed = np.sqrt(max(row["gap"], 0.0)) + row["allowance"] + outcome.gap
            assert abs(row[name] - getattr(outcome, name)) <= allowed * (1 + abs(row[name]))


def test_every_row_is_there_once_in_order(tmp_path):
    """A sweep has each instance of each cell once, whatever finishes first; no part is left."""
    results(tmp_path)
    assert identities(tmp_path / "results.parquet") == expected(from_dict(SMALL))
    assert {path.name for path in tmp_path.iterdir()} == {"results.parquet", "sweep.json"}


def test_theorems_hold_on_every_row(tmp_path):
    """No theorem is violated; a slack below minus its allowance is counted."""
    results(tmp_path)
    rows = columns_of(tmp_path / "results.parquet")
    assert not violations(rows, "gain_slack").any()
    broken = {"gain_slack": np.array([-1.0, 1.0]), "allowance": np.array([0.5, 0.5])}
    assert violations(broken, "gain_slack").tolist() == [True, False]
    assert "violated" in [column.header for column in summary(tmp_path / "results.parquet").columns]


def test_the_same_rows_whatever_the_executor(tmp_path):
    """Rows depend on seeds alone: one chunk after another gives what threads gave."""
    first = results(tmp_path / "threads")
    store = Store(tmp_path / "loop", from_dict(SMALL))
    for chunk in store.sweep:
        store.add(chunk.number, chunk_file(chunk))
    second = parquet.read_table(store.merge()).to_pylist()
    assert [{**row, "seconds": 0} for row in first] == [{**row, "seconds": 0} for row in second]


def test_a_finished_sweep_is_not_run_again(tmp_path):
    """Started again, it returns what is there."""
    results(tmp_path)
    before = (tmp_path / "results.parquet").read_bytes()
    results(tmp_path)
    assert (tmp_path / "results.parquet").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.2, 0.8])
def test_killed_and_resumed(tmp_path, delay):
    """Killed with SIGKILL, worker processes too, and started again: no row lost, none twice."""
    config = tmp_path / "sweep.toml"
    config.write_text(TOML)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "kl_regression.sweep", str(config), "--out", str(out)]
    command += ["--workers", "2", "--no-figure"]
    first = subprocess.Popen(command, start_new_session=True)
    waited = time.monotonic()
    while not any(out.glob("parts/*.parquet")):
        assert time.monotonic() - waited < 120
        time.sleep(0.01)
    time.sleep(delay)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    done = sorted(out.glob("parts/*.parquet"))
    assert not (out / "results.parquet").exists()
    stamps = {path.name: parquet.read_table(path) for path in done}
    assert stamps
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    assert identities(out / "results.parquet") == expected(read(config))
    table = parquet.read_table(out / "results.parquet")
    for name, part in stamps.items():
        assert table.slice(100 * int(name[:8]), part.num_rows).equals(part)


def test_another_sweep_is_refused(tmp_path):
    """A folder holds one sweep: another configuration is an error, and nothing is lost."""
    results(tmp_path)
    with pytest.raises(ValueError, match="another sweep"):
        results(tmp_path, {**SMALL, "seed": 6})
    assert (tmp_path / "results.parquet").exists()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"instances": 0}, "instances"),
        ({"instances": 2.5}, "instances"),
        ({"speed": 3}, "speed"),
        ({"grid": {"points": [0]}}, "points"),
        ({"grid": {"side": ["up"]}}, "side"),
        ({"grid": {"loss": ["L7"]}}, "loss"),
        ({"grid": {"models": []}}, "models"),
        ({"grid": {"colour": 3}}, "colour"),
        ({"grid": {"class": ["monotone"]}}, "class"),
        ({"grid": {"quality": [1.5]}}, "quality"),
    ],
)
def test_bad_configurations(change, key):
    """Each error names the key."""
    with pytest.raises(ValueError, match=key):
        from_dict(SMALL | change)


def test_a_missing_file_is_named(tmp_path):
    """The command says which file cannot be read, and exits with 2."""
    command = [sys.executable, "-m", "kl_regression.sweep", str(tmp_path / "none.toml")]
    run_ = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run_.returncode == 2
    assert "none.toml" in run_.stderr
