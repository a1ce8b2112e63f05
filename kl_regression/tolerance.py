"""How rounding, gap and curvature turn into the slack that a verdict may ignore.

The only file with literal tolerances. Everything here is derived from three facts about float64:

* a correctly rounded operation errs by at most ``EPS / 2`` relative, a library logarithm by at
  most ``4 EPS`` (NumPy documents fewer than 4 ulp for its vectorised logarithm);
* NumPy adds pairwise, in blocks of 128 with 8 accumulators, so that N terms are added along a
  tree of depth at most ``128 / 8 + 3 + log2(N / 128)`` (higham:02, section 4.2);
* a student is an array of floats, so each entry is known to ``EPS`` relative at best, which moves
  a first-order quantity by the curvature times that.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

Extended = np.ndarray[Any, np.dtype[np.longdouble]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

EPS = float(np.finfo(np.float64).eps)
TINY = float(np.finfo(np.float64).tiny)

LOG_ULPS = 4.0
"""Units of EPS by which a library logarithm may be off."""

ENTRY_ULPS = 8.0
"""Units of EPS lost in one entry of a divergence: a ratio, a logarithm, a product, two sums."""

EXACT_ULPS = 8.0
"""A gap below this many roundings of its own sum is a rounding error: the student is exact."""

SLSQP_TOLERANCE = 1e-14
"""Stopping tolerance of local searches over non-convex classes; their students claim nothing."""

LP_TOLERANCE = 1e-10
"""HiGHS's least feasibility tolerance; its answers are only used through dual bounds."""

LARGEST = 1e150
"""Largest magnitude of a real output: its square and a sum of 1e6 such squares stay finite."""

NEAR = 0.2
"""Below this ratio |a - b| / (a + b) an entry is summed by its series, so that nothing cancels."""

CANCELLED = 1e-3
"""A difference smaller than this part of its terms is summed by an integral instead."""

HEAD_BLOCK = 1 << 14
"""Entries of the features worked on at a time: their arrays stay in the cache and in the heap."""

WELL_CONDITIONED = 1e3
"""Condition up to which features are used as they are: their normal matrix keeps ten digits."""

HEAD_LAG = 1e-4
"""The least part of a head's primal residual that its barrier falls to before that does."""

LAMBERT_STEPS = 2
"""Fourth-order steps from a start within a third: an error of 1e-2, then one beyond a float."""

BLOCK = 1 << 16
"""Entries of a long array worked on at a time: half a megabyte, which stays in the cache."""

ROW_BLOCK = 1 << 13
"""Entries of a divergence worked on at a time: its twenty temporaries stay in the cache."""

MODEL_BLOCK = 1 << 17
"""Entries of all models worked on at a time: a megabyte, so that calls do not count."""

REFINE_LIMIT = 1 << 16
"""Model entries up to which a slope is summed in extended precision: a millisecond."""

STACK_BLOCK = 1 << 17
"""Model entries of many instances in one NumPy operation: a megabyte, so calls do not count."""

STACK = 1 << 22
"""Model entries of many instances that are solved together: 32 megabytes at most are copied."""

STACKED_MODELS = 32
"""Models up to which instances are solved together; with more, one fills a NumPy operation."""

CONIC_GAP = 1e-6
"""A cone solver at default settings reaches this gap; above it another solver is worth its time."""

POLISH_LIMIT = 20_000
"""Entries n k up to which a cone solver's point is polished: seconds, not minutes."""

CHAIN_LP_LIMIT = 20_000
"""Points on a line up to which a support function may cost a linear program: a second."""

HEAD_LP_LIMIT = 2_000
"""Entries of a head up to which one linear program has all inequalities: milliseconds."""

LOG_PREDICTION = 1e-9
"""Log predictions of a linear head on the left are right to this, relative to themselves."""

DENSE_LIMIT = 5_000_000
"""Entries up to which a constraint matrix may be dense: 40 MB."""


