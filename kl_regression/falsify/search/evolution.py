"""Differential evolution (storn:97, SciPy's), a population a batch."""

from functools import partial
from typing import Any

from kl_regression.falsify.search.base import HIGHEST, LOWEST, Task

POPULATION = 10
"""Members for each number of a table."""


def evolution(task: Task) -> None:
    """Minimise the slack over logarithms of entries, restarting until the share is used."""
    from scipy.optimize import differential_evolution

    bounds: Any = [(LOWEST / 2, HIGHEST / 2)] * task.dimension
    population = min(POPULATION, max(2000 // task.dimension, 2))
    generation = population * task.dimension
    left = max(task.size // generation, 2)
    while left > 0:
        rounds = min(left, 60)
        differential_evolution(
            partial(_values, task),
            bounds,
            popsize=population,
            maxiter=rounds,
            rng=task.rng,
            vectorized=True,
            updating="deferred",
            polish=False,
            tol=0.0,
        )
        left -= rounds


def _values(task: Task, logs: Any) -> Any:
    """Return the slacks of logarithms given as columns, shape (r n k, b)."""
    return task.of_logs(logs.T)
