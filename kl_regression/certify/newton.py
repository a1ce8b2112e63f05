"""The student of a polyhedral class to any number of bits, with its multipliers.

Newton's method on the active set, with a float64 KKT matrix and residuals in ball arithmetic: 13
digits a step. Entries below e^-20 carry their logarithm as a variable of their own: it is what the
gap needs of them, and what an entry below every precision still has.
"""

from typing import Any

import numpy as np
from flint import arb, ctx
from jaxtyping import Float
from scipy import sparse

from kl_regression.certify.independence import combination, positive_part
from kl_regression.certify.polyhedra import Polyhedral
from kl_regression.certify.refusals import UNSETTLED
from kl_regression.errors import SolverError

GUARD = 64
"""Bits that are computed and not kept."""

TINY_LOG = -20.0
"""Entries whose logarithm is below this have it as a variable."""

ACTIVE = 2.0**-20
"""Slack, relative to a constraint's size, below which it may hold with equality."""

STEPS = 400
"""Newton steps and changes of the active set before giving up."""

LOST = arb(2) ** 1000
"""A residual beyond which steps have lost their way."""

LENT = 2.0**-20
"""Curvature, relative to the least, that steps lend to entries without any: a proximal step."""

DENSE = 700
"""Unknowns up to which a singular KKT system is solved by least squares."""


