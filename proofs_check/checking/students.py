"""The true student of a tiny class, enclosed in balls.

On a segment the objective's derivative increases, so that its sign at rational points, read off
balls or off exact rationals, brackets the optimum. Of finitely many models the best is told by
disjoint balls. On a softmax layer with one feature and two classes the stationary points are
isolated by intervals, and the best of them is told by disjoint balls.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flint import arb, fmpq

Number = Any
Rationals = list[list[Any]]
BITS = 240
"""A bracket is halved this often."""


class NotDecidedError(ArithmeticError):
    """Balls overlap where a proof needs them apart."""


def true_student(
    loss: str,
    side: str,
    shape: str,
    models: Sequence[Rationals],
    teacher: Rationals,
    features: Sequence[int],
    ridge: int = 0,
) -> list[list[Number]]:
    """Return the student in balls, shape (n, k).

    Args:
        loss: the loss's name.
        side: where the student stands.
        shape: "hull" of one or two models, "points" or "softmax".
        models: rationals of shape (m, n, k).
        teacher: rationals of shape (n, k).
        features: of a softmax layer, shape (n,).
        ridge: lam of (lam/2) |Θ|^2 on a softmax layer's parameters.
    """
    if shape == "softmax":
        return _softmax_student(loss, side, teacher, features, ridge)
    if shape == "points":
        return _best(loss, side, models, teacher)
    if all(model == models[0] for model in models):
        return _mixed(models[0], models[0], fmpq(0))
    first, second = models
    share = _bracket(partial(_derivative, loss, side, first, second, teacher), fmpq(0), fmpq(1))
    return _mixed(first, second, share)


def _mixed(first: Rationals, second: Rationals, share: Number) -> list[list[Number]]:
    exact = isinstance(share, fmpq)

    def mixture(x: Any, y: Any) -> Number:
        return arb(x + share * (y - x)) if exact else arb(x) + share * arb(y - x)

    return [
        [mixture(x, y) for x, y in zip(a, b, strict=True)]
        for a, b in zip(first, second, strict=True)
    ]


def _bracket(derivative: Callable[[Any], Number], low: Any, high: Any) -> Number:
    """Return a ball about the zero of an increasing function on [low, high], or a rational one.

    Where the function has one sign it is the end that is nearer to zero.
    """
    if derivative(low) >= 0:
        return low
    if derivative(high) <= 0:
        return high
    step = (high - low) / fmpq(2) ** BITS
    for _ in range(BITS):
        middle = (low + high) / 2
        value = derivative(middle)
        if value == 0:
            return middle
        if value > 0:
            high = middle
        elif value < 0:
            low = middle
        else:
            low, high = max(low, middle - step), min(high, middle + step)
            if not derivative(low) <= 0 <= derivative(high):
                raise NotDecidedError
            break
    return arb(low).union(arb(high))


def _derivative(
    loss: str, side: str, first: Rationals, second: Rationals, teacher: Rationals, share: Any
) -> Number:
    """Return the objective's derivative at (1 - share) first + share second, all rational."""
    slopes = [
        (y - x) * _slope(loss, side, x + share * (y - x), g)
        for rows in zip(first, second, teacher, strict=True)
        for x, y, g in zip(*rows, strict=True)
        if x != y
    ]
    return sum(slopes[1:], slopes[0])


def _slope(loss: str, side: str, s: Any, g: Any) -> Number:
    """Return the derivative of d(s, g) or d(g, s) in s; infinite at a zero that s moves off."""
    if loss == "SquaredError":
        return 2 * (s - g)
    if loss == "ItakuraSaito":
        return _itakura_saito_slope(side, s, g)
    if g == 0:
        return arb.pos_inf() if side == "left" else fmpq(1)
    if s == 0:
        return arb.neg_inf()
    return (arb(s) / arb(g)).log() if side == "left" else 1 - g / s


def _itakura_saito_slope(side: str, s: Any, g: Any) -> Number:
    if side == "left":
        return 1 / g - 1 / s
    if not s < 2 * g:
        raise NotDecidedError  # d(g, s) is convex in s below 2g only
    return (s - g) / s**2


def _best(
    loss: str, side: str, models: Sequence[Rationals], teacher: Rationals
) -> list[list[Number]]:
    from proofs_check.checking.exact import ENTRIES

    def objective(model: Rationals) -> Number:
        pairs = [
            (arb(s), arb(g)) if side == "left" else (arb(g), arb(s))
            for row, other in zip(model, teacher, strict=True)
            for s, g in zip(row, other, strict=True)
        ]
        return sum((ENTRIES[loss](*pair) for pair in pairs), arb(0))

    best = _least(models, objective)
    return _mixed(best, best, fmpq(0))


