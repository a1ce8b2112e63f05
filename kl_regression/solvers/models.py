"""Quadratic models over any class: Newton's method with a cone solver for each step.

At a member f the objective is replaced by <grad, v - f> + (v - f)'C(v - f)/2 with its curvature C,
and the minimiser over the class gives the direction of a line search (bertsekas:16).
It needs no cvxpy atom of the loss, so it serves every Bregman divergence; and started at a cone
solver's point it squares the error that is left. Where the objective is not convex it finds a
stationary member.
"""

from collections.abc import Callable

import numpy as np

from kl_regression.errors import InfeasibleError, SolverError
from kl_regression.progress import tick
from kl_regression.solvers import conic
from kl_regression.solvers.attempts import Attempt
from kl_regression.solvers.candidate import Candidate, Problem
from kl_regression.tolerance import EPS, TINY

STEPS = 60
HALVINGS = 50
ARMIJO = 0.01
STALLED = 0.5


def descend(
    problem: Problem, program: conic.Program, start: Candidate, *, steps: int = STEPS
) -> tuple[Candidate, tuple[Attempt, ...]]:
    """Return the member of least gap on a Newton path from ``start``, and the calls made."""
    best = current = start
    attempts: list[Attempt] = []
    for step in range(steps):
        tick(step, current.gap.value)
        found = _step(problem, program, current)
        if found is None:
            break
        current, made = found
        attempts.extend(made)
        improved = current.gap.value < STALLED * best.gap.value
        if current.gap.value < best.gap.value:
            best = current
        if not improved and current.objective.value >= best.objective.value * (1.0 - EPS):
            break
        if best.gap.value <= best.gap.rounding:
            break
    return best, tuple(attempts)


def _step(
    problem: Problem, program: conic.Program, at: Candidate
) -> tuple[Candidate, tuple[Attempt, ...]] | None:
    slope = problem.slope(at.predictions, at.logs)
    bend = problem.weights[:, None] * _curvature(problem, at)
    usable = np.isfinite(slope) & np.isfinite(bend)
    if not usable.all():
        slope, bend = np.where(usable, slope, 0.0), np.where(usable, bend, 0.0)
    gap = at.gap.value if np.isfinite(at.gap.value) else 1.0
    width = max(float(np.sqrt(max(gap, 0.0) / max(bend.max(initial=0.0), TINY))), EPS)
    size = width * float(np.abs(slope).max()) + width**2 * float(bend.max())
    if not TINY < size < np.inf:
        return None
    model = conic.quadratic(program, at.predictions, slope, bend, width=width)
    try:
        point, made = conic.solve(program, model, lambda _z: 0.0, names=("CLARABEL",))
    except (SolverError, InfeasibleError):
        return None
    towards = problem.students.member(point, problem.space)
    return _search(
        problem, at, towards[0], float((slope * (towards[1] - at.predictions)).sum())
    ), made


def _search(problem: Problem, at: Candidate, target: np.ndarray, descent: float) -> Candidate:
    length = 1.0
    value = at.objective.value
    for _ in range(HALVINGS):
        mixed = at.coordinates + length * (target - at.coordinates)
        predictions = problem.students.member(mixed, problem.space)[1]
        trial = problem.objective(predictions)
        if trial.value <= value + ARMIJO * length * min(descent, 0.0) + trial.rounding:
            return problem.member(mixed)
        length *= 0.5
    return at


def _curvature(problem: Problem, at: Candidate) -> np.ndarray:
    first, second = (
        (at.predictions, problem.teacher)
        if problem.side == "left"
        else (problem.teacher, at.predictions)
    )
    return np.abs(problem.loss.curvature(first, second, problem.side))


def best_of(
    starts: int, search: Callable[[np.random.Generator], Candidate], *, seed: int = 0
) -> Candidate:
    """Return the candidate of least objective over several seeded starts."""
    rng = np.random.default_rng(seed)
    return min((search(rng) for _ in range(starts)), key=lambda found: found.objective.value)
