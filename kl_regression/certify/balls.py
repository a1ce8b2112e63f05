"""The arithmetic of theorem terms over balls: the same formulas, as rigorous enclosures.

A number is a ``flint.arb``, a midpoint with a radius around the true value (johansson:17), and an
array an object array of them. Floats enter exactly. Two balls that overlap are neither smaller nor
larger than each other, so that no term may compare them: the larger of two is a ball around both
where they overlap, and which entries vanish, hence every 0 log 0, is read off the exact floats.
"""

from collections.abc import Callable
from typing import Any

import flint
import numpy as np
from flint import arb
from jaxtyping import Bool, Float

from kl_regression.arithmetic import Array, Number
from kl_regression.errors import InputError
from kl_regression.tolerance import Sum

BITS = 192
"""Working precision: radii of 1e-50, for terms that lose a hundred bits to cancellation."""


class Balls:
    """Arithmetic over ``flint.arb``; a context, inside which its precision is the working one.

    Outside of it results still enclose the true values, at whatever precision is set.

    Args:
        bits: the working precision, at least 53.

    >>> with Balls() as x:
    ...     found = x.log(x.array(np.array([0.5, 2.0]))).sum()
    >>> found.contains(0), float(found.rad()) < 2.0**-180
    (True, True)
    """

    encloses = True

    def __init__(self, bits: int = BITS) -> None:
        if isinstance(bits, bool) or bits <= np.finfo(float).nmant:
            raise InputError("bits", f"is {bits!r}", "Give a number of bits from 53 on")
        self.bits = bits
        self.rounding = 0.0
        self._before: list[int] = []

    def __enter__(self) -> "Balls":  # noqa: PYI034  # beartype checks methods alone: no Self
        self._before.append(flint.ctx.prec)
        flint.ctx.prec = self.bits
        return self

    def __exit__(self, *_: object) -> None:
        flint.ctx.prec = self._before.pop()

    def array(self, values: Float[np.ndarray, "..."]) -> Array:
        """Return floats, exactly, as an object array of balls."""
        return np.frompyfunc(_ball, 1, 1)(np.asarray(values))

    def number(self, value: Sum | float | Any) -> Number:
        """Return a float exactly, or a computed sum as the ball of its rounding."""
        if isinstance(value, Sum):
            return arb(value.value, value.rounding)
        return _ball(value)

    def log(self, x: Any) -> Any:
        """Return the logarithm, elementwise; of a ball that reaches 0 nothing is known."""
        return _each(arb.log, x)

    def log1p(self, x: Any) -> Any:
        """Return log(1 + x), elementwise."""
        return _each(arb.log1p, x)

    def exp(self, x: Any) -> Any:
        """Return the exponential, elementwise."""
        return _each(arb.exp, x)

    def expm1(self, x: Any) -> Any:
        """Return exp(x) - 1, elementwise."""
        return _each(arb.expm1, x)

    def artanh(self, x: Any) -> Any:
        """Return the inverse hyperbolic tangent, elementwise."""
        return _each(arb.atanh, x)

    def sqrt(self, x: Any) -> Any:
        """Return the square root, elementwise, of numbers that are known not to be negative."""
        return _each(_root, x)

    def absolute(self, x: Any) -> Any:
        """Return the absolute value, elementwise."""
        return _each(abs, x)

    def maximum(self, x: Any, y: Any) -> Any:
        """Return the larger of two, elementwise; of overlapping balls a ball around it."""
        return _pairs(arb.max, x, y)

    def minimum(self, x: Any, y: Any) -> Any:
        """Return the smaller of two, elementwise; of overlapping balls a ball around it."""
        return _pairs(arb.min, x, y)

    def row_maximum(self, x: Array) -> Array:
        """Return the largest entry of each row, shape (n, 1)."""
        return _rows(arb.max, x)

    def row_minimum(self, x: Array) -> Array:
        """Return the smallest entry of each row, shape (n, 1)."""
        return _rows(arb.min, x)

    def where(self, mask: Bool[np.ndarray, "..."], x: Any, y: Any) -> Array:
        """Return x where the mask is true and y elsewhere, as balls; the other is not looked at."""
        return np.frompyfunc(_ball, 1, 1)(np.where(mask, x, y))

    def total(self, x: Array) -> Number:
        """Return a ball around the sum of all entries."""
        return sum(np.asarray(x).ravel(), arb(0))


def _ball(value: Any) -> Any:
    return value if isinstance(value, arb) else arb(float(value))


def _root(value: Any) -> Any:
    """Return the root of a nonnegative number, although its ball may reach below 0."""
    if value.lower() >= 0:
        return value.sqrt()
    highest = value.upper()
    if not highest >= 0:
        return arb("nan")
    return arb(0).union(highest.sqrt())


def _each(operation: Callable[[Any], Any], x: Any) -> Any:
    return np.frompyfunc(lambda value: operation(_ball(value)), 1, 1)(x)


def _pairs(operation: Callable[[Any, Any], Any], x: Any, y: Any) -> Any:
    return np.frompyfunc(lambda a, b: operation(_ball(a), _ball(b)), 2, 1)(x, y)


def _rows(operation: Callable[[Any, Any], Any], x: Array) -> Array:
    """Return ``operation`` folded over each row, shape (n, 1)."""
    return np.frompyfunc(operation, 2, 1).reduce(np.asarray(x, dtype=object), axis=1, keepdims=True)