FIGURE_COMPUTED = (1e-9, 1e-11)
"""Relative and absolute agreement of figures from exact students: optima, whatever the BLAS."""

FIGURE_TRAINED = (1e-2, 1e-3)
"""Relative and absolute agreement of trained models: another BLAS stops training elsewhere."""


HIT = 100.0
"""A violation in floats counts from this many times what its slack may be off by."""


@dataclass(frozen=True)
class Sum:
    """A computed sum and a bound on its rounding error, in the unit of the sum.

    ``Sum(inf, 0)`` is a legal value: infinity is never a rounding error.
    """

    value: float
    rounding: float

    def __add__(self, other: "Sum") -> "Sum":
        value = self.value + other.value
        return Sum(value, self.rounding + other.rounding + EPS * _finite(value))

    def __sub__(self, other: "Sum") -> "Sum":
        return self + Sum(-other.value, other.rounding)


def _finite(value: float) -> float:
    return abs(value) if math.isfinite(value) else 0.0


def summation_ulps(count: int) -> float:
    """Bound the error of NumPy's pairwise sum of ``count`` terms, in EPS times Σ|terms|.

    Each level of the tree costs half an EPS: count / 8 + 3 levels in a block, then one a doubling.
    """
    return 0.5 * (min(count, 128) / 8 + 3 + math.log2(max(count, 128) / 128))


def total(terms: Float[np.ndarray, "..."], errors: Float[np.ndarray, "..."] | float) -> Sum:
    """Sum ``terms`` and bound the rounding: of the sum by its tree, of the terms by ``errors``.

    Args:
        terms: the summands; ``+inf`` is legal and makes the sum infinite.
        errors: a bound on the error of each summand, or one bound on the sum of all of them.
    """
    flat = np.ascontiguousarray(terms).ravel()
    value = float(flat.sum())
    if not math.isfinite(value):
        return Sum(value, 0.0)
    absolute = float(np.abs(flat).sum())
    own = float(np.sum(errors)) if isinstance(errors, np.ndarray) else errors
    return Sum(value, EPS * summation_ulps(flat.size) * absolute + own)


def total_of_blocks(
    sums: Float[np.ndarray, "*c blocks"], sizes: Float[np.ndarray, "*c"], length: int
) -> tuple[Float[np.ndarray, "*c"], Float[np.ndarray, "*c"]]:
    """Add up the sums of blocks along the last axis, and bound the rounding of both stages.

    Args:
        sums: the pairwise sum of each block.
        sizes: the sum of the magnitudes of all terms.
        length: how many terms a block has at most.
    """
    across = EPS * summation_ulps(sums.shape[-1]) * np.abs(sums).sum(axis=-1)
    errors = EPS * summation_ulps(length) * sizes + across
    return np.asarray(sums.sum(axis=-1)), np.asarray(errors)


def grouped_rounding(terms: Float[np.ndarray, " n"], largest: int) -> float:
    """Bound the rounding of sums of groups of terms, in the order they come, all groups together.

    A group of m terms passes m - 1 additions, each half an EPS of what was added up so far; each
    term is itself a difference times a weight, one EPS.

    Args:
        terms: the summands of all groups, shape (n,).
        largest: how many terms the largest group has.
    """
    return EPS * (1.0 + 0.5 * largest) * float(np.abs(terms).sum())