class Newton:
    """The active-set method: ``solve`` runs it, the attributes hold where it stands.

    Args:
        problem: the projection.
        coordinates: near the student's, shape (d, k).
        logs: logarithms of a near student, shape (n, k).
    """

    def __init__(
        self,
        problem: Polyhedral,
        coordinates: Float[np.ndarray, "d k"],
        logs: Float[np.ndarray, "n k"],
    ) -> None:
        self.problem = problem
        _, k, d = problem.shape
        self.lift, self.matrix = problem.lift(), problem.matrix()
        self.bounds = np.array([float(c[0]) for c in problem.constraints])
        size = np.asarray(abs(self.matrix).sum(axis=1)).ravel()
        self.p = np.repeat(np.array(problem.weights, dtype=float) / sum(problem.weights), k)
        self.g = np.array([g / t for g, t in problem.ratios])
        student = np.exp(logs.ravel())
        flat = logs.ravel()
        self.sloped = np.array(problem.sloped)
        tiny = [] if problem.right else np.flatnonzero(self.sloped & (flat < TINY_LOG)).tolist()
        self.z = [arb(float(x)) for x in coordinates.ravel()]
        self.sums = [arb(0)] * d
        slack = self.matrix @ student - self.bounds
        near = [
            r for r in np.flatnonzero(slack <= ACTIVE * size).tolist() if r not in problem.equal
        ]
        self.free = frozenset(problem.solved[1])
        self.active = dict.fromkeys([*problem.solved[1], *self.pressing(near, flat)], arb(0))
        self.tiny = {e: arb(float(flat[e] - np.log(self.g[e]))) for e in tiny}

    def pressing(self, near: list[int], logs: Float[np.ndarray, " f"]) -> list[int]:
        """Return which of the near constraints press, in floats; all where they are many."""
        with np.errstate(all="ignore"):
            slope = -self.g / np.exp(logs) if self.problem.right else logs - np.log(self.g)
            slope = np.where(self.sloped, self.p * slope, 0.0)
        target = self.lift.T @ slope
        free = self.problem.solved[1]
        if not near or not np.isfinite(target).all() or self.many(len(near) + len(free)):
            return near
        found = positive_part(self.columns(near), self.columns(free, sums=True), target)
        return [r for r, presses in zip(near, found, strict=True) if presses]

    def many(self, count: int) -> bool:
        """Tell whether so many constraints are too many for dense matrices."""
        _, k, d = self.problem.shape
        return (count + d) * d * k > DENSE**2

    def columns(self, rows: list[int], *, sums: bool = False) -> Float[np.ndarray, "z r"]:
        """Return constraints as columns over the coordinates, behind those of the row sums."""
        _, k, d = self.problem.shape
        found = self.matrix[rows] @ self.lift
        if sums:
            ones = sparse.kron(sparse.identity(d), np.ones((1, k)), format="csr")
            found = sparse.vstack([ones, found])
        return np.asarray(found.toarray().T)

    def activate(self, r: int) -> None:
        """Make a broken constraint active, in place of one that it depends on where it does."""
        active = list(self.active)
        if not self.many(len(active) + 1):
            d = self.problem.shape[2]
            shares = combination(self.columns(active, sums=True), self.columns([r])[:, 0])
            if shares is not None:
                ratios = {
                    s: float(self.active[s]) / share
                    for s, share in zip(active, shares[d:], strict=True)
                    if share > 0.0 and s not in self.free
                }
                if ratios:
                    del self.active[min(ratios, key=lambda s: ratios[s])]
        self.active[r] = arb(0)

    def entries(self) -> list[arb]:
        """Return f = B z."""
        return self.problem.outputs(self.z)

    def residuals(self) -> tuple[list[arb], list[arb]]:
        """Return f, and what is left of: stationarity, row sums, active rows, tiny entries."""
        problem = self.problem
        _, k, d = problem.shape
        f, slopes, whole = self.entries(), [], sum(problem.weights)
        for e, (x, (g, total)) in enumerate(zip(f, problem.ratios, strict=True)):
            w = arb(problem.weights[e // k]) / whole
            if not problem.sloped[e]:
                slopes.append(arb(0))
            elif e in self.tiny:
                slopes.append(w * self.tiny[e])
            else:
                slopes.append(-w * g / (x * total) if problem.right else w * (x * total / g).log())
        for r, multiplier in self.active.items():
            row = problem.constraints[r]
            for e, a in zip(row[1::2], row[2::2], strict=True):
                slopes[e] -= multiplier * a
        pulled = problem.pulled(slopes)
        left = [self.sums[e // k] - x for e, x in enumerate(pulled)]
        left += [1 - sum(self.z[r * k : (r + 1) * k], arb(0)) for r in range(d)]
        left += [self.held(f, r) for r in self.active]
        for e, u in self.tiny.items():
            g, total = problem.ratios[e]
            left.append(u.exp() * g / total - f[e])
        return f, left

    def held(self, f: list[arb], r: int) -> arb:
        """Return b - a.f of a constraint: positive where it is broken."""
        row = self.problem.constraints[r]
        pairs = zip(row[1::2], row[2::2], strict=True)
        return row[0] - sum((f[e] * a for e, a in pairs), arb(0))

    def system(self, f: Float[np.ndarray, " f"]) -> Any:
        """Return the symmetric KKT matrix in floats."""
        _, k, d = self.problem.shape
        known = np.where(self.sloped, f, 1.0)
        with np.errstate(all="ignore"):
            bend = self.p * self.g / np.square(known) if self.problem.right else self.p / known
        if not np.isfinite(bend).all():
            self._give_up()
        bend[~self.sloped] = LENT * np.min(bend[self.sloped])
        tiny = list(self.tiny)
        bend[tiny] = 0.0
        E = sparse.kron(sparse.identity(d), np.ones((1, k)), format="csr")
        rows = [E, self.matrix[list(self.active)] @ self.lift, self.lift[tiny]]
        C = sparse.vstack([r for r in rows if r.shape[0]], format="csr")
        H = self.lift.T @ sparse.diags(bend) @ self.lift
        at = [float(self.tiny[e].exp()) * self.g[e] / self.p[e] for e in tiny]
        corner = sparse.diags([0.0] * (C.shape[0] - len(tiny)) + [-x for x in at])
        return sparse.bmat([[H, C.T], [C, corner]], format="csc")

    def step(self, factor: Any) -> tuple[arb, float]:
        """Take one step; return the size of the residual before it, and the share taken."""
        _, k, d = self.problem.shape
        f, left = self.residuals()
        if not all(r.is_finite() for r in left):
            return arb("inf"), 0.0
        size = max((abs(r).upper() for r in left), key=float)
        if not size > 0:
            return arb(0), 1.0
        v = factor(np.array([float(r / size) for r in left]))
        dz, rest = v[: d * k], v[d * k :]
        change = self.lift @ dz
        floats = np.array([float(x / size) if x > 0 else 0.0 for x in f])
        free = self.sloped.copy()
        free[list(self.tiny)] = False
        if not (floats[free] > 0).all():
            return arb("inf"), 0.0
        ratio = float(np.max(-change[free] / floats[free], initial=0.0))
        share = 1.0 if ratio < 0.5 else 0.5 / ratio
        scale = size.mid() * arb(share)
        self.z = [(x + arb(float(s)) * scale).mid() for x, s in zip(self.z, dz, strict=True)]
        self.sums = [
            (x - arb(float(s)) * scale).mid() for x, s in zip(self.sums, rest, strict=False)
        ]
        for (r, x), s in zip(self.active.items(), rest[d:], strict=False):
            self.active[r] = (x - arb(float(s)) * scale).mid()
        for (e, x), s in zip(self.tiny.items(), rest[d + len(self.active) :], strict=True):
            self.tiny[e] = (x + arb(float(s)) * scale / arb(float(self.p[e]))).mid()
        return size, share

    def converge(self, bits: int) -> bool:
        """Step until the residual is below 2^-bits, or no longer shrinks; tell which."""
        last, stalled = arb("inf"), 0
        factor = None
        for i in range(STEPS):
            if i < 30 or i % 20 == 0:
                factor = self.factorise()
            size, share = self.step(factor)
            if not size < LOST:
                return False
            if size < arb(2) ** -bits:
                return True
            stalled = stalled + 1 if share == 1.0 and not size < last / 2 else 0
            if stalled > 8:
                return False
            last = size
        return False

    def factorise(self) -> Any:
        """Return a function that solves the KKT system at the present point, in floats."""
        f = np.array([float(x.mid()) for x in self.entries()])
        system = self.system(np.where(f > 0, f, 1.0))
        size = np.asarray(abs(system).max(axis=1).todense()).ravel()
        scale = 1.0 / np.sqrt(np.where(size > 0, size, 1.0))
        scaled = sparse.diags(scale) @ system @ sparse.diags(scale)
        from scipy.sparse.linalg import splu

        try:
            factors = splu(scaled.tocsc())
        except RuntimeError:
            if len(scale) > DENSE:
                self._give_up()
            inverse = np.linalg.pinv(scaled.toarray())
            return lambda right: scale * (inverse @ (scale * right))
        return lambda right: scale * factors.solve(scale * right)

    def solve(self, bits: int) -> None:
        """Settle the active set at a modest precision, then converge to ``bits``.

        Raises:
            SolverError: when one of the two does not come about.
        """
        ctx.prec = 3 * GUARD
        small = arb(2) ** -GUARD
        for _ in range(STEPS):
            settled = self.converge(GUARD + GUARD // 2)
            f = self.entries()
            negative = [r for r, x in self.active.items() if x < -small and r not in self.free]
            rows = set(range(len(self.problem.constraints))) - self.problem.equal
            broken = [r for r in sorted(rows) if r not in self.active and self.held(f, r) > small]
            if settled and not negative and not broken:
                break
            negative.sort(key=lambda r: float(self.active[r]))
            broken.sort(key=lambda r: -float(self.held(f, r)))
            if not (negative or broken):
                self._give_up()
            for r in negative[: (len(negative) + 1) // 2]:
                del self.active[r]
            for r in broken[: (len(broken) + 1) // 2]:
                self.activate(r)
        else:
            self._give_up()
        ctx.prec = bits + 4 * GUARD
        if not self.converge(bits + 2 * GUARD):
            self._give_up()

    def _give_up(self) -> None:
        raise SolverError(UNSETTLED)
