"""Every theorem on random instances: never violated where its hypotheses are met."""

import numpy as np
import pytest
from scipy.special import softmax

import kl_regression as klr
from kl_regression.theorems.base import Kind, Terms, verdict
from kl_regression.theorems.catalogue import THEOREMS
from tests.theorems.test_softmax import head

KEYS = [theorem.key for theorem in THEOREMS]


def outcome(seed, *, side, loss=klr.KL, softmax_head=False):
    """Return a solved random instance: realizable, not realizable, or with one-hot truth."""
    rng = np.random.default_rng(seed)
    n, k, m = rng.integers(1, 7), rng.integers(2, 5), rng.integers(1, 5)
    spread = rng.choice([0.1, 1.0, 3.0])

    def rows(*shape):
        return softmax(spread * rng.normal(size=shape), axis=-1)

    models, teacher = rows(m, n, k), rows(n, k)
    truths = {
        0: np.tensordot(rng.dirichlet(np.ones(m)), models, 1),
        1: rows(n, k),
        2: np.eye(k)[rng.integers(0, k, n)],
    }
    students = klr.Hull(models)
    if softmax_head:
        features = np.column_stack([np.ones(n), rng.normal(size=n)])[:, : min(n, 2)]
        students = klr.LogLinear(features, classes=int(k))
        truths[0] = students.random_member(rng, klr.Space.of(loss.domain, int(n), int(k)))
    return klr.Instance(
        teacher=teacher,
        truth=truths[seed % 3],
        students=students,
        weights=rng.dirichlet(np.ones(n)),
        loss=loss,
        side=side,
    ).solve()


def every_kind(seeds):
    """Yield outcomes on both sides, of both losses and of heads, a separable teacher among them."""
    for seed in seeds:
        for side in ("left", "right"):
            for loss, softmax_head in ((klr.KL, False), (klr.KL, True), (klr.SquaredError, False)):
                yield outcome(seed, side=side, loss=loss, softmax_head=softmax_head)
    yield head(0, "sorted").solve()


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("softmax_head", [False, True])
def test_no_theorem_is_violated(side, softmax_head):
    """Where the hypotheses are met, the claim holds: exactly, or within the gap."""
    seen = set()
    for seed in range(24):
        for found in klr.check(outcome(seed, side=side, softmax_head=softmax_head)):
            assert found.verdict is not klr.Verdict.VIOLATED, (seed, found)
            if found.verdict is klr.Verdict.HOLDS:
                seen.add(found.theorem.key)
    assert seen


@pytest.mark.parametrize("side", ["left", "right"])
def test_squared_error_has_its_theorems(side):
    """Under squared error no theorem is violated, and on the left the gain theorem applies."""
    verdicts = {}
    for seed in range(12):
        for found in klr.check(outcome(seed, side=side, loss=klr.SquaredError)):
            verdicts.setdefault(found.theorem.key, set()).add(found.verdict)
    assert klr.Verdict.VIOLATED not in set.union(*verdicts.values())
    assert (klr.Verdict.HOLDS in verdicts["gain"]) == (side == "left")


def test_every_theorem_applies_somewhere():
    """No theorem's hypotheses are so strong that no instance of these meets them."""
    applied = set()
    for solved in every_kind(range(9)):
        applied |= {found.theorem.key for found in klr.check(solved) if not found.unmet}
    assert applied == set(KEYS)


def test_keys_are_distinct_and_sourced():
    """A theorem has a key of its own, a statement, a formula and a source."""
    assert len(set(KEYS)) == len(KEYS)
    for theorem in THEOREMS:
        assert theorem.statement
        assert theorem.latex
        assert theorem.source
        assert theorem.constants in {"paper", "derived"}


@pytest.mark.parametrize(
    ("slack", "expected"),
    [(1.0, "holds"), (-1e-16, "holds"), (-0.5, "undecided"), (-1.5, "violated")],
)
def test_verdicts(slack, expected):
    """Negative beyond rounding is undecided within the gap and violated beyond it."""
    terms = Terms(0.0, slack, slack, rounding=1e-15, gap=1.0, parts={})
    assert verdict(terms, exact=False) == expected


def test_an_exact_gap_is_rounding():
    """The gap of an exact student is a rounding error: a slack of minus the gap still holds."""
    terms = Terms(0.0, -1e-15, -1e-15, rounding=0.0, gap=1e-15, parts={})
    assert verdict(terms, exact=True) == "holds"
    assert verdict(terms, exact=False) == "undecided"


def test_an_identity_fails_both_ways():
    """An identity is violated whichever side is larger."""
    three_point = next(theorem for theorem in THEOREMS if theorem.kind is Kind.IDENTITY)
    assert three_point.terms(outcome(0, side="left")).slack <= 0.0
