"""An outcome in integers: which certificate it becomes, and what rounding its arrays changed."""

from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import numpy as np
from jaxtyping import Int

from kl_regression.arrays import Predictions, as_side
from kl_regression.certify.blocks import block_ends, monotone_fields, ordered
from kl_regression.certify.classes import in_integers, near
from kl_regression.certify.faces import faced, nearby
from kl_regression.certify.hulls import LOSSES, hull_fields
from kl_regression.certify.polyhedra import Polyhedral, meaning_of
from kl_regression.certify.quantise import (
    Change,
    Quantised,
    distributions,
    point_weights,
    reals,
)
from kl_regression.certify.refusals import HULLS_ONLY, LARGE, LOSS
from kl_regression.certify.shapes import polyhedral_fields
from kl_regression.certify.truths import OWN, mixtures, named_truths
from kl_regression.classes.base import Membership, Space
from kl_regression.classes.calculus import Union
from kl_regression.classes.hull import Hull
from kl_regression.classes.monotone import Monotone
from kl_regression.divergences import KL, SquaredError
from kl_regression.errors import InputError, SolverError
from kl_regression.instance import Outcome
from kl_regression.projection import Student, projected
from kl_regression.verify import ENTRIES

Fields = dict[str, Any]

NEAR = 1.0
"""Nats by which a teacher's entries may change, and its student still start a Newton method."""


