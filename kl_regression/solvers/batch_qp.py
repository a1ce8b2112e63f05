"""Many small simplex QPs at once: min <c, y> + y'Hy/2 over the simplex, a stack of them.

The active-set steps of solvers/simplex_qp.py (nocedal:06, Algorithm 16.3), every instance with its
own free coordinates. The stack's axis comes last, so that one NumPy operation is one elimination
step of all instances.
"""

import numpy as np
from jaxtyping import Bool, Float

from kl_regression.tolerance import EPS, TINY

SWEEPS = 4

Stacked = Float[np.ndarray, "m b"]
Matrices = Float[np.ndarray, "m m b"]
Masks = Bool[np.ndarray, "m b"]


def solve_simplex_qps(hessian: Matrices, linear: Stacked, start: Stacked, usable: Masks) -> Stacked:
    """Return y, shape (m, b): feasible, and the minimiser to the digits that H's condition leaves.

    Args:
        hessian: symmetric, positive semidefinite up to rounding, shape (m, m, b).
        linear: shape (m, b).
        start: feasible points, shape (m, b).
        usable: which coordinates may be positive, shape (m, b).
    """
    y = start.copy()
    left = np.arange(y.shape[1])
    state = _State(hessian, linear, start.copy(), usable, start > 0)
    for _ in range(SWEEPS * len(y) + SWEEPS):
        done = state.sweep()
        y[:, left[done]] = state.y[:, done]
        if done.all():
            left = left[:0]
            break
        if done.any():
            left, state = left[~done], state.take(~done)
    y[:, left] = state.y[:, : len(left)]
    y = np.maximum(y, 0.0)
    return np.asarray(y / y.sum(axis=0))


class _State:
    """The instances that are not solved yet: their data, points and free coordinates."""

    def __init__(
        self, hessian: Matrices, linear: Stacked, y: Stacked, usable: Masks, free: Masks
    ) -> None:
        self.hessian, self.linear, self.y = hessian, linear, y
        self.usable, self.free = usable, free
        self.rows = np.arange(y.shape[1])

    def take(self, kept: Bool[np.ndarray, " b"]) -> "_State":
        """Return the kept instances."""
        return _State(
            self.hessian[:, :, kept],
            self.linear[:, kept],
            self.y[:, kept],
            self.usable[:, kept],
            self.free[:, kept],
        )

    def slope(self) -> Stacked:
        """Return the gradient of every instance, shape (m, b)."""
        return self.linear + (self.hessian * self.y).sum(axis=1)

    def sweep(self) -> Bool[np.ndarray, " b"]:
        """Minimise on the free coordinates, block one, or free one; tell who is done."""
        step = equality_steps(self.hessian, self.slope(), self.free)
        falling = step < 0
        limits = np.where(falling, -self.y / np.where(falling, step, -1.0), np.inf)
        nearest = limits.min(axis=0)
        whole = nearest >= 1.0
        self.y += np.minimum(nearest, 1.0) * step
        blocked = (limits <= nearest) & ~whole
        self.y[blocked] = 0.0
        self.free &= ~blocked
        slope = self.slope()
        level = np.where(self.free, slope, 0.0).sum(axis=0) / self.free.sum(axis=0)
        reduced = np.where(self.usable & ~self.free, slope - level, 0.0)
        entering = reduced.argmin(axis=0)
        found = reduced[entering, self.rows]
        settled = found >= -EPS * np.maximum(np.abs(slope).max(axis=0), TINY)
        opened = whole & ~settled
        self.free[entering[opened], self.rows[opened]] = True
        return whole & settled


def equality_steps(hessian: Matrices, slope: Stacked, free: Masks) -> Stacked:
    """Return the steps to the minimisers on the free coordinates with their sums kept, (m, b).

    Elimination without pivoting; a pivot is floored at the rounding of its matrix, which is the
    ridge that duplicate coordinates need.
    """
    size = len(slope)
    count = free.sum(axis=0)
    scale = np.maximum(np.einsum("iib->ib", hessian).max(axis=0), TINY)
    rest = hessian * (free[:, None] & free)
    rest[np.arange(size), np.arange(size)] += np.where(free, size * EPS, 1.0) * scale
    centred = np.where(free, slope - np.where(free, slope, 0.0).sum(axis=0) / count, 0.0)
    right = np.stack([centred, free.astype(float)], axis=1)
    pivots = np.empty_like(slope)
    for j in range(size):
        pivots[j] = np.maximum(rest[j, j], size * EPS * scale)
        factor = rest[j + 1 :, j] / pivots[j]
        rest[j + 1 :, j + 1 :] -= factor[:, None] * rest[j, j + 1 :]
        right[j + 1 :] -= factor[:, None] * right[j]
    for j in reversed(range(size)):
        right[j] -= (rest[j, j + 1 :, None] * right[j + 1 :]).sum(axis=0)
        right[j] /= pivots[j]
    descent, ones = right[:, 0], right[:, 1]
    step = ones * (descent.sum(axis=0) / ones.sum(axis=0)) - descent
    return np.where(free, step - step.sum(axis=0) / count, 0.0)
