"""The peers: cvxpy with its cone solvers, SLSQP, and multiplicative updates."""

import warnings

import numpy as np

from kl_regression.solvers import conic
from tests.benchmarks.lines import limited

TIGHT = {
    "CLARABEL": {"tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-13},
    "ECOS": {"abstol": 1e-13, "reltol": 1e-13, "feastol": 1e-13},
    "SCS": {"eps_abs": 1e-9, "eps_rel": 1e-9, "max_iters": 100_000},
}
UPDATES = 2000
LIMIT = 150.0
"""Seconds that a cone solver may take."""


def cone(task, solver, *, tight=False):
    """Return a function that builds and solves the cvxpy program of a problem: coordinates."""
    import cvxpy as cp

    def run():
        program = conic.of_polyhedron(task.students.polyhedron(task.space), task.space)
        goal = conic.objective(
            task.loss, task.side, program.predictions, task.teacher, task.weights
        )
        program_of_cvxpy = cp.Problem(cp.Minimize(goal), program.constraints)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program_of_cvxpy.solve(solver=solver, **(TIGHT[solver] if tight else {}))
        return np.asarray(program.variable.value, dtype=float)

    return run


def cones(task, *, tight=True, skip=()):
    """Return every installed cone solver as a contestant, at default and at tight tolerances."""
    names = [name for name in conic.available() if name in TIGHT and name not in skip]
    default = {f"cvxpy {name}": limited(cone(task, name), LIMIT) for name in names}
    if not tight:
        return default
    return default | {
        f"cvxpy {name} tight": limited(cone(task, name, tight=True), LIMIT) for name in names
    }


def slsqp(task):
    """Return SciPy's SLSQP on the mixture weights of a hull, with exact slopes."""
    from scipy.optimize import minimize

    flat = task.students.flat
    count = len(flat)

    def objective(mixture):
        predictions = np.maximum(mixture @ flat, np.finfo(float).tiny).reshape(task.teacher.shape)
        return task.objective(predictions).value, flat @ task.slope(predictions).ravel()

    def run():
        return minimize(
            objective,
            np.full(count, 1.0 / count),
            jac=True,
            method="SLSQP",
            bounds=[(0.0, 1.0)] * count,
            constraints={
                "type": "eq",
                "fun": lambda mixture: mixture.sum() - 1.0,
                "jac": lambda _mixture: np.ones(count),
            },
            options={"ftol": 1e-15, "maxiter": 500},
        ).x

    return run


def updates(task):
    """Return multiplicative updates: EM on the right, exponentiated gradient on the left.

    The left step is the inverse of the largest curvature along the simplex, 1 for KL.
    """
    flat = task.students.flat
    count = len(flat)

    def run():
        mixture = np.full(count, 1.0 / count)
        for _ in range(UPDATES):
            slope = flat @ task.slope((mixture @ flat).reshape(task.teacher.shape)).ravel()
            power = 1.0 - slope if task.side == "right" else np.exp(slope.min() - slope)
            mixture = mixture * power
            mixture /= mixture.sum()
        return mixture

    return run
