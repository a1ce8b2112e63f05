"""The true student of a tiny class, enclosed in balls.

On a segment the objective's derivative increases, so that its sign at rational points, read off
balls or off exact rationals, brackets the optimum. Of finitely many models the best is told by
disjoint balls. On a softmax layer with one feature and two classes the stationary points are
isolated by intervals, and the best of them is told by disjoint balls.
"""

from collections.abc import Callable, Sequence
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
) -> list[list[Number]]:
    """Return the student in balls, shape (n, k).

    Args:
        loss: the loss's name.
        side: where the student stands.
        shape: "hull" of one or two models, "points" or "softmax".
        models: rationals of shape (m, n, k).
        teacher: rationals of shape (n, k).
        features: of a softmax layer, shape (n,).
    """
    if shape == "softmax":
        return _softmax_student(side, teacher, features)
    if shape == "points":
        return _best(loss, side, models, teacher)
    if len(models) == 1:
        return _mixed(models[0], models[0], arb(0))
    first, second = models
    share = _bracket(partial(_derivative, loss, side, first, second, teacher), fmpq(0), fmpq(1))
    return _mixed(first, second, share)


def _mixed(first: Rationals, second: Rationals, share: Number) -> list[list[Number]]:
    return [
        [arb(x) + share * arb(y - x) for x, y in zip(a, b, strict=True)]
        for a, b in zip(first, second, strict=True)
    ]


def _bracket(derivative: Callable[[Any], Number], low: Any, high: Any) -> Number:
    """Return a ball about the zero of an increasing function on [low, high], or the nearer end."""
    if derivative(low) >= 0:
        return arb(low)
    if derivative(high) <= 0:
        return arb(high)
    step = (high - low) / fmpq(2) ** BITS
    for _ in range(BITS):
        middle = (low + high) / 2
        value = derivative(middle)
        if value == 0:
            return arb(middle)
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
        (y - x) * _slope(loss, side, x + share * (y - x), g, growing=bool(y > x))
        for rows in zip(first, second, teacher, strict=True)
        for x, y, g in zip(*rows, strict=True)
        if x != y
    ]
    return sum(slopes[1:], slopes[0])


def _slope(loss: str, side: str, s: Any, g: Any, *, growing: bool) -> Number:
    """Return the derivative of d(s, g) or d(g, s) in s; infinite at a zero that s moves off."""
    if loss == "SquaredError":
        return 2 * (s - g)
    if loss == "ItakuraSaito":
        if side == "left":
            return 1 / g - 1 / s
        if not s < 2 * g:
            raise NotDecidedError  # d(g, s) is convex in s below 2g only
        return (s - g) / s**2
    if side == "right":
        if g == 0:
            return fmpq(1)
        return 1 - g / s if s != 0 else arb.neg_inf()
    if s == 0:
        return arb.neg_inf()
    return (arb(s) / arb(g)).log() if g != 0 else (arb.pos_inf() if growing else arb.neg_inf())


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

    return _mixed(*(2 * [_least(models, objective)]), arb(0))


def _least(candidates: Sequence[Any], objective: Callable[[Any], Number]) -> Any:
    """Return the candidate whose objective is proven to be the smallest."""
    values = [objective(candidate) for candidate in candidates]
    for candidate, value in zip(candidates, values, strict=True):
        if all(value is other or value < other for other in values):
            return candidate
    raise NotDecidedError


def _sigmoids(w: Number, features: Sequence[int]) -> list[Number]:
    return [1 / (1 + (-w * x).exp()) for x in features]


def _softmax_student(
    side: str, teacher: Rationals, features: Sequence[int]
) -> list[list[Number]]:
    """Return the rows (1 - σ(w x), σ(w x)) of the best w.

    Where the slope of each point points outwards there is no stationary point: beyond the largest
    |logit g / x|. On the right the objective is convex in w.
    """
    logits = [(arb(row[1]) / arb(row[0])).log() for row in teacher]
    reach = 1 + max(int((abs(v / x)).ceil().unique_fmpz()) for v, x in zip(logits, features, strict=True))

    def derivative(w: Any) -> Number:
        at = arb(w)
        terms = zip(features, _sigmoids(at, features), logits, teacher, strict=True)
        if side == "right":
            return sum((x * (s - arb(row[1])) for x, s, _, row in terms), arb(0))
        return sum((x * s * (1 - s) * (at * x - v) for x, s, v, _ in terms), arb(0))

    def curvature(at: Number) -> Number:
        terms = zip(features, _sigmoids(at, features), logits, strict=True)
        if side == "right":
            return sum((x * x * s * (1 - s) for x, s, _ in terms), arb(0))
        return sum(
            (x * x * s * (1 - s) * ((1 - 2 * s) * (at * x - v) + 1) for x, s, v in terms), arb(0)
        )

    def objective(w: Number) -> Number:
        pairs = [
            pair
            for s, row in zip(_sigmoids(w, features), teacher, strict=True)
            for pair in ((1 - s, arb(row[0])), (s, arb(row[1])))
        ]
        return sum(
            (a * (a / b).log() if side == "left" else b * (b / a).log() for a, b in pairs), arb(0)
        )

    roots = _stationary(derivative, curvature, fmpq(-reach), fmpq(reach))
    best = _least(roots, objective)
    return [[1 - s, s] for s in _sigmoids(best, features)]


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
                found.append(_bracket(derivative, low, high))
            elif not (derivative(low) > 0 or derivative(high) < 0):
                raise NotDecidedError
            continue
        middle = low + (high - low) * fmpq(500009, 1000000)  # no minimum at a simple fraction
        boxes += [(low, middle), (middle, high)]
    return found
