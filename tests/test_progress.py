"""Long solves say where they are on a terminal, are silent elsewhere, and leave nothing behind."""

import io
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import kl_regression as klr
from kl_regression import progress
from kl_regression.solvers import hull as hull_solver


class Terminal(io.StringIO):
    """A text stream that calls itself a terminal."""

    def isatty(self):
        """Return that it is one."""
        return True


def put(stream, monkeypatch):
    """Put a stream in the place of standard error, where the module looks for it."""
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stream, modules=sys.modules))
    return stream


@pytest.fixture
def terminal(monkeypatch):
    """Put a terminal in the place of standard error; a solve is long at once."""
    found = put(Terminal(), monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return found


def shown(name="solver"):
    """Follow two iterations, the second of them once the line is there."""
    with progress.following(name):
        progress.tick(1, 0.5)
        line = progress.current.get()
        if line is not None:
            line.timer.join()
        progress.tick(2, 0.25)
        if line is not None:
            line.live.refresh()
    return line is not None


def test_a_long_solve_says_where_it_is(terminal):
    """Name, iteration and gap appear, and the line is erased at the end."""
    shown()
    assert "solver: iteration 2, gap 2.5e-01" in terminal.getvalue()
    assert terminal.getvalue().rstrip().endswith("\x1b[2K")
    assert progress.current.get() is None


def test_a_short_solve_says_nothing(terminal, monkeypatch):
    """Before its time nothing is written, and the timer ends with the solve."""
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    with progress.following("solver"):
        timer = progress.current.get().timer
        assert not timer.finished.is_set()
    assert timer.finished.is_set()
    assert terminal.getvalue() == ""


def test_where_nobody_looks_nothing_is_said(monkeypatch):
    """A stream that is no terminal, a silenced block and a thread are left alone."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    streams = [io.StringIO(), Terminal(), Terminal()]
    put(streams[0], monkeypatch)
    assert not shown()
    put(streams[1], monkeypatch)
    with progress.silence():
        shown()
    put(streams[2], monkeypatch)
    thread = threading.Thread(target=shown)
    thread.start()
    thread.join()
    put(None, monkeypatch)
    shown()
    assert [stream.getvalue() for stream in streams] == ["", "", ""]


def test_a_solve_within_a_solve_renames_the_line(terminal):
    """Inner solvers write on the outer one's line."""
    with progress.following("outer"):
        progress.current.get().timer.join()
        shown("inner")
    assert "inner: iteration 2" in terminal.getvalue()


@pytest.mark.usefixtures("terminal")
def test_an_interrupted_projection_leaves_nothing(monkeypatch):
    """Ctrl-C passes through, the line goes, and the next projection is what it would have been."""
    rng = np.random.default_rng(0)
    teacher, models = rng.dirichlet(np.ones(3), size=20), rng.dirichlet(np.ones(3), size=(4, 20))
    students = klr.Hull(models)
    expected = klr.project(teacher, klr.Hull(models))

    def interrupt(iteration, _gap):
        if iteration == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(hull_solver, "tick", interrupt)
        with pytest.raises(KeyboardInterrupt):
            klr.project(teacher, students)
    assert progress.current.get() is None
    again = klr.project(teacher, students)
    assert np.array_equal(again.predictions, expected.predictions)
    assert again.gap == expected.gap
