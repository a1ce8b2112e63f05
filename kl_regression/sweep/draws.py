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

from kl_regression.instance import Instance
from kl_regression.sweep.grid import LOSSES, Cell, Chunk
from kl_regression.sweep.kinds import SHAPES, Parts, outputs, students, truths, width


@dataclass(frozen=True)
class Drawn:
    """Teachers, truths, and what the classes are built from, of b instances of one cell.

    Args:
        cell: their setting.
        teacher: shape (b, n, k).
        truth: shape (b, n, k).
        parts: models, shape (b, m, n, k), or functions, shape (b, m + 1, n); of shapes (m + 1, n).
    """

    cell: Cell
    teacher: Float[np.ndarray, "b n k"]
    truth: Float[np.ndarray, "b n k"]
    parts: Parts

    def instance(self, index: int) -> Instance:
        """Return one of the instances, predictions of shape (n, k), weights uniform."""
        cell, truth = self.cell, self.truth[index]
        parts = self.parts if cell.kind in SHAPES else self.parts[index]
        return Instance(
            teacher=self.teacher[index],
            truth=truth,
            students=students(cell, truth, parts),
            loss=LOSSES[cell.loss],
            side=cell.side,
        )


def draw(chunk: Chunk) -> Drawn:
    """Return the instances of a chunk, arrays of shape (b, n, k)."""
    cell = chunk.cell
    n, k = cell.points, cell.outputs
    rng = np.random.default_rng([chunk.seed, chunk.number])
    noise = rng.standard_normal((chunk.size, n * k + width(cell)))
    truth, parts = truths(cell, noise[:, n * k :])
    return Drawn(cell, _teacher(truth, noise[:, : n * k].reshape(-1, n, k), cell), truth, parts)


def _teacher(truth: Any, noise: Any, cell: Cell) -> Any:
    """Return quality parts of the truth and the rest of noise, in logits where there are any."""
    scores = truth if cell.loss == "SquaredError" else np.log(truth)
    return outputs(cell.quality * scores + (1 - cell.quality) * cell.spread * noise, cell.loss)


def instance(row: Mapping[str, Any]) -> Instance:
    """Return the instance of a row of a sweep's results, predictions of shape (n, k).

    ``klr.certify(instance(row).solve())`` is its certificate, of every class, loss and side that
    has certificates.

    >>> row = {"seed": 0, "chunk": 2, "index": 7, "points": 4, "outputs": 3, "models": 2,
    ...        "spread": 1.0, "kind": "hull", "side": "left", "loss": "KL", "quality": 0.5}
    >>> outcome = instance(row).solve()
    >>> outcome.slack >= -outcome.gap
    True
    """
    cell = Cell(**{field.name: row[field.name] for field in fields(Cell)})
    index = int(row["index"])
    return draw(Chunk(cell, int(row["seed"]), int(row["chunk"]), index + 1)).instance(index)
