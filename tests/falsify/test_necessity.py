"""Why each hypothesis is there: the theory's counterexamples, and the conjectures that hunt them.

Every counterexample of proofs_check either violates a known false conjecture, which the hunt finds
from nothing, or a reason says why no conjecture is about it.
"""

from dataclasses import replace

import pytest

from kl_regression.falsify.known.catalogue import KNOWN
from proofs_check.checking.entry import Broken
from proofs_check.theory import THEORY
from tests.falsify.stored import violates

RECORDS = {
    (entry.theorem.key, hypothesis): record
    for entry in THEORY
    for hypothesis, record in entry.necessity()
    if isinstance(record, Broken)
}
WITHOUT = {
    "side left": "student on the right",
    "side right": "student on the left",
    "class convex in outputs": "class not convex",
    "class convex in logits": "class convex in outputs",
    "truth in the class": "truth anywhere",
    "loss KL": "another loss",
    "loss KL or generalised KL": "another loss",
}
"""How the conjectures without a hypothesis are called."""

SAME = dict.fromkeys(
    [
        "gain",
        "universal certificate",
        "strictness",
        "gain equality",
        "several teachers",
        "chain of students",
        "regularised student",
        "gain bracket",
        "gain bracket without a truth",
        "truth outside the class",
        "distance of the truth",
        "classical bound",
    ],
    "gain theorem",
) | {
    "affine gain": "gain is affine in the truth",
    "right: truth outside the class": "right: gain",
    "softmax right: truth outside": "softmax right: identity",
    "softmax right: limit on a face": "softmax right: identity",
    "softmax right: ridge": "softmax right: identity",
    "softmax right: convex parameters": "softmax right: identity",
    "risk bound": "risk bound by roots",
    "risk bound without a student floor": "one-sided risk bound",
    "calibration given the teacher's score": "calibration given x",
    "calibration given each model's own score": "calibration given x",
    "one-sided calibration given each model's own score": "calibration given x",
}
"""Theorems that on their counterexamples claim what another conjecture claims.

One teacher, no regulariser, a truth in the class, one point: there they are that conjecture.
"""

OTHER = {
    ("gain bracket", "loss KL or generalised KL"): "gain is affine in the truth, another loss",
    ("gain bracket without a truth", "loss KL or generalised KL"): (
        "gain is affine in the truth, another loss"
    ),
    (
        "calibration given each model's own score",
        "both scores cut the points alike for every class",
    ): ("calibration with each model conditioned on its own score"),
}

REASONS = {
    "a computed student beside the true one, and a case has one student": [
        "ball about the true student",
        "error of the true student",
        "error of the true student, squared error",
        "right: value of the true student",
        "softmax right: residual",
    ],
    "two teachers, and a case has one": [
        "stability in the teacher, L1",
        "stability in the teacher, TV",
        "stability in the teacher, squared",
        "stability in the teacher, right",
    ],
    "a sample, or some of the models, beside the class": [
        "excess of a sample's student",
        "excess of k models",
        "gain of k models",
    ],
    "a regulariser, and the hunt's students have none": ["regulariser convex"],
    "a distance to the class or a member near the truth, and a case has neither": [
        ("truth outside the class", "loss KL"),
        ("distance of the truth", "loss KL"),
        ("classical bound", "loss KL"),
        "classical bound, squared error",
        ("right: truth outside the class", "side right"),
    ],
    "smooth or kernel calibration or a distance to it, which is no formula of a case": [
        "smooth calibration, L = 1",
        "smooth calibration, Lip + sup <= 1",
        "distance to calibration",
        "Laplace kernel calibration",
    ],
    "which scores are tied in which class, and a case counts no ties": [
        "one model's score cuts more coarsely for every class"
    ],
    "zeros or infinite divergences, and the hunt's rows are positive": [
        "errors finite",
        "every model at finite divergence from the teacher",
        "member near the truth at finite divergence from the teacher",
        "teacher and student positive",
    ],
    "a student outside of its class, and the hunt's are in theirs": ["student in the class"],
    "faces of a class, on which an equality turns into an inequality that holds": [
        "class affine or student in its relative interior"
    ],
    "softmax layers under another loss, or with a truth or parameters outside": [
        (theorem, hypothesis)
        for theorem in (
            "softmax right: identity",
            "softmax right: truth outside",
            "softmax right: limit on a face",
            "softmax right: ridge",
            "softmax right: convex parameters",
        )
        for hypothesis in ("loss KL", "truth in the class", "truth's parameters in the ball")
    ],
}
"""What keeps conjectures from being about a theorem, a hypothesis, or a pair of them."""


def name_of(key):
    """Return the name of the conjecture that a record's theorem and hypothesis lead to."""
    theorem, hypothesis = key
    if key in OTHER:
        return OTHER[key]
    return f"{SAME.get(theorem, theorem)}, {WITHOUT.get(hypothesis, hypothesis)}"


def reasons_of(key):
    """Return the reasons why no conjecture is about a record."""
    return [why for why, about in REASONS.items() if {key, *key} & set(about)]


@pytest.mark.parametrize("key", RECORDS, ids="/".join)
def test_every_counterexample_is_hunted_or_says_why_not(key):
    """A record is proven to violate the false conjecture it leads to; or it has a reason.

    The student of a record may be its teacher, which the hunt passes over.
    """
    if reasons_of(key):
        assert name_of(key) not in KNOWN
        return
    known, record = KNOWN[name_of(key)], RECORDS[key]
    assert not known.true
    claim = replace(known.conjecture, requires=lambda at: at.misfit >= 0)
    assert violates(claim, record.example, student=record.student)


def test_no_reason_is_idle():
    """Every reason keeps something out that is on record."""
    keys = {part for key in RECORDS for part in (key, *key)}
    for why, about in REASONS.items():
        assert keys & set(about), why


@pytest.mark.parametrize("key", [key for key in RECORDS if not reasons_of(key)], ids="/".join)
def test_the_hunt_drops_that_hypothesis_alone(key):
    """Where a conjecture looks, the hypothesis is dropped that its record drops."""
    given = KNOWN[name_of(key)].conjecture.given
    dropped = {
        "side left": given.side == "right",
        "side right": given.side == "left",
        "class convex in outputs": given.students == "points",
        "class convex in logits": given.students == "hull",
        "truth in the class": given.truth == "anywhere",
        "loss KL": given.loss.name != "KL",
        "loss KL or generalised KL": given.loss.name not in {"KL", "GeneralizedKL"},
    }
    assert dropped.get(key[1], True)