class Draft:
    """An outcome on its way into integers."""

    def __init__(self, outcome: Outcome, truths: Mapping[str, Any], bits: int) -> None:
        self.outcome, self.instance, self.bits = outcome, outcome.instance, bits
        self.students, self.loss = outcome.instance.students, outcome.instance.loss
        self.side = as_side(outcome.instance.side)
        self.weights = point_weights(self.instance.weights)
        shares = np.array([w / sum(self.weights) for w in self.weights])
        self.unit = 1
        self.truths = named_truths(truths, self.instance)
        changed = Change.between(self.instance.weights[None], shares[None])
        self.changes = {"weights": str(changed)}

    def fields(self) -> Fields:
        """Return the certificate's fields but for schema and claims."""
        parts = self.students.parts if isinstance(self.students, Union) else (self.students,)
        hulls = [part for part in parts if isinstance(part, Hull)]
        symmetric = self.loss is SquaredError
        if self.loss not in LOSSES or (self.side == "right" and not (self.loss is KL or symmetric)):
            raise InputError("outcome", f"is of {self.loss}, {self.side}: {LOSS[0]}", LOSS[1])
        if self.loss is not KL and (len(parts) > 1 or not hulls):
            raise InputError("outcome", f"is of {self.students!r}: {HULLS_ONLY[0]}", HULLS_ONLY[1])
        if len(hulls) == len(parts):
            found = self._mixed(hulls)
        elif self._by_blocks():
            found = self._blocks()
        else:
            found = self._polyhedral()
        if symmetric and self.side == "right":
            self.changes["side"] = "from right to left: D(a, b) = D(b, a) for squared error"
        found["provenance"] = {
            "software": f"kl_regression {version('kl_regression')}",
            "solver": self.outcome.student.solver,
            "bits": self.bits,
            **{f"changed {name}": change for name, change in self.changes.items()},
        }
        return found

    def _quantised(self, tables: Mapping[str, Predictions]) -> dict[str, Quantised]:
        """Return tables as integers, and keep what that changed."""
        if self.loss is KL:
            found = {name: distributions(table, name) for name, table in tables.items()}
        else:
            positive = self.loss.domain.low == 0
            self.unit, listed = reals(list(tables.values()), positive=positive)
            found = dict(zip(tables, listed, strict=True))
        self.changes |= {name: str(q.change) for name, q in found.items()}
        return found

    def _mixed(self, hulls: list[Hull]) -> Fields:
        n, k = self.instance.teacher.shape
        if sum(hull.models.size for hull in hulls) > ENTRIES:
            raise InputError("outcome", *LARGE)
        models = np.concatenate([hull.models for hull in hulls])
        inside = mixtures(self.truths, hulls)
        outside = {name: x for name, x in self.truths.items() if name not in inside}
        teacher = {"teacher": self.instance.teacher}
        found = self._quantised({**teacher, "models": models.reshape(-1, k), **outside})
        fields = hull_fields(
            found["models"].whole.reshape(-1, n, k),
            found["teacher"].rows,
            self.weights,
            loss=self.loss,
            side=self.side if self.loss is KL else "left",
            unit=self.unit,
            parts=[len(hull.models) for hull in hulls] if len(hulls) > 1 else (),
            bits=self.bits,
        )
        members = {}
        for name, weights in inside.items():
            whole = point_weights(weights)
            truth = self.truths[name]
            rows = np.tensordot(truth, models, 1) if truth.ndim == 1 else truth
            meaning = found["models"].meaning.reshape(models.shape)
            shares = np.array(whole) / sum(whole)
            self.changes[name] = str(Change.between(rows, np.tensordot(shares, meaning, 1)))
            members[name] = [hex(x) for x in whole]
        return fields | _named(members, {name: found[name].rows for name in outside})

    def _by_blocks(self) -> bool:
        students, teacher = self.students, self.instance.teacher
        if not isinstance(students, Monotone) or students.scores is None:
            return False
        inside = bool((teacher > 0).all()) or (self.side == "right" and min(self.weights) > 0)
        return teacher.shape[1] == 2 and not students.tied.any() and inside

    def _blocks(self) -> Fields:
        assert isinstance(self.students, Monotone)  # noqa: S101 - _by_blocks() was asked
        ranked = self.students.ranked
        tables = {name: table[ranked] for name, table in self._tables().items()}
        found = self._quantised(tables)
        weights = [self.weights[i] for i in ranked]
        teacher = np.empty_like(found["teacher"].meaning)
        teacher[ranked] = found["teacher"].meaning
        ends = block_ends(self._projected(teacher).predictions[ranked], weights)
        fields = monotone_fields(found["teacher"].rows, weights, ends, side=self.side)
        truths = {}
        for name in self.truths:
            whole = found[name].whole
            if self._membership(name).inside:
                whole = ordered(whole, np.array(weights) > 0)
            meaning = whole / whole.sum(axis=1, keepdims=True)
            self.changes[name] = str(Change.between(tables[name], meaning))
            truths[name] = whole.tolist()
        return fields | _named({}, truths)

    def _tables(self) -> dict[str, Predictions]:
        return {"teacher": self.instance.teacher, **self.truths}

    def _polyhedral(self) -> Fields:
        n, k = self.instance.teacher.shape
        students = in_integers(self.students, Space.of(self.loss.domain, n, k))
        self.changes["class"] = students.changed
        found, pivots = self._quantised(self._tables()), students.pivots
        problem, interior = faced(
            Polyhedral(
                found["teacher"].rows,
                self.weights,
                students.constraints,
                students.features,
                self.side == "right",
                students.equal,
            )
        )
        if len(problem.equal) > len(students.equal):
            self.changes["class"] += ", entries that are 0 or tied in all students said to be so"
        student = self._near(found["teacher"])
        fields = self._from_student(student, problem, pivots, interior)
        members, outside = {}, {}
        for name, truth in self.truths.items():
            member = self._member(name, problem, pivots, interior)
            if member is None:
                outside[name] = found[name].rows
                continue
            self.changes[name] = str(Change.between(truth, meaning_of(problem, member)))
            members[name] = [
                [hex(x) for x in member[r * k : (r + 1) * k]] for r in range(len(pivots))
            ]
        return fields | _named(members, outside)

    def _member(
        self, name: str, problem: Polyhedral, pivots: Int[np.ndarray, " d"], interior: list[int]
    ) -> list[int] | None:
        """Return coordinates of a truth in the class, or None where it stays what it is."""
        found, teacher = self._membership(name), self.instance.teacher
        if not found.inside:
            return None
        member = nearby(problem, near(found.witness, pivots), interior)
        counted = self.instance.weights[:, None] > 0
        far = (self.truths[name] > 0) & (teacher == 0) & counted
        return None if far.any() and self.side == "left" else member

    def _membership(self, name: str) -> Membership:
        """Return where a truth lies, at points of positive weight."""
        if name == OWN and self.instance.truth is not None:
            return self.outcome.truth_membership
        truth = self.truths[name]
        space = Space.of(self.loss.domain, *truth.shape)
        return self.students.membership(truth, space, self.instance.weights)

    def _near(self, teacher: Quantised) -> Student:
        """Return the outcome's student, or the integer teacher's where that one is far away."""
        if teacher.change.log_ratio <= NEAR:
            return self.outcome.student
        return self._projected(teacher.meaning)

    def _projected(self, teacher: Predictions) -> Student:
        return projected(
            teacher,
            self.students,
            weights=self.instance.weights,
            loss=self.loss,
            side=self.side,
        )

    def _from_student(
        self,
        student: Student,
        problem: Polyhedral,
        pivots: Int[np.ndarray, " d"],
        interior: list[int],
    ) -> Fields:
        """Return the fields, polished from a student, else from inside."""
        logs, k = student.log_predictions, problem.shape[1]
        if logs is not None and np.isfinite(student.objective):
            with suppress(SolverError):
                return polyhedral_fields(
                    problem, student.predictions[pivots], logs, interior, bits=self.bits
                )
        inside = np.array(interior, dtype=float).reshape(-1, k) / sum(interior[:k])
        with np.errstate(divide="ignore"):
            logs = np.log(problem.lift() @ inside.ravel()).reshape(-1, k)
        return polyhedral_fields(problem, inside, logs, interior, bits=self.bits)


def _named(members: Fields, truths: Fields) -> Fields:
    """Return the truths in the class and the others as fields of a certificate."""
    return ({"members": members} if members else {}) | ({"truths": truths} if truths else {})
