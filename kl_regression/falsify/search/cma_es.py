"""CMA-ES (hansen:16, the library cma, extra ``falsify``): near-sharp claims in many dimensions."""

import warnings

import numpy as np

from kl_regression.falsify.search.base import Task

POPULATION = 64
GENERATIONS = 80


def available() -> bool:
    """Tell whether the library is installed; it takes no arrays."""
    from importlib.util import find_spec

    return find_spec("cma") is not None


def cma_es(task: Task) -> None:
    """Minimise the slack over logarithms of entries, restarting until the share is used."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import cma

        left = max(task.size // POPULATION, 2 * GENERATIONS)
        while left > 0:
            start = task.rng.standard_normal(task.dimension)
            options = {
                "verbose": -9,
                "popsize": POPULATION,
                "maxiter": min(left, GENERATIONS),
                "seed": int(task.rng.integers(1, 2**31)),
            }
            strategy = cma.CMAEvolutionStrategy(start, float(task.rng.choice([0.3, 1.0])), options)
            while not strategy.stop():
                proposed = np.array(strategy.ask())
                strategy.tell(list(proposed), task.of_logs(proposed).tolist())
                left -= 1
