"""The student on a hull whose entries span many magnitudes: a primal-dual interior point.

Every step is relative: with r_ij = a_j v_ij / s_i, the share of model j in entry i, the unknowns
are d_j = da_j / a_j and the matrix R'CR + diag(a z) is made of shares, whatever the scale of the
models; so weights of e^-200 are found as surely as those of a half, where Newton's method in the
weights themselves stops at the rounding of the largest. Predictor and corrector as in nocedal:06,
Algorithm 16.4.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from kl_regression.progress import tick
from kl_regression.solvers.hull_passes import HullObjective, Mixture
from kl_regression.tolerance import EPS, TINY

ITERATIONS = 200
PATIENCE = 40
BOUNDARY = 0.99
"""How much of the way to the boundary a step goes at most."""
LEAST_CENTRE = 1.0 / 1024
RIDGE_GROWTH = 100.0

Solve = Callable[[Mixture], Mixture]


def solve_interior(objective: HullObjective) -> Mixture:
    """Return the mixture of least gap on the central path, shape (l,), for the objective's models.

    Args:
        objective: convex in the student, with a finite minimum.
    """
    with np.errstate(all="ignore"):
        path = _Path(objective)
        best, best_gap, found = path.shares, np.inf, 0
        for iteration in range(ITERATIONS):
            gap = path.expand()
            tick(iteration, gap)
            if gap < best_gap:
                best, best_gap, found = path.shares, gap, iteration
            if gap <= path.rounding or iteration - found > PATIENCE or not path.advance():
                break
    return best


@dataclass(frozen=True)
class _Step:
    """Relative steps of the mixture, steps of slacks and level, and their lengths."""

    shares: Mixture
    slacks: Mixture
    level: float
    primal: float
    dual: float


class _Path:
    """Where the path is: mixture a, slacks z, and the level of the slopes."""

    def __init__(self, objective: HullObjective) -> None:
        self.objective = objective
        size = len(objective.index)
        self.shares = np.full(size, 1.0 / size)
        self.slope, self.matrix = np.zeros(size), np.zeros((size, size))
        self.rounding = 0.0
        self.started = False

    def expand(self) -> float:
        """Compute slope, matrix and rounding in one pass; return the gap."""
        size = len(self.shares)
        self.slope, self.matrix, self.rounding = np.zeros(size), np.zeros((size, size)), 0.0
        for models, teacher, mass in self.objective.blocks():
            student, gradient, bend = self.objective.derivatives(self.shares, models, teacher, mass)
            self.slope += models @ gradient
            self.rounding += EPS * float(student @ (np.abs(gradient) + bend * student))
            parts = models * np.sqrt(bend) * self.shares[:, None]
            self.matrix += parts @ parts.T
        gap = float(self.slope @ self.shares - self.slope.min())
        if not self.started:
            self.level = -float(self.slope.min())
            self.slacks = self.slope + self.level + max(gap, EPS * np.abs(self.slope).max()) / size
            self.started = True
        return gap

    def advance(self) -> bool:
        """Take a predictor and a corrector step; return whether there was one to take."""
        complementarity = float(self.shares @ self.slacks) / len(self.shares)
        solve = self._factor()
        if solve is None or not complementarity > 0:
            return False
        guess = self._step(solve, 0.0)
        after = (self.shares * (1.0 + guess.primal * guess.shares)) @ (
            self.slacks + guess.dual * guess.slacks
        )
        centre = min(max(float(after) / len(self.shares) / complementarity, LEAST_CENTRE), 1.0)
        step = self._step(solve, centre**3 * complementarity)
        shares = self.shares * (1.0 + step.primal * step.shares)
        if not (np.isfinite(shares).all() and shares.min() >= 0 and shares.sum() > 0):
            return False
        self.shares = shares / shares.sum()
        self.slacks = self.slacks + step.dual * step.slacks
        self.level += step.dual * step.level
        return True

    def _factor(self) -> Solve | None:
        """Return the solution of (R'CR + diag(a z)) x = b, scaled to a unit diagonal."""
        matrix = self.matrix + np.diag(self.shares * self.slacks)
        scale = 1.0 / np.sqrt(np.maximum(matrix.diagonal(), TINY))
        scaled = matrix * scale * scale[:, None]
        ridge = EPS * len(scale)
        while np.isfinite(scaled).all() and ridge < 1.0:
            try:
                matrix = scaled + ridge * np.eye(len(scale))
                factor = scipy.linalg.cho_factor(matrix, check_finite=False)
            except np.linalg.LinAlgError:
                ridge *= RIDGE_GROWTH
                continue
            return lambda right: (
                scale * scipy.linalg.cho_solve(factor, scale * right, check_finite=False)
            )
        return None

    def _step(self, solve: Solve, target: float) -> _Step:
        """Return the Newton step towards a z = target, and how far it may go."""
        x = solve(target - self.shares * (self.slope + self.level))
        along = solve(self.shares)
        level = float((self.shares @ x - (1.0 - self.shares.sum())) / (self.shares @ along))
        relative = x - level * along
        slacks = target / self.shares - self.slacks - self.slacks * relative
        worst = float(np.max(-slacks / self.slacks))
        primal = min(1.0, BOUNDARY / max(-float(relative.min()), TINY))
        return _Step(relative, slacks, level, primal, min(1.0, BOUNDARY / max(worst, TINY)))
