"""Sweeps: rows are what their seeds say; nothing is lost or doubled, whatever is killed."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from math import inf, nan

import pytest
from pyarrow import parquet

from kl_regression.sweep import running
from kl_regression.sweep.config import from_dict
from kl_regression.sweep.reading import read as columns_of
from kl_regression.sweep.running import run
from kl_regression.sweep.slacks import THEOREMS
from kl_regression.sweep.store import Store
from kl_regression.sweep.summary import summary, violations
from kl_regression.sweep.tables import chunk_file

GRID = {"points": [6], "outputs": [3], "models": [2, 4], "side": ["left", "right"]}
SMALL = {"seed": 5, "instances": 25, "chunk": 10, "grid": GRID}


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


@pytest.mark.parametrize(("chunk", "flying"), [(10, 2048), (1, 3)])
def test_every_row_is_there_once_in_order(tmp_path, monkeypatch, chunk, flying):
    """A sweep has each instance of each cell once, whatever finishes first; no part is left.

    Also with more chunks than are in flight at a time, or merged into one row group.
    """
    monkeypatch.setattr(running, "IN_FLIGHT", flying)
    config = SMALL | {"chunk": chunk}
    results(tmp_path, config)
    assert identities(tmp_path / "results.parquet") == expected(from_dict(config))
    assert {path.name for path in tmp_path.iterdir()} == {"results.parquet", "sweep.json"}


def test_theorems_hold_on_every_row(tmp_path):
    """No theorem is violated, and the table says so."""
    results(tmp_path)
    rows = columns_of(tmp_path / "results.parquet")
    assert not any(violations(rows, name).any() for name in THEOREMS)
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
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
        ({"grid": 3}, "grid"),
        ({"grid": {"points": ["many"]}}, "points"),
        ({"grid": {"points": [5, 5]}}, "points.*twice"),
        ({"grid": {"quality": [1.5]}}, "quality"),
        ({"grid": {"quality": [nan]}}, "quality.*nan"),
        ({"grid": {"spread": [nan]}}, "spread.*nan"),
        ({"grid": {"spread": [inf]}}, "spread.*inf"),
        ({"grid": {"spread": [-1]}}, "spread"),
        ({"grid": {"spread": [51]}}, "spread.*Use 0 to 50"),
        ({"instance": 3}, r"instance.*no key.*Did you mean instances\?"),
        ({"grid": {"spreads": 3}}, r"grid.spreads.*Did you mean spread\?"),
        ({"grid": {"kind": "hull"}}, "grid.kind.*Use points, .*class"),
        ({"grid": {"colour": 3}}, "grid.colour"),
    ],
)
def test_bad_configurations(change, key):
    """Each error names the key, and the nearest right one where it is unknown."""
    with pytest.raises(ValueError, match=key):
        from_dict(SMALL | change)


@pytest.mark.parametrize(
    ("grid", "reason"),
    [
        ({"class": "log-linear", "loss": "SquaredError"}, 'class = "log-linear".*"SquaredError"'),
        ({"class": ["hull", "log-linear"], "loss": "GeneralizedKL"}, 'class = "log-linear"'),
        ({"outputs": 1}, "outputs = 1,.*one class"),
        ({"class": "linear-head", "points": 5, "models": 5}, "points = 5, .*on 5 points"),
        ({"class": "log-linear", "points": [9, 2], "models": 3}, "points = 2,.*models = 3"),
        ({"class": "box", "models": [2, 1]}, 'class = "box".*models = 1'),
    ],
)
def test_cells_without_meaning(grid, reason):
    """The error names the cell, why it has no meaning, and what has one."""
    with pytest.raises(ValueError, match=f"the cell .*{reason}.*Use "):
        from_dict({"grid": grid})


def test_a_grid_may_be_left_out():
    """Without one there is the default cell on both sides."""
    assert [cell.side for cell in from_dict({}).cells] == ["left", "right"]


def test_chunks_know_their_sizes():
    """A chunk's size by its number is that of the chunk itself."""
    sweep = from_dict(SMALL)
    assert [sweep.size(chunk.number) for chunk in sweep] == [chunk.size for chunk in sweep]


def test_a_missing_file_is_named(tmp_path):
    """The command says which file cannot be read, and exits with 2."""
    command = [sys.executable, "-m", "kl_regression.sweep", str(tmp_path / "none.toml")]
    run_ = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run_.returncode == 2
    assert "none.toml" in run_.stderr
