"""A table of integers as the fields of a certificate: the class, the truth, what is enclosed."""

from dataclasses import dataclass
from functools import cached_property
from math import lcm
from typing import Any

import numpy as np

from kl_regression.certify.claims import default_claims
from kl_regression.certify.hulls import LOSSES, hull_fields
from kl_regression.certify.quantise import TOTAL, distributions
from kl_regression.divergences import KL, GeneralizedKL, SquaredError
from kl_regression.falsify.enclosing import fractions
from kl_regression.falsify.ranges import Ranges
from kl_regression.falsify.solving import solve

Fields = dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """A refuted instance on its way to a certificate.

    Args:
        table: teacher, models, truth: integers, shape (r, n, k).
        ranges: how they become an instance.
    """

    table: Any
    ranges: Ranges

    @cached_property
    def parts(self) -> tuple[Any, Any, Any]:
        """Teacher, models and truth in fractions, shapes (n, k), (m, n, k) and (n, k)."""
        teacher, models, truth = self.ranges.parts(fractions(self.table))
        return teacher[0], models[0], truth[0]

    @cached_property
    def unit(self) -> int:
        """What all entries are divided by where rows are no distributions; 1 where they are."""
        if self.ranges.loss is KL:
            return 1
        return lcm(*(x.denominator for part in self.parts for x in np.ravel(part)))

    @property
    def covered(self) -> bool:
        """Whether there is a certificate of this class, loss and side, in integers that fit."""
        ranges = self.ranges
        if ranges.students == "softmax" or ranges.loss not in LOSSES:
            return False
        largest = max(abs(x) for part in self.parts for x in np.ravel(part))
        fits = max(self.unit, largest * self.unit) < TOTAL
        return fits and (self.alone or ranges.loss is not GeneralizedKL or ranges.side == "left")

    @property
    def alone(self) -> bool:
        """Whether the student is certified as the only member of its class; then no side matters.

        It minimises nothing, or there is one model, or the others are named: under another loss
        than KL no class of finitely many functions is certified.
        """
        kind = self.ranges.students
        single = kind == "points" or (kind == "hull" and len(self.parts[1]) == 1)
        return kind == "any" or (single and self.ranges.loss is not KL)

    @cached_property
    def student(self) -> int:
        """Which of the models the student is, where it is one."""
        found = solve(np.asarray(self.table, dtype=np.float64)[None], self.ranges)[0].student[0]
        distances = [np.abs(model.astype(float) - found).max() for model in self.parts[1]]
        return int(np.argmin(distances))

    @property
    def others(self) -> dict[str, Any]:
        """The functions that the student is nearer to the teacher than, by name."""
        if not self.alone:
            return {}
        rest = np.delete(self.parts[1], self.student, axis=0)
        return {f"other_{j}": model for j, model in enumerate(rest, 1)}

    @property
    def farther(self) -> list[str]:
        """Quantities that are negative as the student is nearest to the teacher."""
        order = "D(teacher,{})" if self.ranges.side == "right" else "D({},teacher)"
        return [f"{order.format('student')}-{order.format(other)}" for other in self.others]

    @cached_property
    def fields(self) -> Fields:
        """All but schema, claims and provenance."""
        teacher, models, truth = self.parts
        alone, count = self.alone, len(models)
        mirrored = alone or self.ranges.loss is SquaredError
        fields = hull_fields(
            self._models(models[[self.student]] if alone else models),
            self._rows(teacher),
            [1] * len(teacher),
            loss=self.ranges.loss,
            side="left" if mirrored else self.ranges.side,
            unit=self.unit,
            parts=[1] * count if self.ranges.students == "points" and not alone else (),
        )
        if self.ranges.truth == "first" and self.ranges.spanning and not alone:
            return fields | {"members": {"truth": ["0x1", *["0x0"] * (count - 1)]}}
        named = {"truth": truth, **self.others}
        return fields | {"truths": {name: self._rows(rows) for name, rows in named.items()}}

    @property
    def enclosed(self) -> list[str]:
        """What a claim may be made of: divergences both ways, and calibration errors of labels."""
        found = [*default_claims(self.fields["theorem"], ["truth"]), "D(teacher,student)"]
        labelled = self.ranges.students == "any" and self.ranges.truth == "labels"
        return found + [f"MCE(truth,{who})" for who in ("teacher", "computed") if labelled]

    def _models(self, models: Any) -> Any:
        """Return models as integers of one total, shape (m, n, k); rounded where they need more."""
        if self.ranges.loss is not KL:
            return _times(models, self.unit)
        common = lcm(*(x.denominator for x in np.ravel(models)))
        if common < TOTAL:
            return _times(models, common)
        floats = models.astype(float).reshape(-1, models.shape[-1])
        return distributions(floats, "models").whole.reshape(models.shape)

    def _rows(self, rows: Any) -> list[list[int]]:
        if self.ranges.loss is not KL:
            return _times(rows, self.unit).tolist()
        common = [lcm(*(x.denominator for x in row)) for row in rows]
        return [_times(row, total).tolist() for row, total in zip(rows, common, strict=True)]


def _times(entries: Any, total: int) -> Any:
    """Return fractions times a common denominator, as integers of the same shape."""
    return np.frompyfunc(lambda x: int(x * total), 1, 1)(entries).astype(np.int64)
