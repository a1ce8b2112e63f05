"""Convex functions of one variable: Newton's method with an active set of knots.

    min Σ_i w_i d(f_i)    over f convex in the increasing places x_1 < ... < x_n.

A minimiser is linear between few knots. Each pass takes the slope and the curvature at f, adds in
every segment (a, b) the points whose tents down promise most, by the Newton decrement

    <slope, tent>^2 / <tent, curvature tent>,    linear from 0 at a to 1 at the point to 0 at b,

and minimises the quadratic over the convex functions with these knots, dropping those that it does
not need (groeneboom:08, support reduction). Where that step would leave the domain, curvatures are
those of the parabolas that are least at the teacher, and values stop short of the ends. The line
search looks at slopes: values know small predictions only up to the rounding of large ones. The
function of least gap is what is returned.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from kl_regression.arrays import Predictions
from kl_regression.classes.hinges import Moments, Range, best_vertex
from kl_regression.solvers.scalar import Column, Scalar
from kl_regression.solvers.tridiagonal import Index, Knots, Model, Shares, convex_step
from kl_regression.tolerance import EPS, Sum

PASSES = 300
PATIENCE = 15
PROGRESS = 0.9
"""Passes that change the gap by less are idle; it may rise before it falls."""
SHRINK = 0.95
"""How far towards an end of the domain a step may go."""
WHOLE = 0.5
"""A shorter step is followed by one on the same knots: the model is not to be trusted yet."""
OVERSHOT = 0.5
"""The slope along a step may come out positive, up to this part of what it was."""
LEAST, MOST = 0.1, 0.5
"""By how much a step that overshot is shortened."""
HALVINGS = 40
HOLDS = 4
"""How often a step is sought again with the knots that would go too far held in their place."""
OFTEN = 4
"""Every so many passes knots are added though the model is not to be trusted."""
Watch = Callable[[int, float], None]


@dataclass(frozen=True)
class Line:
    """The problem: an objective on points in increasing order of their places, shape (n,)."""

    scalar: Scalar
    places: Column

    def fit(self, knots: Index, at_knots: Predictions) -> "Fit":
        """Return the function with these predictions at its knots."""
        return Fit.of(self, Shares.of(self.places, knots), at_knots, np.arange(len(knots)))


@dataclass(frozen=True)
class Fit:
    """A convex function.

    Args:
        knots: which points are its knots, shape (q,), with the first and the last.
        student: its predictions, shape (n, 1), or pairs (1 - f, f) with digits in both.
        slope: the weighted derivative of the objective there, shape (n,).
        bend: the weighted second derivative.
    """

    knots: Index
    student: Predictions
    slope: Column
    bend: Column

    @classmethod
    def of(cls, line: Line, shares: Shares, at_knots: Predictions, kept: Index) -> "Fit":
        """Return the function with these predictions at knots, of which only some are needed."""
        student = np.column_stack([shares.values(column) for column in _paired(at_knots).T])
        slope, bend = line.scalar.slope_at(student), line.scalar.bend_at(student)
        return cls(shares.knots[kept], student, slope, bend)

    @property
    def f(self) -> Column:
        """The free column, shape (n,)."""
        return self.student[:, -1]

    def gap(self, line: Line, moments: Moments) -> Sum:
        """Bound <slope, f - v> over the convex v in the range of teacher and f.

        Its rounding counts the last bits of f, to first order.
        """
        g = line.scalar.column
        low, high = min(float(g.min()), float(self.f.min())), float(max(g.max(), self.f.max()))
        bound, _ = best_vertex(moments, line.places, Range(low, high))
        bits = EPS * float(np.abs(self.bend * self.student.prod(axis=1)).sum()) * (high - low)
        return Sum(bound.value + float(self.slope @ self.f), bound.rounding + bits)


def _paired(values: Predictions) -> Predictions:
    """Return pairs whose larger entry is what the smaller leaves of 1, and one column as it is.

    Both entries take steps of their own, whose rounding would add up.
    """
    if values.shape[1] == 1:
        return values
    first, second = values.T
    less = first < second
    return np.column_stack(
        [np.where(less, first, 1.0 - second), np.where(less, 1.0 - first, second)]
    )


def fitted(line: Line, start: Fit, watch: Watch) -> Fit:
    """Return the convex function of least gap that the method meets.

    Args:
        line: points of positive weight at distinct places.
        start: a convex function inside the domain.
        watch: called with the pass and the gap, for progress.
    """
    best = at = start
    least, mark, idle, length = np.inf, 0.0, 0, 1.0
    for count in range(PASSES):
        moments = Moments.of(-at.slope, line.places)
        gap = at.gap(line, moments)
        watch(count, gap.value)
        if not np.isfinite(gap.value):
            break
        if PROGRESS * mark <= gap.value <= mark / PROGRESS:
            idle += length > WHOLE
        else:
            mark, idle = gap.value, 0
        if gap.value < least:
            best, least = at, gap.value
        if least <= gap.rounding or idle > PATIENCE:
            break
        trusted = length > WHOLE or count % OFTEN == 0
        new = _promising(line, at, moments) if trusted else at.knots[:0]
        try:
            at, length = _moved(line, at, new)
        except ArithmeticError:
            break
        if length == 0.0:
            break
    return best


def _moved(line: Line, at: Fit, new: Index) -> tuple[Fit, float]:
    """Return the next function, and how much of the Newton step to it was taken; 0 for none."""
    shares = Shares.of(line.places, np.sort(np.concatenate([at.knots, new])))
    values, slope = at.student[shares.knots], shares.gathered(at.slope)
    model = Model(line.places[shares.knots], slope, *shares.bent(at.bend))
    step, part = _inside(line, model, values)
    if part < WHOLE:
        diagonal, beside = shares.bent(_secant(line, at))
        step, _ = _inside(line, replace(model, diagonal=diagonal, beside=beside), values)
    length, noise = 1.0, EPS * float(np.abs(at.slope * at.f).sum())
    for _ in range(HALVINGS):
        moved = values + np.outer(length * step, [-1.0, 1.0][-values.shape[1] :])
        trial = Fit.of(line, shares, moved, model.kinks(moved[:, -1]))
        move = shares.values(length * step)
        before, after = abs(float(at.slope @ move)), float(trial.slope @ move)
        if after <= OVERSHOT * before + noise:
            return trial, length * part
        length *= min(MOST, max(LEAST, before / (before + after)))
    return at, 0.0


def _inside(line: Line, model: Model, values: Predictions) -> tuple[Knots, float]:
    """Return a convex step that stays inside the domain, and how much of Newton's it promises.

    Convex values that would fall too far are kept above a part of what they were: the larger of
    two convex functions is convex. Only the two ends can rise too far, and they are held.
    """
    f = values[:, -1]
    low, high = SHRINK * (line.scalar.low - f), np.full_like(f, np.inf)
    if values.shape[1] > 1:
        high[[0, -1]] = SHRINK * values[[0, -1], 0]
    step = newton = convex_step(model, f)
    for _ in range(HOLDS):
        out = np.flatnonzero((step < low) | (step > high))
        if len(out) == 0:
            break
        limits = np.where(step < low, low, high)
        step = convex_step(model.held(out, limits[out]), f)
    if step is newton:
        return step, 1.0
    step = np.maximum(step, low)
    step = step * _share(step, low, high)
    shorter = newton * _share(newton, low, high)
    chosen = min(step, shorter, key=lambda moved: float(model.slope @ moved))
    return chosen, float(model.slope @ chosen) / float(model.slope @ newton)


def _share(step: Knots, low: Knots, high: Knots) -> float:
    """Return how much of a step is between two others."""
    lengths = np.where(step < 0.0, low / step, np.where(step > 0.0, high / step, np.inf))
    return min(1.0, float(lengths.min()))


def _secant(line: Line, at: Fit) -> Column:
    """Return curvatures no less than those of the parabolas that are least at the teacher."""
    secant = at.slope / (at.f - line.scalar.column)
    usable = np.isfinite(secant) & (secant > at.bend)
    return np.where(usable, secant, at.bend)


def _promising(line: Line, at: Fit, moments: Moments) -> Index:
    """Return the points of each segment's halves whose tents promise most, if any does."""
    hinges = np.asarray(moments.before, dtype=np.float64)
    new: list[int] = []
    for a, b in zip(at.knots[:-1], at.knots[1:], strict=True):
        if b - a < 2:
            continue
        x, bend = line.places[a : b + 1], at.bend[a + 1 : b]
        width = x[-1] - x[0]
        left, right = (x[-1] - x[1:-1]) / width, (x[1:-1] - x[0]) / width
        rise = hinges[a + 1 : b] - left * hinges[a] - right * hinges[b]
        down = rise / (left * right * width)
        bent = np.cumsum(bend * right**2) / right**2
        falling = np.cumsum((bend * left**2)[::-1])[::-1]
        bent[:-1] += falling[1:] / left[:-1] ** 2
        promise = np.where(down > 0.0, down * (down / bent), 0.0)
        half = len(promise) // 2
        for part, begin in ((promise[:half], a + 1), (promise[half:], a + 1 + half)):
            if len(part):
                j = int(np.argmax(part))
                if part[j] > 0.0:
                    new.append(begin + j)
    return np.array(new, dtype=np.int64)
