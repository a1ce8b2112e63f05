"""One free column of a projection: a sum of scalar Bregman divergences, on sorted points.

Where the columns of a student do not interact, the projection falls apart into problems

    min Σ_i w_i d(f_i)    over columns f with the shape,

one a column; of a Bernoulli pair (1 - f, f) the column of class 1 is free. Points that must have
the same value are one point: Σ_j w_j d(f, g_j) = W d(f, ḡ) + constant, where ḡ is the mean of g in
φ' on the left (the geometric mean, the mean logit, the harmonic mean) and the arithmetic mean on
the right, for every Bregman divergence (banerjee:05, Proposition 1).
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy
from jaxtyping import Float, Int

from kl_regression.arrays import Predictions, Side, Weights
from kl_regression.divergences import KL, GeneralizedKL, ItakuraSaito, Loss, SquaredError
from kl_regression.logarithms import log_ratio
from kl_regression.solvers.candidate import Problem
from kl_regression.tolerance import ENTRY_ULPS

Column = Float[np.ndarray, " n"]
Starts = Int[np.ndarray, " b"]


@dataclass(frozen=True)
class Scalar:
    """The objective of one free column.

    Args:
        teacher: shape (n, 1), or the pair (1 - g, g) of shape (n, 2).
        weights: shape (n,).
        loss: the divergence.
        side: where the student stands.
    """

    teacher: Predictions
    weights: Weights
    loss: Loss
    side: Side

    @property
    def column(self) -> Column:
        """The teacher's free column, shape (n,)."""
        return self.teacher[:, -1]

    @cached_property
    def uniform(self) -> bool:
        """Whether all points have the same positive weight."""
        return bool(self.weights.min() == self.weights.max() > 0.0)

    @property
    def low(self) -> float:
        """The least value that is legal."""
        return self.loss.domain.low

    @property
    def high(self) -> float:
        """The greatest value that is legal."""
        return self.loss.domain.high

    def predictions(self, f: Column) -> Predictions:
        """Return the predictions of a free column: itself, or the pairs (1 - f, f)."""
        return f[:, None] if self.teacher.shape[1] == 1 else np.column_stack([1.0 - f, f])

    def _arguments(self, student: Predictions) -> tuple[Predictions, Predictions]:
        return (student, self.teacher) if self.side == "left" else (self.teacher, student)

    def value(self, f: Column) -> float:
        """Return the objective at a column of shape (n,)."""
        return self.loss.measure(*self._arguments(self.predictions(f)), self.weights).value

    def slope(self, f: Column) -> Column:
        """Return the weighted derivative at f, shape (n,)."""
        return self.slope_at(self.predictions(f))

    def bend(self, f: Column) -> Column:
        """Return the weighted second derivative at f, shape (n,)."""
        return self.bend_at(self.predictions(f))

    def slope_at(self, student: Predictions) -> Column:
        """Return the same at predictions, (f,) or pairs (1 - f, f) with digits in both."""
        slopes = self.loss.gradient(*self._arguments(student), self.side)
        return self.weights * _free(slopes, -1.0)

    def bend_at(self, student: Predictions) -> Column:
        """Return the weighted second derivative at predictions, shape (n,)."""
        bends = self.loss.curvature(*self._arguments(student), self.side)
        return self.weights * _free(bends, 1.0)

    @cached_property
    def dual(self) -> Column:
        """What is averaged, shape (n,): φ'(g) up to a constant on the left, g on the right."""
        if self.side == "right" or self.loss is SquaredError:
            return self.column
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.loss in (KL, GeneralizedKL):
                return _free(np.log(self.teacher), -1.0)
            if self.loss is ItakuraSaito:
                return -1.0 / self.column
            return self._steep(self.column)

    def _steep(self, f: Column) -> Column:
        reference = np.full((len(f), 1), self.column[len(self.column) // 2])
        return self.loss.gradient(f[:, None], reference, "left")[:, 0]

    def root(self) -> "Scalar":
        """Return the objective for the square root of a teacher in [0, ...)."""
        chance = np.sqrt(self.teacher[:, -1:])
        if self.teacher.shape[1] == 1:
            return replace(self, teacher=chance)
        rest = -np.expm1(0.5 * np.log1p(-self.teacher[:, :1]))
        return replace(
            self, teacher=np.hstack([np.where(chance < 0.5, 1.0 - chance, rest), chance])
        )

    def part(self, index: np.ndarray | slice) -> "Scalar":
        """Return the objective on some of the points."""
        return replace(self, teacher=self.teacher[index], weights=self.weights[index])

    def pooled(self, starts: Starts) -> "Scalar":
        """Return the objective of functions constant on each run of points, shape (b,)."""
        return replace(
            self, teacher=self.means(starts), weights=np.add.reduceat(self.weights, starts)
        )

    def means(self, starts: Starts) -> Predictions:
        """Return the minimiser of each run of points that begins at ``starts``, shape (b, c).

        It lies between the least and the greatest teacher of positive weight in the run, and is
        exactly the teacher where that is constant. Runs of weight 0 keep the least of all. NumPy
        sums a run pairwise.
        """
        low, high = self._ends(starts)
        with np.errstate(all="ignore"):
            if self.side == "right" or self.loss is SquaredError:
                mean = np.column_stack(
                    [self._averages(column, starts) for column in self.teacher.T]
                )
            else:
                mean = self._primal(self._averages(self.dual, starts), low, high)
                mean = self._sharpened(np.clip(mean, low, high), starts)
        return np.clip(np.where(np.isnan(mean), low, mean), low, high)

    def _ends(self, starts: Starts) -> tuple[Predictions, Predictions]:
        if self.weights.min() > 0.0:
            low = np.minimum.reduceat(self.teacher, starts, axis=0)
            return low, np.maximum.reduceat(self.teacher, starts, axis=0)
        counted = (self.weights > 0.0)[:, None]
        low = np.minimum.reduceat(np.where(counted, self.teacher, np.inf), starts, axis=0)
        high = np.maximum.reduceat(np.where(counted, self.teacher, -np.inf), starts, axis=0)
        least = np.minimum.reduceat(self.teacher, starts, axis=0)
        empty = np.isinf(low)
        return np.where(empty, least, low), np.where(empty, least, high)

    def _sharpened(self, mean: Predictions, starts: Starts) -> Predictions:
        """Return geometric means, shape (b, c), whose logarithms are so large that digits went.

        An error e of log f is a relative error of f. It is the mean of log(g/f), which is small.
        """
        if self.loss not in (KL, GeneralizedKL):
            return mean
        if not float(np.abs(self.dual).max()) > ENTRY_ULPS:
            return mean
        counts = np.diff(np.append(starts, len(self.weights)))
        ratios = log_ratio(self.teacher, np.repeat(mean, counts, axis=0))
        off = np.column_stack([self._averages(column, starts) for column in ratios.T])
        if off.shape[1] > 1:
            off = (off - off[:, ::-1]) * mean[:, ::-1]
        return np.where(np.isfinite(off), mean * np.exp(off), mean)

    def _averages(self, values: Column, starts: Starts) -> Float[np.ndarray, " b"]:
        if self.uniform:
            counts = np.diff(np.append(starts, len(values)))
            return np.add.reduceat(values, starts) / counts
        terms = self.weights * values
        if not self.weights.min() > 0.0:
            terms[self.weights == 0.0] = 0.0
        return np.add.reduceat(terms, starts) / np.add.reduceat(self.weights, starts)

    def _primal(self, dual: Column, low: Predictions, high: Predictions) -> Predictions:
        if self.loss is KL:
            return np.column_stack([scipy.special.expit(-dual), scipy.special.expit(dual)])
        if self.loss is GeneralizedKL:
            return np.exp(dual)[:, None]
        if self.loss is ItakuraSaito:
            return (-1.0 / dual)[:, None]
        below, above = low[:, 0].copy(), high[:, 0].copy()
        while True:
            middle = 0.5 * (below + above)
            open_ = (below < middle) & (middle < above)
            if not open_.any():
                return above[:, None]
            over = self._steep(middle) >= dual
            above = np.where(open_ & over, middle, above)
            below = np.where(open_ & ~over, middle, below)


def scalars(problem: Problem) -> list[Scalar] | None:
    """Return the free columns of a projection, or None where columns interact."""
    g = problem.teacher
    if problem.space.domain.simplex:
        pairs = [Scalar(g, problem.weights, problem.loss, problem.side)]
        return pairs if g.shape[1] == 2 else None
    columns = np.hsplit(g, g.shape[1])
    return [Scalar(column, problem.weights, problem.loss, problem.side) for column in columns]


def _free(entries: Predictions, sign: float) -> Column:
    return entries[:, 0] if entries.shape[1] == 1 else entries[:, 1] + sign * entries[:, 0]
