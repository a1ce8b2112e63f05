"""The claims written in balls are the library's claims, which share no code with them."""

from itertools import combinations

import numpy as np
import pytest

from proofs_check.checking.entry import Broken
from proofs_check.checking.exact import solve
from proofs_check.checking.examples import INSIDE, any_student, one_point, softmax_layer
from proofs_check.theory import THEORY

EXAMPLES = list(
    dict.fromkeys(
        [
            INSIDE,
            any_student(((1, 2), (3, 4)), ((2, 1), (1, 1)), ((1, 1), (1, 3))),
            any_student(((1, 2, 3),), ((3, 1, 2),), ((2, 2, 1),), side="right"),
            one_point(((4, 1, 1), (1, 4, 1)), (3, 2, 2), (4, 1, 1), side="right"),
            softmax_layer(((2, 1), (1, 2)), ((1, 2), (1, 4))),
            *(
                record.example
                for entry in THEORY
                for record in entry.records
                if isinstance(record, Broken)
            ),
        ]
    )
)
"""Every stored counterexample to any theorem: for the others it is one more instance."""

TAU = 20
"""Terms in the inexactness τ, 2 sqrt(τ D) and sqrt(2 τ/γ), over sqrt(τ): here D, 1/γ <= 100."""

OUTCOMES = [(example, example.instance().solve()) for example in EXAMPLES]
WRITTEN = [entry for entry in THEORY if entry.slack is not None and entry.trial is None]


def may_tie(at):
    """Tell whether balls leave it open that two points have the same score, as floats may have."""
    pairs = [pair for scores in zip(*at.s, strict=True) for pair in combinations(scores, 2)]
    return any(a.overlaps(b) and not (a - b).is_zero() for a, b in pairs)


@pytest.mark.parametrize("entry", WRITTEN, ids=lambda entry: entry.theorem.key)
def test_two_ways_to_write_a_claim(entry):
    """Where the hypotheses are met, the slack in balls is not negative, and the library's."""
    seen = 0
    for example, outcome in OUTCOMES:
        known = example.truth in example.models or len(example.models) == 1
        if entry.theorem.unmet(outcome) or example.shape == "points" or not known:
            continue
        at = solve(example)
        if may_tie(at):
            continue
        exact, terms = entry.slack(at), entry.theorem.terms(outcome)
        assert not exact < 0, (example, exact.str(6))
        if not np.isfinite(terms.slack) or not exact.is_finite():
            continue
        gap = max(terms.gap, outcome.gap, 0.0)
        inexact = terms.rounding + 2 * gap + TAU * np.sqrt(gap)
        assert terms.slack == pytest.approx(float(exact.mid()), abs=inexact), str(example)
        seen += 1
    assert seen
