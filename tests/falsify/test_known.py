"""The conjectures with known answers are those of the direction table, cell by cell."""

from itertools import product

import pytest

from kl_regression.divergences import KL, GeneralizedKL, ItakuraSaito, SquaredError
from kl_regression.falsify.drawn import slack_of
from kl_regression.falsify.known.catalogue import KNOWN
from kl_regression.theorems.direction import Convexity, Misfit, Risk
from kl_regression.theorems.directions import directions

WORDS = {Convexity.OUTPUTS: "outputs", Convexity.LOGITS: "logits", Convexity.NEITHER: "neither"}


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
    """On a cell's counterexample the false conjecture is violated and the true one is not."""
    answer = CELLS[start]
    outcome = answer.counterexample.instance().solve()
    false = KNOWN[start + answer.guarantee.next.value].conjecture
    slack, error, counts = slack_of(false, outcome)
    assert counts
    assert slack < (-error if "outputs" in start else 0.0)  # without convexity no gap is an error
    if answer.theorem:
        true = KNOWN[start + answer.guarantee.value].conjecture
        slack, error, _ = slack_of(true, outcome)
        assert slack >= -error
