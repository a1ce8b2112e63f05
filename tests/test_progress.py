"""Long solves say where they are on a terminal, are silent elsewhere, and leave nothing behind."""

import io
import itertools
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


class Watched:
    """A line that keeps what it is told, and is interrupted at one of the reports."""

    def __init__(self, stop=None):
        self.name, self.reports, self.stop = "", [], stop

    @property
    def where(self):
        """Return the last report."""
        return self.reports[-1] if self.reports else ""

    @where.setter
    def where(self, text):
        if text:
            self.reports.append(text)
        if len(self.reports) == self.stop:
            raise KeyboardInterrupt

    def follow(self, solve):
        """Return what a function returns whose solves are on this line."""
        token = progress.current.set(self)
        try:
            return solve()
        finally:
            progress.current.reset(token)


def iterative():
    """Return teacher, students, loss, side and solver for each solver that iterates, by name."""
    rng = np.random.default_rng(3)
    teacher, models = rng.dirichlet(np.ones(3), size=60), rng.dirichlet(np.ones(3), size=(5, 60))
    features = np.column_stack([np.ones(60), rng.normal(size=(60, 2))])
    outputs, places = rng.uniform(0.2, 2.0, size=60), np.sort(rng.uniform(size=60))
    head, line = klr.LinearHead(features, outputs=3), klr.Lipschitz(places, constant=1.0)
    layer, mixed = klr.LogLinear(features, classes=3), klr.Hull(models)
    return {
        "hull newton": (teacher, mixed, klr.KL, "left", "auto"),
        "hull interior": (teacher, mixed, klr.KL, "right", "hull interior"),
        "linear head left": (teacher, head, klr.KL, "left", "auto"),
        "linear head right": (teacher, head, klr.KL, "right", "auto"),
        "log-linear right": (teacher, layer, klr.KL, "right", "auto"),
        "log-linear left": (teacher, layer, klr.KL, "left", "auto"),
        "chain": (outputs, line, klr.GeneralizedKL, "left", "auto"),
        "knots": (outputs, klr.Convex(places), klr.GeneralizedKL, "left", "auto"),
        "conic": (teacher, klr.Box(0.1, 0.8), klr.KL, "left", "conic"),
    }


@pytest.mark.parametrize("name", iterative())
def test_every_solver_that_iterates_says_where_it_is(name):
    """A report an iteration, the iterations in turn; the gap falls where the solver has one."""
    teacher, students, loss, side, solver = iterative()[name]
    line = Watched()
    found = line.follow(lambda: klr.project(teacher, students, loss=loss, side=side, solver=solver))
    places = [int(text.split()[1].rstrip(",")) for text in line.reports]
    gaps = [float(text.split()[3].rstrip(",")) for text in line.reports]
    assert found.solver.startswith(line.name.split(" ")[0]) or solver == "conic"
    assert len(places) >= 2 or solver == "conic"
    assert all(after in (before + 1, 0) for before, after in itertools.pairwise(places))
    assert min(gaps) < gaps[0] or name in {"log-linear left", "conic"}


@pytest.mark.parametrize("name", iterative())
def test_an_interrupted_solver_leaves_nothing(name):
    """After Ctrl-C at the second report, the same class is projected on to the same last bit."""
    teacher, students, loss, side, solver = iterative()[name]

    def solve(students=students):
        return klr.project(teacher, students, loss=loss, side=side, solver=solver)

    expected = solve(iterative()[name][1])
    with pytest.raises(KeyboardInterrupt):
        Watched(stop=1 if solver == "conic" else 2).follow(solve)
    again = solve()
    assert progress.current.get() is None
    assert np.array_equal(again.predictions, expected.predictions)
    assert again.gap == expected.gap
