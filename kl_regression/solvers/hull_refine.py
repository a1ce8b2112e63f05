"""The last digits of mixture weights: one Newton step with a slope in extended precision.

A slope summed in float64 is known to a few EPS, and the weights to that times the condition of the
Hessian: models that differ by a hundredth lose five digits. With the slope in the longest float
there is and the Hessian as it is, one step of iterative refinement (higham:02, chapter 12) rounds
them right.
"""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Side
from kl_regression.solvers.hull_passes import Hessian, HullObjective, Mixture
from kl_regression.tolerance import EPS, REFINE_LIMIT, TINY, Extended

Derivative = Callable[[Extended, Extended], Extended]

DERIVATIVES: dict[tuple[str, Side], Derivative] = {
    ("KL", "left"): lambda s, g: np.log(s / g),
    ("KL", "right"): lambda s, g: (s - g) / s,
    ("GeneralizedKL", "left"): lambda s, g: np.log(s / g),
    ("GeneralizedKL", "right"): lambda s, g: (s - g) / s,
    ("ItakuraSaito", "left"): lambda s, g: (s - g) / (s * g),
    ("SquaredError", "left"): lambda s, g: 2 * (s - g),
    ("SquaredError", "right"): lambda s, g: 2 * (s - g),
}


def refine(objective: HullObjective, mixture: Mixture) -> Mixture:
    """Return the weights, shape (l,), to the last digit where the faces are right already.

    The weights as they are where the work is not small, the loss is the user's own, or the step is
    none of refinement: larger than half of the digits, or towards a weight below 0.
    """
    free = np.flatnonzero(mixture > 0)
    derivative = DERIVATIVES.get((objective.loss.name, objective.side))
    size = len(objective.mass) * len(free)
    if derivative is None or len(free) < 2 or size > REFINE_LIMIT:
        return mixture
    models = objective.read(slice(None))[free]
    counted = (objective.mass > 0) & models.any(axis=0)
    models = models[:, counted]
    teacher, mass = objective.teacher[counted], objective.mass[counted]
    shares = mixture[free].astype(np.longdouble)
    shares /= shares.sum()
    with np.errstate(all="ignore"):
        slope = _slope(models, teacher, mass, shares, derivative)
        bend = objective.expand(mixture).hessian[np.ix_(free, free)]
        residual = (slope - slope @ shares).astype(float)
        if not (np.isfinite(residual).all() and np.isfinite(bend).all()):
            return mixture
        step = _newton(bend, residual)
        if not np.all(np.abs(step) <= math.sqrt(EPS) * mixture[free]):
            return mixture
    refined = mixture.copy()
    refined[free] = (shares + step).astype(float)
    return refined


def _slope(
    models: Float[np.ndarray, "l f"],
    teacher: Float[np.ndarray, " f"],
    mass: Float[np.ndarray, " f"],
    shares: Extended,
    derivative: Derivative,
) -> Extended:
    """Return the slope in the weights, every sum in extended precision."""
    extended = models.astype(np.longdouble)
    student = shares @ extended
    return extended @ (mass * derivative(student, teacher.astype(np.longdouble)))


def _newton(bend: Hessian, slope: Mixture) -> Mixture:
    """Return the step to the minimiser with the sum of the weights kept, the least one if many."""
    size = len(slope)
    system = np.ones((size + 1, size + 1))
    scale = max(float(bend.diagonal().max()), TINY)
    system[:size, :size], system[size, size] = bend / scale, 0.0
    return np.linalg.lstsq(system, np.append(-slope / scale, 0.0))[0][:size]
