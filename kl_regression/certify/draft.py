"""An outcome in integers: which certificate it becomes, and what rounding its arrays changed."""

from contextlib import suppress
from importlib.metadata import version
from typing import Any

import numpy as np
from jaxtyping import Int

from kl_regression.arrays import Predictions, as_predictions, as_real, same_shape
from kl_regression.certify.blocks import block_ends, monotone_fields
from kl_regression.certify.classes import in_integers, near
from kl_regression.certify.faces import faced, nearby
from kl_regression.certify.hulls import LOSSES, hull_fields
from kl_regression.certify.polyhedra import Polyhedral
from kl_regression.certify.quantise import Quantised, distributions, point_weights, reals
from kl_regression.certify.refusals import HULLS_ONLY, LOSS
from kl_regression.certify.shapes import polyhedral_fields
from kl_regression.classes.base import Space
from kl_regression.classes.calculus import Union
from kl_regression.classes.hull import Hull
from kl_regression.classes.monotone import Monotone
from kl_regression.divergences import KL, SquaredError
from kl_regression.errors import InputError, SolverError
from kl_regression.instance import Outcome
from kl_regression.projection import Student, project
from kl_regression.verify import TRUTH

Fields = dict[str, Any]

NEAR = 1.0
"""Nats by which a teacher's entries may change, and its student still start a Newton method."""


class Draft:
    """An outcome on its way into integers."""

    def __init__(self, outcome: Outcome, sources: dict[str, Any], bits: int) -> None:
        self.outcome, self.instance, self.bits = outcome, outcome.instance, bits
        self.students, self.loss = outcome.instance.students, outcome.instance.loss
        self.side = outcome.instance.side
        self.weights = point_weights(self.instance.weights)
        self.tables: dict[str, Any] = {"teacher": self.instance.teacher}
        self.mixtures: dict[str, list[str]] = {}
        for name, x in sources.items():
            if not TRUTH.fullmatch(name):
                raise InputError(
                    "truths", f"has the name {name!r}", "Use small letters, digits and _"
                )
            if np.ndim(x) == 1 and isinstance(self.students, Hull):
                self.mixtures[name] = self._mixture(name, x)
                continue
            rows = as_predictions(x, name, self.loss.domain)
            same_shape(rows, f"truths[{name!r}]", self.instance.teacher.shape, "the teacher")
            self.tables[name] = rows
        self.changes: dict[str, str] = {}

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

    def _quantised(self) -> dict[str, Quantised]:
        """Return all tables as integers, and keep what that changed."""
        found = {name: distributions(table, name) for name, table in self.tables.items()}
        self.changes |= {name: str(q) for name, q in found.items()}
        return found

    def _named(self, found: dict[str, Quantised]) -> Fields:
        rows = {name: q.rows for name, q in found.items() if name not in ("teacher", "models")}
        return {"truths": rows} if rows else {}

    def _mixed(self, parts: list[Hull]) -> Fields:
        n, k = self.instance.teacher.shape
        stacked = np.concatenate([part.models for part in parts])
        self.tables["models"] = stacked.reshape(-1, k)
        unit = 1
        if self.loss is KL:
            found = self._quantised()
        else:
            positive = self.loss.domain.low == 0
            unit, listed = reals(list(self.tables.values()), positive=positive)
            found = dict(zip(self.tables, listed, strict=True))
            self.changes = {name: str(q) for name, q in found.items()}
        fields = hull_fields(
            found["models"].whole.reshape(-1, n, k),
            found["teacher"].rows,
            self.weights,
            loss=self.loss,
            side=self.side if self.loss is KL else "left",
            unit=unit,
            parts=[len(part.models) for part in parts] if len(parts) > 1 else (),
            bits=self.bits,
        )
        return fields | self._named(found) | ({"members": self.mixtures} if self.mixtures else {})

    def _by_blocks(self) -> bool:
        students, teacher = self.students, self.instance.teacher
        if not isinstance(students, Monotone) or students.scores is None:
            return False
        inside = bool((teacher > 0).all()) or (self.side == "right" and min(self.weights) > 0)
        return teacher.shape[1] == 2 and not students.tied.any() and inside

    def _blocks(self) -> Fields:
        assert isinstance(self.students, Monotone)  # noqa: S101 - _by_blocks() was asked
        ranked = self.students.ranked
        self.tables = {name: table[ranked] for name, table in self.tables.items()}
        found = self._quantised()
        weights = [self.weights[i] for i in ranked]
        teacher = np.empty_like(found["teacher"].meaning)
        teacher[ranked] = found["teacher"].meaning
        ends = block_ends(self._projected(teacher).predictions[ranked], weights)
        fields = monotone_fields(found["teacher"].rows, weights, ends, side=self.side)
        return fields | self._named(found)

    def _polyhedral(self) -> Fields:
        n, k = self.instance.teacher.shape
        students = in_integers(self.students, Space.of(self.loss.domain, n, k))
        self.changes["class"] = students.changed
        found, pivots = self._quantised(), students.pivots
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
        inside = self.instance.truth is not None and self.outcome.truth_membership.inside
        for name, q in found.items():
            member = None
            if name == "truth" and inside:
                member = nearby(problem, near(self.tables[name], pivots), interior)
            if member is not None:
                members[name] = [
                    [hex(x) for x in member[r * k : (r + 1) * k]] for r in range(len(pivots))
                ]
            elif name != "teacher":
                outside[name] = q.rows
        fields |= {"members": members} if members else {}
        return fields | ({"truths": outside} if outside else {})

    def _near(self, teacher: Quantised) -> Student:
        """Return the outcome's student, or the integer teacher's where that one is far away."""
        if teacher.log_ratio <= NEAR:
            return self.outcome.student
        return self._projected(teacher.meaning)

    def _projected(self, teacher: Predictions) -> Student:
        return project(teacher, self.students, weights=self.instance.weights, side=self.side)

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

    def _mixture(self, name: str, weights: Any) -> list[str]:
        assert isinstance(self.students, Hull)  # noqa: S101 - the caller asked
        count = len(self.students.models)
        array = as_real(weights, f"truths[{name!r}]")[0]
        if array.shape != (count,) or array.min() < 0 or not array.any():
            raise InputError(
                f"truths[{name!r}]",
                f"is {array.tolist()}",
                f"Pass {count} nonnegative weights, not all 0, or predictions (n, k)",
            )
        return [hex(w) for w in point_weights(array)]
