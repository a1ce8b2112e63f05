"""The structured solvers of a problem, if there are any: by class, side, loss and shape."""

from collections.abc import Callable

from kl_regression.classes.box import Box
from kl_regression.classes.convex import Convex
from kl_regression.classes.hull import Hull
from kl_regression.classes.linear_head import LinearHead
from kl_regression.classes.lipschitz import Lipschitz
from kl_regression.classes.log_linear import LogLinear
from kl_regression.classes.monotone import Monotone
from kl_regression.progress import tick
from kl_regression.solvers.box import solve_box
from kl_regression.solvers.candidate import Candidate, Problem
from kl_regression.solvers.convex import is_knotted, solve_convex
from kl_regression.solvers.hull import solve_hull, solve_hull_inside
from kl_regression.solvers.linear_head import is_head, solve_linear_head
from kl_regression.solvers.lipschitz import is_chain, solve_lipschitz
from kl_regression.solvers.log_linear import solve_log_linear
from kl_regression.solvers.monotone import is_isotonic, solve_monotone

Structured = Callable[[Problem], Candidate]


def structured_solver(problem: Problem) -> tuple[str, Structured] | None:
    """Return the name and the function of the structured solver for a problem, or None."""
    students = problem.students
    if isinstance(students, Hull):
        return "hull newton", lambda problem: solve_hull(problem, students)
    if isinstance(students, Box):
        return "box", lambda problem: solve_box(problem, students)
    return _layer(problem) or _on_a_line(problem)


def _layer(problem: Problem) -> tuple[str, Structured] | None:
    students = problem.students
    if isinstance(students, LinearHead) and is_head(problem):
        return "linear head", lambda problem: solve_linear_head(problem, students, watch=tick)
    if isinstance(students, LogLinear):
        return "log-linear", lambda problem: solve_log_linear(problem, students, watch=tick)
    return None


def _on_a_line(problem: Problem) -> tuple[str, Structured] | None:
    students = problem.students
    if isinstance(students, Monotone) and is_isotonic(problem, students):
        return "isotonic", lambda problem: solve_monotone(problem, students)
    if isinstance(students, Lipschitz) and is_chain(problem, students):
        return "chain", lambda problem: solve_lipschitz(problem, students, watch=tick)
    if isinstance(students, Convex) and is_knotted(problem, students):
        return "knots", lambda problem: solve_convex(problem, students, watch=tick)
    return None


def structured_solvers(problem: Problem) -> tuple[tuple[str, Structured], ...]:
    """Return the names and functions of the structured solvers, in the order to try them."""
    first, students = structured_solver(problem), problem.students
    if first is None:
        return ()
    if isinstance(students, Hull) and problem.convex:
        return first, ("hull interior", lambda problem: solve_hull_inside(problem, students))
    return (first,)
