"""A point that a solver returned, made feasible and measured by us."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Predictions, Side, Weights
from kl_regression.classes.base import FunctionClass, Space
from kl_regression.divergences import Logs, Loss
from kl_regression.gap import gradient, optimality_gap
from kl_regression.tolerance import Sum

Vector = Float[np.ndarray, " z"]


@dataclass(frozen=True)
class Problem:
    """One projection: everything that a solver is told.

    Args:
        students: the class V.
        teacher: predictions, shape (n, k).
        weights: probabilities of the points, shape (n,).
        loss: the divergence.
        side: where the student stands.
        space: the space of members at finite divergence.
    """

    students: FunctionClass
    teacher: Predictions
    weights: Weights
    loss: Loss
    side: Side
    space: Space

    @property
    def convex(self) -> bool:
        """Whether the objective is convex in the student."""
        return self.side == "left" or self.loss.convex_right

    def objective(self, predictions: Predictions, logs: Logs = None) -> Sum:
        """Return D(student, teacher) or D(teacher, student), as the side says."""
        if self.side == "left":
            return self.loss.measure(predictions, self.teacher, self.weights, logs, None)
        return self.loss.measure(self.teacher, predictions, self.weights, None, logs)

    def slope(self, predictions: Predictions, logs: Logs = None) -> Predictions:
        """Return the weighted derivative of the objective, shape (n, k)."""
        derivative = gradient(predictions, logs, self.teacher, loss=self.loss, side=self.side)
        with np.errstate(invalid="ignore"):
            return np.where(self.weights[:, None] > 0, self.weights[:, None] * derivative, 0.0)

    def member(self, coordinates: Vector) -> "Candidate":
        """Return the feasible member near some coordinates, with its gap."""
        cleaned, predictions = self.students.member(coordinates, self.space)
        return self.candidate(cleaned, predictions)

    def candidate(
        self, coordinates: Vector, predictions: Predictions, logs: Logs = None
    ) -> "Candidate":
        """Return a feasible member with its objective and gap."""
        space = self.space.around(self.teacher, predictions)
        gap = optimality_gap(
            predictions,
            logs,
            self.teacher,
            self.students,
            weights=self.weights,
            loss=self.loss,
            side=self.side,
            space=space,
        )
        return Candidate(
            coordinates, predictions, logs, self.objective(predictions, logs), gap, space
        )

    def on(self, students: FunctionClass) -> "Problem":
        """Return the same problem over another class."""
        return replace(self, students=students)


@dataclass(frozen=True)
class Candidate:
    """A member of the class, its objective, its gap over a space, and what a solver says of it."""

    coordinates: Vector
    predictions: Predictions
    logs: Logs
    objective: Sum
    gap: Sum
    space: Space
    note: str = ""
