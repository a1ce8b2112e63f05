"""The conjectures with known answers are those of the direction table, cell by cell."""

from itertools import product

import pytest

from kl_regression.divergences import KL, GeneralizedKL, ItakuraSaito, SquaredError
from kl_regression.falsify.known.catalogue import KNOWN
from kl_regression.theorems.direction import Convexity, Misfit, Risk
from kl_regression.theorems.directions import directions
from tests.falsify.stored import violates

WORDS = {Convexity.OUTPUTS: "outputs", Convexity.LOGITS: "logits", Convexity.NEITHER: "neither"}
KINDS = {"hull": "outputs", "softmax": "logits", "points": "neither"}


def table():
    """Yield (beginning of the conjectures' names, answer) for every cell."""
    for side, kind, loss in product(
        ("left", "right"), Convexity, (KL, GeneralizedKL, SquaredError, ItakuraSaito)
    ):
        if kind is Convexity.LOGITS and loss is not KL:
            continue
        for row in directions(side=side, convexity=kind, loss=loss):
            for risk, misfit in product(row.risks, Misfit):
                first = "D(f,.)" if risk is Risk.TRUTH_FIRST else "D(.,f)"
                second = "D(s,g)" if misfit is Misfit.STUDENT_FIRST else "D(g,s)"
                start = f"{side}/{WORDS[kind]}/{loss}/risk {first}/misfit {second}: "
                yield start, row.answers[misfit]


CELLS = dict(table())


def test_every_cell_has_its_conjectures_and_no_other():
    """What a cell guarantees is known as true, the next claim as false, and nothing else is."""
    expected = {}
    for start, answer in CELLS.items():
        if answer.theorem:
            expected[start + answer.guarantee.value] = True
        if answer.counterexample is not None:
            expected[start + answer.guarantee.next.value] = False
    assert expected == {name: found.true for name, found in KNOWN.items() if "/" in name[:6]}


@pytest.mark.parametrize("start", [start for start, a in CELLS.items() if a.counterexample])
def test_the_tables_counterexamples_tell_the_conjectures_apart(start):
    """A cell's counterexample is proven to violate the false conjecture, and not the true one."""
    answer = CELLS[start]
    false = KNOWN[start + answer.guarantee.next.value].conjecture
    assert violates(false, answer.counterexample)
    if answer.theorem:
        true = KNOWN[start + answer.guarantee.value].conjecture
        assert not violates(true, answer.counterexample)


@pytest.mark.parametrize("name", [name for name in KNOWN if "/" in name[:6]])
def test_the_hunt_looks_where_the_cell_is(name):
    """A conjecture's instances have the side, the class and the loss of its name; f is in V."""
    side, word, loss = name.split("/")[:3]
    given = KNOWN[name].conjecture.given
    assert (given.side, KINDS[given.students], given.loss.name) == (side, word, loss)
    assert given.truth == "first"
