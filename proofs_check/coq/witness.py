"""What helps Coq and need not be trusted: a precision, a gap, a radius.

Everything here is computed in decimals of the standard library and may be wrong: then Coq refuses
the file. It cannot make a false claim pass.
"""

import decimal
import math
from collections.abc import Sequence
from dataclasses import dataclass

from kl_regression.errors import InputError
from proofs_check.coq.hull_file import Decimal, HullFile

Real = decimal.Decimal

GUARD_BITS = 64
SMALLEST_RADIUS = 64
"""The largest exponent e of the bound 2^-e of |log(computed/student)|."""
SPARE_DIGITS = 12
"""Digits to which the gap is computed, beyond its size."""


@dataclass(frozen=True)
class Witness:
    """What the checker works with.

    Args:
        bits: the precision of its intervals.
        exponent: |log(computed/student)| is at most 2^-exponent.
        gap: an upper bound of the gap.
    """

    bits: int
    exponent: int
    gap: Decimal


def witness(file: HullFile) -> Witness:
    """Return a precision, an exponent and a gap with which Coq should verify the file."""
    bits = 53 + max(a.bit_length() for a in file.student)
    digits = math.ceil(2 * bits * math.log10(2))
    with decimal.localcontext(decimal.Context(prec=digits + SPARE_DIGITS)):
        student = _mixture(file, file.student)
        gap = _gap(file, student, digits)
        exponent = _exponent(file, student, Real(gap.mantissa).scaleb(-gap.digits))
    size = gap.digits - len(str(gap.mantissa)) if gap.mantissa else 0
    need = max([size, *(end.digits for ends in file.claims.values() for end in ends)])
    terms = len(file.teacher) * len(file.teacher[0]) * len(file.models)
    return Witness(math.ceil(need * math.log2(10)) + terms.bit_length() + GUARD_BITS, exponent, gap)


def _gap(file: HullFile, student: list[list[Real]], digits: int) -> Decimal:
    """Return the gap, rounded up; where it vanishes to all digits, half of what the file claims.

    Raises:
        InputError: when the file claims that the gap of a proper mixture is exactly 0.
    """
    gains = _gains(file, student)
    misfit = _dot(file.student, [gain or Real(0) for gain in gains]) / sum(file.student)
    gap = max((misfit - gain for gain in gains if gain is not None), default=Real(0))
    if gap < Real(10) ** -digits:
        _, claimed = file.claims.get("gap", (None, Decimal(1, digits)))
        if not claimed.mantissa and sum(map(bool, file.student)) > 1:
            reason = "claims that the gap of a mixture of several models is exactly 0"
            raise InputError("FILE", reason, "Intervals decide no equality: claim a positive gap")
        return Decimal(5 * claimed.mantissa, claimed.digits + 1)
    places = SPARE_DIGITS - gap.adjusted()
    return Decimal(int(gap.scaleb(places)) + 1, places)


def _row(row: Sequence[int]) -> list[Real]:
    total = Real(sum(row))
    return [x / total for x in row]


def _dot(weights: Sequence[int], values: Sequence[Real]) -> Real:
    return sum((w * v for w, v in zip(weights, values, strict=True)), Real(0))


def _mixture(file: HullFile, weights: Sequence[int]) -> list[list[Real]]:
    """Return the rows of a mixture of the models."""
    total, models = Real(sum(weights)), [[_row(row) for row in model] for model in file.models]
    return [
        [_dot(weights, column) / total for column in zip(*rows, strict=True)]
        for rows in zip(*models, strict=True)
    ]


def _gains(file: HullFile, student: list[list[Real]]) -> list[Real | None]:
    """Return E sum_c v log(student/teacher) for each model v; None where Real(v, teacher) = inf."""
    total, gains = Real(sum(file.weights)), []
    teacher = [_row(row) for row in file.teacher]
    logs = [
        [(s / g).ln() if s and g else None for s, g in zip(*rows, strict=True)]
        for rows in zip(student, teacher, strict=True)
    ]
    for model in file.models:
        terms = [
            (w * v, g, log)
            for w, row, teacher_row, log_row in zip(file.weights, model, teacher, logs, strict=True)
            for v, g, log in zip(_row(row), teacher_row, log_row, strict=True)
            if w and v
        ]
        dead = any(not g for _, g, _ in terms)
        gains.append(
            None if dead else sum((x * (log or 0) for x, _, log in terms), Real(0)) / total
        )
    return gains


def _exponent(file: HullFile, student: list[list[Real]], gap: Real) -> int:
    """Return the largest e <= 64 with gap <= w t x^2 (1 - x/2), x = 2^-e, at every entry t > 0."""
    total = Real(sum(file.weights))
    least = min(
        w / total * t for w, row in zip(file.weights, student, strict=True) for t in row if w and t
    )
    exponent = SMALLEST_RADIUS
    while exponent and gap * Real("1.001") > least * Real(4) ** -exponent * (
        1 - Real(2) ** (-exponent - 1)
    ):
        exponent -= 1
    return exponent
