"""A slack of the theory as a signed sum of divergences, where it is one: read off its own formula.

The formulas of proofs_check are functions of an instance. Here they are given names instead of
predictions: what they add up is what a certificate may claim, and what is no sum says why.
"""

from collections import Counter
from fractions import Fraction
from math import lcm
from typing import Any

MOST = 4
"""How often a term may stand in a claim."""


class NotASumError(Exception):
    """A formula is no signed sum of divergences; the message says what it needs."""


class Sum:
    """A sum of divergences with rational coefficients; or minus its absolute value.

    Args:
        terms: coefficients by term, such as "D(f,student)".
        bent: whether the formula is minus the absolute value of this.
    """

    def __init__(self, terms: dict[str, Fraction], *, bent: bool = False) -> None:
        self.terms = {name: c for name, c in terms.items() if c}
        self.bent = bent

    def __add__(self, other: Any) -> "Sum":
        if other == 0:
            return self
        if not isinstance(other, Sum) or self.bent or other.bent:
            raise NotASumError("a number, or an absolute value, is added")
        names = {*self.terms, *other.terms}
        zero = Fraction(0)
        return Sum({n: self.terms.get(n, zero) + other.terms.get(n, zero) for n in names})

    __radd__ = __add__

    def __neg__(self) -> "Sum":
        return self if self.bent else Sum({name: -c for name, c in self.terms.items()})

    def __sub__(self, other: Any) -> "Sum":
        return self + -other

    def __rsub__(self, other: Any) -> "Sum":
        return -self + other

    def __mul__(self, times: Any) -> "Sum":
        if not isinstance(times, int):
            raise NotASumError("a product of two quantities")
        return Sum({name: c * times for name, c in self.terms.items()})

    __rmul__ = __mul__

    def __truediv__(self, by: Any) -> "Sum":
        if not isinstance(by, int):
            raise NotASumError("a quotient of two quantities")
        return Sum({name: c / by for name, c in self.terms.items()})

    def __abs__(self) -> "Sum":
        return Sum(self.terms, bent=True)

    def __getattr__(self, name: str) -> Any:
        raise NotASumError(f"a function of a divergence ({name})")

    def __lt__(self, other: Any) -> bool:
        raise NotASumError("the smaller or larger of two quantities")

    __le__ = __gt__ = __ge__ = __lt__

    def claim(self) -> str:
        """Return the sum as a claim's quantity: an integer multiple of the formula."""
        common = lcm(*(c.denominator for c in self.terms.values()))
        counts = Counter({name: int(c * common) for name, c in self.terms.items()})
        if not counts or max(map(abs, counts.values())) > MOST:
            raise NotASumError("coefficients that are no small integers")
        ordered = sorted(counts, key=lambda name: (counts[name] < 0, name))
        signed = [
            ("-" if counts[n] < 0 else "+") + n for n in ordered for _ in range(abs(counts[n]))
        ]
        return "".join(signed).removeprefix("+")


class Named:
    """A prediction of which only the name is known."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __iter__(self, *_: object) -> Any:
        raise NotASumError("single entries of predictions")

    __getitem__ = __len__ = __iter__


WORDS = {
    "l1": "an L1 distance",
    "price": "oscillation times total variation",
    "slope": "log ratios of single entries",
    "floor": "the smallest entry on the truth's support",
    "smaller_divergence": "the smaller of two divergences",
    "total": "an expectation that is no divergence",
    "rows": "an expectation that is no divergence",
}
"""What a formula needs where it asks an instance for this."""


class Symbolic:
    """An instance of names: it knows divergences and nothing else.

    Args:
        models: how many there are.
        other: whether another student stands in the true one's place.
    """

    def __init__(self, models: int, *, other: bool) -> None:
        self.f, self.g, self.computed = Named("f"), Named("teacher"), Named("other")
        self.s = self.computed if other else Named("student")
        self.models = [Named(f"model_{j}") for j in range(models)]

    def d(self, first: object, second: object) -> Sum:
        """Return D(first, second)."""
        if not isinstance(first, Named) or not isinstance(second, Named):
            raise NotASumError("a divergence from predictions that are made on the way")
        same = first.name == second.name
        return Sum({} if same else {f"D({first.name},{second.name})": Fraction(1)})

    @property
    def gain(self) -> Sum:
        """D(f, g) - D(f, s)."""
        return self.d(self.f, self.g) - self.d(self.f, self.s)

    @property
    def misfit(self) -> Sum:
        """D(s, g)."""
        return self.d(self.s, self.g)

    def __getattr__(self, name: str) -> Any:
        raise NotASumError(WORDS.get(name, f"what no certificate knows ({name})"))
