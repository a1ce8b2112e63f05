"""The students on many small hulls at once: the hull's Newton method, a stack of instances a pass.

Every instance has its own mixture, step length and free models; what is shared is the pass. The
work is that of solvers/hull.py without its Python: thousands of instances cost a few hundred NumPy
operations, in blocks that stay in the cache.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from kl_regression.arrays import Side
from kl_regression.divergences import Loss
from kl_regression.solvers.batch_qp import solve_simplex_qps
from kl_regression.tolerance import EPS, EXACT_ULPS, STACK_BLOCK, TINY

PASSES = 60
PATIENCE = 3
ARMIJO = 0.01

Models = Float[np.ndarray, "b m f"] | Float[np.ndarray, "m f"]
Mixtures = Float[np.ndarray, "b m"]
Entries = Float[np.ndarray, "b f"]
Scalars = Float[np.ndarray, " b"]
Flags = Bool[np.ndarray, " b"]


@dataclass(frozen=True)
class Stack:
    """Hull problems of one shape, points and outputs in one axis of f = n k entries.

    Args:
        models: shape (b, m, f), or (m, f) where all instances share them.
        teacher: shape (b, f).
        mass: the weight of each entry, shape (b, f); 0 where it does not count.
        usable: which models may have weight, shape (b, m).
        loss: the divergence, convex in the student.
        side: where the student stands.
    """

    models: Models
    teacher: Entries
    mass: Entries
    usable: Bool[np.ndarray, "b m"]
    loss: Loss
    side: Side

    def take(self, kept: Flags | slice) -> "Stack":
        """Return the kept instances."""
        return replace(
            self,
            models=pick(self.models, kept),
            teacher=self.teacher[kept],
            mass=self.mass[kept],
            usable=self.usable[kept],
        )

    def blocks(self) -> Iterator[slice]:
        """Yield slices of instances whose models stay in the cache."""
        size, count = self.usable.shape
        block = max(STACK_BLOCK // (count * self.teacher.shape[1]), 1)
        yield from (slice(start, start + block) for start in range(0, size, block))

    def expand(self, mixtures: Mixtures) -> "Expansion":
        """Return value, slope and curvature of every objective at its mixture, in one pass."""
        found = Expansion(
            np.empty(len(mixtures)),
            np.empty_like(mixtures),
            np.empty_like(self.teacher),
            np.empty(len(mixtures)),
        )
        for part in self.blocks():
            self.take(part).expand_into(found.take(part), mixtures[part])
        return found

    def expand_into(self, found: "Expansion", mixtures: Mixtures) -> None:
        """Fill the expansion of a block of instances at their mixtures."""
        student = mix(self.models, mixtures)
        first, second = (student, self.teacher) if self.side == "left" else (self.teacher, student)
        entries, slope, bend = self.loss.expand(first, second, self.side)
        if not (self.mass.min() > 0 and student.min() > 0):
            counted = self.mass > 0
            entries = np.where(counted, entries, 0.0)
            slope = np.where(counted, np.clip(slope, -1 / TINY, 1 / TINY), 0.0)
            bend = np.where(counted & np.isfinite(bend), bend, 0.0)
        slope *= self.mass
        np.multiply(np.abs(bend, out=bend), self.mass, out=found.bend)
        found.value[:] = np.einsum("bf,bf->b", self.mass, entries)
        found.slope[:] = inner(self.models, slope)
        moved = np.abs(slope) + found.bend * student
        found.rounding[:] = EPS * np.einsum("bf,bf->b", student, moved)

    def hessians(self, bend: Entries) -> Float[np.ndarray, "b m m"]:
        """Return Σ_i bend_i v_ji v_li of every instance, shape (b, m, m)."""
        size, count = self.usable.shape
        found = np.empty((size, count, count))
        if self.models.ndim == 2:
            rows, columns = np.triu_indices(count)
            found[:, rows, columns] = bend @ (self.models[rows] * self.models[columns]).T
            found[:, columns, rows] = found[:, rows, columns]
            return found
        for part in self.blocks():
            models = self.models[part]
            found[part] = np.matmul(models * bend[part, None, :], models.swapaxes(1, 2))
        return found


@dataclass(frozen=True)
class Expansion:
    """Objectives at mixtures: values, slopes in the mixtures, curvatures, rounding of the gaps.

    The gap is known to EPS times the sum of |s φ'| and of s^2 φ'', as in solvers/hull.py.
    """

    value: Scalars
    slope: Mixtures
    bend: Entries
    rounding: Scalars

    def take(self, kept: Flags | slice) -> "Expansion":
        """Return the kept instances."""
        return Expansion(self.value[kept], self.slope[kept], self.bend[kept], self.rounding[kept])


def pick(models: Models, kept: Flags | slice) -> Float[np.ndarray, "..."]:
    """Return the models of the kept instances; all of them where they are shared."""
    return models if models.ndim == 2 else models[kept]


def mix(models: Models, mixtures: Mixtures) -> Entries:
    """Return Σ_j a_j v_j of every instance, shape (b, f)."""
    if models.ndim == 2:
        return mixtures @ models
    return np.matmul(mixtures[:, None, :], models)[:, 0]


def inner(models: Models, direction: Entries) -> Mixtures:
    """Return <direction, v_j> of every instance and model, shape (b, m)."""
    if models.ndim == 2:
        return direction @ models.T
    return np.matmul(models, direction[:, :, None])[:, :, 0]


def without_dead(stack: Stack) -> Stack:
    """Return the stack without the models at infinite divergence; with all where none is left."""
    zero = (stack.teacher == 0) & (stack.mass > 0)
    if stack.side == "right" or not stack.loss.vanishes_with_teacher or not zero.any():
        return stack
    usable = stack.usable.copy()
    for part in stack.blocks():
        usable[part] &= ~((pick(stack.models, part) > 0) & zero[part, None, :]).any(axis=2)
    return replace(stack, usable=usable | ~usable.any(axis=1, keepdims=True))


def _without_unreached(stack: Stack) -> Stack:
    """Return the stack without mass where every usable model is 0: no mixture changes it."""
    if stack.loss.domain.low != 0 or (stack.usable.all() and stack.models.min() > 0):
        return stack
    mass = stack.mass.copy()
    for part in stack.blocks():
        reached = (pick(stack.models, part) > 0) & stack.usable[part, :, None]
        mass[part] *= reached.any(axis=1)
    return replace(stack, mass=mass)


def centres(stack: Stack) -> Mixtures:
    """Return equal weights on the usable models, shape (b, m)."""
    return np.asarray(stack.usable / stack.usable.sum(axis=1, keepdims=True))


def solve_stack(stack: Stack) -> Mixtures:
    """Return the mixture weights of least gap that Newton's method found, shape (b, m)."""
    stack = _without_unreached(stack)
    start = centres(stack)
    best = start.copy()
    rows = np.arange(len(start))
    with np.errstate(all="ignore"):
        paths = _Paths(stack, start)
        for _ in range(PASSES):
            done = paths.advance()
            best[rows] = paths.best
            if done.all():
                break
            if 2 * np.count_nonzero(done) >= len(done):
                rows, paths = rows[~done], paths.take(~done)
    return best


