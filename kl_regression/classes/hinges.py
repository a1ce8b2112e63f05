"""Linear functionals over the convex functions of one variable with values in a range.

On places x_1 <= ... <= x_n the convex functions with values in [low, high] are a polytope. At a
vertex n inequalities hold with equality, so that the function has at most two kinks, and is

    high everywhere, or  low + (high - low) (L_j + U_k)   with x_j <= x_k,
    L_j = (x_j - x)^+ / (x_j - x_1) or 0,   U_k = (x - x_k)^+ / (x_n - x_k) or 0.

The maximum of <c, v> is therefore the best pair, found among running sums. Where members must be
at an end of the range, the vertices that are there are what is left (a face's vertices are the
polytope's). This is derived here.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from kl_regression.errors import InfeasibleError
from kl_regression.tolerance import EPS, Extended, Sum, running_sums

Column = Float[np.ndarray, " n"]
Mask = Bool[np.ndarray, " n"]


@dataclass(frozen=True)
class Range:
    """The values of members.

    Args:
        low: the least; finite.
        high: the greatest; may be infinite.
        at_low: where members must be ``low``, shape (n,), or nowhere.
        at_high: where members must be ``high``, or nowhere.
    """

    low: float
    high: float
    at_low: Mask | None = None
    at_high: Mask | None = None


@dataclass(frozen=True)
class Moments:
    """Running moments of c along the places, from either end.

    Args:
        before: Σ_{i <= j} c_i (x_j - x_i), shape (n,).
        after: Σ_{i >= k} c_i (x_i - x_k), shape (n,).
        mass: Σ c_i.
        rounding: a bound on the rounding of a moment, in the unit of its width times Σ|c_i|.
        size: Σ|c_i|.
    """

    before: Extended
    after: Extended
    mass: float
    rounding: float
    size: float

    @classmethod
    def of(cls, direction: Column, places: Column) -> "Moments":
        """Return the moments of c, shape (n,), at places in increasing order."""
        steps = np.diff(places.astype(np.longdouble))
        before, mass, unit = _moments(direction, steps)
        after, _, _ = _moments(direction[::-1], steps[::-1])
        size = float(np.abs(direction).sum())
        return cls(before, after[::-1], mass, unit, size)


def _moments(direction: Column, steps: Extended) -> tuple[Extended, float, float]:
    sums, unit = running_sums(direction)
    moments, again = running_sums(np.append(np.zeros(1, steps.dtype), sums[:-1] * steps))
    return moments, float(sums[-1]), unit + again + 4.0 * float(np.finfo(np.longdouble).eps)


def best_vertex(moments: Moments, places: Column, values: Range) -> tuple[Sum, Column]:
    """Return max <c, v> over the convex v in a range, and a vertex that attains it, shape (n,).

    Args:
        moments: of c.
        places: shape (n,), in increasing order; equal places have equal values.
        values: the range and what is forced to its ends.

    Raises:
        InfeasibleError: when there is no such v.
    """
    width = values.high - values.low
    left, right = _hinges(moments, places, values)
    best_left = np.maximum.accumulate(left)
    both = best_left + right
    k = int(np.argmax(both))
    steps, mass = float(both[k]), moments.mass
    reach = abs(values.low) + (2.0 * width if np.isfinite(width) else 1.0)
    lost = (moments.rounding + EPS) * moments.size * reach
    hinged = values.low * mass + (width * steps if steps != 0.0 else 0.0)
    flat = values.high * mass if mass != 0.0 else 0.0
    if not _may_be_flat(values) or (np.isinf(width) and mass <= 0.0):
        flat = -np.inf
    if np.isneginf(steps) and np.isneginf(flat):
        raise InfeasibleError("no convex function vanishes wherever it must")
    if flat >= hinged or np.isneginf(steps):
        return Sum(flat, lost), np.full(len(places), values.high)
    j = int(np.argmax(left[: k + 1]))
    vertex = _falling(places, j) + _falling(-places[::-1], len(places) - 1 - k)[::-1]
    top = values.high if np.isfinite(values.high) else values.low + 1.0
    return Sum(hinged, lost), np.clip(values.low + (top - values.low) * vertex, values.low, top)


def _hinges(moments: Moments, places: Column, values: Range) -> tuple[Column, Column]:
    """Return <c, L_j> and <c, U_k> for all j and k, -inf where the hinge is not allowed.

    The hinges at the first and at the last place are the functions 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.asarray(moments.before, dtype=np.float64) / (places - places[0])
        right = np.asarray(moments.after, dtype=np.float64) / (places[-1] - places)
    first, last = places == places[0], places == places[-1]
    left[first], right[last] = 0.0, 0.0
    if values.at_high is not None and values.at_high.any():
        at_first, at_last = bool(values.at_high[first].any()), bool(values.at_high[last].any())
        if bool(values.at_high[~first & ~last].any()) or places[0] == places[-1]:
            left[:] = -np.inf
        left[first] = -np.inf if at_first else left[first]
        right[last] = -np.inf if at_last else right[last]
    if values.at_low is not None and values.at_low.any():
        forced = places[values.at_low]
        left[places > forced[0]] = -np.inf
        right[places < forced[-1]] = -np.inf
    return left, right


def _may_be_flat(values: Range) -> bool:
    return values.at_low is None or not bool(values.at_low.any())


def _falling(places: Column, j: int) -> Column:
    """Return (x_j - x)^+ / (x_j - x_1), shape (n,); 0 for the first place."""
    width = places[j] - places[0]
    return np.maximum(places[j] - places, 0.0) / width if width > 0.0 else np.zeros_like(places)


def is_convex(places: Column, values: Column) -> bool:
    """Tell whether values, shape (n,), are those of a convex function, to the last bit.

    Args:
        places: in increasing order; equal places must have equal values.
        values: shape (n,).
    """
    rise, run = np.diff(values.astype(np.longdouble)), np.diff(places.astype(np.longdouble))
    if bool((rise[run == 0.0] != 0.0).any()):
        return False
    rise, run = rise[run > 0.0], run[run > 0.0]
    return bool((rise[1:] * run[:-1] >= rise[:-1] * run[1:]).all())
