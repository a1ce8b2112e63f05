"""What an entry of the gallery is, and how its certificate is made from integers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kl_regression.certify.certificate import Certificate
from kl_regression.certify.claims import default_claims
from kl_regression.certify.classes import in_integers
from kl_regression.certify.hulls import hull_fields
from kl_regression.certify.polyhedra import Polyhedral
from kl_regression.certify.sealing import seal
from kl_regression.certify.shapes import polyhedral_fields
from kl_regression.classes.base import FunctionClass, Space
from kl_regression.divergences import KL
from kl_regression.projection import project

Fields = dict[str, Any]
Table = list[list[int]]


CALIBRATED = ("gap", "D(student,teacher)", "MCE(labels,teacher)", "MCE(labels,computed)")
"""What a certificate about calibration under the truth "labels" claims, beside its signs."""


@dataclass(frozen=True)
class Entry:
    """A verified instance.

    Args:
        name: of its file.
        statement: what it shows, one sentence.
        fields: makes everything but claims and provenance, from integers alone.
        claims: the quantities; by default those of ``default_claims``.
        signs: for each quantity that the statement is about, "+", "-" or "0".
    """

    name: str
    statement: str
    fields: Callable[[], Fields]
    claims: tuple[str, ...] = ()
    signs: Mapping[str, str] = field(default_factory=dict)

    def build(self) -> Certificate:
        """Return the certificate."""
        fields = self.fields()
        names = [*fields.get("truths", {}), *fields.get("members", {})]
        wanted = list(self.claims) or default_claims(fields["theorem"], names)
        fields["provenance"] = {
            "statement": self.statement,
            "made by": f"python -m proofs_check.certificates {self.name}",
        }
        return seal(fields, list(dict.fromkeys([*wanted, *self.signs])))


def one_total(*rows: Sequence[int]) -> list[Table]:
    """Return rows as models of one point whose totals are their least common multiple."""
    total = int(np.lcm.reduce([sum(row) for row in rows]))
    return [[[x * (total // sum(row)) for x in row]] for row in rows]


def own_scores(teacher: Table, student: Table, labels: Table) -> Fields:
    """Return a student that is the only function of its class, and labels as the truth."""
    fields = hull_fields([student], teacher, [1] * len(teacher))
    return fields | {"truths": {"labels": labels}}


def vertex(index: int, count: int) -> list[str]:
    """Return the coordinates of a model in a hull of ``count`` models."""
    return ["0x1" if j == index else "0x0" for j in range(count)]


def shape(
    students: FunctionClass,
    teacher: Table,
    interior: Sequence[Sequence[int]],
    *,
    side: str = "left",
    features: Table | None = None,
    bits: int = 256,
) -> Fields:
    """Return the fields of a polyhedral class whose numbers are small fractions.

    Args:
        students: the class; its features, if any, are given by ``features``.
        teacher: n rows of k positive integers.
        interior: coordinates off every inequality, rows of integers of one total.
        side: where the student stands.
        features: n rows of d integers of one total, the unit rows among them.
        bits: the student's.
    """
    integers = np.array(teacher, dtype=float)
    n, k = integers.shape
    g = integers / integers.sum(axis=1, keepdims=True)
    found = project(g, students, side=side, normalize=True)
    assert found.log_predictions is not None  # noqa: S101 - KL students have logarithms
    parts = in_integers(students, Space.of(KL.domain, n, k))
    rows = features or [[int(i == j) for j in range(n)] for i in range(n)]
    unit = [
        rows.index([sum(rows[0]) * (i == j) for j in range(len(rows[0]))])
        for i in range(len(rows[0]))
    ]
    problem = Polyhedral(teacher, [1] * n, parts.constraints, features, side == "right")
    inner = [x for row in interior for x in row]
    return polyhedral_fields(
        problem, found.predictions[unit], found.log_predictions, inner, bits=bits
    )
