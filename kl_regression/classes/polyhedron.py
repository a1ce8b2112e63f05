"""Polyhedra {B z : lower <= R z <= upper, low <= z <= high} and linear functionals over them.

The support function max <c, v> is found by HiGHS, whose word is not taken: whatever multipliers y
it returns, weak duality bounds the maximum by

    Σ_r max(y_r lower_r, y_r upper_r) + Σ_j max(r_j low_j, r_j high_j),   r = B'c - R'y,

which is what is reported (neumaier:04). So the bound is safe when HiGHS is not exact.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy
from jaxtyping import Bool, Float, Int

from kl_regression.errors import InfeasibleError, SolverError
from kl_regression.tolerance import EPS, LP_TOLERANCE, Sum, summation_ulps, total

Vector = Float[np.ndarray, " z"]
Places = Int[np.ndarray, " _"]
FAR = 1.0 / LP_TOLERANCE**0.5
"""How far out in a cone to look: what is off by less than 1 / FAR there is on, to HiGHS."""


@dataclass(frozen=True)
class Support:
    """An upper bound on max <c, v> with its rounding, and coordinates that nearly attain it."""

    bound: Sum
    coordinates: Vector


@dataclass(frozen=True)
class Polyhedron:
    """The set {B z : lower <= R z <= upper, low <= z <= high}, predictions flattened row by row.

    Args:
        basis: B, shape (n k, z); sparse.
        rows: R, shape (r, z); sparse.
        lower: lower bounds of R z, shape (r,); -inf where there is none.
        upper: upper bounds of R z, shape (r,); equal to ``lower`` for an equation.
        low: lower bounds of z, shape (z,).
        high: upper bounds of z, shape (z,).
    """

    basis: Any
    rows: Any
    lower: Float[np.ndarray, " r"]
    upper: Float[np.ndarray, " r"]
    low: Vector
    high: Vector

    @property
    def size(self) -> int:
        """The number of coordinates z."""
        return len(self.low)

    def vanishing(self, zero: Bool[np.ndarray, "n k"] | None) -> "Polyhedron":
        """Return the part whose predictions vanish where ``zero`` is true."""
        if zero is None or not zero.any():
            return self
        return self.stacked(self.basis[np.flatnonzero(zero.ravel())], 0.0, 0.0)

    def stacked(self, rows: Any, lower: Any, upper: Any) -> "Polyhedron":
        """Return the part where also ``lower`` <= ``rows`` z <= ``upper``."""
        count = rows.shape[0]
        return replace(
            self,
            rows=scipy.sparse.vstack([self.rows, rows], format="csr"),
            lower=np.concatenate([self.lower, np.broadcast_to(lower, count)]),
            upper=np.concatenate([self.upper, np.broadcast_to(upper, count)]),
        )

    def support(self, direction: Float[np.ndarray, " f"]) -> Support:
        """Bound max <direction, B z> over the set from above, by the multipliers of HiGHS."""
        scale = float(np.abs(direction).max())
        if scale == 0.0:
            return Support(Sum(0.0, 0.0), self.solve(np.zeros(self.size))[0])
        cost = self.basis.T @ (direction / scale)
        point, multipliers = self.solve(-cost)
        bound = self.dual_bound(cost, multipliers)
        return Support(Sum(scale * bound.value, scale * bound.rounding), point)

    def dual_bound(self, cost: Vector, multipliers: Float[np.ndarray, " r"]) -> Sum:
        """Return the weak-duality bound on max <cost, z> that any multipliers of the rows give."""
        unusable = np.where(multipliers > 0, np.isinf(self.upper), np.isinf(self.lower))
        y = np.where(unusable, 0.0, multipliers)
        side = np.where(y > 0, self.upper, np.where(y < 0, self.lower, 0.0))
        paid = y * side
        residual = cost - self.rows.T @ y
        depth = summation_ulps(self.rows.shape[0]) * EPS
        blur = depth * (np.abs(cost) + abs(self.rows).T @ np.abs(y))
        with np.errstate(invalid="ignore"):
            slack = np.maximum(
                np.where(residual == 0, 0.0, residual * self.low),
                np.where(residual == 0, 0.0, residual * self.high),
            )
            reach = np.maximum(np.abs(self.low), np.abs(self.high))
        lost = blur * np.where(np.isfinite(reach), reach, 0.0)
        return total(np.concatenate([paid, slack]), np.concatenate([EPS * np.abs(paid), lost]))

    def solve(self, cost: Vector) -> tuple[Vector, Float[np.ndarray, " r"]]:
        """Minimise <cost, z> by HiGHS; return the point and one multiplier a row.

        Raises:
            InfeasibleError: when the set is empty.
        """
        unit = self._unit()
        if unit != 1.0:
            point, multipliers = self._in_units(unit).solve(cost)
            return unit * point, multipliers
        return self._highs(cost)

    def _unit(self) -> float:
        """Return the largest bound where HiGHS would take it for infinite or all but so, else 1."""
        bounds = np.abs(np.concatenate([self.lower, self.upper, self.low, self.high]))
        largest = float(np.max(bounds, initial=0.0, where=np.isfinite(bounds)))
        return largest if largest * LP_TOLERANCE > 1.0 else 1.0

    def _in_units(self, unit: float) -> "Polyhedron":
        """Return the set of z / unit; the multipliers of its rows are the same."""
        return replace(
            self,
            lower=self.lower / unit,
            upper=self.upper / unit,
            low=self.low / unit,
            high=self.high / unit,
        )

    def _highs(self, cost: Vector) -> tuple[Vector, Float[np.ndarray, " r"]]:
        from scipy.optimize import linprog

        equal = self.lower == self.upper
        above = ~equal & np.isfinite(self.upper)
        below = ~equal & np.isfinite(self.lower)
        rows = self.rows.tocsr()
        result = linprog(
            cost,
            A_ub=scipy.sparse.vstack([rows[above], -rows[below]])
            if (above | below).any()
            else None,
            b_ub=np.concatenate([self.upper[above], -self.lower[below]])
            if (above | below).any()
            else None,
            A_eq=rows[equal] if equal.any() else None,
            b_eq=self.lower[equal] if equal.any() else None,
            bounds=list(zip(self.low, self.high, strict=True)),
            method="highs",
            options={
                "primal_feasibility_tolerance": LP_TOLERANCE,
                "dual_feasibility_tolerance": LP_TOLERANCE,
            },
        )
        if result.status == 2:
            raise InfeasibleError(
                "the class has no member: HiGHS says that its constraints contradict each other."
                " Relax them, or rescale numbers that span too many magnitudes"
            )
        if result.x is None:
            raise SolverError(f"HiGHS found no point of the class: {result.message}")
        multipliers = np.zeros(len(self.lower))
        if equal.any():
            multipliers[equal] = -result.eqlin.marginals
        if (above | below).any():
            marginals = -result.ineqlin.marginals
            multipliers[above] += marginals[: above.sum()]
            multipliers[below] -= marginals[above.sum() :]
        return np.asarray(result.x, dtype=np.float64), multipliers

    def interior(self) -> tuple[Vector, float]:
        """Return a point that keeps as far from every inequality as one can, and that distance.

        Raises:
            InfeasibleError: when the set is empty.
        """
        everything = self._as_rows()
        apart = np.where(everything.lower == everything.upper, 0.0, 1.0)[:, None]
        point = everything.kept_off(scipy.sparse.csr_matrix(apart))
        return point[:-1], float(point[-1])

    def flattened(self) -> "Polyhedron":
        """Return the same set, with what all its points meet with equality stated as equations.

        In the cone over the set each inequality is kept off by a distance t <= 1 of its own and the
        sum of these is maximised: far out every t that can be positive reaches 1 (freund:85), and
        those that stay at 0 are equations in disguise. All bounds become rows.
        """
        everything = self._as_rows()
        lower, upper = everything.lower.copy(), everything.upper.copy()
        open_ = lower < upper
        below = np.flatnonzero(open_ & np.isfinite(lower))
        above = np.flatnonzero(open_ & np.isfinite(upper))
        cone = _cone(everything, below, above, np.flatnonzero(~open_))
        apart = np.where(cone.lower == cone.upper, 0.0, 1.0)
        kept = cone.kept_off(scipy.sparse.diags(apart, format="csr"))[cone.size :]
        tight = kept <= 1.0 / FAR
        at_lower, at_upper = below[tight[: len(below)]], above[tight[len(below) :][: len(above)]]
        upper[at_lower], lower[at_upper] = lower[at_lower], upper[at_upper]
        return replace(everything, lower=lower, upper=upper)

    def _as_rows(self) -> "Polyhedron":
        """Return the same set with its bounds on coordinates stated as rows."""
        free = np.full(self.size, np.inf)
        rows = self.stacked(scipy.sparse.identity(self.size, format="csr"), self.low, self.high)
        return replace(rows, low=-free, high=free)

    def kept_off(self, apart: Any) -> Vector:
        """Return (z, t) of largest Σ t, t in [0, 1], with every row off its bounds by (apart t)."""
        equal = self.lower == self.upper
        count = apart.shape[1]
        lifted = Polyhedron(
            basis=scipy.sparse.csr_matrix((0, self.size + count)),
            rows=scipy.sparse.vstack(
                [scipy.sparse.hstack([self.rows, apart]), scipy.sparse.hstack([self.rows, -apart])],
                format="csr",
            ),
            lower=np.concatenate(
                [np.where(equal, self.lower, -np.inf), np.where(equal, -np.inf, self.lower)]
            ),
            upper=np.concatenate([self.upper, np.full(len(self.upper), np.inf)]),
            low=np.concatenate([self.low, np.zeros(count)]),
            high=np.concatenate([self.high, np.ones(count)]),
        )
        return lifted.solve(np.concatenate([np.zeros(self.size), -np.ones(count)]))[0]

    def feasible(self, point: Vector) -> Vector:
        """Return a feasible point near: equations mended, then mixed with an interior point.

        The mixing weight is the least that removes every violation; what it costs shows in the gap.
        A set without interior is flattened first.
        """
        mended = self._on_equations(point)
        if self.violation(mended) <= 0.0:
            return mended
        inner, margin = self.interior()
        if margin <= LP_TOLERANCE:
            flat = self.flattened()
            if (flat.lower == flat.upper).sum() > (self.lower == self.upper).sum():
                return flat.feasible(point)
        inner = self._on_equations(inner)
        values, inside = self._slacks(mended), self._slacks(inner)
        broken = (values < 0) & (inside > 0)
        share = float(np.max(values[broken] / (values[broken] - inside[broken]), initial=0.0))
        share = min(1.0, share * (1 + EPS) + EPS)
        return (1.0 - share) * mended + share * inner

    def violation(self, point: Vector) -> float:
        """Return by how much ``point`` breaks the worst inequality; 0 when it breaks none."""
        return float(max(0.0, np.max(-self._slacks(point), initial=0.0)))

    def _slacks(self, point: Vector) -> Float[np.ndarray, " s"]:
        rows = self.rows @ point
        inequality = self.lower != self.upper
        pieces = [
            (rows - self.lower)[inequality & np.isfinite(self.lower)],
            (self.upper - rows)[inequality & np.isfinite(self.upper)],
            (point - self.low)[np.isfinite(self.low)],
            (self.high - point)[np.isfinite(self.high)],
        ]
        return np.concatenate(pieces)

    def _on_equations(self, point: Vector) -> Vector:
        equal = self.lower == self.upper
        if not equal.any():
            return point
        from scipy.sparse.linalg import lsqr

        rows, target = self.rows.tocsr()[equal], self.lower[equal]
        for _ in range(2):
            residual = target - rows @ point
            if not residual.any():
                break
            point = point + lsqr(rows, residual, atol=EPS, btol=EPS)[0]
        return point


def _cone(these: Polyhedron, below: Places, above: Places, equal: Places) -> Polyhedron:
    """Return {(τ z, τ): z in these, 1 <= τ <= FAR}, its rows in units of their largest."""
    csr = scipy.sparse.csr_matrix
    rows = scipy.sparse.vstack(
        [
            scipy.sparse.hstack([these.rows[below], csr(-these.lower[below, None])]),
            scipy.sparse.hstack([-these.rows[above], csr(these.upper[above, None])]),
            scipy.sparse.hstack([these.rows[equal], csr(-these.lower[equal, None])]),
        ],
        format="csr",
    )
    largest = abs(rows).max(axis=1).toarray().ravel()
    free, count = np.full(these.size, np.inf), len(below) + len(above)
    return Polyhedron(
        basis=csr((0, these.size + 1)),
        rows=scipy.sparse.diags(1.0 / np.where(largest == 0.0, 1.0, largest)) @ rows,
        lower=np.zeros(count + len(equal)),
        upper=np.concatenate([np.full(count, np.inf), np.zeros(len(equal))]),
        low=np.append(-free, 1.0),
        high=np.append(free, FAR),
    )
