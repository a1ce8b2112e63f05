"""Random floats: exponentials of normal numbers of many scales."""

import numpy as np

from kl_regression.falsify.search.base import BATCH, Task


def floats(task: Task) -> None:
    """Propose tables of positive reals, each with its own spread."""
    for start in range(0, task.size, BATCH):
        count = min(BATCH, task.size - start)
        spread = np.exp(task.rng.uniform(-3, 1, size=(count, 1)))
        task.of_logs(spread * task.rng.standard_normal((count, task.dimension)))
