"""The theory's records: complete, and red where something is false."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

import proofs_check.__main__ as command
from kl_regression.theorems.catalogue import THEOREMS
from kl_regression.theorems.penalised import ridge_student
from proofs_check.checking.entry import Broken, Idle, Sharpness, Step
from proofs_check.checking.exact import solve
from proofs_check.checking.examples import (
    COPIED,
    NOT_CONVEX,
    RIGHT,
    WORSE,
    any_student,
    one_point,
    softmax_layer,
)
from proofs_check.checking.run import run
from proofs_check.checking.table import COLUMNS, markdown
from proofs_check.student_beats_teacher_by_disagreement import ENTRIES
from proofs_check.theory import FILES, THEORY

FEW = 16
GAIN = ENTRIES[0]
KEYS = [entry.theorem.key for entry in THEORY]


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.key)
def test_every_theorem_of_the_catalogue_has_one_entry(theorem):
    """A theorem that is checked on outcomes has its evidence here, once."""
    assert KEYS.count(theorem.key) == 1
    assert THEORY[KEYS.index(theorem.key)].theorem is theorem


@pytest.mark.parametrize("entry", THEORY, ids=KEYS)
def test_every_hypothesis_has_a_record(entry):
    """Every hypothesis is either proven to be needed or said not to be, and why."""
    for name, record in entry.necessity():
        assert record is not None, name
        assert isinstance(record, Broken) or record.reason


@pytest.mark.parametrize("entry", THEORY, ids=KEYS)
def test_no_record_is_about_another_theorem(entry):
    """A record names a hypothesis that the theorem has, and no hypothesis has two."""
    names = [record.hypothesis for record in entry.records]
    assert len(set(names)) == len(names)
    assert set(names) <= {hypothesis.name for hypothesis in entry.theorem.hypotheses}


def test_what_gives_meaning_says_what_is_undefined():
    """A hypothesis that only makes the statement one says what would be undefined without it."""
    for entry in THEORY:
        for name, record in entry.necessity():
            if isinstance(record, Idle) and record.definition:
                assert "undefined" in record.reason, (entry.theorem.key, name)


def test_every_file_is_in_the_table():
    """Every file that is named as a sentence and has entries is part of the theory."""
    import proofs_check

    folder = next(iter(proofs_check.__path__))
    from pathlib import Path

    named = {
        path.stem
        for path in Path(folder).glob("*.py")
        if "\nENTRIES = (" in path.read_text("utf-8")
    }
    assert named == {file.__name__.split(".")[-1] for file in FILES}


def test_the_gain_theorem_passes():
    """The gain theorem has no failure on a few instances, and its three counterexamples hold."""
    (row,) = run((GAIN,), FEW)
    assert not row.failures
    assert row.tried > 0
    assert row.needed["side left"] == row.needed["truth in the class"] == "yes"


def failures(entry):
    """Return what fails of an entry on a few instances."""
    (row,) = run((entry,), FEW)
    return row.failures


def stronger(at):
    """Return the claim of the gain theorem with twice the disagreement: false."""
    claim = GAIN.theorem.claim(at)
    return replace(claim, smaller=claim.smaller + at.misfit)


OUTSIDE_THE_CLASS = ENTRIES[2].record("student in the class")
FALSE = replace(GAIN, theorem=replace(GAIN.theorem, claim=stronger))
WRONG = {
    "a theorem that is false": FALSE,
    "a step that is false": replace(GAIN, steps=(Step("1 = 2", lambda: False),)),
    "a bound that is not sharp": replace(GAIN, sharpness=(Sharpness("half", lambda: 0.5),)),
    "a hypothesis without a record": replace(GAIN, records=GAIN.records[1:]),
    "a counterexample on which the claim holds": replace(
        GAIN,
        records=(
            *GAIN.records[1:],
            Broken("side left", one_point(((1, 1),), (1, 2), (1, 1), side="right")),
        ),
    ),
    "a student outside the class that is in it": replace(
        ENTRIES[2],
        records=(
            *ENTRIES[2].records[:3],
            replace(OUTSIDE_THE_CLASS, example=replace(COPIED, models=(WORSE, COPIED.truth))),
            *ENTRIES[2].records[4:],
        ),
    ),
    "a counterexample that breaks another hypothesis too": replace(
        GAIN,
        records=(*GAIN.records[1:], Broken("side left", replace(NOT_CONVEX, side="right"))),
    ),
}


@pytest.mark.parametrize("entry", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said(entry):
    """Each kind of evidence that is not as recorded is a failure."""
    assert failures(entry)


@pytest.mark.parametrize("entry", [GAIN, FALSE], ids=["true", "false"])
def test_exit_status(entry, monkeypatch):
    """The exit status is 1 when anything fails, and the table says what."""
    monkeypatch.setattr(command, "THEORY", (entry,))
    monkeypatch.setattr(command, "SECTIONS", ())
    monkeypatch.setattr(command, "QUICK", FEW)
    import typer

    app = typer.Typer()
    app.command()(command.main)
    found = CliRunner().invoke(app, [])
    assert found.exit_code == (1 if entry is FALSE else 0)
    assert ("violated" in found.output) == (entry is FALSE)


def test_a_section_that_fails():
    """A further check that fails makes the whole fail, and every one is run and prints."""
    said = []
    console = Console(file=StringIO())
    sections = (lambda _: bool(said.append("first")), lambda _: not said.append("second"))
    assert not command.check_all((), sections, console, count=0)
    assert said == ["first", "second"]


def test_markdown():
    """The table in Markdown has a line for each theorem and a cell for each column."""
    text = markdown(run((GAIN,), FEW))
    lines = text.splitlines()
    assert len(lines) == 3
    assert {line.count(" | ") for line in lines} == {len(COLUMNS) - 1}


def test_definitions_are_not_counted_as_needed():
    """A hypothesis that only makes the statement one is told apart from one that is not needed."""
    (row,) = run((GAIN,), FEW)
    assert row.needed["truth known"] == "meaning"
    assert row.needed["misfit finite"] == "no"
    assert isinstance(GAIN.record("misfit finite"), Idle)


def test_an_example_that_needs_two_steps():
    """A ball about the true student is narrow, and the right-hand example is (2, 3, 3)/8 in it."""
    student = solve(RIGHT).s[0]
    total = sum(student)
    for share, whole in zip(student, (2, 3, 3), strict=True):
        assert (8 * share / total - whole).contains(0)
        assert float(share.rad()) < np.finfo(float).eps


def test_any_student_is_itself():
    """The student of a class of one member is that member, whatever the teacher."""
    at = solve(any_student(((1, 2),), ((3, 1),), ((1, 1),)))
    assert [float(entry) for entry in at.s[0]] == [0.75, 0.25]


@pytest.mark.parametrize("ridge", [1, 3])
def test_a_ridge_in_balls_is_the_ridge_in_floats(ridge):
    """The softmax student under a ridge is the library's, which is found by Newton's method."""
    example = softmax_layer(((3, 1), (1, 5)), ((1, 2), (1, 4)))
    found = ridge_student(example.instance(), float(ridge))[0].student.predictions
    for row, floats in zip(solve(example, ridge=ridge).s, found, strict=True):
        assert [float(entry) for entry in row] == pytest.approx(floats)
    free = solve(example).s[1][1]
    assert not free.overlaps(solve(example, ridge=ridge).s[1][1])
