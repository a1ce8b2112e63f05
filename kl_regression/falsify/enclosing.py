"""The true student of a table of integers, enclosed in balls: no solver is believed.

On a path with a monotone derivative its sign brackets the root. On a path without, boxes of t are
discarded where the objective is proven larger than at some point, or its derivative of one sign.
A hull of three and more models has its student on a segment of two when every other model is
proven to lie uphill. Where nothing is proven the answer is None.
"""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from flint import arb, fmpq

from kl_regression.arithmetic import Arithmetic
from kl_regression.cases import Cases
from kl_regression.falsify.paths import Path, Segment, Softmax
from kl_regression.falsify.ranges import Ranges, ratio
from kl_regression.falsify.solving import objective, path_of

DEPTH = 200
"""Bisections of a bracket: more than a proof at the working precision can use."""

BESIDE = fmpq(1, 2**150)
"""A step from an undecided point: its sign is clear at the working precision."""

BOXES = 4096
"""Boxes that a search without convexity may keep; with more it gives up."""

FINEST = 40
"""Halvings of a box before what is left is taken as it is."""


def fractions(table: Any) -> Any:
    """Return integers of shape (r, n, k) as exact fractions of shape (1, r, n, k)."""
    return np.frompyfunc(lambda entry: Fraction(int(entry)), 1, 1)(np.asarray(table)[None])


def balls(values: Any) -> Any:
    """Return fractions or integers as balls, elementwise."""
    return np.frompyfunc(_ball, 1, 1)(values)


def _ball(value: Any) -> Any:
    if isinstance(value, arb):
        return value
    exact = Fraction(value)
    return arb(fmpq(exact.numerator, exact.denominator))


def enclose(table: Any, ranges: Ranges, x: Arithmetic) -> Cases | None:
    """Return the case of integers of shape (r, n, k) with its true student in balls, or None."""
    exact = fractions(table)
    teacher, models, truth = ranges.parts(exact)
    points = teacher.shape[1]
    cases = Cases(
        teacher=balls(teacher),
        student=balls(models[:, 0]),
        truth=balls(truth),
        weights=arb(fmpq(1, points)),
        loss=ranges.loss,
        x=x,
    )
    if ranges.students == "any":
        return replace(cases, scores=(teacher, models[:, 0]))
    if ranges.students == "points":
        return _nearest(cases, balls(models), ranges)
    if ranges.students == "softmax":
        cases = replace(cases, truth=balls(_powers(ratio(exact[:, -1]).item(), models[:, 0])))
        return _on_path(cases, path_of(cases, models, ranges))
    return _on_hull(cases, balls(models), ranges)


def _powers(base: Fraction, exponents: Any) -> Any:
    """Return base^x over its row sums, exactly, shape (b, n, k)."""
    grown = np.frompyfunc(lambda e: base ** int(e), 1, 1)(exponents)
    return grown / grown.sum(axis=2, keepdims=True)


def _nearest(cases: Cases, models: Any, ranges: Ranges) -> Cases | None:
    """Return the case with the nearest of finitely many models, where it is proven nearest."""
    candidates = [models[:, j] for j in range(models.shape[1])]
    values = [objective(cases, candidate, ranges.side).item() for candidate in candidates]
    for j, value in enumerate(values):
        if all(value < other for i, other in enumerate(values) if i != j):
            return replace(cases, student=candidates[j])
    return None


def _on_hull(cases: Cases, models: Any, ranges: Ranges) -> Cases | None:
    """Return the case with the student of a hull, found on a segment of two of its models."""
    count = models.shape[1]
    if count == 1:
        return cases
    for pair in combinations(range(count), 2):
        path = path_of(cases, models[:, list(pair)], ranges)
        found = _on_path(cases, path)
        if found is None:
            continue
        others = [j for j in range(count) if j not in pair]
        if all(_uphill(cases, found.student, models[:, j], ranges) for j in others):
            return found
    return None


