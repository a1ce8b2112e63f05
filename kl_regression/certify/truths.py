"""The truths of a certificate by name: rows of predictions, or mixtures of a hull's models.

A truth that is a mixture is rounded by its weights: rounded row by row it would leave the hull, and
the gain theorem, an equality there as often as not, would fail by a rounding error.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import REAL, Predictions, as_predictions, as_real, same_shape
from kl_regression.certify.quantise import SMALL
from kl_regression.classes.base import Space
from kl_regression.classes.hull import Hull
from kl_regression.errors import InputError
from kl_regression.instance import Instance
from kl_regression.verify import TRUTH

Mixture = Float[np.ndarray, " m"]

OWN = "truth"
"""The name of the instance's own truth."""

TAKEN = ("models", "weights", "class", "side")
"""What a certificate tells changes of beside its truths."""

LONGEST = 64
"""Letters of a name."""


def named_truths(truths: Any, instance: Instance) -> dict[str, Any]:
    """Return truths by name, the instance's own among them: (n, k), or (m,) of a hull's mixture.

    Raises:
        InputError: for what is no dictionary of names and predictions or weights.
    """
    if not isinstance(truths, Mapping):
        raise InputError(
            "truths", f"is a {type(truths).__name__}", 'Pass a dictionary {"name": predictions}'
        )
    found = {}
    for name, x in truths.items():
        known = isinstance(name, str) and len(name) <= LONGEST and TRUTH.fullmatch(name)
        if not known or name in TAKEN:
            problem = f"has the name {name!r}"
            remedy = f"Use at most {LONGEST} small letters, digits and _, not a name of the file's"
            raise InputError("truths", problem, remedy)
        if name == OWN and instance.truth is not None:
            raise InputError("truths", f"has the name {OWN!r}, the outcome's own", "Use another")
        found[name] = _read(x, f"truths[{name!r}]", instance)
    return found if instance.truth is None else {**found, OWN: instance.truth}


def _read(x: Any, argument: str, instance: Instance) -> Predictions | Mixture:
    n, k = instance.teacher.shape
    models = len(instance.students.models) if isinstance(instance.students, Hull) else 0
    flat = as_real(x, argument)[0].ndim == 1
    listed = flat and k == 1 and len(x) == n
    if listed and n == models:
        problem = f"has shape ({n},), of {n} points or of {n} models"
        raise InputError(argument, problem, f"Pass predictions of shape ({n}, 1)")
    if flat and models and not listed:
        return _weights(x, argument, models)
    if flat and not listed:
        problem = f"has shape ({len(x)},), and weights are of the models of one hull"
        raise InputError(argument, problem, f"Pass predictions of shape ({n}, {k})")
    rows = as_predictions(x, argument, instance.loss.domain, normalize=instance.normalize)
    same_shape(rows, argument, (n, k), "the teacher")
    return rows


def _weights(x: Any, argument: str, count: int) -> Mixture:
    array = as_real(x, argument)[0]
    if array.shape != (count,) or array.min() < 0 or not array.any():
        problem = f"is {array.tolist()}" if count < LONGEST else f"has shape {array.shape}"
        remedy = f"Pass {count} nonnegative weights, not all 0, or predictions (n, k)"
        raise InputError(argument, problem, remedy)
    return array / array.max() / (array / array.max()).sum()


def mixtures(truths: Mapping[str, Any], hulls: Sequence[Hull]) -> dict[str, Mixture]:
    """Return the truths that lie on one of the hulls, as weights of the models of all of them."""
    found = {}
    for name, truth in truths.items():
        weights = truth if truth.ndim == 1 else _on_one(truth, hulls)
        if weights is not None:
            found[name] = weights
    return found


def _on_one(rows: Predictions, hulls: Sequence[Hull]) -> Mixture | None:
    uniform, found = np.full(len(rows), 1.0 / len(rows)), None
    weights = [np.zeros(len(hull.models)) for hull in hulls]
    for i, hull in enumerate(hulls):
        mixture = hull.mixture_near(rows, Space.of(REAL, *rows.shape), uniform)
        for near in (_snapped(mixture), mixture):
            mixed = (near @ hull.flat).reshape(rows.shape)
            same = np.array_equal(mixed == 0, rows == 0)
            if found is None and same and hull.meets(rows, mixed).all():
                found, weights[i] = i, near
    return None if found is None else np.concatenate(weights)


def _snapped(weights: Mixture) -> Mixture:
    """Return weights rounded to small fractions, where these sum to 1."""
    fractions = [Fraction(float(w)).limit_denominator(SMALL) for w in weights]
    return np.array(fractions, dtype=float) if sum(fractions) == 1 else weights
