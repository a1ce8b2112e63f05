"""A stored counterexample: one tiny instance, integers only, on which a claim is false.

Rows stand for themselves over their sum where the loss or the class asks for distributions, and for
themselves elsewhere, so that an instance fits in a line and can be solved by hand.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kl_regression.arrays import Predictions, Side
from kl_regression.classes.base import FunctionClass
from kl_regression.classes.hull import Hull
from kl_regression.classes.log_linear import LogLinear
from kl_regression.divergences import KL, Loss
from kl_regression.instance import Instance

Row = tuple[int, ...]
Rows = tuple[Row, ...]
"""Integer predictions, shape (n, k)."""

Shape = Literal["hull", "points", "softmax"]
"""The hull of the models; the models alone, a finite class; a softmax layer on features."""


@dataclass(frozen=True, kw_only=True)
class Counterexample:
    """An instance of integers with equally weighted points.

    Args:
        models: the models, each of shape (n, k); of a softmax layer its features, shape (n, d).
        teacher: shape (n, k).
        truth: shape (n, k).
        loss: the divergence.
        side: where the student stands.
        shape: what class the models span.
    """

    models: tuple[Rows, ...]
    teacher: Rows
    truth: Rows
    loss: Loss = KL
    side: Side = "left"
    shape: Shape = "hull"

    def predictions(self, rows: Rows) -> Predictions:
        """Return integer rows as predictions of shape (n, k), legal for the loss."""
        values = np.array(rows, dtype=np.float64)
        return values / values.sum(axis=1, keepdims=True) if self.normalised else values

    @property
    def normalised(self) -> bool:
        """Whether rows stand for themselves over their sum."""
        return self.loss.domain.simplex or self.shape == "softmax"

    @property
    def students(self) -> FunctionClass:
        """The function class."""
        if self.shape == "softmax":
            features = np.array(self.models[0], dtype=np.float64)
            return LogLinear(features, classes=len(self.teacher[0]))
        hulls: list[FunctionClass] = [Hull([self.predictions(model)]) for model in self.models]
        if self.shape == "hull":
            return Hull([self.predictions(model) for model in self.models])
        students = hulls[0]
        for other in hulls[1:]:
            students = students | other
        return students

    def instance(self) -> Instance:
        """Return the instance in floats."""
        return Instance(
            teacher=self.predictions(self.teacher),
            truth=self.predictions(self.truth),
            students=self.students,
            loss=self.loss,
            side=self.side,
        )

    def __str__(self) -> str:
        named = {"hull": "hull", "points": "", "softmax": "softmax layer on "}[self.shape]
        if self.shape == "softmax":
            inside = f"{named}features {_written(self.models[0])}"
        else:
            inside = named + "{" + ", ".join(_written(model) for model in self.models) + "}"
        return f"V = {inside}, g = {_written(self.teacher)}, f = {_written(self.truth)}"


def _written(rows: Rows) -> str:
    written = ["(" + ",".join(str(entry) for entry in row) + ")" for row in rows]
    return written[0] if len(written) == 1 else "[" + " ".join(written) + "]"
