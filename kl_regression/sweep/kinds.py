"""The classes of a sweep: random truths in them, and what each class is built from.

Hulls and boxes come from m random models, and the truth is a mixture of those; a box reaches up to
the largest of them and down halfway from the truth to the least. The others come from m functions
with values in [0, 1] beside a constant one, and the truth is a combination of those: of random
features for the heads; on the points 0, ..., n - 1 of a line, of steps (monotone), of waves
(Lipschitz), of distances to the power 1.5 (convex).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from kl_regression.classes.base import FunctionClass
from kl_regression.classes.box import Box
from kl_regression.classes.convex import Convex
from kl_regression.classes.hull import Hull
from kl_regression.classes.linear_head import LinearHead
from kl_regression.classes.lipschitz import Lipschitz
from kl_regression.classes.log_linear import LogLinear
from kl_regression.classes.monotone import Monotone
from kl_regression.sweep.grid import HEADS, LOSSES, Cell

Noise = Float[np.ndarray, "b w"]
Truths = Float[np.ndarray, "b n k"]
Parts = Float[np.ndarray, "b m n k"] | Float[np.ndarray, "b m n"] | Float[np.ndarray, "m n"]
"""What classes are built from: models, features, or functions that all instances share."""

OF_MODELS = ("hull", "box")


def width(cell: Cell) -> int:
    """Return how many normal numbers the truth and the class of one instance take, shape (w,)."""
    n, k, m = cell.points, cell.outputs, cell.models
    if cell.kind in OF_MODELS:
        return m * n * k + m
    return (m + 1) * k + (m * n if cell.kind in HEADS else 0)


def truths(cell: Cell, noise: Noise) -> tuple[Truths, Parts]:
    """Return b truths, shape (b, n, k), in classes that are built from the parts."""
    n, k, m = cell.points, cell.outputs, cell.models
    if cell.kind in OF_MODELS:
        models = outputs(cell.spread * noise[:, :-m].reshape(-1, m, n, k), cell.loss)
        shares = np.exp(noise[:, -m:])
        shares /= shares.sum(axis=1, keepdims=True)
        mixed = np.matmul(shares[:, None], models.reshape(-1, m, n * k))
        return mixed.reshape(-1, n, k), models
    coefficients = cell.spread * noise[:, : (m + 1) * k].reshape(-1, m + 1, k)
    if cell.kind in HEADS:
        functions = _with_constant(expit(noise[:, (m + 1) * k :].reshape(-1, m, n)))
    else:
        functions = _with_constant(SHAPES[cell.kind](n, m))
    if cell.kind == "log-linear":
        return outputs(functions.swapaxes(1, 2) @ coefficients, cell.loss), functions
    return _combined(functions, coefficients, cell.loss), functions


def students(cell: Cell, truth: Float[np.ndarray, "n k"], parts: Any) -> FunctionClass:
    """Return the class of one instance.

    Args:
        cell: its setting.
        truth: shape (n, k).
        parts: models of shape (m, n, k), or functions of shape (m + 1, n).
    """
    return BUILDERS[cell.kind](cell, truth, parts)


def outputs(logits: Any, loss: str) -> Any:
    """Return legal outputs of a loss, in place: softmax, exponentials, or the numbers."""
    if loss == "SquaredError":
        return logits
    np.exp(logits, out=logits)
    if LOSSES[loss].domain.simplex:
        logits /= np.einsum("...k->...", logits)[..., None]  # .sum(axis=-1) costs four times that
    return logits


def _with_constant(functions: Any) -> Any:
    """Return the functions, shape (..., m, n), behind the constant 1, shape (..., m + 1, n)."""
    return np.concatenate([np.ones_like(functions[..., :1, :]), functions], axis=-2)


def _combined(functions: Any, coefficients: Any, loss: str) -> Truths:
    """Return combinations with positive coefficients, shape (b, n, k); of the constant any.

    Under KL all of them sum to 1, and the first class takes what the others leave: at least the
    sum of its own coefficients, as the functions are at most 1.
    """
    positive = np.exp(coefficients)
    if loss == "SquaredError":
        positive[:, 0] = coefficients[:, 0]
    simplex = LOSSES[loss].domain.simplex
    if simplex:
        positive /= positive.sum(axis=(1, 2), keepdims=True)
    found: Truths = functions.swapaxes(-1, -2) @ positive
    if simplex:
        found[:, :, 0] = 1.0 - found[:, :, 1:].sum(axis=2)
    return found


def _steps(n: int, m: int) -> Any:
    return (np.arange(n) * (m + 1) >= np.arange(1, m + 1)[:, None] * n).astype(float)


def _waves(n: int, m: int) -> Any:
    return (1 + np.cos(np.pi * np.arange(1, m + 1)[:, None] * np.arange(n) / max(n - 1, 1))) / 2


def _bends(n: int, m: int) -> Any:
    places = np.arange(1, m + 1)[:, None] * (n - 1) / (m + 1)
    far = np.maximum(np.maximum(places, n - 1 - places), 1.0)
    return (np.abs(np.arange(n) - places) / far) ** 1.5


SHAPES: dict[str, Callable[[int, int], Any]] = {
    "monotone": _steps,
    "lipschitz": _waves,
    "convex": _bends,
}
"""Functions of each shape on n points of a line, m of them, shape (m, n), values in [0, 1]."""


def _lipschitz(cell: Cell, truth: Any, _parts: Any) -> FunctionClass:
    steepest = np.abs(np.diff(truth, axis=0)).max(initial=0.0)
    return Lipschitz(np.arange(cell.points), constant=steepest)


BUILDERS: dict[str, Callable[[Cell, Any, Any], FunctionClass]] = {
    "hull": lambda _cell, _truth, models: Hull(models),
    "box": lambda _cell, truth, models: Box((models.min(axis=0) + truth) / 2, models.max(axis=0)),
    "linear-head": lambda cell, _truth, phi: LinearHead(phi.T, outputs=cell.outputs),
    "log-linear": lambda cell, _truth, phi: LogLinear(phi.T, classes=cell.outputs),
    "monotone": lambda cell, _truth, _parts: Monotone(np.arange(cell.points)),
    "lipschitz": _lipschitz,
    "convex": lambda cell, _truth, _parts: Convex(np.arange(cell.points)),
}
"""Each class from a cell, the truth (n, k) and the parts: models (m, n, k), features (m + 1, n).

A box down to the least model would have more bounds than dimensions meet at a model, as all of its
entries are extreme where m = 2: a student there has no multipliers of its own.
"""
