"""The boundary: every array from outside is checked here once, and nothing is silently mended.

Lists, tuples, pandas frames, integers and float32 become float64 arrays; rows and weights of a
shorter float, whose sums its rounding leaves off 1, are divided by them. Masked, complex and object
arrays, NaN, infinities and values outside the loss's domain raise an error that names the argument,
the first offending index and value, and what to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from jaxtyping import Bool, Float

from kl_regression.errors import DomainError, InputError, ShapeError
from kl_regression.tolerance import (
    LARGEST,
    ROW_BLOCK,
    is_short,
    row_sum_tolerance,
    weight_sum_tolerance,
)

Side = Literal["left", "right"]
Predictions = Float[np.ndarray, "n k"]
Weights = Float[np.ndarray, " n"]


@dataclass(frozen=True)
class Domain:
    """Where predictions live: entries in [low, high], and on the simplex rows that sum to 1."""

    low: float
    high: float
    simplex: bool = False


SIMPLEX = Domain(0.0, 1.0, simplex=True)
POSITIVE = Domain(0.0, np.inf)
REAL = Domain(-np.inf, np.inf)


def row_blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Yield slices of rows of an (n, k) array, each small enough to stay in the cache."""
    rows = max(ROW_BLOCK // shape[1], 1)
    yield from (slice(start, start + rows) for start in range(0, shape[0], rows))


def as_side(side: object) -> Side:
    """Return ``side`` if it is "left" (the student stands first) or "right" (second)."""
    if not isinstance(side, str) or side not in ("left", "right"):
        raise InputError(
            "side",
            f"is {side!r}",
            'Use "left" for D(student, teacher) or "right" for D(teacher, student)',
        )
    return cast("Side", side)


def as_real(value: Any, argument: str) -> tuple[Float[np.ndarray, "..."], np.dtype[np.generic]]:
    """Return ``value`` as a finite float64 array, and the type it came in."""
    raw = as_numbers(value, argument)
    if raw.size == 0:
        raise ShapeError(
            argument,
            f"is empty, of shape {raw.shape}",
            "Pass at least one sample point and one output",
        )
    with np.errstate(over="ignore", invalid="ignore"):
        array = np.asarray(raw, dtype=np.float64)
        plain = np.isfinite(array.sum())  # one pass; an overflow is looked at again
    if not plain:
        bad = ~np.isfinite(array)
        reject(bad, array, argument, "is not finite", "Remove or repair such rows first")
    return array, raw.dtype


def as_numbers(value: Any, argument: str) -> np.ndarray[Any, np.dtype[Any]]:
    """Return ``value`` as an array of real numbers in the type it came in, infinities included."""
    if _masked(value):
        raise InputError(
            argument, "is a masked array", "Drop the masked rows, then pass a plain array"
        )
    if value is None:
        raise InputError(argument, "is None", "Pass an array of numbers")
    try:
        raw = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise ShapeError(
            argument, f"is not a rectangular array ({error})", "Give every row the same length"
        ) from error
    if raw.dtype.kind not in "fiub":
        kind = "complex" if raw.dtype.kind == "c" else f"of type {raw.dtype}"
        raise InputError(argument, f"is {kind}", "Pass real numbers (float, integer or boolean)")
    return raw


def _masked(value: Any) -> bool:
    """Tell whether a masked array is passed, alone or in a list: NumPy would drop its mask."""
    if isinstance(value, list | tuple):
        return any(_masked(part) for part in value)
    return isinstance(value, np.ma.MaskedArray)


def as_predictions(
    value: Any, argument: str, domain: Domain, *, normalize: bool = False
) -> Float[np.ndarray, "n k"]:
    """Check predictions of shape (n, k), or (n,) read as (n, 1), against the domain of a loss.

    Args:
        value: anything array-like.
        argument: the name to use in an error.
        domain: where the loss is defined.
        normalize: divide each row on the simplex by its sum instead of rejecting it.
    """
    if not isinstance(normalize, bool | np.bool_):
        raise InputError("normalize", f"is {normalize!r}", "Use True or False")
    array, dtype = as_real(value, argument)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise ShapeError(
            argument, f"has shape {array.shape}", "Use shape (n, k): one row a sample point"
        )
    return _in_domain(array, dtype, argument, domain, normalize=normalize)


def as_models(value: Any, argument: str) -> Float[np.ndarray, "m n k"]:
    """Check models of shape (m, n, k), or (m, n) read as (m, n, 1). A memory map stays one."""
    if (
        isinstance(value, np.memmap)
        and value.dtype == np.float64
        and value.ndim == 3
        and value.size
    ):
        return value
    listed = isinstance(value, list | tuple) and not value
    if listed or (isinstance(value, np.ndarray) and value.shape[:1] == (0,)):
        raise ShapeError(
            argument, "is empty: m = 0 models", "Pass at least one model, of shape (n, k)"
        )
    array, dtype = as_real(value, argument)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3:
        raise ShapeError(
            argument, f"has shape {array.shape}", "Use shape (m, n, k): m models of (n, k)"
        )
    if is_short(dtype) and array.shape[2] > 1 and array.min() >= 0:
        sums = array.sum(axis=2, keepdims=True)
        if np.all(np.abs(sums - 1.0) <= row_sum_tolerance(dtype, array.shape[2])):
            return array / sums
    return array


def check_models(
    models: Float[np.ndarray, "m n k"], argument: str, domain: Domain, dtype: np.dtype[np.generic]
) -> None:
    """Check every model against the domain, a model at a time so that memory maps stay on disk."""
    for j, model in enumerate(models):
        name, array = f"{argument}[{j}]", np.asarray(model)
        if isinstance(models, np.memmap) and not np.isfinite(array.sum()):
            reject(~np.isfinite(array), array, name, "is not finite", "Remove such rows first")
        _in_domain(array, dtype, name, domain, normalize=False)


def as_features(value: Any, argument: str) -> Float[np.ndarray, "n d"]:
    """Check features or points of shape (n, d), or (n,) read as (n, 1)."""
    array, _ = as_real(value, argument)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise ShapeError(
            argument, f"has shape {array.shape}", "Use shape (n, d): one row a sample point"
        )
    reject(np.abs(array) > LARGEST, array, argument, "is too large", "Rescale the features")
    reach = np.broadcast_to(np.abs(array).max(axis=0), array.shape)
    tiny = (reach > 0) & (reach < 1.0 / LARGEST)
    reject(tiny, array, argument, "is in a column too small for its square", "Rescale it")
    return array


def as_weights(value: Any, points: int) -> Weights:
    """Check point weights of shape (n,): nonnegative, summing to 1; uniform where None."""
    if value is None:
        return np.full(points, 1.0 / points)
    array, dtype = as_real(value, "weights")
    if array.shape != (points,):
        raise ShapeError(
            "weights",
            f"has shape {array.shape}",
            f"Use shape ({points},): one weight a sample point",
        )
    reject(
        array < 0, array, "weights", "is negative", "Weights are probabilities of the sample points"
    )
    with np.errstate(over="ignore"):
        total = float(array.sum())
    if abs(total - 1.0) > weight_sum_tolerance(dtype, points):
        said = f"sums to {total:.10g} (1 {total - 1.0:+.3g})"
        raise DomainError("weights", said, "Divide the weights by their sum")
    return array / total if is_short(dtype) else array


def same_shape(
    array: Float[np.ndarray, "..."], argument: str, shape: tuple[int, ...], other: str
) -> None:
    """Raise a ShapeError unless ``array`` has the shape that ``other`` has."""
    if array.shape != shape:
        raise ShapeError(argument, f"has shape {array.shape}", f"Use the shape of {other}, {shape}")


def _in_domain(
    array: Float[np.ndarray, "n k"],
    dtype: np.dtype[np.generic],
    argument: str,
    domain: Domain,
    *,
    normalize: bool,
) -> Float[np.ndarray, "n k"]:
    if domain.simplex and array.shape[1] == 1:
        raise ShapeError(
            argument,
            "has one output a row, and a distribution over one class is always 1",
            "Use loss=GeneralizedKL for positive outputs, or pass both columns (1 - p, p), or"
            " one-hot rows for class numbers: np.eye(k)[labels]",
        )
    below = f"is below {domain.low:g}, outside the loss's domain"
    lowest = float(array.min(initial=np.inf))
    if domain.simplex:
        if lowest < domain.low:
            reject(array < domain.low, array, argument, below, "Probabilities are nonnegative")
        return _with_unit_rows(array, dtype, argument, normalize=normalize)
    highest = float(array.max(initial=-np.inf))
    if max(-lowest, highest) > LARGEST or lowest < domain.low or highest > domain.high:
        remedy = "Use a loss that is defined there"
        above = f"is above {domain.high:g}, outside the loss's domain"
        reject(array < domain.low, array, argument, below, remedy)
        reject(array > domain.high, array, argument, above, remedy)
        too_large = np.abs(array) > LARGEST
        reject(too_large, array, argument, "is too large for its square", "Rescale the outputs")
    return array


def _with_unit_rows(
    array: Float[np.ndarray, "n k"], dtype: np.dtype[np.generic], argument: str, *, normalize: bool
) -> Float[np.ndarray, "n k"]:
    if normalize:
        highest = array.max(axis=1, keepdims=True)
        empty = np.broadcast_to(highest <= 0, array.shape)
        reject(empty, array, argument, "is in a row of zeros", "Drop that row")
        # The largest entry becomes 1 first, so that no sum of huge entries overflows.
        scaled = array / highest
        return np.asarray(scaled / scaled.sum(axis=1, keepdims=True), dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        sums = array @ np.ones(array.shape[1])  # ten times as fast as a sum of short rows
    off = ~(np.abs(sums - 1.0) <= row_sum_tolerance(dtype, array.shape[1]))
    if off.any():
        row = int(np.argmax(off))
        raise DomainError(
            argument,
            f"row {row} sums to {sums[row]:.10g} (1 {sums[row] - 1:+.3g})",
            f"{_remedy(argument)}; logits need a softmax first",
        )
    return array / sums[:, None] if is_short(dtype) else array


def _remedy(argument: str) -> str:
    asked = "Divide each row by its sum"
    return asked if argument.startswith("models") else f"Pass normalize=True to {asked.lower()}"


def reject(
    bad: Bool[np.ndarray, "..."] | np.bool_,
    array: Float[np.ndarray, "..."],
    argument: str,
    problem: str,
    remedy: str,
) -> None:
    """Raise a DomainError for the first entry that is bad."""
    if bad.any():
        index = tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), array.shape))
        raise DomainError(argument, f"entry {index} = {float(array[index])!r} {problem}", remedy)
