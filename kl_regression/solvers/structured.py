"""The structured solver of a problem, if there is one: by class, side, loss and shape."""

from collections.abc import Callable

from kl_regression.classes.hull import Hull
from kl_regression.classes.log_linear import LogLinear
from kl_regression.solvers.candidate import Candidate, Problem
from kl_regression.solvers.hull import solve_hull
from kl_regression.solvers.log_linear import solve_log_linear

Structured = Callable[[Problem], Candidate]


def structured_solver(problem: Problem) -> tuple[str, Structured] | None:
    """Return the name and the function of the structured solver for a problem, or None."""
    students = problem.students
    if isinstance(students, Hull):
        return "hull", lambda problem: problem.member(solve_hull(problem, students))
    if isinstance(students, LogLinear):
        return "log-linear", lambda problem: solve_log_linear(problem, students)
    return None
