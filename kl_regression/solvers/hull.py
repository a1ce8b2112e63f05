"""The student on a hull: sequential quadratic programming in the mixture weights.

Newton's method with the exact Hessian A'diag(q c)A and a simplex QP inside; quadratic convergence
in 4 to 10 steps whatever n. One blocked pass over the models gives slope and Hessian together, so
models may be memory-mapped and no copy of them is made.
"""

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Predictions
from kl_regression.classes.hull import Hull
from kl_regression.solvers.candidate import Problem
from kl_regression.solvers.simplex_qp import solve_simplex_qp
from kl_regression.tolerance import BLOCK, EPS, TINY, summation_ulps

ITERATIONS = 200
HALVINGS = 60
PATIENCE = 3
ARMIJO = 0.01

Mixture = Float[np.ndarray, " m"]
Watch = Callable[[int, float], None]


def solve_hull(
    problem: Problem, hull: Hull, *, watch: Watch = lambda _iteration, _gap: None
) -> Mixture:
    """Return the mixture weights, shape (m,), of the student on a hull.

    Args:
        problem: teacher, weights, loss and side; the loss convex in the student.
        hull: the models, shape (m, n, k).
        watch: called with the iteration and the gap, for progress.
    """
    expansion = _Expansion(problem, hull)
    mixture = np.full(len(expansion.index), 1.0 / len(expansion.index))
    best, best_gap, idle = mixture, np.inf, 0
    for iteration in range(ITERATIONS):
        value, slope, hessian = expansion.expand(mixture)
        gap = float(slope @ mixture - slope.min())
        watch(iteration, gap)
        idle = 0 if gap < 0.5 * best_gap else idle + 1
        if gap < best_gap:
            best, best_gap = mixture, gap
        rounding = EPS * summation_ulps(expansion.length) * float(np.abs(slope).max())
        if gap <= EPS * float(np.abs(slope).max()) or (idle >= PATIENCE and best_gap <= rounding):
            break
        if idle > 4 * PATIENCE:
            break
        target = solve_simplex_qp(hessian, slope - hessian @ mixture, mixture)
        mixture = expansion.search(
            mixture, target, value, float(slope @ (target - mixture)), rounding
        )
    full = np.zeros(len(hull.models))
    full[expansion.index] = best
    return full


class _Expansion:
    """Value, slope and Hessian of the objective in the mixture weights of the live models."""

    def __init__(self, problem: Problem, hull: Hull) -> None:
        self.index = np.flatnonzero(hull.alive(problem.space.zero))
        self.models = hull.flat
        self.teacher = problem.teacher.ravel()
        self.mass = np.repeat(problem.weights, problem.teacher.shape[1])
        self.loss = problem.loss
        self.side = problem.side
        self.length = len(self.teacher)

    def _blocks(
        self,
    ) -> Iterator[tuple[Float[np.ndarray, "m b"], Predictions, Float[np.ndarray, " b"]]]:
        every = len(self.index) == len(self.models)
        for start in range(0, self.length, BLOCK):
            part = slice(start, start + BLOCK)
            models = self.models[:, part] if every else self.models[self.index, part]
            yield np.asarray(models), self.teacher[part, None], self.mass[part]

    def value(self, mixture: Mixture) -> float:
        """Return the objective at a mixture."""
        total = 0.0
        with np.errstate(all="ignore"):
            for models, teacher, mass in self._blocks():
                student = (mixture @ models)[:, None]
                first, second = (student, teacher) if self.side == "left" else (teacher, student)
                entries = self.loss.entries(first, second)[0][:, 0]
                total += float(np.where(mass > 0, mass * entries, 0.0).sum())
        return total

    def expand(self, mixture: Mixture) -> tuple[float, Mixture, Float[np.ndarray, "m m"]]:
        """Return value, slope and Hessian at a mixture in one pass over the models."""
        size = len(mixture)
        value, slope, hessian = 0.0, np.zeros(size), np.zeros((size, size))
        with np.errstate(all="ignore"):
            for models, teacher, mass in self._blocks():
                student = (mixture @ models)[:, None]
                first, second = (student, teacher) if self.side == "left" else (teacher, student)
                counted = (mass > 0) & ~((student[:, 0] == 0) & (models.max(axis=0) == 0))
                entries = self.loss.entries(first, second)[0][:, 0]
                value += float(np.where(mass > 0, mass * entries, 0.0).sum())
                gradient = self.loss.gradient(first, second, self.side)[:, 0]
                curvature = self.loss.curvature(first, second, self.side)[:, 0]
                slope += models @ np.where(
                    counted, mass * np.clip(gradient, -1 / TINY, 1 / TINY), 0.0
                )
                bend = np.where(counted & np.isfinite(curvature), mass * np.abs(curvature), 0.0)
                scaled = models * np.sqrt(bend)
                hessian += scaled @ scaled.T
        return value, slope, hessian

    def search(
        self, mixture: Mixture, target: Mixture, value: float, descent: float, rounding: float
    ) -> Mixture:
        """Return the first halved step with sufficient descent; in the end, the full step."""
        length = 1.0
        step = target - mixture
        if -descent <= rounding:
            return target
        for _ in range(HALVINGS):
            trial = mixture + length * step
            if self.value(trial) <= value + ARMIJO * length * descent + EPS * abs(value):
                break
            length *= 0.5
        trial = np.maximum(mixture + length * step, 0.0)
        return trial / trial.sum()
