"""min <c, y> + y'Hy/2 over the simplex, H positive semidefinite: a primal active-set method.

Each step solves the equality-constrained problem on the free coordinates by Cholesky, moves until
a coordinate reaches 0, or frees the coordinate with the most negative multiplier (nocedal:06,
Algorithm 16.3). A ridge of a few roundings is added where duplicate coordinates make H singular.
"""

import numpy as np
import scipy
from jaxtyping import Bool, Float

from kl_regression.tolerance import EPS, TINY

RIDGE_GROWTH = 100.0
SWEEPS = 10


def solve_simplex_qp(
    hessian: Float[np.ndarray, "m m"],
    linear: Float[np.ndarray, " m"],
    start: Float[np.ndarray, " m"],
) -> Float[np.ndarray, " m"]:
    """Return the minimiser y of <linear, y> + y'Hy/2 over the simplex, from a feasible point."""
    y = start.copy()
    free: Bool[np.ndarray, " m"] = y > 0
    for _ in range(SWEEPS * len(y) + SWEEPS):
        index = np.flatnonzero(free)
        slope = linear + hessian @ y
        step = _equality_step(hessian[np.ix_(index, index)], slope[index])
        falling = step < 0
        limits = np.where(falling, -y[index] / np.where(falling, step, -1.0), np.inf)
        length = min(1.0, float(limits.min()))
        y[index] += length * step
        if length < 1.0:
            blocked = index[limits <= length]
            y[blocked], free[blocked] = 0.0, False
            continue
        slope = linear + hessian @ y
        reduced = slope - slope[index].mean()
        reduced[index] = 0.0
        entering = int(np.argmin(reduced))
        if reduced[entering] >= -EPS * max(float(np.abs(slope).max()), TINY):
            break
        free[entering] = True
    y = np.maximum(y, 0.0)
    return y / y.sum()


def _equality_step(
    hessian: Float[np.ndarray, "f f"], slope: Float[np.ndarray, " f"]
) -> Float[np.ndarray, " f"]:
    """Return the step to the minimiser on the free coordinates with their sum kept."""
    size = len(slope)
    scale = max(float(hessian.diagonal().max()), TINY)
    ridge = EPS
    right = np.stack([slope - slope.mean(), np.ones(size)], axis=1)
    while True:
        factor, failed = scipy.linalg.lapack.dpotrf(hessian + ridge * scale * np.eye(size), lower=1)
        if not failed:
            break
        ridge *= RIDGE_GROWTH
    descent, ones = scipy.linalg.lapack.dpotrs(factor, right, lower=1)[0].T
    step = ones * (descent.sum() / ones.sum()) - descent
    return np.asarray(step - step.mean())
