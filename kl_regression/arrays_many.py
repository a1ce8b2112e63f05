"""The boundary for many instances at once: one pass over the whole stack, then errors by instance.

A stack that is plainly good costs three passes. Otherwise every instance is checked like a single
one (arrays.py), and the error names it: ``teachers[17]``.
"""

from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Domain, as_predictions, as_real, as_weights
from kl_regression.errors import InputError, ShapeError
from kl_regression.tolerance import LARGEST, row_sum_tolerance, weight_sum_tolerance

Stacked = Float[np.ndarray, "..."]
FLOAT = np.dtype(np.float64)


def as_stack(
    value: Any, argument: str, shapes: tuple[str, ...], domain: Domain, *, normalize: bool = False
) -> Stacked:
    """Check a stack of predictions against the domain of a loss; the last two axes are (n, k).

    Args:
        value: anything array-like.
        argument: the name to use in an error.
        shapes: the shapes that are allowed, such as "(b, n, k)".
        domain: where the loss is defined.
        normalize: divide each row on the simplex by its sum instead of rejecting it.

    Raises:
        InputError: naming the first instance that cannot be used, and why.
    """
    array = as_real(value, argument)[0]
    if array.ndim not in {shape.count(",") + 1 for shape in shapes}:
        raise ShapeError(argument, f"has shape {array.shape}", f"Use shape {' or '.join(shapes)}")
    if _plainly_good(array, domain):
        return array
    raw = np.asarray(value)
    try:
        rows = as_predictions(raw.reshape(-1, raw.shape[-1]), argument, domain, normalize=normalize)
    except InputError:
        for index in np.ndindex(raw.shape[:-2]):
            name = f"{argument}[{', '.join(map(str, index))}]"
            as_predictions(raw[index], name, domain, normalize=normalize)
        raise
    return rows.reshape(raw.shape)


def _plainly_good(array: Stacked, domain: Domain) -> bool:
    """Tell whether every entry and row is in the domain to float64's rounding, in three passes."""
    low, high = max(domain.low, -LARGEST), min(domain.high, LARGEST)
    if not domain.simplex:
        return bool(array.min() >= low and array.max() <= high)
    outputs = array.shape[-1]
    if outputs == 1 or array.min() < low:
        return False
    excess = array @ np.ones(outputs)
    excess -= 1.0
    return bool(max(excess.max(), -excess.min()) <= row_sum_tolerance(FLOAT, outputs))


def as_many_weights(value: Any, instances: int, points: int) -> Float[np.ndarray, "b n"]:
    """Check weights of shape (b, n), or (n,) for all instances; uniform where None."""
    if value is None:
        return np.full((instances, points), 1.0 / points)
    array, dtype = as_real(value, "weights")
    if array.ndim == 1:
        return np.tile(as_weights(value, points), (instances, 1))
    if array.shape != (instances, points):
        raise ShapeError(
            "weights",
            f"has shape {array.shape}",
            f"Use shape ({instances}, {points}), or ({points},) for all instances",
        )
    excess = np.abs(array.sum(axis=1) - 1.0)
    bad = (array.min(axis=1) < 0) | ~(excess <= weight_sum_tolerance(dtype, points))
    if bad.any():
        first = int(np.argmax(bad))
        try:
            as_weights(np.asarray(value)[first], points)
        except InputError as error:
            raise of_instance(error, "weights", first) from None
    return array


def of_instance(error: InputError, argument: str, index: int) -> InputError:
    """Return the error of one instance as an error of the stack: the same, with its index."""
    return type(error)(f"{argument}[{index}]", error.problem, error.remedy)


def check_same_sample(teachers: Stacked, models: Stacked) -> None:
    """Raise a ShapeError unless the models fit the teachers, instance by instance."""
    b, n, k = teachers.shape
    if models.shape[-2:] != (n, k):
        raise ShapeError(
            "models",
            f"has points and outputs {models.shape[-2:]}, the teachers {(n, k)}",
            "Use the same sample and the same outputs for both",
        )
    if models.ndim == 4 and len(models) != b:
        raise ShapeError(
            "models",
            f"has {len(models)} instances, the teachers {b}",
            "Use shape (b, m, n, k), or (m, n, k) where all instances share the models",
        )
