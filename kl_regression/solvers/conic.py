"""Any convex class by cvxpy: the engine of last resort and the twin of every structured solver.

The only file that imports cvxpy, and it does so when a program is built. A program is the class as
a cvxpy variable with constraints; solvers are tried in turn, each point is scored by our own gap,
and the best is kept. A solver's status, its tolerance and its exceptions decide nothing by
themselves.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Domain, Predictions, Side, Weights
from kl_regression.bregman import Bregman
from kl_regression.classes.base import Space
from kl_regression.classes.polyhedron import Polyhedron, Support
from kl_regression.divergences import ItakuraSaito, Loss, SquaredError
from kl_regression.errors import InfeasibleError, InputError, SolverError
from kl_regression.progress import following
from kl_regression.solvers.attempts import Attempt
from kl_regression.tolerance import EPS, Sum, worth_another_solver

Build = Callable[[Any], list[Any]]
PREFERENCE = ("CLARABEL", "SCS", "ECOS", "MOSEK")


@dataclass(frozen=True)
class Program:
    """A class as a cvxpy program: variable, predictions (n, k) as an expression, constraints."""

    variable: Any
    predictions: Any
    constraints: list[Any]


def of_polyhedron(polyhedron: Polyhedron, space: Space) -> Program:
    """Return the program whose variable is the polyhedron's coordinates."""
    import cvxpy as cp

    z = cp.Variable(polyhedron.size)
    predictions = cp.reshape(polyhedron.basis @ z, (space.points, space.outputs), order="C")
    return Program(z, predictions, _inside(polyhedron, z))


def of_build(build: Build, space: Space) -> Program:
    """Return the program whose variable is the predictions, with the user's constraints."""
    import cvxpy as cp

    f = cp.Variable((space.points, space.outputs))
    constraints = [*build(f)]
    if np.isfinite(space.low):
        constraints.append(f >= space.low)
    if space.domain.simplex:
        constraints.append(cp.sum(f, axis=1) == 1)
    elif np.isfinite(space.high):
        constraints.append(f <= space.high)
    if space.zero is not None and space.zero.any():
        constraints.append(f[space.zero] == 0)
    return Program(f, f, constraints)


def lifted(polyhedron: Polyhedron) -> Build:
    """Return a polyhedron as a function from an (n, k) expression to constraints."""
    import cvxpy as cp

    def build(expression: Any) -> list[Any]:
        z = cp.Variable(polyhedron.size)
        return [cp.vec(expression, order="C") == polyhedron.basis @ z, *_inside(polyhedron, z)]

    return build


def solve(
    program: Program,
    objective: Any,
    score: Callable[[Float[np.ndarray, " z"]], float],
    *,
    names: tuple[str, ...] = (),
    options: dict[str, Any] | None = None,
) -> tuple[Float[np.ndarray, " z"], tuple[Attempt, ...]]:
    """Minimise ``objective`` with one solver after another; return the point of least gap.

    Args:
        program: the class.
        objective: a convex cvxpy expression.
        score: our gap of a point in the program's coordinates.
        names: the solvers to try; Clarabel, SCS, then what else is installed where empty.
        options: passed to the solver.

    Raises:
        InfeasibleError: when every solver calls the program infeasible.
        SolverError: when none returned a point.
    """
    import cvxpy as cp

    problem = cp.Problem(cp.Minimize(objective), program.constraints)
    attempts: list[Attempt] = []
    best, best_gap = None, np.inf
    for name in names or available():
        start = time.perf_counter()
        with following(name):
            point, status = _attempt(problem, program.variable, name, options or {})
        gap = np.inf if point is None else score(point)
        seconds = time.perf_counter() - start
        reason = worth_another_solver(gap, status)
        attempts.append(Attempt(name, version(name), status, seconds, gap, reason))
        if point is not None and (best is None or gap < best_gap):
            best, best_gap = point, gap
        if not reason:
            break
    if best is None:
        tried = "; ".join(f"{a.solver} {a.version}: {a.status}" for a in attempts)
        if all("infeasible" in a.status for a in attempts):
            raise InfeasibleError(
                f"the class has no member with finite divergence ({tried})."
                " Relax its constraints, or rescale numbers that span too many magnitudes"
            )
        raise SolverError(
            f"no solver returned a point ({tried}). Rescale the data or try another solver"
        )
    return best, tuple(attempts)


def available() -> tuple[str, ...]:
    """Return the installed cone solvers in the order in which they are tried."""
    import cvxpy as cp

    installed = cp.installed_solvers()
    return tuple(name for name in PREFERENCE if name in installed)


def version(name: str) -> str:
    """Return the version of the library behind a cvxpy solver name, or "?"."""
    try:
        return metadata.version(name.lower())
    except metadata.PackageNotFoundError:
        return "?"


def objective(loss: Loss, side: Side, f: Any, teacher: Predictions, weights: Weights) -> Any:
    """Return the student's objective as a cvxpy expression in f, up to a constant.

    Points of weight 0 and entries that are forced to 0 are left out. Vectorised throughout.
    """
    import cvxpy as cp

    rows = np.flatnonzero(weights > 0)
    f, g = f[rows, :], teacher[rows]
    w = np.repeat(weights[rows][:, None], g.shape[1], axis=1)
    if loss is SquaredError:
        return cp.sum(cp.multiply(w, cp.square(f - g)))
    if isinstance(loss, Bregman):
        atom = loss.generator.atom
        if atom is None or side == "right":
            raise InputError(
                "loss", f"{loss} has no cvxpy atom on this side", "Give Generator(atom=...)"
            )
        return cp.sum(cp.multiply(w, atom(f) - cp.multiply(loss.generator.derivative(g), f)))
    zero = g == 0
    here = np.nonzero(~zero)
    f_here, g_here, w_here = f[here], g[here], w[here]
    if loss is ItakuraSaito:
        if side == "right":
            raise InputError("loss", "ItakuraSaito is not convex on the right", 'Use side="left"')
        return cp.sum(cp.multiply(w_here, f_here / g_here - cp.log(f_here)))
    if side == "left":
        return cp.sum(cp.multiply(w_here, cp.kl_div(f_here, g_here)))
    total = cp.sum(cp.multiply(w_here, cp.kl_div(g_here, f_here)))
    return total + (cp.sum(cp.multiply(w[zero], f[np.nonzero(zero)])) if zero.any() else 0)


