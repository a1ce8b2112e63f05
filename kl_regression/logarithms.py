"""Logarithms that lose nothing: of quotients too small for a float, and of quotients near 1."""

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Predictions
from kl_regression.tolerance import TINY

Logs = Float[np.ndarray, "n k"] | None


def log_ratio(
    p: Predictions, q: Predictions, log_p: Logs = None, log_q: Logs = None
) -> Predictions:
    """Return log(p/q), shape (n, k), in [-inf, inf], with log(0/0) = 0.

    The quotient is used where both entries are normal floats, logarithms where one is not.
    """
    with np.errstate(all="ignore"):
        ratio = p / q
        if min(p.min(), q.min(), ratio.min()) > TINY and ratio.max() < np.inf:
            return np.log(ratio)
        plain = (p > TINY) & (q > TINY) & (ratio > TINY) & (ratio < np.inf)
        first = np.where(p > TINY, np.log(p), np.log(p) if log_p is None else log_p)
        second = np.where(q > TINY, np.log(q), np.log(q) if log_q is None else log_q)
        both_zero = np.isneginf(first) & np.isneginf(second)
        return np.where(plain, np.log(ratio), np.where(both_zero, 0.0, first - second))


def artanh_remainder(t: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Return artanh t - t = t^3/3 + t^5/5 + ... for |t| < NEAR, without cancellation.

    Twelve terms: the next is below NEAR^24 / 9 < 1e-17 of the first.
    """
    square = t * t
    series = np.zeros_like(t)
    for power in range(25, 1, -2):
        series *= square
        series += 1.0 / power
    return t * square * series
