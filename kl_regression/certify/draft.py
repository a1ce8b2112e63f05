"""An outcome in integers: which certificate it becomes, and what rounding its arrays changed."""

from importlib.metadata import version
from typing import Any

import numpy as np

from kl_regression.arrays import as_predictions, as_real, same_shape
from kl_regression.certify.blocks import block_ends, monotone_fields
from kl_regression.certify.classes import in_integers, near
from kl_regression.certify.hulls import LOSSES, hull_fields
from kl_regression.certify.polyhedra import Polyhedral, feasible
from kl_regression.certify.quantise import Quantised, distributions, point_weights, reals
from kl_regression.certify.shapes import polyhedral_fields, strict
from kl_regression.classes.base import Space
from kl_regression.classes.calculus import Union
from kl_regression.classes.hull import Hull
from kl_regression.classes.monotone import Monotone
from kl_regression.divergences import KL
from kl_regression.errors import InputError
from kl_regression.instance import Outcome
from kl_regression.verify import TRUTH

Fields = dict[str, Any]


class Draft:
    """An outcome on its way into integers."""

    def __init__(self, outcome: Outcome, sources: dict[str, Any], bits: int) -> None:
        self.outcome, self.instance, self.bits = outcome, outcome.instance, bits
        self.students, self.loss = outcome.instance.students, outcome.instance.loss
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
        if self.loss not in LOSSES or (self.loss is not KL and self.instance.side == "right"):
            raise InputError(
                "outcome",
                f"is of {self.loss}, {self.instance.side}",
                "Certify KL, or the left side",
            )
        if all(isinstance(part, Hull) for part in parts):
            found = self._mixed([part for part in parts if isinstance(part, Hull)])
        elif self.loss is not KL:
            raise InputError(
                "outcome", f"is of {self.students!r}", f"Certify hulls under {self.loss}"
            )
        elif self._by_blocks():
            found = self._blocks()
        else:
            found = self._polyhedral()
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
            side=self.instance.side,
            unit=unit,
            parts=[len(part.models) for part in parts] if len(parts) > 1 else (),
            bits=self.bits,
        )
        return fields | self._named(found) | ({"members": self.mixtures} if self.mixtures else {})

    def _by_blocks(self) -> bool:
        students, teacher = self.students, self.instance.teacher
        if not isinstance(students, Monotone) or students.scores is None:
            return False
        inside = self.instance.side == "right" or bool((teacher > 0).all())
        return teacher.shape[1] == 2 and not students.tied.any() and inside

    def _blocks(self) -> Fields:
        assert isinstance(self.students, Monotone)  # noqa: S101 - _by_blocks() was asked
        ranked = self.students.ranked
        self.tables = {name: table[ranked] for name, table in self.tables.items()}
        found = self._quantised()
        ends = block_ends(self.outcome.student.predictions[ranked])
        weights = [self.weights[i] for i in ranked]
        fields = monotone_fields(found["teacher"].rows, weights, ends, side=self.instance.side)
        return fields | self._named(found)

    def _polyhedral(self) -> Fields:
        n, k = self.instance.teacher.shape
        if min(self.weights) == 0 or self.instance.teacher.min() == 0.0:
            raise InputError(
                "outcome", "has a zero weight or a zero in the teacher", "Drop the points"
            )
        students = in_integers(self.students, Space.of(self.loss.domain, n, k))
        self.changes["class"] = students.changed
        found = self._quantised()
        problem = Polyhedral(
            found["teacher"].rows,
            self.weights,
            students.constraints,
            students.features,
            self.instance.side == "right",
        )
        student = self.outcome.student
        logs = student.log_predictions
        assert logs is not None  # noqa: S101 - KL students have logarithms
        pivots = students.pivots
        interiors = [[1] * (len(pivots) * k)]
        if strict(problem, interiors) is None:
            inner = self._interior()
            interiors.append(near(inner, pivots))
        fields = polyhedral_fields(
            problem, student.predictions[pivots], logs, interiors, bits=self.bits
        )
        members, outside = {}, {}
        inside = self.instance.truth is not None and self.outcome.truth_membership.inside
        for name, q in found.items():
            if name == "truth" and inside:
                z, _ = feasible(problem, near(self.tables[name], pivots), 50, interiors[-1])
                members[name] = [
                    [hex(x) for x in z[r * k : (r + 1) * k]] for r in range(len(pivots))
                ]
            elif name != "teacher":
                outside[name] = q.rows
        fields |= {"members": members} if members else {}
        return fields | ({"truths": outside} if outside else {})

    def _interior(self) -> Any:
        space = Space.of(self.loss.domain, *self.instance.teacher.shape)
        polyhedron = self.students.polyhedron(space)
        point = polyhedron.interior()[0]
        return (polyhedron.basis @ point).reshape(self.instance.teacher.shape)

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
