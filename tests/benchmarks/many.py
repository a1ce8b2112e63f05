"""Thousands of small hulls at once, against a loop over one parametrised cvxpy problem."""

import warnings

import numpy as np

import kl_regression as klr
from kl_regression.solvers import conic
from tests.benchmarks.lines import Line, race
from tests.benchmarks.problems import gap_of, problem, small_hulls

GOAL = 100.0
EXACT = 1e-14
LOOP = 60


def batch(quick):
    """Small hulls n=50, k=3, m=5, both sides: instances a second."""
    b = 500 if quick else 4000
    teachers, models, weights = small_hulls(b)
    for side in ("left", "right"):

        def own(side=side):
            return klr.project_many(teachers, models, weights=weights, side=side)

        own()
        loops = {
            f"cvxpy DPP {name}": _Loop(teachers, models, weights, side, name)
            for name in conic.available()
            if name in {"CLARABEL", "ECOS", "SCS"}
        }
        times = race({"project_many": own, **loops}, rounds=2 if quick else 5)
        rates = {name: LOOP / times[name].seconds for name in loops if not times[name].error}
        yield from _lines(f"{b} hulls n=50 k=3 m=5 {side}", times, rates, loops, b)


def _lines(work, times, rates, loops, b):
    own = times["project_many"]
    best = max(rates, key=rates.__getitem__)
    ratio = b / own.seconds / rates[best]
    gap = float(own.result.gap.max())
    yield Line(
        work,
        "project_many",
        own.seconds,
        gap,
        ratio=ratio,
        goal=f">= {GOAL:g}x {best}, gap <= {EXACT:.0e}",
        met=bool(ratio >= GOAL and gap <= EXACT),
        note=f"{b / own.seconds:.0f} a second; gap is the largest",
    )
    for name, loop in loops.items():
        note = times[name].error or f"{rates[name]:.0f} a second; seconds of {LOOP}"
        gap = None if times[name].error else loop.largest_gap(times[name].result)
        yield Line(work, name, times[name].seconds, gap, note=note)


class _Loop:
    """One cvxpy problem with parameters, compiled once, solved for one instance after another.

    Weights are folded into the parameters, as disciplined parametrised programming asks: with
    u = p s, Σ p s log(s/g) = -Σ entr(u) - Σ u log(p g); on the right -Σ p g log u, u = s.
    """

    def __init__(self, teachers, models, weights, side, solver):
        import cvxpy as cp

        b, m, n, k = models.shape
        self.solver = solver
        self.mass = np.repeat(weights, k, axis=1)
        self.flat = models.reshape(b, m, n * k)
        self.teacher = teachers.reshape(b, n * k)
        self.instances = (teachers, models, weights, side)
        self.left = side == "left"
        self.mixture = cp.Variable(m, nonneg=True)
        self.matrix = cp.Parameter((n * k, m))
        self.vector = cp.Parameter(m if self.left else n * k, nonneg=not self.left)
        values = self.matrix @ self.mixture
        goal = (
            -cp.sum(cp.entr(values)) - self.vector @ self.mixture
            if self.left
            else -self.vector @ cp.log(values)
        )
        self.problem = cp.Problem(cp.Minimize(goal), [cp.sum(self.mixture) == 1])
        self._solve(0)

    def __call__(self):
        return [self._solve(b) for b in range(LOOP)]

    def _solve(self, b):
        mass, flat, teacher = self.mass[b], self.flat[b], self.teacher[b]
        if self.left:
            self.matrix.value = (mass * flat).T
            self.vector.value = flat @ (mass * np.log(mass * teacher))
        else:
            self.matrix.value = flat.T
            self.vector.value = mass * teacher
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.problem.solve(solver=self.solver)
        return self.mixture.value

    def largest_gap(self, points):
        """Return the largest of our gaps of the points."""
        teachers, models, weights, side = self.instances
        return max(
            gap_of(problem(teachers[b], klr.Hull(models[b]), weights=weights[b], side=side), point)
            for b, point in enumerate(points)
        )


BENCHMARKS = {"batch": batch}
