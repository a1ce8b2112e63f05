"""Conditionings: what P(Y = c) is given, made explicit.

A conditioning cuts the points into cells, a cut for each class; the exact value of a score is a
conditioning whose cells are the points that tie. One that does not depend on the model it is asked
about is common to any two models; with each model conditioned on its own score it is not.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from kl_regression.arrays import Predictions, as_real
from kl_regression.calibration.inputs import as_edges, as_probabilities
from kl_regression.errors import DomainError, InputError, ShapeError

Cells = Int[np.ndarray, "n k"]
Edges = Any


@dataclass(frozen=True)
class Conditioning:
    """Cells of points, for each class of predictions of shape (n, k).

    Args:
        name: what is conditioned on, in words.
        common: whether any two models get the same cells.
        cells: predictions -> the number of each point's cell, from 0, shape (n, k).
    """

    name: str
    common: bool
    cells: Callable[[Predictions], Cells]


def as_conditioning(value: Any, argument: str) -> Conditioning:
    """Return a conditioning, of predictions of shape (n, k); name what is none."""
    if isinstance(value, Conditioning):
        return value
    told = f"the function {value.__name__}" if inspect.isfunction(value) else repr(value)
    raise InputError(
        argument,
        f"is {told}, no conditioning",
        "Pass own_score(), score(teacher), bins(edges), points() or groups(names)",
    )


def own_score() -> Conditioning:
    """Condition each class on the model's own score for it, exact ties grouped, shape (n, k).

    The marginal calibration error so conditioned is discontinuous in the predictions.
    """
    return Conditioning("each model's own score", common=False, cells=ties)


def score(predictions: Any) -> Conditioning:
    """Condition each class on one model's score, such as the teacher's, whatever model is asked.

    Args:
        predictions: that model's probabilities, shape (n, k).
    """
    fixed = ties(as_probabilities(predictions, "predictions"))
    return Conditioning("one given score", common=True, cells=_same(fixed))


def bins(edges: Edges, *, of: Any = None) -> Conditioning:
    """Condition each class on the bin that a score falls in: (lo, hi], the first one closed.

    Args:
        edges: increasing, shape (b + 1,); scores lie between the first and the last.
        of: probabilities of the model whose score is binned, shape (n, k), for bins shared by all
            models; where None, each model's own score is binned, in the same edges.
    """
    checked = as_edges(edges)

    def cells(predictions: Predictions) -> Cells:
        return np.clip(np.searchsorted(checked, _within(predictions, checked)) - 1, 0, None)

    if of is None:
        return Conditioning("the bin of each model's own score", common=False, cells=cells)
    fixed = cells(as_probabilities(of, "of"))
    return Conditioning("shared bins of one given score", common=True, cells=_same(fixed))


def points() -> Conditioning:
    """Condition on the point itself, E[Y | x]: n cells of one point each, shape (n, k)."""

    def cells(predictions: Predictions) -> Cells:
        return np.broadcast_to(np.arange(len(predictions))[:, None], predictions.shape)

    return Conditioning("the point x", common=True, cells=cells)


def groups(names: Any) -> Conditioning:
    """Condition on given groups of points, such as repeated x.

    Args:
        names: a number a point, shape (n,); equal numbers are one group.
    """
    array, _ = as_real(names, "names")
    if array.ndim != 1:
        raise ShapeError("names", f"has shape {array.shape}", "Use shape (n,): a number a point")
    number = np.unique(array, return_inverse=True)[1]

    def cells(predictions: Predictions) -> Cells:
        if len(number) != len(predictions):
            raise ShapeError("names", f"has shape {array.shape}", f"Use ({len(predictions)},)")
        return np.broadcast_to(number[:, None], predictions.shape)

    return Conditioning("given groups", common=True, cells=cells)


def ties(predictions: Predictions) -> Cells:
    """Return the rank of each score among its column's distinct values, shape (n, k)."""
    columns = [np.unique(column, return_inverse=True)[1] for column in predictions.T]
    return np.stack(columns, axis=1)


def coarser(first: Cells, second: Cells, counted: Bool[np.ndarray, " n"]) -> Bool[np.ndarray, " k"]:
    """Tell for each class whether every cell of the second lies within one cell of the first.

    Args:
        first: cells of shape (n, k).
        second: others.
        counted: which points have positive weight, shape (n,); others do not count.
    """
    pairs = zip(first[counted].T, second[counted].T, strict=True)
    return np.array([_within_one(*pair) for pair in pairs])


def _within_one(cell: Int[np.ndarray, " n"], finer: Int[np.ndarray, " n"]) -> bool:
    """Tell whether each finer cell lies in one cell: that of the last of its points is all's."""
    last = np.zeros(finer.max() + 1, cell.dtype)
    last[finer] = cell
    return bool((last[finer] == cell).all())


def _same(fixed: Cells) -> Callable[[Predictions], Cells]:
    def cells(predictions: Predictions) -> Cells:
        if predictions.shape != fixed.shape:
            raise ShapeError(
                "predictions",
                f"has shape {predictions.shape}",
                f"Use the shape of the conditioning's score, {fixed.shape}",
            )
        return fixed

    return cells


def _within(predictions: Predictions, edges: Edges) -> Predictions:
    # A row that sums to 1 up to rounding may hold a probability a rounding above 1.
    scores = np.minimum(predictions, 1.0)
    outside = (scores < edges[0]) | (scores > edges[-1])
    if outside.any():
        i, c = np.argwhere(outside)[0]
        raise DomainError(
            "edges",
            f"leave out the score {scores[i, c]:g} of point {i} and class {c}",
            "Let the first edge be 0 and the last 1",
        )
    return scores
