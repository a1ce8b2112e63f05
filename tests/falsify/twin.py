"""The slack of a refutation found anew from its certificate's fractions: mpmath, golden section.

It shares nothing with the library but the claim's formula, on cases of mpmath numbers.
"""

from fractions import Fraction

import mpmath as mp
import numpy as np

import kl_regression as klr
from kl_regression.cases import Cases

LOSSES = {
    str(loss): loss for loss in (klr.KL, klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito)
}


class Digits:
    """The operations of an arithmetic, on object arrays of mpmath numbers."""

    encloses, rounding = False, 0.0
    log = staticmethod(np.frompyfunc(mp.log, 1, 1))
    log1p = staticmethod(np.frompyfunc(mp.log1p, 1, 1))
    exp = staticmethod(np.frompyfunc(mp.exp, 1, 1))
    expm1 = staticmethod(np.frompyfunc(mp.expm1, 1, 1))
    sqrt = staticmethod(np.frompyfunc(mp.sqrt, 1, 1))
    artanh = staticmethod(np.frompyfunc(mp.atanh, 1, 1))
    absolute = staticmethod(np.abs)
    maximum = staticmethod(np.maximum)
    minimum = staticmethod(np.minimum)
    where = staticmethod(np.where)
    array = number = total = staticmethod(lambda x: x)

    @staticmethod
    def row_maximum(x):
        """Return the largest entry of each row."""
        return x.max(axis=1, keepdims=True)

    @staticmethod
    def row_minimum(x):
        """Return the smallest entry of each row."""
        return x.min(axis=1, keepdims=True)


def _numbers(nested):
    exact = np.array(nested, dtype=object)
    return np.frompyfunc(lambda t: mp.mpf(Fraction(t).numerator) / Fraction(t).denominator, 1, 1)(
        exact
    )


def slack_of(certificate, conjecture):
    """Return the slack as a float."""
    with mp.workdps(50):
        teacher, models, truth = (
            _numbers(certificate[name]) for name in ("teacher", "models", "truth")
        )
        cases = Cases(
            teacher=teacher[None],
            student=models[:1],
            truth=truth[None],
            weights=mp.mpf(1) / len(teacher),
            loss=LOSSES[certificate["loss"]],
            x=Digits(),
        )
        student = _student(cases, models, certificate)
        from dataclasses import replace

        return float(conjecture.claim(replace(cases, student=student[None])).item())


def _student(cases, models, certificate):
    def height(v):
        pair = (v[None], cases.teacher)
        return cases.d(*(pair if certificate["side"] == "left" else pair[::-1])).item()

    if certificate["students"] == "any" or len(models) == 1:
        return models[0]
    if certificate["students"] == "points":
        return min(models, key=height)
    start, end = models

    def at(t):
        return start + t * (end - start)

    grid = [mp.mpf(i) / 64 for i in range(65)]
    best = min(range(65), key=lambda i: height(at(grid[i])))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, 64)]
    ratio = (mp.sqrt(5) - 1) / 2
    for _ in range(160):
        first, second = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, second) if height(at(first)) < height(at(second)) else (first, high)
    return at((low + high) / 2)
