"""The direction table and the conjectures that the hunt is measured on say the same."""

import itertools

import pytest

import kl_regression as klr
from kl_regression.falsify.known.catalogue import KNOWN
from kl_regression.theorems.direction import Guarantee, Misfit, Risk
from kl_regression.theorems.directions import directions
from tests.falsify.stored import violates

CLASSES = {"outputs": "convex in outputs", "logits": "convex in logits", "neither": "neither"}
KINDS = {"hull": "outputs", "softmax": "logits", "points": "neither"}
LOSSES = (klr.KL, klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito)
RISKS = {Risk.TRUTH_FIRST: "D(f,.)", Risk.TRUTH_SECOND: "D(.,f)"}
MISFITS = {Misfit.STUDENT_FIRST: "D(s,g)", Misfit.TEACHER_FIRST: "D(g,s)"}
CELLS = [
    (side, kind, loss, risk, misfit)
    for side, kind, loss, risk, misfit in itertools.product(
        ("left", "right"), CLASSES, LOSSES, Risk, Misfit
    )
    if kind != "logits" or loss is klr.KL
]


def answer_of(cell):
    """Return the table's answer to a cell, found by the public look-up."""
    side, kind, loss, risk, misfit = cell
    rows = directions(side=side, convexity=CLASSES[kind], loss=loss)
    (answer,) = [row.answers[misfit] for row in rows if risk in row.risks]
    return answer


def name_of(cell, claim):
    """Return the name of a cell's conjecture."""
    side, kind, loss, risk, misfit = cell
    return f"{side}/{kind}/{loss}/risk {RISKS[risk]}/misfit {MISFITS[misfit]}: {claim}"


def named(cell):
    """Return the names that a cell must have, each with whether it is true."""
    best = answer_of(cell).guarantee
    claims = [(best, True)] if best is not Guarantee.NOTHING else []
    claims += [(best.next, False)] if best.next is not None else []
    return {name_of(cell, claim): true for claim, true in claims}


FALSE = [
    (cell, name)
    for cell in CELLS
    for name, true in named(cell).items()
    if not true and answer_of(cell).counterexample is not None
]


def test_every_cell_is_hunted_and_nothing_else():
    """Each cell has its strongest claim as a true conjecture and the next as a false one."""
    wanted = {name: true for cell in CELLS for name, true in named(cell).items()}
    assert {name: known.true for name, known in KNOWN.items() if "/" in name[:6]} == wanted


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: "/".join(map(str, cell)))
def test_the_hunt_looks_where_the_cell_is(cell):
    """A conjecture's instances have the side, the class and the loss of its name, f in V."""
    for name in named(cell):
        given = KNOWN[name].conjecture.given
        assert (given.side, KINDS[given.students], given.loss) == cell[:3]
        assert given.truth == "first"


@pytest.mark.parametrize(
    ("cell", "name"), FALSE, ids=lambda part: part if str is type(part) else ""
)
def test_the_tables_counterexample_violates_the_conjecture(cell, name):
    """The stored instance of a cell is proven to violate that cell's false conjecture."""
    assert violates(KNOWN[name].conjecture, answer_of(cell).counterexample)


def test_every_false_conjecture_has_a_stored_counterexample():
    """No false claim of the table rests on the hunt alone."""
    false = [name for cell in CELLS for name, true in named(cell).items() if not true]
    assert [name for _, name in FALSE] == false
