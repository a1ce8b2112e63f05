"""The objective of a hull in the mixture weights, in blocked passes over the models.

One pass reads each model once and gives value, slope and Hessian together, so models may be
memory-mapped and no copy of them is made; a pass over a sample reads one block in a few.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from kl_regression.arrays import Predictions
from kl_regression.classes.hull import Hull
from kl_regression.solvers.candidate import Problem
from kl_regression.tolerance import EPS, MODEL_BLOCK, TINY

Mixture = Float[np.ndarray, " m"]
Block = tuple[Float[np.ndarray, "m b"], Float[np.ndarray, "b 1"], Float[np.ndarray, " b"]]


@dataclass(frozen=True)
class QuadraticModel:
    """Value, slope and Hessian of the objective at a mixture, and the rounding of its gap.

    The gap is known to EPS times the sum of |s φ'| and of s^2 φ'', the change of s φ' when the
    student's entries s change by EPS relative.
    """

    value: float
    slope: Mixture
    hessian: Float[np.ndarray, "m m"]
    rounding: float

    def gap(self, mixture: Mixture) -> float:
        """Return max over the hull of <slope, mixture - a>, at the mixture of this model."""
        return float(self.slope @ mixture - self.slope.min())


class HullObjective:
    """The objective in the mixture weights of some models, over all blocks or a sample of them."""

    def __init__(self, problem: Problem, hull: Hull, index: Int[np.ndarray, " m"]) -> None:
        self.index = index
        self.models = hull.flat
        self.teacher = problem.teacher.reshape(-1, 1)
        self.mass = np.repeat(problem.weights, problem.teacher.shape[1])
        self.loss = problem.loss
        self.side = problem.side
        self.block = max(MODEL_BLOCK // len(index), 1)
        self.scaled = np.empty((len(index), min(self.block, len(self.mass))))

    @property
    def blocks(self) -> int:
        """How many blocks a whole pass reads."""
        return -(-len(self.mass) // self.block)

    def _read(self, stride: int) -> Iterator[Block]:
        every = len(self.index) == len(self.models)
        for start in range(0, len(self.mass), stride * self.block):
            part = slice(start, start + self.block)
            models = self.models[:, part] if every else self.models[self.index, part]
            yield np.asarray(models), self.teacher[part], self.mass[part]

    def expand(self, mixture: Mixture, stride: int = 1) -> QuadraticModel:
        """Return the quadratic model at a mixture, in one pass over every ``stride``-th block."""
        size = len(mixture)
        value, rounding, slope, hessian = 0.0, 0.0, np.zeros(size), np.zeros((size, size))
        with np.errstate(all="ignore"):
            for models, teacher, mass in self._read(stride):
                student = mixture @ models
                entries, gradient, curvature = self._local(student, teacher)
                if not (student.min() > 0 and mass.min() > 0):
                    counted = (mass > 0) & ~((student == 0) & (models.max(axis=0) == 0))
                    entries = np.where(mass > 0, entries, 0.0)
                    gradient = np.where(counted, np.clip(gradient, -1 / TINY, 1 / TINY), 0.0)
                    curvature = np.where(counted & np.isfinite(curvature), curvature, 0.0)
                value += float(mass @ entries)
                gradient *= mass
                np.abs(curvature, out=curvature)
                curvature *= mass
                slope += models @ gradient
                np.abs(gradient, out=gradient)
                rounding += float(student @ gradient)
                np.sqrt(curvature, out=curvature)
                student *= curvature
                rounding += float(student @ student)
                scaled = self.scaled[:, : len(mass)]
                np.multiply(models, curvature, out=scaled)
                hessian += scaled @ scaled.T
        return QuadraticModel(value, slope, hessian, EPS * rounding)

    def _local(
        self, student: Float[np.ndarray, " b"], teacher: Predictions
    ) -> tuple[Float[np.ndarray, " b"], ...]:
        column = student[:, None]
        first, second = (column, teacher) if self.side == "left" else (teacher, column)
        return tuple(part[:, 0] for part in self.loss.expand(first, second, self.side))
