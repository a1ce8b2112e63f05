"""Which solver a problem gets: by the structure of the class, with the cone engine behind it.

"auto" takes the structured solvers where there are any, one after another until a gap is a rounding
error, and falls back to the cone engine when the best gap is not small; "structured" and "conic"
insist on their kind, and a name insists on that solver. What was tried, and why not the one before,
is recorded.
"""

import time
from dataclasses import dataclass, replace
from functools import cache
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
from kl_regression.solvers.structured import Structured, structured_solvers
from kl_regression.tolerance import CONIC_GAP, EXACT_ULPS, POLISH_LIMIT, worth_another_solver

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
        InputError: when the solver has no name here, or none is structured for the class; for
            options of a structured one.
        SolverError: when none of those asked for returned a point.
    """
    students = problem.students
    if isinstance(students, Union):
        return _best_part(problem, students, solver, options)
    solvers = dict(structured_solvers(problem))
    _check_name(solver, solvers, students)
    if options and (solver == "structured" or solver in solvers):
        raise InputError(
            "options", f"is {options!r}, and structured solvers have none", 'Use solver="conic"'
        )
    chosen = {solver: solvers[solver]} if solver in solvers else solvers
    asked = solver in {"auto", "structured"} or solver in solvers or _only(students)
    if not (chosen and asked):
        return _conic(problem, solver, options)
    best, attempts = _try_each(problem, chosen, another=solver == "auto" and not _only(students))
    if best is not None and not attempts[-1].reason:
        name, candidate = best
        certified = problem.convex and _convex(problem, students)
        return Found(candidate, name, attempts, certified)
    if solver != "auto" or _only(students):
        tried = "; ".join(f"{attempt.solver}: {attempt.reason}" for attempt in attempts)
        raise SolverError(f"no solver returned a point ({tried}). Rescale the data")
    return _fall_back(problem, best, attempts, options)


def _check_name(solver: str, solvers: dict[str, Structured], students: FunctionClass) -> None:
    """Raise an InputError that lists the solvers of this class, unless ``solver`` is one."""
    if solver in {"auto", "conic"} or solver in solvers:
        return
    if solver == "structured":
        if not solvers:
            raise InputError(
                "solver", f"no structured solver knows {students!r}", 'Use "auto" or "conic"'
            )
        return
    if solver not in conic.available():
        names = ["auto", *(["structured", *solvers] if solvers else []), "conic"]
        listed = ", ".join(f'"{name}"' for name in (*names, *conic.available()))
        raise InputError("solver", f"{students!r} has no solver {solver!r}", f"Use one of {listed}")


def _try_each(
    problem: Problem, solvers: dict[str, Structured], *, another: bool
) -> tuple[tuple[str, Candidate] | None, tuple[Attempt, ...]]:
    """Run structured solvers until one has a settled gap; return the best point and all attempts.

    Args:
        problem: what is solved.
        solvers: names and functions, in the order to try them.
        another: whether the cone engine may follow, where the best gap is not small.
    """
    best: tuple[str, Candidate] | None = None
    attempts: list[Attempt] = []
    for name, run in solvers.items():
        candidate, own = _attempt(problem, name, run)
        if candidate is not None:
            if best is None or _bound(candidate) < _bound(best[1]):
                best = (name, candidate)
            if _settled(candidate):
                attempts.append(own)
                break
            own = replace(own, reason=f"stalled at a gap of {_bound(candidate):.1e}")
        attempts.append(own)
    if best is not None:
        attempts[-1] = replace(attempts[-1], reason=_why_not(best[1]) if another else "")
    return best, tuple(attempts)


def _bound(candidate: Candidate) -> float:
    return candidate.gap.value + candidate.gap.rounding


def _settled(candidate: Candidate) -> bool:
    """Tell whether a gap is a rounding error, small beside the objective."""
    gap, scale = candidate.gap, max(candidate.objective.value, 1.0)
    return gap.value <= EXACT_ULPS * gap.rounding and gap.rounding <= CONIC_GAP * scale


def _why_not(candidate: Candidate) -> str:
    """Return why a point is not good enough for "auto", or an empty string.

    A gap that is small beside the objective is as good as a cone solver's.
    """
    scale = candidate.objective.value if np.isfinite(candidate.objective.value) else 1.0
    return worth_another_solver(candidate.gap.value / max(scale, 1.0), "stalled")


def _fall_back(
    problem: Problem,
    best: tuple[str, Candidate] | None,
    attempts: tuple[Attempt, ...],
    options: dict[str, Any] | None,
) -> Found:
    """Return the cone engine's student, or the structured one where that is better."""
    try:
        other = _conic(problem, "conic", options)
    except (InfeasibleError, SolverError):
        if best is None:
            raise
        return Found(best[1], best[0], attempts, problem.convex)
    tried = attempts + other.attempts
    if best is not None and best[1].gap.value <= other.candidate.gap.value:
        return Found(best[1], best[0], tried, other.certified)
    return Found(other.candidate, other.solver, tried, other.certified)


def _attempt(problem: Problem, name: str, run: Structured) -> tuple[Candidate | None, Attempt]:
    """Run a structured solver; return its point, if it has one, and what it did."""
    start = time.perf_counter()
    candidate, status, gap, reason = None, "finished", np.inf, ""
    try:
        with following(name):
            candidate = run(problem)
    except (ArithmeticError, ValueError, np.linalg.LinAlgError, SolverError) as error:
        if isinstance(error, InputError):
            raise
        status = f"{type(error).__name__}: {error}"
    if candidate is not None:
        gap, status = candidate.gap.value, candidate.note or status
        if np.isnan(candidate.objective.value) or np.isnan(gap):
            candidate, status, gap = None, "not a number", np.inf
    if candidate is None:
        reason = worth_another_solver(gap, status)
    seconds = time.perf_counter() - start
    return candidate, Attempt(name, _version(), status, seconds, gap, reason)


@cache
def _version() -> str:
    return metadata.version("kl_regression")


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