class _Paths:
    """The Newton paths of a stack: where each instance is, where it tries next, its best point."""

    PARTS = ("mixture", "best", "step", "length", "descent", "value", "best_gap", "idle", "done")

    def __init__(self, stack: Stack, start: Mixtures) -> None:
        size = len(start)
        self.stack = stack
        self.mixture, self.best, self.step = start, start.copy(), np.zeros_like(start)
        self.length, self.descent = np.ones(size), np.zeros(size)
        self.value, self.best_gap = np.full(size, np.inf), np.full(size, np.inf)
        self.idle = np.zeros(size, dtype=np.int64)
        self.done = np.zeros(size, dtype=bool)

    def take(self, kept: Flags) -> "_Paths":
        """Return the kept instances."""
        other = _Paths(self.stack.take(kept), self.mixture[kept])
        for name in self.PARTS:
            setattr(other, name, getattr(self, name)[kept])
        return other

    def advance(self) -> Flags:
        """Take one pass at the points being tried; tell which instances are done."""
        trial = self.mixture + self.length[:, None] * self.step
        found = self.stack.expand(trial)
        enough = self.value + ARMIJO * self.length * self.descent + EPS * np.abs(self.value)
        accepted = ~self.done & (
            (found.value <= enough) | (-self.descent <= found.rounding) | np.isinf(self.value)
        )
        self.mixture = np.where(accepted[:, None], trial, self.mixture)
        self.value = np.where(accepted, found.value, self.value)
        self.length = np.where(accepted, 1.0, 0.5 * self.length)
        self._judge(accepted, found)
        self._aim(accepted & ~self.done, found)
        return self.done

    def _judge(self, accepted: Flags, found: Expansion) -> None:
        """Record the best points, and who is done: at the rounding, or resting near it."""
        lowest = np.where(self.stack.usable, found.slope, np.inf).min(axis=1)
        gap = np.einsum("bm,bm->b", found.slope, self.mixture) - lowest
        progress = gap < 0.5 * self.best_gap
        self.idle = np.where(accepted & progress, 0, self.idle + accepted)
        better = accepted & (gap < self.best_gap)
        self.best_gap = np.where(better, gap, self.best_gap)
        self.best[better] = self.mixture[better]
        resting = (self.best_gap <= EXACT_ULPS * found.rounding) & (self.idle >= PATIENCE)
        self.done |= accepted & ((gap <= found.rounding) | resting)

    def _aim(self, where: Flags, found: Expansion) -> None:
        """Set the steps to the minimisers of the quadratic models.

        A step that descends by less than the rounding of the gap is the last: by quadratic
        convergence the gap beyond it is of that size, and the certificate looks at it anyway.
        """
        if not where.any():
            return
        kept: Flags | slice = slice(None) if where.all() else where
        at, slope = self.mixture[kept], found.slope[kept]
        hessian = self.stack.take(kept).hessians(found.bend[kept])
        target = solve_simplex_qps(
            np.ascontiguousarray(hessian.transpose(1, 2, 0)),
            np.ascontiguousarray((slope - np.matmul(hessian, at[:, :, None])[:, :, 0]).T),
            np.ascontiguousarray(at.T),
            np.ascontiguousarray(self.stack.usable[kept].T),
        ).T
        self.step[kept] = target - at
        self.descent[kept] = np.einsum("bm,bm->b", slope, target - at)
        last = where & (-self.descent <= found.rounding)
        self.best[last] = self.mixture[last] + self.step[last]
        self.done |= last
