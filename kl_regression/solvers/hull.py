"""The student on a hull: sequential quadratic programming in the mixture weights.

Newton's method with the exact Hessian A'diag(q c)A and a simplex QP inside (nocedal:06, chapter
18); quadratic convergence in 4 to 10 steps whatever n. Of many points a sample is solved first: its
student is near and its Hessian good enough for a first step; the Hessian computed after it is good
for the rest, which shrinks the gap a thousandfold for a pass without Hessian. The certificate is
the last pass.
"""

import math

import numpy as np

from kl_regression.classes.hull import Hull
from kl_regression.progress import tick
from kl_regression.solvers.candidate import Candidate, Problem
from kl_regression.solvers.hull_interior import solve_interior
from kl_regression.solvers.hull_passes import Hessian, HullObjective, Mixture, QuadraticModel
from kl_regression.solvers.hull_refine import refine
from kl_regression.solvers.simplex_qp import solve_simplex_qp
from kl_regression.tolerance import EPS, EXACT_ULPS

ITERATIONS = 200
HALVINGS = 60
PATIENCE = 3
STALLED = 30
ARMIJO = 0.01
CHORD = 1.0 / 64
"""Steps that shrink the gap by this factor keep their Hessian; others compute a new one."""


def solve_hull(problem: Problem, hull: Hull) -> Candidate:
    """Return the student on a hull, its coordinates the mixture weights, shape (m,).

    Args:
        problem: teacher, weights, loss and side.
        hull: the models, shape (m, n, k).
    """
    objective = _objective(problem, hull)
    start = np.full(len(objective.index), 1.0 / len(objective.index))
    found = _certified(problem, hull, objective, _from_sample(objective, start))
    if found.gap.value <= EXACT_ULPS * found.gap.rounding:
        return found
    rough = found.coordinates[objective.index]
    again = _descend(objective, rough, objective.expand(rough))
    other = _certified(problem, hull, objective, again)
    return other if other.gap.value < found.gap.value else found


def solve_hull_inside(problem: Problem, hull: Hull) -> Candidate:
    """Return the student on a hull by an interior path, for models that span many magnitudes.

    Args:
        problem: teacher, weights, loss and side; the loss convex in the student.
        hull: the models, shape (m, n, k).
    """
    objective = _objective(problem, hull)
    return _certified(problem, hull, objective, solve_interior(objective))


def _objective(problem: Problem, hull: Hull) -> HullObjective:
    """Return the objective in the weights of the models at finite divergence."""
    index = np.flatnonzero(hull.alive(problem.space.zero))
    mass = np.repeat(problem.weights, problem.teacher.shape[1])
    teacher = problem.teacher.ravel()
    return HullObjective(hull.flat, index, teacher, mass, problem.loss, problem.side)


def _certified(
    problem: Problem, hull: Hull, objective: HullObjective, mixture: Mixture
) -> Candidate:
    """Return the candidate with these weights on the objective's models, 0 on the others."""
    full = np.zeros(len(hull.models))
    full[objective.index] = refine(objective, mixture)
    return problem.member(full)


def _from_sample(objective: HullObjective, start: Mixture) -> Mixture:
    """Return the mixture where the path over a sample ends, and then that over everything."""
    sample = objective.sample()
    if sample is None:
        return _descend(objective, start, objective.expand(start))
    near = _descend(sample, start, sample.expand(start), enough=math.sqrt(EPS))
    hessian = sample.expand(near).hessian * (objective.mass.sum() / sample.mass.sum())
    return _descend(objective, near, objective.expand(near, hessian), chord=True)


def _descend(
    objective: HullObjective,
    mixture: Mixture,
    model: QuadraticModel,
    *,
    enough: float = 0.0,
    chord: bool = False,
) -> Mixture:
    """Return the mixture of least gap on a Newton path, or the one that its last step leads to.

    Args:
        objective: what is minimised.
        mixture: where the path starts.
        model: the quadratic model there.
        enough: the gap, relative to the objective, at which the path may end.
        chord: whether the model's Hessian is good for one step, and later ones are worth keeping.
    """
    best, best_gap, before, idle, fresh = mixture, np.inf, np.inf, 0, False
    target = mixture
    if mixture.min() > 0:  # the QPs start at a vertex: their faces are small
        target = np.zeros_like(mixture)
        target[np.argmin(model.slope)] = 1.0
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
        following = gap * (gap / before) if before < np.inf else np.inf
        if following <= model.rounding:  # if convergence were only linear; the certificate sees it
            return target
        keep = chord and iteration > 0 and (fresh or gap <= CHORD * before)
        mixture, model = _search(objective, mixture, model, target, model.hessian if keep else None)
        before, fresh = gap, not keep
    return best


def _search(
    objective: HullObjective,
    mixture: Mixture,
    model: QuadraticModel,
    target: Mixture,
    hessian: Hessian | None,
) -> tuple[Mixture, QuadraticModel]:
    """Return the first halved step with sufficient descent, and the model there."""
    step = target - mixture
    descent = float(model.slope @ step)
    length = 1.0
    for _ in range(HALVINGS):
        trial = mixture + length * step
        found = objective.expand(trial, hessian)
        enough = model.value + ARMIJO * length * descent + EPS * abs(model.value)
        if found.value <= enough or -descent <= model.rounding:
            break
        length *= 0.5
    return trial, found
