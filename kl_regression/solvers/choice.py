"""Which solver a problem gets: by the structure of the class, with the cone engine behind it.

"auto" takes the structured solver where there is one and falls back to the cone engine when its gap
is not small; "structured" and "conic" insist; the name of a cone solver insists on that one.
"""

import time
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np

from kl_regression.classes.base import FunctionClass, Property
from kl_regression.classes.calculus import ConicClass, Intersection, Union
from kl_regression.classes.log_linear import LogLinear
from kl_regression.divergences import GeneralizedKL, SquaredError
from kl_regression.errors import InfeasibleError, InputError, SolverError
from kl_regression.progress import following
from kl_regression.solvers import conic
from kl_regression.solvers.attempts import Attempt
from kl_regression.solvers.candidate import Candidate, Problem
from kl_regression.solvers.log_linear import is_likelihood
from kl_regression.solvers.models import best_of, descend
from kl_regression.solvers.structured import Structured, structured_solver
from kl_regression.tolerance import POLISH_LIMIT, worth_another_solver

POLISHING_STEPS = 6
LOCAL_STARTS = 4


@dataclass(frozen=True)
class Found:
    """The best candidate, its solver, what was tried, and whether its gap certifies it."""

    candidate: Candidate
    solver: str
    attempts: tuple[Attempt, ...]
    certified: bool


def find(problem: Problem, *, solver: str, options: dict[str, Any] | None) -> Found:
    """Return the student's candidate by the solver asked for, or by structure.

    Raises:
        InputError: when the solver has no name here, or none is structured for the class.
    """
    students = problem.students
    if isinstance(students, Union):
        return _best_part(problem, students, solver, options)
    structured = structured_solver(problem)
    names = {"auto", "structured", "conic"} | ({structured[0]} if structured else set())
    if solver not in names and solver not in conic.available():
        raise InputError(
            "solver", f"is {solver!r}", f"Use one of {sorted(names | set(conic.available()))}"
        )
    if structured is None and solver == "structured":
        raise InputError(
            "solver", f"no structured solver knows {students!r}", 'Use "auto" or "conic"'
        )
    if structured is not None and (
        solver in {"auto", "structured", structured[0]} or _only(students)
    ):
        name, run = structured
        candidate, own = _attempt(problem, name, run, another=solver == "auto")
        if candidate is not None and (not own.reason or _only(students)):
            certified = problem.convex and _convex(problem, students)
            return Found(candidate, name, (own,), certified)
        if solver != "auto" or _only(students):
            raise SolverError(f"{name} returned no point ({own.status}). Rescale the data")
        try:
            other = _conic(problem, "conic", options)
        except (InfeasibleError, SolverError):
            if candidate is None:
                raise
            return Found(candidate, name, (own,), problem.convex)
        if candidate is None or other.candidate.gap.value < candidate.gap.value:
            best, chosen = other.candidate, other.solver
        else:
            best, chosen = candidate, name
        return Found(best, chosen, (own, *other.attempts), other.certified)
    return _conic(problem, solver, options)


def _attempt(
    problem: Problem, name: str, run: Structured, *, another: bool
) -> tuple[Candidate | None, Attempt]:
    """Run a structured solver; return its point, if it has one, and whether to try another."""
    start = time.perf_counter()
    candidate, status, gap = None, "finished", np.inf
    try:
        with following(name):
            candidate = run(problem)
    except (ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
        if isinstance(error, InputError):
            raise
        status = f"{type(error).__name__}: {error}"
    if candidate is not None:
        gap = candidate.gap.value
        if np.isnan(candidate.objective.value) or np.isnan(gap):
            candidate, status, gap = None, "not a number", np.inf
    seconds = time.perf_counter() - start
    reason = ""
    if another or candidate is None:
        reason = worth_another_solver(gap, "stalled" if candidate is not None else status)
    version = metadata.version("kl_regression")
    return candidate, Attempt(name, version, status, seconds, gap, reason)


def _only(students: FunctionClass) -> bool:
    """Tell whether the structured solver is the only one: the class is no cone program."""
    return isinstance(students, LogLinear)


def _convex(problem: Problem, students: FunctionClass) -> bool:
    return Property.CONVEX in students.properties or is_likelihood(problem)


def _best_part(
    problem: Problem, union: Union, solver: str, options: dict[str, Any] | None
) -> Found:
    """Return the best part's student; its gap is over the whole union, which is not convex."""
    founds = [find(problem.on(part), solver=solver, options=options) for part in union.parts]
    best = min(founds, key=lambda found: found.candidate.objective.value)
    own = best.candidate
    return Found(
        problem.candidate(own.coordinates, own.predictions, own.logs),
        best.solver,
        tuple(attempt for found in founds for attempt in found.attempts),
        certified=False,
    )


def _conic(problem: Problem, solver: str, options: dict[str, Any] | None) -> Found:
    names = () if solver in {"auto", "conic", "structured"} else (solver,)
    program = _program(problem)
    if not problem.convex or not conic.has_objective(problem.loss, problem.side):
        return _by_models(problem, program, options)
    goal = conic.objective(
        problem.loss, problem.side, program.predictions, problem.teacher, problem.weights
    )
    scored: dict[bytes, Candidate] = {}

    def score(point: Any) -> float:
        candidate = problem.member(point)
        scored[point.tobytes()] = candidate
        return candidate.gap.value

    point, attempts_made = conic.solve(program, goal, score, names=names, options=options)
    best = min(attempts_made, key=lambda attempt: attempt.gap)
    steps = POLISHING_STEPS if problem.teacher.size <= POLISH_LIMIT else 0
    candidate, polishing = descend(problem, program, scored[point.tobytes()], steps=steps)
    solver_name = best.solver + (" + models" if polishing else "")
    return Found(candidate, solver_name, attempts_made + polishing, certified=True)


def _by_models(problem: Problem, program: conic.Program, options: dict[str, Any] | None) -> Found:
    """Return a stationary member by quadratic models: certified where the objective is convex.

    The starts are projections, under a loss that cvxpy can state, of the teacher and of perturbed
    ones.
    """
    easy = GeneralizedKL if problem.space.domain.low == 0 else SquaredError
    attempts: list[Attempt] = []

    def search(rng: np.random.Generator) -> Candidate:
        noise = np.exp(rng.normal(size=problem.teacher.shape) * (len(attempts) > 0))
        teacher = np.clip(problem.teacher * noise, problem.space.low, problem.space.high)
        goal = conic.objective(easy, "left", program.predictions, teacher, problem.weights)
        point, made = conic.solve(program, goal, lambda _point: 0.0, options=options)
        found, steps = descend(problem, program, problem.member(point))
        attempts.extend([*made, *steps])
        return found

    best = best_of(1 if problem.convex else LOCAL_STARTS, search)
    return Found(best, "models", tuple(attempts), problem.convex)


def _program(problem: Problem) -> conic.Program:
    students, space = problem.students, problem.space
    if isinstance(students, ConicClass):
        return conic.of_build(students.build, space)
    if isinstance(students, Intersection) and Property.POLYHEDRAL not in students.properties:
        return conic.of_build(students.constraints(space), space)
    return conic.of_polyhedron(students.polyhedron(space).vanishing(space.zero), space)