def has_objective(loss: Loss, side: Side) -> bool:
    """Tell whether cvxpy can state the student's objective itself."""
    if isinstance(loss, Bregman):
        return side == "left" and loss.generator.atom is not None
    return side == "left" or loss.convex_right


def quadratic(
    program: Program, at: Predictions, slope: Predictions, bend: Predictions, *, width: float
) -> Any:
    """Return <slope, f - at> + Σ bend (f - at)^2 / 2, in units in which the step is of size 1."""
    import cvxpy as cp

    step = (program.predictions - at) / width
    scale = max(float(np.abs(slope).max()) * width, float(bend.max()) * width**2, EPS * EPS)
    linear = cp.sum(cp.multiply(slope * (width / scale), step))
    return linear + cp.sum(cp.multiply(bend * (0.5 * width**2 / scale), cp.square(step)))


def support(build: Build, direction: Predictions, space: Space) -> Support:
    """Return the larger of the primal and dual values of max <direction, f>, and the point."""
    import cvxpy as cp

    scale = float(np.abs(direction).max()) or 1.0
    program = of_build(build, space)
    problem = cp.Problem(
        cp.Maximize(cp.sum(cp.multiply(direction / scale, program.predictions))),
        program.constraints,
    )
    point, status = _attempt(problem, program.variable, "CLARABEL", {})
    if point is None:
        raise SolverError(f"no support function: CLARABEL says {status}. Bound the class")
    extra = problem.solver_stats.extra_stats
    values = [
        abs(float(getattr(extra, name, problem.value))) for name in ("obj_val", "obj_val_dual")
    ]
    bound = max(values) if problem.value >= 0 else -min(values)
    return Support(Sum(scale * bound, scale * (abs(values[0] - values[1]) + EPS)), point)


def nearest(
    build: Build, predictions: Predictions, domain: Domain, weights: Weights
) -> Predictions:
    """Return the member nearest ``predictions`` in E ||.||_1, shape (n, k).

    Raises:
        InfeasibleError: when the class is empty.
    """
    import cvxpy as cp

    space = Space.of(domain, *predictions.shape)
    program = of_build(build, space)
    cost = np.maximum(weights, weights.max() / len(weights))
    cost = cost / cost.max()
    distance = cp.sum(cp.multiply(cost[:, None], cp.abs(program.predictions - predictions)))
    problem = cp.Problem(cp.Minimize(distance), program.constraints)
    point, status = _attempt(problem, program.variable, "CLARABEL", {})
    if point is None:
        raise InfeasibleError(f"the class has no member: CLARABEL says {status}")
    return point.reshape(predictions.shape)


def check_build(build: Build, space: Space) -> None:
    """Raise an InputError unless ``build`` turns an (n, k) expression into convex constraints."""
    import cvxpy as cp

    f = cp.Variable((space.points, space.outputs))
    try:
        constraints = list(build(f))
        convex = cp.Problem(cp.Minimize(0), constraints).is_dcp()
    except Exception as error:  # the user's function may raise anything
        raise InputError(
            "build",
            f"fails on an expression of shape {f.shape}: {error}",
            "Return a list of constraints",
        ) from error
    if not convex:
        raise InputError("build", "states a constraint that is not convex", "Use cvxpy's DCP rules")


def _inside(polyhedron: Polyhedron, z: Any) -> list[Any]:
    equal = polyhedron.lower == polyhedron.upper
    above = ~equal & np.isfinite(polyhedron.upper)
    below = ~equal & np.isfinite(polyhedron.lower)
    rows = polyhedron.rows.tocsr()
    constraints = []
    if equal.any():
        constraints.append(rows[equal] @ z == polyhedron.lower[equal])
    if above.any():
        constraints.append(rows[above] @ z <= polyhedron.upper[above])
    if below.any():
        constraints.append(rows[below] @ z >= polyhedron.lower[below])
    low, high = (
        np.flatnonzero(np.isfinite(polyhedron.low)),
        np.flatnonzero(np.isfinite(polyhedron.high)),
    )
    if len(low):
        constraints.append(z[low] >= polyhedron.low[low])
    if len(high):
        constraints.append(z[high] <= polyhedron.high[high])
    return constraints


def _attempt(
    problem: Any, variable: Any, name: str, options: dict[str, Any]
) -> tuple[Float[np.ndarray, " z"] | None, str]:
    """Run one solver; return the finite point that it left, if any, and its status or its error."""
    import cvxpy as cp

    variable.value = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            problem.solve(solver=name, **options)
            status = str(problem.status)
        except (cp.error.SolverError, TypeError, ValueError, ArithmeticError) as error:
            status = f"{type(error).__name__}: {error}".splitlines()[0]
    value = variable.value
    if value is None or not np.all(np.isfinite(value)):
        return None, status
    return np.asarray(value, dtype=np.float64).ravel(), status
