"""Convex functions of one variable: Newton's method with an active set of knots.

    min Σ_i w_i d(f_i)    over f convex in the increasing places x_1 < ... < x_n.

A minimiser is linear between few knots. Each pass takes the slope and the curvature at f, adds in
every segment (a, b) the knot whose tent down promises most, by the Newton decrement

    <slope, tent_j>^2 / <tent_j, curvature tent_j>,    tent_j linear from 0 at a to 1 at j to 0 at b,

and minimises the quadratic over the convex functions with these knots. Where a step leaves the
domain, the curvature is the secant's, whose minimum in each point is the teacher itself; so values
may fall or rise by orders of magnitude in one step. The line search looks at slopes, not at values,
which know small predictions only up to the rounding of large ones. A long line starts from the
solution on runs of points.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from kl_regression.classes.convex import convex_support
from kl_regression.solvers.scalar import Column, Scalar
from kl_regression.solvers.tridiagonal import Index, Knots, Model, Shares, convex_minimiser
from kl_regression.tolerance import EPS, Extended, Sum, running_sums

PASSES = 300
PATIENCE = 25
PROGRESS = 0.9
SHRINK = 0.95
"""How far towards an end of the domain a step may go."""
OVERSHOT = 0.5
"""The slope along a step may come out positive, up to this part of what it was."""
HALVINGS = 40
RUN = 8
"""How many points are one on the coarser line."""
COARSE = 256
"""Points up to which a line is solved from a constant."""
STEEP = 400.0
Watch = Callable[[int, float], None]


@dataclass(frozen=True)
class Line:
    """The problem: an objective on points in increasing order of their places, shape (n,)."""

    scalar: Scalar
    places: Column

    def coarser(self) -> tuple["Line", Index]:
        """Return the line of runs of points, and where they begin."""
        starts = np.arange(0, len(self.places) - RUN + 1, RUN)
        weights = self.scalar.weights
        mass = np.add.reduceat(weights, starts)
        middles = np.add.reduceat(weights * self.places, starts) / mass
        first, last = self.places[starts], self.places[np.append(starts[1:], len(self.places)) - 1]
        return Line(self.scalar.pooled(starts), np.clip(middles, first, last)), starts

    def gap(self, f: Column, slope: Column, bend: Column) -> Sum:
        """Bound <slope, f - v> over the convex functions in the range of teacher and f."""
        g = self.scalar.column
        low, high = min(float(g.min()), float(f.min())), max(float(g.max()), float(f.max()))
        bound = convex_support(-slope, self.places, low, high)
        own = slope * f
        bits = EPS * float((np.abs(bend * f)).sum()) * (high - low)
        return Sum(bound.value + float(own.sum()), bound.rounding + bits)


@dataclass(frozen=True)
class Fit:
    """A convex function: its knots, its values there, and at all points its values and slope."""

    shares: Shares
    at_knots: Knots
    f: Column
    slope: Column


def fitted(line: Line, watch: Watch) -> Column:
    """Return the convex function of least gap that the method meets, shape (n,).

    Args:
        line: at least three points, of positive weight, at distinct places.
        watch: called with the pass and the gap, for progress.
    """
    return _solved(line, watch).f


def _solved(line: Line, watch: Watch) -> Fit:
    best = at = _start(line)
    least, idle, whole = np.inf, 0, True
    for count in range(PASSES):
        bend = line.scalar.bend(at.f)
        gap = line.gap(at.f, at.slope, bend)
        watch(count, gap.value)
        if not np.isfinite(gap.value):
            break
        idle = idle + 1 if whole and gap.value >= PROGRESS * least else 0
        if gap.value < least:
            best, least = at, gap.value
        if least <= gap.rounding or idle > PATIENCE:
            break
        new = _deepest(line, at, bend) if whole else at.shares.knots[:0]
        moved = _moved(line, at, bend, new)
        if moved is None:
            break
        at, whole = moved
    return best


def _start(line: Line) -> Fit:
    if len(line.places) > COARSE:
        coarse, starts = line.coarser()
        return _refined(line, coarse, starts, _solved(coarse, lambda _pass, _gap: None))
    g = line.scalar.column
    if line.scalar.low == 0.0 and float(g.max()) > STEEP * float(g.min()):
        root = _solved(replace(line, scalar=line.scalar.root()), lambda _pass, _gap: None)
        return _fit(line, root.shares.knots, root.at_knots**2)
    mean = float(line.scalar.means(np.zeros(1, dtype=np.int64))[0, -1])
    return _fit(line, np.array([0, len(line.places) - 1]), np.full(2, mean))


def _fit(line: Line, knots: Index, at_knots: Knots) -> Fit:
    shares = Shares.of(line.places, knots)
    f = shares.values(at_knots)
    return Fit(shares, at_knots, f, line.scalar.slope(f))


def _refined(line: Line, coarse: Line, starts: Index, found: Fit) -> Fit:
    """Return the coarse function on all points: its knots, and its lines beyond its ends."""
    inner = starts[found.shares.knots[1:-1]] + RUN // 2
    knots = np.concatenate([[0], inner, [len(line.places) - 1]])
    places = coarse.places[found.shares.knots]
    at_knots = np.interp(line.places[knots], places, found.at_knots)
    return _fit(line, knots, at_knots)


def _moved(line: Line, at: Fit, bend: Column, new: Index) -> tuple[Fit, bool] | None:
    """Return the next function, by a Newton step, or None where no step helps."""
    knots = np.sort(np.concatenate([at.shares.knots, new]))
    shares = Shares.of(line.places, knots)
    values = at.f[knots]
    for curvature in (bend, None):
        chosen = bend if curvature is not None else _secant(line, at, bend)
        model = Model(
            line.places[knots], shares.gathered(at.slope), *shares.bent(chosen)
        )
        target, kept = convex_minimiser(model, values)
        reach = _reach(line, values, target - values)
        if reach > 1.0:
            break
    length = 1.0 if reach > 1.0 else SHRINK * reach
    found, cut = _searched(line, at, knots, values, target, kept, length), False
    return None if found is None else (found[0], found[1] > 0.5)


def _secant(line: Line, at: Fit, bend: Column) -> Column:
    """Return the curvatures of the parabolas that are least at the teacher, shape (n,)."""
    apart = at.f - line.scalar.column
    with np.errstate(all="ignore"):
        secant = at.slope / apart
    return np.where(np.isfinite(secant) & (secant > 0.0), np.maximum(secant, bend), bend)


def _reach(line: Line, values: Knots, step: Knots) -> float:
    """Return how much of a step reaches an end of the domain."""
    room = np.where(step < 0.0, values - line.scalar.low, line.scalar.high - values)
    with np.errstate(all="ignore"):
        lengths = np.where(step == 0.0, np.inf, room / np.abs(step))
    return float(lengths.min())


def _searched(
    line: Line, at: Fit, knots: Index, values: Knots, target: Knots, kept: Index, length: float
) -> Fit | None:
    """Return the function at the longest step whose slope does not overshoot."""
    noise = EPS * float(np.abs(at.slope * at.f).sum())
    for _ in range(HALVINGS):
        if length == 1.0:
            trial = _fit(line, knots[kept], target[kept])
        else:
            trial = _fit(line, knots, values + length * (target - values))
        move = trial.f - at.f
        before, after = float(at.slope @ move), float(trial.slope @ move)
        if after <= OVERSHOT * abs(before) + noise:
            return trial, length
        length *= min(0.5, max(0.1, abs(before) / (abs(before) + after)))
    return None


def _deepest(line: Line, at: Fit, bend: Column) -> Index:
    """Return the point of each segment whose tent promises most, where one promises anything."""
    shares = at.shares
    x, knots = line.places, shares.knots
    hinges, unit = hinge_sums(at.slope, x)
    chord = shares.left * np.repeat(hinges[knots], np.diff(np.append(knots, len(x))))
    after = np.append(hinges[knots[1:]], 0.0)
    chord += shares.right * np.repeat(after, np.diff(np.append(knots, len(x))))
    sagging = np.asarray(chord - hinges, dtype=np.float64)
    rising, _ = running_sums(bend * shares.right**2)
    falling, _ = running_sums((bend * shares.left**2)[::-1])
    falling = np.append(falling[::-1][1:], 0.0)
    new = []
    for a, b in zip(knots[:-1], knots[1:], strict=True):
        if b - a < 2:
            continue
        inner = slice(a + 1, b)
        width = float(x[b] - x[a])
        left, right = shares.left[inner], shares.right[inner]
        down = sagging[inner] / (left * right * width)
        bent = np.asarray((rising[inner] - rising[a]) / right**2 + (falling[inner] - falling[b - 1]) / left**2, dtype=np.float64)
        promise = np.where(down > 0.0, down**2 / bent, 0.0)
        j = int(np.argmax(promise))
        if promise[j] > 0.0:
            new.append(a + 1 + j)
    return np.array(new, dtype=np.int64)


def hinge_sums(slope: Column, x: Column) -> tuple[Extended, float]:
    """Return Σ_{i <= j} slope_i (x_j - x_i) for every j, shape (n,), and its relative rounding."""
    sums, unit = running_sums(slope)
    steps = np.diff(x.astype(np.longdouble))
    moments, again = running_sums(np.append(0.0, sums[:-1] * steps))
    return moments, unit + again
