"""A claim read as a signed sum of divergences, which is what a certificate can state.

The claim is run on named predictions: D of two of them is a ``Form``, and sums and multiples of
forms are forms. Absolute values, maxima and minima are resolved by the values at hand; what was
decided is kept, since a certificate has to state it too. A claim of anything else is no such sum.
"""

from dataclasses import dataclass, fields, replace
from fractions import Fraction
from math import gcd, lcm
from numbers import Real
from typing import Any, ClassVar, cast

from kl_regression.cases import Cases
from kl_regression.falsify.conjecture import Conjecture

LONGEST = 200
"""Letters of a quantity in a certificate."""

NAMES = ("teacher", "student", "truth")


class NoSumError(TypeError):
    """The claim is made of something else than divergences, their sums and multiples."""


@dataclass(frozen=True, eq=False)
class Form:
    """A linear combination of divergences, and its value at the instance.

    Args:
        terms: coefficients by name, such as D(truth,teacher).
        value: the number, a float or a ball.
        decided: forms that must be positive for this one to stand for the claim.
    """

    terms: dict[str, Fraction]
    value: Any
    decided: tuple["Form", ...] = ()

    __array_ufunc__: ClassVar[None] = None
    """NumPy leaves arithmetic with forms to them."""

    def __add__(self, other: Any) -> "Form":
        if isinstance(other, Real) and other == 0:
            return self
        if not isinstance(other, Form):
            raise NoSumError
        names = {**self.terms, **other.terms}
        terms = {name: self.terms.get(name, 0) + other.terms.get(name, 0) for name in names}
        kept = {name: Fraction(c) for name, c in terms.items() if c}
        return Form(kept, self.value + other.value, self.decided + other.decided)

    def __mul__(self, factor: Any) -> "Form":
        return self._times(exactly(factor), self.value * factor)

    def __truediv__(self, divisor: Any) -> "Form":
        return self._times(1 / exactly(divisor), self.value / divisor)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> "Form":
        return self * -1

    def __sub__(self, other: Any) -> "Form":
        return self + -other

    def __rsub__(self, other: Any) -> "Form":
        return -self + other

    def __abs__(self) -> "Form":
        return larger(self, -self)

    def _times(self, exact: Fraction, value: Any) -> "Form":
        terms = {name: exact * c for name, c in self.terms.items() if exact}
        return Form(terms, value, self.decided)

    @property
    def quantity(self) -> str:
        """The certificate's name for the multiple with whole coefficients; empty if too long."""
        scale = Fraction(
            lcm(*(c.denominator for c in self.terms.values())),
            gcd(*(c.numerator for c in self.terms.values())) or 1,
        )
        whole = {name: int(c * scale) for name, c in self.terms.items()}
        if sum(abs(c) * (len(name) + 1) for name, c in whole.items()) > LONGEST:
            return ""
        plus = [name for name, c in whole.items() for _ in range(c)]
        minus = [f"-{name}" for name, c in whole.items() for _ in range(-c)]
        return "+".join(plus) + "".join(minus)


def exactly(number: Any) -> Fraction:
    """Return an integer, a float or a fraction as what it is; no arrays."""
    if not isinstance(number, Real):
        raise NoSumError
    return Fraction(cast("Any", number))


def larger(first: Any, second: Any) -> Form:
    """Return the larger of two forms, where their values tell; no arrays."""
    above = first - second
    for sign, winner in ((1, first), (-1, second)):
        if sign * above.value > 0:
            return replace(winner, decided=(*winner.decided, *above.decided, sign * above))
    raise NoSumError


def refuse(*_: Any) -> Any:
    """Raise the error that the claim is no signed sum; whatever the arrays."""
    raise NoSumError


class Deciding:
    """The arithmetic of forms: what a decision resolves; all else makes no signed sum."""

    encloses, rounding = True, 0.0
    absolute = staticmethod(abs)
    maximum = staticmethod(larger)
    array = number = total = where = log = log1p = exp = expm1 = sqrt = artanh = staticmethod(
        refuse
    )
    row_maximum = row_minimum = staticmethod(refuse)

    @staticmethod
    def minimum(first: Any, second: Any) -> Form:
        """Return the smaller of two forms; no arrays."""
        return -larger(-first, -second)


@dataclass(frozen=True, kw_only=True)
class Named(Cases):
    """A case whose divergences are forms: those of its own predictions, and no others.

    Args:
        measured: the case itself, for the values.
    """

    measured: Cases

    def d(self, p: Any, q: Any) -> Any:
        """Return D(p, q) as a form, of predictions of shape (1, n, k) that are the case's own."""
        names = [name for a in (p, q) for name in NAMES if a is getattr(self.measured, name)]
        if len(names) != len((p, q)):
            raise NoSumError
        value = self.measured.d(p, q).item()
        return Form({f"D({','.join(names)})": Fraction(1)}, value)

    def expect(self, values: Any) -> Any:
        """Raise the error that the claim is no signed sum; of arrays of any shape."""
        return refuse(values)


def signed_sums(conjecture: Conjecture, cases: Cases) -> list[str]:
    """Return quantities that prove a violation by being negative; none, for other claims.

    The first is the slack, up to a positive factor; the others are minus what was decided to be
    positive on the way to it.

    Args:
        conjecture: what is violated.
        cases: one case, predictions of shape (1, n, k), in balls or floats.
    """
    own = {f.name: getattr(cases, f.name) for f in fields(cases)}
    named = Named(**{**own, "x": Deciding()}, measured=cases)
    try:
        slack = conjecture.claim(named)
    except (TypeError, AttributeError):
        return []
    if not isinstance(slack, Form):
        return []
    quantities = [form.quantity for form in (slack, *(-form for form in slack.decided))]
    return list(dict.fromkeys(quantities)) if all(quantities) else []
