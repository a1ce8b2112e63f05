"""The student on a hull: sequential quadratic programming in the mixture weights.

Newton's method with the exact Hessian A'diag(q c)A and a simplex QP inside (nocedal:06, chapter
18); quadratic convergence in 4 to 10 steps whatever n. Of many points a sample is solved first:
its student is near enough that two or three passes over all points are left.
"""

import numpy as np

from kl_regression.classes.hull import Hull
from kl_regression.progress import tick
from kl_regression.solvers.candidate import Problem
from kl_regression.solvers.hull_passes import HullObjective, Mixture, QuadraticModel
from kl_regression.solvers.simplex_qp import solve_simplex_qp
from kl_regression.tolerance import EPS, EXACT_ULPS

ITERATIONS = 200
HALVINGS = 60
PATIENCE = 3
STALLED = 30
ARMIJO = 0.01

STRIDE = 16
"""A sample is every sixteenth block of the entries: a pass over it costs next to nothing."""
SAMPLED = 4
"""How many blocks a sample has at least; with fewer there is none."""


def solve_hull(problem: Problem, hull: Hull) -> Mixture:
    """Return the mixture weights, shape (m,), of the student on a hull.

    Args:
        problem: teacher, weights, loss and side; the loss convex in the student.
        hull: the models, shape (m, n, k).
    """
    index = np.flatnonzero(hull.alive(problem.space.zero))
    objective = HullObjective(problem, hull, index)
    start = np.full(len(index), 1.0 / len(index))
    stride = min(STRIDE, objective.blocks // SAMPLED)
    if stride > 1:
        start = _inside(_descend(objective, start, stride, np.sqrt(EPS)))
    full = np.zeros(len(hull.models))
    full[index] = _descend(objective, start, 1, 0.0)
    return full


def _inside(mixture: Mixture) -> Mixture:
    """Return a mixture moved off the faces, where an entry of another block may be 0."""
    share = 1.0 / (STRIDE * STRIDE)
    return (1.0 - share) * mixture + share / len(mixture)


def _descend(objective: HullObjective, mixture: Mixture, stride: int, enough: float) -> Mixture:
    """Return the mixture of least gap on a Newton path over every ``stride``-th block."""
    model = objective.expand(mixture, stride)
    best, best_gap, idle, target = mixture, np.inf, 0, mixture
    for iteration in range(ITERATIONS):
        gap = model.gap(mixture)
        tick(iteration, gap)
        idle = 0 if gap < 0.5 * best_gap else idle + 1
        if gap < best_gap:
            best, best_gap = mixture, gap
        resting = best_gap <= EXACT_ULPS * model.rounding
        if not np.isfinite(gap):  # slopes beyond the largest float leave no direction
            break
        if gap <= max(model.rounding, enough * model.value):
            break
        if idle >= (PATIENCE if resting else STALLED):
            break
        target = solve_simplex_qp(model.hessian, model.slope - model.hessian @ mixture, target)
        mixture, model = _search(objective, mixture, model, target, stride)
    return best


def _search(
    objective: HullObjective, mixture: Mixture, model: QuadraticModel, target: Mixture, stride: int
) -> tuple[Mixture, QuadraticModel]:
    """Return the first halved step with sufficient descent, and the model there."""
    step = target - mixture
    descent = float(model.slope @ step)
    length = 1.0
    for _ in range(HALVINGS):
        trial = mixture + length * step
        found = objective.expand(trial, stride)
        enough = model.value + ARMIJO * length * descent + EPS * abs(model.value)
        if found.value <= enough or -descent <= model.rounding:
            break
        length *= 0.5
    return trial, found
