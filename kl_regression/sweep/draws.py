"""Instances from seeds: a chunk's all at once, or one of its rows again, by itself.

A chunk draws one row of normal numbers an instance, in the order of the instances, so that the
first i + 1 rows do not depend on how many follow: any row's instance is found again from the
sweep's seed, the chunk's number and its index.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.classes.hull import Hull
from kl_regression.classes.monotone import Monotone
from kl_regression.instance import Instance
from kl_regression.sweep.config import LOSSES, Cell, Chunk


@dataclass(frozen=True)
class Drawn:
    """Teachers, models and truths of b instances with uniform weights.

    Args:
        teacher: shape (b, n, k).
        models: shape (b, m, n, k); of a monotone class the truth alone.
        truth: shape (b, n, k).
    """

    teacher: Float[np.ndarray, "b n k"]
    models: Float[np.ndarray, "b m n k"]
    truth: Float[np.ndarray, "b n k"]


def draw(chunk: Chunk) -> Drawn:
    """Return the instances of a chunk, arrays of shape (b, n, k).

    Models are softmax layers of normal logits (exponentials or the numbers themselves for losses
    on other outputs), the truth a random mixture of them, the teacher between truth and noise.
    """
    cell = chunk.cell
    n, k, m = cell.points, cell.outputs, cell.models
    rng = np.random.default_rng([chunk.seed, chunk.number])
    noise = rng.standard_normal((chunk.size, (m + 1) * n * k + m))
    logits = noise[:, : (m + 1) * n * k].reshape(-1, m + 1, n, k)
    logits *= cell.spread
    models = _outputs(logits[:, 1:].copy(), cell.loss)
    shares = np.exp(noise[:, -m:])
    shares /= shares.sum(axis=1, keepdims=True)
    truth = np.matmul(shares[:, None], models.reshape(-1, m, n * k)).reshape(-1, n, k)
    if cell.kind == "monotone":
        truth = np.sort(truth, axis=1)
        models = truth[:, None]
    return Drawn(_teacher(truth, logits[:, 0], cell), models, truth)


def _outputs(logits: Any, loss: str) -> Any:
    """Return legal outputs of a loss, in place."""
    if loss == "SquaredError":
        return logits
    np.exp(logits, out=logits)
    if LOSSES[loss].domain.simplex:
        logits /= logits.sum(axis=-1, keepdims=True)
    return logits


def _teacher(truth: Any, noise: Any, cell: Cell) -> Any:
    """Return quality parts of the truth and the rest of noise, in logits where there are any."""
    if cell.loss == "SquaredError":
        return cell.quality * truth + (1 - cell.quality) * noise
    return _outputs(cell.quality * np.log(truth) + (1 - cell.quality) * noise, cell.loss)


def instance_of(cell: Cell, drawn: Drawn, index: int) -> Instance:
    """Return one instance of a chunk, predictions of shape (n, k)."""
    students: Any = Hull(drawn.models[index])
    if cell.kind == "monotone":
        students = Monotone(np.arange(cell.points))
    return Instance(
        teacher=drawn.teacher[index],
        truth=drawn.truth[index],
        students=students,
        loss=LOSSES[cell.loss],
        side=cell.side,
    )


def instance(row: Mapping[str, Any]) -> Instance:
    """Return the instance of a row of a sweep's results, predictions of shape (n, k).

    >>> row = {"seed": 0, "chunk": 2, "index": 7, "points": 4, "outputs": 3, "models": 2,
    ...        "spread": 1.0, "kind": "hull", "side": "left", "loss": "KL", "quality": 0.5}
    >>> outcome = instance(row).solve()
    >>> outcome.slack >= -outcome.gap
    True
    """
    cell = Cell(**{field.name: row[field.name] for field in fields(Cell)})
    index = int(row["index"])
    chunk = Chunk(cell, int(row["seed"]), int(row["chunk"]), index + 1)
    return instance_of(cell, draw(chunk), index)