def _uphill(cases: Cases, student: Any, model: Any, ranges: Ranges) -> bool:
    """Tell whether the objective is proven not to fall from the student towards a model."""
    path = path_of(cases, np.stack([student, model], axis=1), ranges)
    return bool(_slope(path, arb(0)) >= 0)


def _on_path(cases: Cases, path: Path) -> Cases | None:
    t = _bracket(path) if path.convex else _search(path, cases)
    return None if t is None else replace(cases, student=path.at(t))


def _slope(path: Path, t: Any) -> Any:
    return path.terms(t).sum()


def _bracket(path: Path) -> Any:
    """Return a ball around the root of a monotone derivative, or None where it has none inside."""
    low, high = (fmpq(end) for end in path.reach)
    inside = isinstance(path, Segment)
    if _slope(path, arb(low)) >= 0:
        return arb(low) if inside else None
    if _slope(path, arb(high)) <= 0:
        return arb(high) if inside else None
    if not (_slope(path, arb(low)) < 0 and _slope(path, arb(high)) > 0):
        return None
    for _ in range(DEPTH):
        middle = (low + high) / 2
        sign = _slope(path, arb(middle))
        if sign > 0:
            high = middle
        elif sign < 0:
            low = middle
        else:  # the root itself, or too near to it to tell: look just beside
            below, above = middle - BESIDE, middle + BESIDE
            low = below if _slope(path, arb(below)) < 0 else low
            high = above if _slope(path, arb(above)) > 0 else high
            break
    return arb(low).union(arb(high))


def _search(path: Path, cases: Cases) -> Any:
    """Return a ball around every global minimiser of an objective that is not convex, or None."""
    first, last = path.reach
    parts = 1 if isinstance(path, Segment) else last - first
    width = fmpq(last - first, parts)
    boxes = [(first + width * i, first + width * (i + 1)) for i in range(parts)]
    best = _height(path, cases, arb(first)).upper()
    for _ in range(FINEST):
        halves = [half for low, high in boxes for half in _halves(low, high)]
        best = min([best] + [_height(path, cases, arb(high)).upper() for _, high in halves])
        boxes = [box for box in halves if _may_hold(path, cases, box, best)]
        if not 0 < len(boxes) <= BOXES:
            return None
    if isinstance(path, Softmax) and not (_tail(path, cases) > best):
        return None
    return arb(min(low for low, _ in boxes)).union(arb(max(high for _, high in boxes)))


def _halves(low: Any, high: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    middle = (low + high) / 2
    return (low, middle), (middle, high)


def _height(path: Path, cases: Cases, t: Any) -> Any:
    return objective(cases, path.at(t), path.side).item()


def _may_hold(path: Path, cases: Cases, box: tuple[Any, Any], best: Any) -> bool:
    """Tell whether a box may hold a minimiser: it is neither too high nor a slope inside."""
    low, high = box
    first, last = path.reach
    t = arb(low).union(arb(high))
    slope = _slope(path, t)
    if (slope > 0 and low > first) or (slope < 0 and high < last):
        return False
    middle = arb((low + high) / 2)
    mean_value = _height(path, cases, middle) + slope * (t - middle)
    return not (mean_value > best)


def _tail(path: Softmax, cases: Cases) -> Any:
    """Return a lower bound of D(s, g) for |t| > WIDEST: all but the extreme outputs vanish."""
    points, classes = path.exponents.shape[1:]
    small = (-arb(path.reach[1])).exp()
    bounds = []
    for sign in (1, -1):
        total = arb(0)
        for i in range(points):
            row = sign * path.exponents[0, i]
            top = row == row.max()
            share = arb(1) / int(top.sum())
            kept = share * (1 - classes * small)  # the others are below `small`, relative to it
            for c in range(classes):
                log_g = cases.teacher[0, i, c].log()
                s = kept.union(share) if top[c] else arb(0).union(small)
                entropy = s * s.log() if top[c] else (small * small.log()).union(arb(0))
                total += entropy - s * log_g
        bounds.append((total / points).lower())
    return min(bounds)
