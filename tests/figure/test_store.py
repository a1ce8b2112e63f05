"""Intermediate results are kept by content: the same settings once, other settings again."""

import os

import numpy as np
import pytest

from kl_regression import workers
from kl_regression.figure import restore, store

CALLS = []


def squares(*, count):
    """Return squares, and note the call."""
    CALLS.append(count)
    return np.arange(count) ** 2


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Keep results in a folder of the test's own."""
    monkeypatch.setenv("KL_REGRESSION_CACHE", str(tmp_path))
    CALLS.clear()
    return tmp_path


def test_the_same_is_computed_once():
    """A second call reads what the first one kept; other settings are computed."""
    first, second = (store.remember(squares, uses=(restore,), count=4) for _ in range(2))
    assert first.tolist() == second.tolist() == [0, 1, 4, 9]
    store.remember(squares, uses=(restore,), count=5)
    assert CALLS == [4, 5]


def test_other_code_is_computed_again():
    """When the source that decides the result is another, so is the key."""
    store.remember(squares, uses=(restore,), count=4)
    store.remember(squares, uses=(store,), count=4)
    assert CALLS == [4, 4]


def test_a_truncated_result_is_computed_again(folder):
    """A file that cannot be read is no result."""
    store.remember(squares, uses=(restore,), count=4)
    (kept,) = folder.iterdir()
    kept.write_bytes(kept.read_bytes()[:20])
    assert store.remember(squares, uses=(restore,), count=4).tolist() == [0, 1, 4, 9]
    assert CALLS == [4, 4]


def test_an_interrupted_computation_keeps_nothing(folder):
    """Ctrl-C leaves no half result."""

    def stop(*, count):
        raise KeyboardInterrupt(count)

    with pytest.raises(KeyboardInterrupt):
        store.remember(stop, uses=(restore,), count=1)
    assert not list(folder.iterdir())


def test_processes_share_the_cores(monkeypatch):
    """Processes made for figures get one thread of BLAS each, but what the user set stays."""
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    before = dict(os.environ)
    with workers.one_thread_each():
        assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
        assert os.environ["OMP_NUM_THREADS"] == "7"
    assert dict(os.environ) == before
