"""The objective of a hull in the mixture weights, in blocked passes over the models.

One pass reads each model once and gives value, slope and Hessian together, so models may be
memory-mapped and no copy of them is made.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from kl_regression.arrays import Predictions, Side
from kl_regression.divergences import Loss
from kl_regression.tolerance import EPS, MODEL_BLOCK, TINY

Mixture = Float[np.ndarray, " m"]
Hessian = Float[np.ndarray, "m m"]
Block = tuple[Float[np.ndarray, "m b"], Float[np.ndarray, "b 1"], Float[np.ndarray, " b"]]

RUN = 64
"""Entries of a sample that lie side by side, as they are read."""
THINNING = 16
"""A sample is at most this part of the entries, so that a pass over it costs next to nothing."""
SAMPLE = 1 << 14
"""Entries of a sample at most."""
EACH = 4
"""Entries of a sample for each model at least."""


@dataclass(frozen=True)
class QuadraticModel:
    """Value, slope and Hessian of the objective at a mixture, and the rounding of its gap.

    The Hessian is another mixture's where the pass was told to leave it out.

    The gap is known to EPS times the sum of |s φ'| and of s^2 φ'', the change of s φ' when the
    student's entries s change by EPS relative.
    """

    value: float
    slope: Mixture
    hessian: Hessian
    rounding: float

    def gap(self, mixture: Mixture) -> float:
        """Return max over the hull of <slope, mixture - a>, at the mixture of this model."""
        return float(self.slope @ mixture - self.slope.min())


class HullObjective:
    """The objective in the mixture weights of the models at ``index``, entry by entry.

    Args:
        models: shape (m, f), f = n k entries; may be memory-mapped.
        index: which of the models take part.
        teacher: shape (f,).
        mass: the weight of each entry, shape (f,).
        loss: the divergence, convex in the student.
        side: where the student stands.
    """

    def __init__(
        self,
        models: Float[np.ndarray, "m f"],
        index: Int[np.ndarray, " l"],
        teacher: Float[np.ndarray, " f"],
        mass: Float[np.ndarray, " f"],
        loss: Loss,
        side: Side,
    ) -> None:
        self.models, self.index = models, index
        self.teacher, self.mass = teacher, mass
        self.loss, self.side = loss, side
        self.block = max(MODEL_BLOCK // len(index), 1)
        self.scaled = np.empty((len(index), min(self.block, len(mass))))

    def sample(self) -> "HullObjective | None":
        """Return the objective over short runs of entries, spread evenly; None where all are few.

        Newton's method squares the distance that its solution has, so more gains nothing.
        """
        runs = min(len(self.mass) // THINNING, SAMPLE) // RUN
        if runs * RUN < EACH * len(self.index):
            return None
        starts = np.linspace(0, len(self.mass) - RUN, runs).astype(int)
        models = np.empty((len(self.index), runs * RUN))
        for place, start in enumerate(starts):
            part = slice(start, start + RUN)
            models[:, place * RUN : (place + 1) * RUN] = self.read(part)
        entries = (starts[:, None] + np.arange(RUN)).ravel()
        everyone = np.arange(len(self.index))
        teacher, mass = self.teacher[entries], self.mass[entries]
        return HullObjective(models, everyone, teacher, mass, self.loss, self.side)

    def read(self, part: slice) -> Float[np.ndarray, "l b"]:
        """Return the models that take part, at some of the entries."""
        every = len(self.index) == len(self.models)
        return np.asarray(self.models[:, part] if every else self.models[self.index, part])

    def blocks(self) -> Iterator[Block]:
        """Yield models (l, b), teacher (b, 1) and mass (b,) of one block of entries at a time."""
        for start in range(0, len(self.mass), self.block):
            part = slice(start, start + self.block)
            yield self.read(part), self.teacher[part, None], self.mass[part]

    def expand(self, mixture: Mixture, hessian: Hessian | None = None) -> QuadraticModel:
        """Return the quadratic model at a mixture, in one pass over the models.

        Args:
            mixture: shape (l,).
            hessian: another mixture's Hessian, to save the time of computing it.
        """
        size = len(mixture)
        value, rounding, slope, found = 0.0, 0.0, np.zeros(size), np.zeros((size, size))
        with np.errstate(all="ignore"):
            for models, teacher, mass in self.blocks():
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
                if hessian is None:
                    scaled = self.scaled[:, : len(mass)]
                    np.multiply(models, curvature, out=scaled)
                    found += scaled @ scaled.T
        bend = found if hessian is None else hessian
        return QuadraticModel(value, slope, bend, EPS * rounding)

    def derivatives(
        self,
        mixture: Mixture,
        models: Float[np.ndarray, "l b"],
        teacher: Float[np.ndarray, "b 1"],
        mass: Float[np.ndarray, " b"],
    ) -> tuple[Float[np.ndarray, " b"], ...]:
        """Return a block's student, and slope and curvature there with their mass, shapes (b,)."""
        student = mixture @ models
        _, gradient, curvature = self._local(student, teacher)
        counted = (mass > 0) & np.isfinite(gradient) & np.isfinite(curvature)
        if counted.all():
            return student, mass * gradient, mass * np.abs(curvature)
        return (
            student,
            np.where(counted, mass * gradient, 0.0),
            np.where(counted, mass * np.abs(curvature), 0.0),
        )

    def _local(
        self, student: Float[np.ndarray, " b"], teacher: Predictions
    ) -> tuple[Float[np.ndarray, " b"], ...]:
        column = student[:, None]
        first, second = (column, teacher) if self.side == "left" else (teacher, column)
        return tuple(part[:, 0] for part in self.loss.expand(first, second, self.side))
