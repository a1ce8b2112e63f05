"""The path of a head's barrier problem, from a large μ to one below rounding.

Predictor and corrector (mehrotra:92) with the steps of head_pairs.py: predictions and prices stay
on their curves, so only two linear equations are ever broken, s = Φ W and Σ_i m_i φ_i z_i E = 0,
and a step is cut only where it would change a prediction by more than a few times itself. Passes
over the points are made in blocks that stay in the cache.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Predictions
from kl_regression.solvers.head_newton import Cells, Heads, NewtonSystem, Pressing, Values
from kl_regression.solvers.head_pairs import Masses, Pairs
from kl_regression.tolerance import EPS, HEAD_BLOCK, TINY

ITERATIONS = 150
RESTING = 1e3
"""Roundings of a prediction below which |s - Φ W| need not fall further."""
LEAST_FACTOR = 0.01
"""A step divides μ by a hundred at most."""
STEEP = 1e5
"""Where a price changes by so much as its prediction rises to its output's largest, it is an
unknown."""
PRESSING = 600
"""At most so many prices are unknowns of their own."""
PATIENCE = 30
SETTLING = 5
"""Steps without progress that are waited for once μ is below rounding."""

Watch = Callable[[int, float], None]


@dataclass(frozen=True)
class Task:
    """The problem that a path solves.

    Args:
        features: X, shape (n, d), well conditioned.
        mass: m > 0, shape (n, 1): the weights, and for points without weight a mean one.
        pairs: the curves.
        columns: E, shape (k, r).
        start: predictions to start from, shape (n, k), all positive.
        head: W with X W near ``start``, shape (d, k).
        mu: the barrier to start from.
        scale: the size of predictions.
    """

    features: Float[np.ndarray, "n d"]
    mass: Masses
    pairs: Pairs
    columns: Float[np.ndarray, "k r"]
    start: Predictions
    head: Heads
    mu: float
    scale: float


@dataclass(frozen=True)
class _Model:
    """What a pass over the points says of the current pairs.

    Args:
        pull: Σ m φ (z + D rest), shape (d, k), with z alone at pressing entries.
        centre: Σ m φ / s, shape (d, k), without pressing entries.
        system: the factored Newton matrix.
        off: the largest |Φ W - s|.
    """

    pull: Heads
    centre: Heads
    system: NewtonSystem
    off: float


class Path:
    """The pairs (s, z), the head W and the barrier μ, moved by ``advance``."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.s = task.start.copy()
        self.mu = task.mu
        self.z = task.pairs.price(self.s, self.mu)
        self.head = task.head
        self.ds = np.empty_like(self.s)
        self.curl = np.empty_like(self.s)

    def run(self, watch: Watch) -> None:
        """Advance until μ and |s - Φ W| are below rounding, or nothing improves."""
        least, lowest, idle = np.inf, np.inf, 0
        floor = EPS * self.task.scale
        for iteration in range(ITERATIONS):
            model = self._model()
            watch(iteration, self._gap())
            progress = model.off < 0.5 * least or self.mu < 0.9 * lowest
            idle = 0 if progress else idle + 1
            least, lowest = min(least, model.off), min(lowest, self.mu)
            resting = self.mu <= floor and model.off <= RESTING * floor
            patience = 1 if resting else SETTLING if self.mu <= floor else PATIENCE
            if idle >= patience or not np.isfinite(model.off):
                break
            self._advance(model)

    def _gap(self) -> float:
        """Return Σ m μ over all entries: the gap to the dual value once s = Φ W."""
        return self.mu * float(self.task.mass.sum()) * self.s.shape[1]

    def blocks(self) -> Iterator[slice]:
        """Yield blocks of rows that stay in the cache."""
        n, d = self.task.features.shape
        rows = max(HEAD_BLOCK // max(d, self.s.shape[1]), 1)
        for first in range(0, n, rows):
            yield slice(first, min(first + rows, n))

    def _model(self) -> _Model:
        """Assemble and factor the Newton system at the current pairs."""
        task, k = self.task, self.s.shape[1]
        d = task.features.shape[1]
        flat = self._steepest()
        normal = np.zeros((k, d, d))
        pull, centre = np.zeros((d, k)), np.zeros((d, k))
        rests, slopes, off = np.empty(len(flat)), np.empty(len(flat)), 0.0
        for part in self.blocks():
            x, m, s, z = task.features[part], task.mass[part], self.s[part], self.z[part]
            rest = x @ self.head - s
            off = max(off, float(np.abs(rest).max()))
            slope = task.pairs.rows(part).slope(s, self.mu)
            here, cells = _within(flat, part, k)
            rests[here], slopes[here] = rest.ravel()[cells], slope.ravel()[cells]
            slope, inverse = m * slope, m / s
            if len(cells):
                slope.ravel()[cells] = inverse.ravel()[cells] = 0.0
            for c in range(k):
                normal[c] += (slope[:, c, None] * x).T @ x
            pull += x.T @ (m * z + slope * rest)
            centre += x.T @ inverse
        row, column = np.divmod(flat, k)
        pressing = Pressing(flat, task.features[row], column, task.mass[row, 0], slopes, rests)
        return _Model(pull, centre, NewtonSystem(normal, pressing, self._columns()), off)

    def _columns(self) -> Float[np.ndarray, "k r"]:
        """Return E: where rows of W keep their sum, the largest output makes up for the others.

        An output that is tiny at every point could not be what is left of large ones.
        """
        columns = self.task.columns.copy()
        if columns.shape[0] > columns.shape[1]:
            largest = int(np.argmax([output.sum() for output in self.s.T]))
            columns[[largest, -1]] = columns[[-1, largest]]
        return columns

    def _steepest(self) -> Cells:
        """Return the places where a price is steep in its prediction, the steepest if many.

        Beside the largest of its output: rounding of Φ W is relative to that.
        """
        k, found, slopes = self.s.shape[1], [np.empty(0, dtype=np.int64)], [np.empty(0)]
        steep = STEEP / np.array([output.max() for output in self.s.T])
        least = float(steep.min())
        for part in self.blocks():
            slope = self.task.pairs.rows(part).slope(self.s[part], self.mu).ravel()
            cells = np.flatnonzero(slope > least)
            cells = cells[slope[cells] > steep[cells % k]]
            found.append(cells + part.start * k)
            slopes.append(slope[cells])
        flat, slope = np.concatenate(found), np.concatenate(slopes)
        if len(flat) > PRESSING:
            flat = np.sort(flat[np.argpartition(-slope, PRESSING)[:PRESSING]])
        return flat

    def _advance(self, model: _Model) -> None:
        """Predict with μ = 0, choose the next μ, correct for curvature, and move."""
        task, (d, k) = self.task, self.head.shape
        self.curl.fill(0.0)
        step, prices = self._direction(model, -self.mu, np.zeros((d, k)))
        length = self._reach(model, step, prices, -self.mu)
        factor = max((1.0 - length) ** 3, LEAST_FACTOR)
        mu = max(factor * self.mu, 0.5 * EPS * task.scale, min(self.mu, task.pairs.lag * model.off))
        bent = self._bend(model, length, -self.mu, prices)
        step, prices = self._direction(model, mu - self.mu, bent)
        length = self._reach(model, step, prices, mu - self.mu)
        self._move(model, length, mu, step, prices)

    def _direction(self, model: _Model, rise: float, bent: Heads) -> tuple[Heads, Values]:
        """Return the step towards s·(...) = μ + rise - curl."""
        pressing = model.system.pressing
        s = self.s.ravel()[pressing.flat]
        curl = self.curl.ravel()[pressing.flat]
        return model.system.solve(model.pull - rise * model.centre + bent, (rise - curl) / s)

    def _reach(self, model: _Model, step: Heads, prices: Values, rise: float) -> float:
        """Store ds and return the longest step up to 1 that keeps its bounds."""
        pressing = model.system.pressing
        flat = pressing.flat
        shift = (rise - self.curl.ravel()[flat]) / self.s.ravel()[flat]
        fixed = (prices + shift) / pressing.slope
        head, k = self.head + step, self.s.shape[1]
        up = down = TINY
        for part in self.blocks():
            s = self.s[part]
            ds = self.task.features[part] @ head
            ds -= s
            here, cells = _within(flat, part, k)
            ds.ravel()[cells] = fixed[here]
            self.ds[part] = ds
            ds /= s
            up, down = max(up, float(ds.max())), max(down, float(-ds.min()))
        if not np.isfinite(up + down):
            raise np.linalg.LinAlgError("the step of the head is not finite")
        return min(1.0, self.task.pairs.growth / up, self.task.pairs.shrink / down)

    def _bend(self, model: _Model, length: float, rise: float, prices: Values) -> Heads:
        """Store the second-order part of the predictor's pairs; return Σ m φ curl / s."""
        task, flat = self.task, model.system.pressing.flat
        bent = np.zeros_like(self.head)
        for part in self.blocks():
            s, ds = self.s[part], length * self.ds[part]
            pairs = task.pairs.rows(part)
            dz = length * (pairs.slope(s, self.mu) * self.ds[part] - rise / s)
            here, cells = _within(flat, part, s.shape[1])
            dz.ravel()[cells] = length * prices[here]
            curl = np.clip(pairs.bend(s, ds, dz), -self.mu, self.mu)
            self.curl[part] = curl
            share = task.mass[part] * curl / s
            share.ravel()[cells] = 0.0
            bent += task.features[part].T @ share
        return bent

    def _move(self, model: _Model, length: float, mu: float, step: Heads, prices: Values) -> None:
        """Follow the tangent and come back to the curves: growth keeps s, shrinking keeps z."""
        flat, rise = model.system.pressing.flat, mu - self.mu
        after = self.mu + length * rise
        for part in self.blocks():
            s, ds, pairs = self.s[part], self.ds[part], self.task.pairs.rows(part)
            dz = pairs.slope(s, self.mu) * ds - (rise - self.curl[part]) / s
            here, cells = _within(flat, part, s.shape[1])
            dz.ravel()[cells] = prices[here]
            z = self.z[part] + length * dz
            grows = ds > 0.0
            moved = np.where(grows, s + length * ds, pairs.predicted(z, after))
            moved = np.maximum(moved, TINY)
            self.z[part] = np.where(grows, pairs.price(moved, after), z)
            self.s[part] = moved
        self.head = self.head + length * step
        self.mu = after


def _within(flat: Cells, part: slice, k: int) -> tuple[slice, Cells]:
    """Return which of the ascending places lie in a block of rows, and where in it."""
    here = slice(*np.searchsorted(flat, [part.start * k, part.stop * k]))
    return here, flat[here] - part.start * k