def running_sums(values: Float[np.ndarray, " n"] | Extended) -> tuple[Extended, float]:
    """Return the sums of the first 1, 2, ..., n values, and a bound on their relative rounding.

    Summed in the longest float there is, in rows of length √n and then over the rows, so that a
    sum passes at most n / √n + √n additions. The error of each is at most the bound times the sum
    of the magnitudes that it adds up.
    """
    count = len(values)
    width = math.isqrt(count - 1) + 1
    rows = -(-count // width)
    table = np.zeros(rows * width, dtype=np.longdouble)
    table[:count] = values
    inner = np.cumsum(table.reshape(rows, width), axis=1)
    inner[1:] += np.cumsum(inner[:-1, -1])[:, None]
    unit = float(np.finfo(np.longdouble).eps)
    return inner.ravel()[:count], (rows + width + 1) * unit


def row_sum_tolerance(dtype: np.dtype[np.generic], outputs: int) -> float:
    """Return how far a row of ``outputs`` probabilities may sum from 1: the rounding of its type.

    A softmax in a float type with unit roundoff u normalises k terms, which costs at most about
    k + 2 roundings; float32 predictions are accepted with float32's own rounding.
    """
    return 4.0 * (outputs + 2) * _type_eps(dtype)


def weight_sum_tolerance(dtype: np.dtype[np.generic], points: int) -> float:
    """Return how far ``points`` weights may sum from 1: the rounding of their type.

    A weight is divided by a sum and rounded once, both relative to its own size, so that all of
    them together are off by a few EPS whatever n; a pairwise sum of n terms adds its tree, once in
    their type and once in ours.
    """
    return 4.0 * (2.0 + summation_ulps(points)) * _type_eps(dtype)


def is_short(dtype: np.dtype[np.generic]) -> bool:
    """Tell whether a type rounds more coarsely than float64."""
    return _type_eps(dtype) > EPS


def _type_eps(dtype: np.dtype[np.generic]) -> float:
    """Return the rounding of a float type, and that of float64 for longer floats and integers."""
    if not np.issubdtype(dtype, np.floating):
        return EPS
    return max(float(np.finfo(np.dtype(dtype.char)).eps), EPS)


def member_tolerance(scale: float, size: int) -> float:
    """Return how far a float64 prediction of a member may lie from the class: its own rounding.

    A member is computed by a sum of ``size`` products of magnitude ``scale`` at most, which errs
    by ``size`` roundings; twice that, since the distance is computed the same way.
    """
    return 2.0 * EPS * (size + ENTRY_ULPS) * max(scale, TINY)


def claim_rounding(smaller: float, larger: float) -> float:
    """Return the rounding of a claim's own few operations on sums whose rounding is known.

    Sums of nonnegative terms are known to a few EPS relative, and so is any root, product or
    quotient of them; both sides then err by ENTRY_ULPS EPS relative beyond their sums.
    """
    finite = [abs(side) for side in (smaller, larger) if math.isfinite(side)]
    return ENTRY_ULPS * EPS * sum(finite)


def is_exact(gap: Sum, scale: float) -> bool:
    """Tell whether a gap is a rounding error: of its own sums, or of the student's last bits.

    A gap below minus its rounding is that of a point outside the class. A rounding that is not
    small beside the problem's scale says nothing: where predictions span too many magnitudes, the
    gap is the bound to quote.

    Args:
        gap: the gap.
        scale: the objective plus <s^2, φ''(s)>: what it changes by when s changes by itself.
    """
    return abs(gap.value) <= EXACT_ULPS * gap.rounding <= EXACT_ULPS * CONIC_GAP * scale


def are_exact(gaps: Float[np.ndarray, " b"], roundings: Float[np.ndarray, " b"]) -> Bools:
    """Tell of many gaps which are rounding errors, shape (b,)."""
    return np.asarray(np.abs(gaps) <= EXACT_ULPS * roundings)


def worth_another_solver(gap: float, status: str) -> str:
    """Return why another cone solver should be tried, or an empty string."""
    if gap <= CONIC_GAP:
        return ""
    return (
        f"gap {gap:.1e} above {CONIC_GAP:.0e}"
        if math.isfinite(gap)
        else f"no usable point ({status})"
    )


def bisect(crosses: Callable[[float], bool], low: float, high: float) -> float:
    """Return where a monotone predicate turns true between low and high, to the last bit."""
    while True:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            return high
        low, high = (low, middle) if crosses(middle) else (middle, high)
