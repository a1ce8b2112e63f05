"""Tiny instances in ball arithmetic, with an enclosure of the TRUE student.

Everything is exact (rationals) or a ball that provably contains the number: a sign read off a ball
is proven. Terms are written anew here and share no code with the library that they judge.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb, ctx, fmpq

from kl_regression.theorems.counterexamples import Counterexample, Rows
from proofs_check.checking.students import true_student

PRECISION = 320
"""Bits of every ball."""

ctx.prec = PRECISION

Ball = Any
"""A real number known to lie in a ball (flint.arb)."""

Matrix = list[list[Ball]]
"""Predictions of shape (n, k) in balls."""


def balls(rows: Sequence[Sequence[Any]]) -> Matrix:
    """Return rational rows, shape (n, k), as balls of radius 0 or rounding."""
    return [[arb(entry) for entry in row] for row in rows]


def rational(rows: Rows, *, normalised: bool) -> list[list[Any]]:
    """Return integer rows of shape (n, k) as rationals, over their sum where normalised."""
    totals = [sum(row) if normalised else 1 for row in rows]
    return [[fmpq(x, t) for x in row] for row, t in zip(rows, totals, strict=True)]


@dataclass(frozen=True)
class Exact:
    """Teacher, truth, student and models in balls; expectations are over equally weighted points.

    Args:
        loss: the loss's name.
        g: the teacher, shape (n, k).
        f: the truth.
        s: the true student.
        models: what spans the class; empty for a softmax layer.
        computed: another student, where a theorem is about one that is not optimal.
    """

    loss: str
    g: Matrix
    f: Matrix
    s: Matrix
    models: list[Matrix] = field(default_factory=list)
    computed: Matrix = field(default_factory=list)

    def total(self, term: Callable[..., Ball], *arrays: Matrix) -> Ball:
        """Return E Σ_c term(a_c, b_c, ...)."""
        terms = [
            term(*entries)
            for rows in zip(*arrays, strict=True)
            for entries in zip(*rows, strict=True)
        ]
        return sum(terms, arb(0)) / len(self.g)

    def rows(self, term: Callable[..., Ball], *arrays: Matrix) -> Ball:
        """Return E term(a_i, b_i, ...) of whole rows."""
        return sum((term(*rows) for rows in zip(*arrays, strict=True)), arb(0)) / len(self.g)

    def d(self, first: Matrix, second: Matrix) -> Ball:
        """Return D(first, second)."""
        return self.total(ENTRIES[self.loss], first, second)

    @cached_property
    def slope(self) -> Matrix:
        """L = φ'(s) - φ'(g), which is log(s/g) under KL; 0 where both vanish."""
        return self.slope_of(self.s)

    def slope_of(self, student: Matrix) -> Matrix:
        """Return φ'(student) - φ'(g), shape (n, k)."""
        slope = SLOPES[self.loss]
        return [
            [slope(a, b) for a, b in zip(x, y, strict=True)]
            for x, y in zip(student, self.g, strict=True)
        ]

    @property
    def gain(self) -> Ball:
        """D(f, g) - D(f, s)."""
        return self.d(self.f, self.g) - self.d(self.f, self.s)

    @property
    def misfit(self) -> Ball:
        """D(s, g)."""
        return self.d(self.s, self.g)

    @property
    def smaller_divergence(self) -> Ball:
        """The smaller of D(g, s) and D(s, g)."""
        return least(self.d(self.g, self.s), self.misfit)

    @property
    def floor(self) -> Ball:
        """γ: the smallest entry of teacher and student on the truth's support."""
        entries = [
            entry
            for rows in zip(self.g, self.s, self.f, strict=True)
            for g, s, f in zip(*rows, strict=True)
            for entry in (g, s)
            if f != 0
        ]
        return least(*entries)

    def l1(self, first: Matrix, second: Matrix) -> Ball:
        """Return E ||first - second||_1."""
        return self.total(lambda a, b: abs(a - b), first, second)

    def price(self, slope: Matrix, first: Matrix, second: Matrix) -> Ball:
        """Return E osc_i(slope) TV_i(first, second)."""
        return self.rows(
            lambda row, a, b: (
                oscillation(row) * sum(abs(x - y) for x, y in zip(a, b, strict=True)) / 2
            ),
            slope,
            first,
            second,
        )


def solve(
    example: Counterexample,
    *,
    computed: Rows | None = None,
    student: Rows | None = None,
    ridge: int = 0,
) -> Exact:
    """Return an example in balls, its true student enclosed.

    Args:
        example: integers.
        computed: another student, shape (n, k), for claims about both.
        student: rows that stand in the true student's place, shape (n, k).
        ridge: lam of (lam/2) |Θ|^2, which a softmax layer's student minimises beside its loss.
    """
    normalised = example.normalised
    g, f = (rational(rows, normalised=normalised) for rows in (example.teacher, example.truth))
    softmax = example.shape == "softmax"
    features = [row[0] for row in example.models[0]] if softmax else []
    models = [] if softmax else [rational(m, normalised=normalised) for m in example.models]
    other = [] if computed is None else balls(rational(computed, normalised=normalised))
    if student is None:
        asked = example.loss.name, example.side, example.shape
        s = true_student(*asked, models, g, features, ridge)
    else:
        s = balls(rational(student, normalised=normalised))
    return Exact(example.loss.name, balls(g), balls(f), s, [balls(m) for m in models], other)


def least(*numbers: Ball) -> Ball:
    """Return the smallest; a ball that contains it where balls overlap."""
    value = numbers[0]
    for number in numbers[1:]:
        if number <= value:
            value = number
        elif not number >= value:
            value = (value + number - abs(value - number)) / 2
    return value


def most(*numbers: Ball) -> Ball:
    """Return the largest; a ball that contains it where balls overlap."""
    return -least(*(-number for number in numbers))


def oscillation(row: Sequence[Ball]) -> Ball:
    """Return max - min of a row; exactly 0 for one entry."""
    return most(*row) - least(*row) if len(row) > 1 else arb(0)


def xlogy(a: Ball, ratio: Callable[[], Ball]) -> Ball:
    """Return a log(ratio), and 0 for a = 0, where the ratio is not looked at."""
    return arb(0) if a == 0 else a * ratio().log()


def _logarithmic(a: Ball, b: Ball) -> Ball:
    if a == 0:
        return b
    return arb.pos_inf() if b == 0 else a * (a / b).log() - a + b


def _log_ratio(s: Ball, g: Ball) -> Ball:
    if s == 0:
        return arb(0) if g == 0 else arb.neg_inf()
    return arb.pos_inf() if g == 0 else (s / g).log()


ENTRIES: dict[str, Callable[[Ball, Ball], Ball]] = {
    "KL": _logarithmic,
    "GeneralizedKL": _logarithmic,
    "SquaredError": lambda a, b: (a - b) ** 2,
    "ItakuraSaito": lambda a, b: a / b - (a / b).log() - 1,
}
SLOPES: dict[str, Callable[[Ball, Ball], Ball]] = {
    "KL": _log_ratio,
    "GeneralizedKL": _log_ratio,
    "SquaredError": lambda s, g: 2 * (s - g),
    "ItakuraSaito": lambda s, g: 1 / g - 1 / s,
}


def digits(number: Ball) -> Fraction:
    """Return the middle of a ball."""
    man, exponent = number.mid().man_exp()
    return Fraction(int(man)) * Fraction(2) ** int(exponent)