def _least(candidates: Sequence[Any], objective: Callable[[Any], Number]) -> Any:
    """Return the candidate whose objective is proven to be the smallest."""
    values = [objective(candidate) for candidate in candidates]
    for candidate, value in zip(candidates, values, strict=True):
        if all(value is other or value < other for other in values):
            return candidate
    raise NotDecidedError


@dataclass(frozen=True)
class _Layer:
    """A softmax layer with one feature x and two classes, and its objective in the weight w.

    Args:
        form: "left" or "right" under KL, "squared" under squared error, where they are the same.
        points: for each point its feature, the teacher's two entries and their log odds.
        ridge: what is added is ridge w^2 / 2.
    """

    form: str
    points: list[tuple[int, Number, Number, Number]]
    ridge: Any

    def derivative(self, w: Any) -> Number:
        """Return the objective's derivative."""
        at = arb(w)
        slopes = (x * self._slope(at, x, one, odds)[0] for x, _, one, odds in self.points)
        return sum(slopes, self.ridge * at)

    def curvature(self, at: Number) -> Number:
        """Return the derivative of the derivative."""
        bends = (x * x * self._slope(at, x, one, odds)[1] for x, _, one, odds in self.points)
        return sum(bends, arb(self.ridge))

    def _slope(self, w: Number, x: int, one: Number, odds: Number) -> tuple[Number, Number]:
        """Return a point's slope in its logit u = w x, and the slope's derivative."""
        s = _sigmoid(w * x)
        bend = s * (1 - s)
        if self.form == "right":
            return s - one, bend
        if self.form == "left":
            return bend * (w * x - odds), bend * ((1 - 2 * s) * (w * x - odds) + 1)
        return 4 * bend * (s - one), 4 * bend * ((1 - 2 * s) * (s - one) + bend)

    def objective(self, w: Number) -> Number:
        """Return the divergence, summed over the points, and the ridge."""
        total = self.ridge * w * w / 2
        for x, zero, one, _ in self.points:
            for s, g in ((_sigmoid(-w * x), zero), (_sigmoid(w * x), one)):
                total += {
                    "left": lambda s=s, g=g: s * (s / g).log(),
                    "right": lambda s=s, g=g: g * (g / s).log(),
                    "squared": lambda s=s, g=g: (s - g) ** 2,
                }[self.form]()
        return total


def _sigmoid(logit: Number) -> Number:
    return 1 / (1 + (-logit).exp())


def _softmax_student(
    loss: str, side: str, teacher: Rationals, features: Sequence[int], ridge: int
) -> list[list[Number]]:
    """Return the rows (1 - σ(w x), σ(w x)) of the best w.

    Where the slope of each point points outwards there is no stationary point: beyond the largest
    |logit g / x|; a ridge points inwards. Θ = (-w, w)/2 has the least length of all that give w, so
    that the sum over n points has the ridge n lam |Θ|^2 / 2 = (n lam / 2) w^2 / 2.
    """
    points = [
        (x, arb(row[0]), arb(row[1]), (arb(row[1]) / arb(row[0])).log())
        for x, row in zip(features, teacher, strict=True)
    ]
    furthest = max(float(abs(odds / x).upper()) for x, _, _, odds in points)
    reach = 1 + math.ceil(furthest)
    form = "squared" if loss == "SquaredError" else side
    layer = _Layer(form, points, fmpq(len(points) * ridge, 2))
    roots = _stationary(layer.derivative, layer.curvature, fmpq(-reach), fmpq(reach))
    best = _least(roots, layer.objective)
    return [[_sigmoid(-best * x), _sigmoid(best * x)] for x in features]


def _stationary(
    derivative: Callable[[Any], Number],
    curvature: Callable[[Number], Number],
    low: Any,
    high: Any,
) -> list[Number]:
    """Return balls about every minimum on [low, high], by halving until each is isolated."""
    found, boxes = [], [(low, high)]
    while boxes:
        low, high = boxes.pop()
        box = arb(low).union(arb(high))
        bend = curvature(box)
        if derivative(box) > 0 or derivative(box) < 0 or bend < 0:
            continue
        if bend > 0:
            if derivative(low) < 0 < derivative(high):
                found.append(arb(_bracket(derivative, low, high)))
            elif not (derivative(low) > 0 or derivative(high) < 0):
                raise NotDecidedError
            continue
        middle = low + (high - low) * fmpq(500009, 1000000)  # no minimum at a simple fraction
        boxes += [(low, middle), (middle, high)]
    return found
