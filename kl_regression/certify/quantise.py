"""Floats to the integers of a certificate: a row x of integers means x / sum(x).

Rows that are the floats nearest to small fractions become these fractions. All others are rounded
to integers of total 2^53. A positive float never becomes 0 nor a 0 positive; what the rounding
changed is reported, since a certificate is about the integers.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import numpy as np
from jaxtyping import Float, Int

from kl_regression.errors import InputError

TOTAL = 1 << 53
"""What the rows of a table sum to where they are no small fractions."""

SMALL = 1000
"""The largest denominator of an entry that is read as a fraction."""

LARGEST_COMMON = 10**6
"""The largest common denominator of a table that is written in fractions."""

Rows = list[list[int]]


@dataclass(frozen=True)
class Change:
    """How far numbers are from those that stand for them in a file.

    Args:
        total_variation: the largest total variation between two rows.
        log_ratio: the largest |log| of an entry over what stands for it; inf where one became 0 or
            was.
    """

    total_variation: float
    log_ratio: float

    @classmethod
    def between(
        cls, table: Float[np.ndarray, "n k"], meaning: Float[np.ndarray, "n k"]
    ) -> "Change":
        """Return the change from a table, shape (n, k), to what a file's numbers mean."""
        with np.errstate(all="ignore"):
            ratio = np.where(table == meaning, 0.0, np.abs(np.log(np.abs(meaning / table))))
        return cls(float((np.abs(meaning - table).sum(axis=1) / 2).max()), float(ratio.max()))

    def __str__(self) -> str:
        return f"total variation <= {self.total_variation:.1e}, |log ratio| <= {self.log_ratio:.1e}"


@dataclass(frozen=True)
class Quantised:
    """Integer rows and what the rounding changed.

    Args:
        whole: the integers, shape (n, k).
        meaning: what they stand for, shape (n, k).
        change: from the table to the meaning.
    """

    whole: Int[np.ndarray, "n k"]
    meaning: Float[np.ndarray, "n k"]
    change: Change

    @property
    def rows(self) -> Rows:
        """The integers as n lists of k."""
        return self.whole.tolist()


def as_fractions(table: Float[np.ndarray, "n k"]) -> Rows | None:
    """Return integer rows over one total where all entries are floats of small fractions."""
    found, common = [], 1
    for row in table:
        fractions = [Fraction(float(x)).limit_denominator(SMALL) for x in row]
        exact = all(float(f) == x for f, x in zip(fractions, row, strict=True))
        if not exact or sum(fractions) != 1:
            return None
        common = lcm(common, *(f.denominator for f in fractions))
        if common > LARGEST_COMMON:
            return None
        found.append(fractions)
    return [[int(f * common) for f in row] for row in found]


def distributions(table: Float[np.ndarray, "n k"], argument: str) -> Quantised:
    """Return a table of distributions, shape (n, k), as integer rows of one common total."""
    fractions = as_fractions(table)
    if fractions is not None:
        return _changed(table, np.array(fractions, dtype=np.int64))
    whole = np.maximum(np.rint(table * TOTAL), table > 0).astype(np.int64)
    surplus = whole.sum(axis=1) - TOTAL
    at = (np.arange(len(whole)), np.argmax(whole, axis=1))
    if np.any(whole[at] <= surplus):
        i = int(np.flatnonzero(whole[at] <= surplus)[0])
        raise InputError(argument, f"row {i} has too many entries to be quantised", "Merge some")
    whole[at] -= surplus
    return _changed(table, whole)


def reals(tables: list[Float[np.ndarray, "_ k"]], *, positive: bool) -> tuple[int, list[Quantised]]:
    """Return tables of real numbers, shape (n, k), as integers over one unit, and that unit.

    The unit is the common denominator where all are small fractions, else the power of 2 that
    brings the largest entry to 2^53.
    """
    denominators = {
        Fraction(float(x)).limit_denominator(SMALL) for t in tables for x in t.ravel()[:SMALL]
    }
    unit = lcm(*(f.denominator for f in denominators))
    largest = max(float(np.abs(t).max()) for t in tables)
    whole = (
        unit <= LARGEST_COMMON
        and largest * unit <= TOTAL
        and all(float(Fraction(round(float(x) * unit), unit)) == x for t in tables for x in t.flat)
    )
    if not whole:
        unit = TOTAL >> max(0, int(np.ceil(np.log2(max(largest, 1.0)))))
    if not unit:
        problem = f"has outputs of {largest:.2g}, beyond the integers of a certificate"
        raise InputError("outcome", problem, "Rescale the outputs")
    found = []
    for t in tables:
        rows = [[round(Fraction(float(x)) * unit) or int(positive and x > 0) for x in r] for r in t]
        found.append(_changed(t, np.array(rows, dtype=np.int64), unit))
    return unit, found


def _changed(
    table: Float[np.ndarray, "n k"], whole: Int[np.ndarray, "n k"], unit: int | None = None
) -> Quantised:
    """Return integers over the unit, or their rows' sums, and how far they are from a table."""
    meaning = whole / (whole.sum(axis=1, keepdims=True) if unit is None else unit)
    return Quantised(whole, meaning, Change.between(table, meaning))


def point_weights(values: Float[np.ndarray, " n"]) -> list[int]:
    """Return weights of points, shape (n,), as integers: all 1 where they are equal."""
    if np.all(values == values[0]):
        return [1] * len(values)
    fractions = as_fractions(values[None])
    whole = (
        fractions[0] if fractions else [max(round(float(v) * TOTAL), int(v > 0)) for v in values]
    )
    common = gcd(*whole)
    return [w // common for w in whole]
