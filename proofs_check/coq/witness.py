"""What helps Coq and need not be trusted: a precision, a gap, a radius.

Everything here is computed in decimals of the standard library and may be wrong: then Coq refuses
the file. It cannot make a false claim pass.
"""

import decimal
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal as D

from proofs_check.coq.hull_file import Decimal, HullFile

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
    with decimal.localcontext(decimal.Context(prec=math.ceil(2 * bits * math.log10(2)) + 40)):
        student = _mixture(file, file.student)
        gains = _gains(file, student)
        misfit = _dot(file.student, [gain or D(0) for gain in gains]) / sum(file.student)
        gap = max((misfit - gain for gain in gains if gain is not None), default=D(0))
        digits = 2 * bits if gap <= 0 else SPARE_DIGITS - gap.adjusted()
        rounded = Decimal(int(max(gap, D(0)) * 10**digits) + (gap > 0), digits)
        exponent = _exponent(file, student, max(gap, D(0)))
        claimed = max(digits_of for pair in file.claims.values() for digits_of in map(_digits, pair))
        need = max(-math.floor(gap.adjusted()) if gap > 0 else 0, claimed)
        terms = len(file.teacher) * len(file.teacher[0]) * len(file.models)
        precision = math.ceil(need * math.log2(10)) + terms.bit_length() + GUARD_BITS
    return Witness(precision, exponent, rounded)


def _digits(claim: Decimal) -> int:
    return claim.digits


def _row(row: Sequence[int]) -> list[D]:
    total = D(sum(row))
    return [x / total for x in row]


def _dot(weights: Sequence[int], values: Sequence[D]) -> D:
    return sum((w * v for w, v in zip(weights, values, strict=True)), D(0))


def _mixture(file: HullFile, weights: Sequence[int]) -> list[list[D]]:
    """Return the rows of a mixture of the models."""
    total, models = D(sum(weights)), [[_row(row) for row in model] for model in file.models]
    return [
        [_dot(weights, column) / total for column in zip(*rows, strict=True)]
        for rows in zip(*models, strict=True)
    ]


def _gains(file: HullFile, student: list[list[D]]) -> list[D | None]:
    """Return E sum_c v log(student/teacher) for each model v; None where D(v, teacher) = inf."""
    total, gains = D(sum(file.weights)), []
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
        gains.append(None if dead else sum((x * (log or 0) for x, _, log in terms), D(0)) / total)
    return gains


def _exponent(file: HullFile, student: list[list[D]], gap: D) -> int:
    """Return the largest e <= 64 with gap <= w t x^2 (1 - x/2), x = 2^-e, at every entry t > 0."""
    total = D(sum(file.weights))
    least = min(w / total * t for w, row in zip(file.weights, student, strict=True) for t in row if w and t)
    exponent = SMALLEST_RADIUS
    while exponent and gap * D("1.001") > least * D(4) ** -exponent * (1 - D(2) ** (-exponent - 1)):
        exponent -= 1
    return exponent
