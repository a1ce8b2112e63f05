"""Counterexamples without a hypothesis, from the theory's own records, as certificates.

One source: an instance and a formula of proofs_check. What is a signed sum of divergences over
mixtures or over finitely many functions becomes a file in which the sum is proven negative, or not
0 for an identity; of the others the index says what keeps them out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from math import lcm
from typing import Any

from kl_regression.certify.hulls import LOSSES, hull_fields
from kl_regression.divergences import KL, SquaredError
from kl_regression.theorems.counterexamples import Counterexample, Rows
from proofs_check.certificates.entry import Entry, Fields, Table, vertex
from proofs_check.certificates.terms import NotASumError, Sum, Symbolic
from proofs_check.checking.entry import Broken
from proofs_check.checking.entry import Entry as Evidence
from proofs_check.theory import THEORY


@dataclass(frozen=True)
class Left:
    """A record that becomes no certificate.

    Args:
        theorem: its name.
        hypothesis: without which the claim is false.
        reason: what keeps it out.
    """

    theorem: str
    hypothesis: str
    reason: str


def fields(example: Counterexample, other: Rows | None) -> Fields:
    """Return the fields of an example, with its truth f, its models and another student by name."""
    kl = example.loss is KL
    models = [table(rows) for rows in example.models]
    if kl:
        total = lcm(*(sum(row) for rows in models for row in rows))
        models = [[[x * (total // sum(row)) for x in row] for row in rows] for rows in models]
    count = len(models)
    found = hull_fields(
        models,
        table(example.teacher),
        [1] * len(example.teacher),
        loss=example.loss,
        side=example.side if kl else "left",
        parts=[1] * count if example.shape == "points" and count > 1 else (),
    )
    truths = {"f": table(example.truth)} | ({} if other is None else {"other": table(other)})
    members = {f"model_{j}": vertex(j, count) for j in range(count)}
    return found | {"truths": truths, "members": members}


def table(rows: Rows) -> Table:
    """Return rows as lists."""
    return [list(row) for row in rows]


def quantity(evidence: Evidence, record: Broken) -> Sum:
    """Return the slack of a record as a sum of divergences.

    Raises:
        NotASumError: when it is none, or no certificate covers the class.
    """
    slack, example = record.slack or evidence.slack, record.example
    if slack is None:
        raise NotASumError("it is about several outcomes")
    if example.shape == "softmax":
        raise NotASumError("the class is a softmax layer")
    symmetric = example.loss in (KL, SquaredError)
    if example.loss not in LOSSES or (example.side == "right" and not symmetric):
        raise NotASumError(f"no theorem is about {example.loss} on the {example.side}")
    if example.loss is not KL and example.shape == "points" and len(example.models) > 1:
        raise NotASumError("unions of hulls have a theorem under KL alone")
    names: Any = Symbolic(len(example.models), other=record.student is not None)
    found: object = slack(names)
    if not isinstance(found, Sum):
        raise NotASumError("it is a statement without a sum")
    return found


def records() -> Iterator[tuple[Evidence, Broken]]:
    """Yield every counterexample of the theory with the entry that it belongs to."""
    for evidence in THEORY:
        for _, record in evidence.necessity():
            if isinstance(record, Broken):
                yield evidence, record


@cache
def sorted_out() -> tuple[tuple[Entry, ...], tuple[Left, ...]]:
    """Return the gallery's entries, one for each instance and sum, and the records left out."""
    entries: dict[object, Entry] = {}
    left = []
    for evidence, record in records():
        name = evidence.theorem.name
        try:
            found = quantity(evidence, record)
            claim = found.claim()
        except NotASumError as error:
            left.append(Left(name, record.hypothesis, str(error)))
            continue
        other = record.computed or record.student
        key = (record.example, claim, other)
        if key in entries:
            continue
        entries[key] = Entry(
            slug(f"{name} without {record.hypothesis}"),
            f"without '{record.hypothesis}' the claim of '{name}' is false",
            partial(fields, record.example, other),
            claims=("gap", claim),
            signs={claim: "!" if found.bent else "-"},
        )
    return tuple(entries.values()), tuple(left)


def slug(text: str) -> str:
    """Return a file's name: small letters and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


ENTRIES, LEFT = sorted_out()
