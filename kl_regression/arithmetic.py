"""The operations that theorem terms are written in, for float64.

A term is written once with these names; another arithmetic with the same names, such as balls,
turns the same formula into a rigorous enclosure. Every sum is entered in a ledger, so that the
rounding of a claim is computed from the sums that it was made of.
"""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from kl_regression.tolerance import ENTRY_ULPS, EPS, Sum, total

Number = Any
"""A real number of some arithmetic: a float, or a ball."""

Array = Any
"""An array of such numbers, shape (n, k) or (n, 1)."""


@runtime_checkable
class Arithmetic(Protocol):
    """What a term may use: elementwise functions, selections, and sums that are accounted for."""

    encloses: bool
    """Whether results enclose the true values, as balls do."""
    rounding: float
    """The rounding so far of all sums; 0 in an arithmetic that encloses its results."""

    def array(self, values: Float[np.ndarray, "..."]) -> Array:
        """Return floats, exactly, as numbers of this arithmetic."""

    def number(self, value: Sum | float) -> Number:
        """Return a float, or a computed sum with its rounding, as a number."""

    def log(self, x: Any) -> Any:
        """Return the logarithm, elementwise, of positive numbers."""

    def log1p(self, x: Any) -> Any:
        """Return log(1 + x), elementwise."""

    def exp(self, x: Any) -> Any:
        """Return the exponential, elementwise."""

    def expm1(self, x: Any) -> Any:
        """Return exp(x) - 1, elementwise."""

    def sqrt(self, x: Any) -> Any:
        """Return the square root, elementwise, of nonnegative numbers; of a rounding error, 0."""

    def artanh(self, x: Any) -> Any:
        """Return the inverse hyperbolic tangent, elementwise."""

    def absolute(self, x: Any) -> Any:
        """Return the absolute value, elementwise."""

    def maximum(self, x: Any, y: Any) -> Any:
        """Return the larger of two, elementwise."""

    def minimum(self, x: Any, y: Any) -> Any:
        """Return the smaller of two, elementwise."""

    def row_maximum(self, x: Array) -> Array:
        """Return the largest entry of each row, shape (n, 1)."""

    def row_minimum(self, x: Array) -> Array:
        """Return the smallest entry of each row, shape (n, 1)."""

    def where(self, mask: Bool[np.ndarray, "..."], x: Any, y: Any) -> Array:
        """Return x where the mask is true and y elsewhere; the other is not looked at."""

    def total(self, x: Array) -> Number:
        """Return the sum of all entries."""


class Floats:
    """Double precision, with a ledger of the rounding of its sums."""

    log = staticmethod(np.log)
    log1p = staticmethod(np.log1p)
    exp = staticmethod(np.exp)
    expm1 = staticmethod(np.expm1)
    artanh = staticmethod(np.arctanh)
    absolute = staticmethod(np.abs)
    maximum = staticmethod(np.maximum)
    minimum = staticmethod(np.minimum)
    where = staticmethod(np.where)

    encloses = False

    def __init__(self) -> None:
        self.rounding = 0.0

    def array(self, values: Float[np.ndarray, "..."]) -> Array:
        """Return the floats themselves."""
        return values

    def number(self, value: Sum | float) -> Number:
        """Return the value, and enter its rounding in the ledger."""
        if isinstance(value, Sum):
            self.rounding += value.rounding
            return value.value
        return value

    def sqrt(self, x: Any) -> Any:
        """Return the square root; of a negative rounding error, 0."""
        return np.sqrt(np.maximum(x, 0.0))

    def row_maximum(self, x: Array) -> Array:
        """Return the largest entry of each row, shape (n, 1)."""
        return x.max(axis=1, keepdims=True)

    def row_minimum(self, x: Array) -> Array:
        """Return the smallest entry of each row, shape (n, 1)."""
        return x.min(axis=1, keepdims=True)

    def total(self, x: Array) -> Number:
        """Return the pairwise sum, and enter its rounding: the tree's, products' and logs'."""
        return self.number(total(x, term_rounding(x)))


def term_rounding(terms: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Return what a few operations and a logarithm may have cost each term."""
    return np.where(np.isfinite(terms), EPS * ENTRY_ULPS * np.abs(terms), 0.0)
