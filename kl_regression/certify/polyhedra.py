"""Classes {f = B z : rows in the simplex, A f >= b} in integers; members that are exactly in."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpz_mat
from jaxtyping import Float
from scipy import sparse

from kl_regression.certify.equations import Equations
from kl_regression.certify.refusals import NO_ROOM, UNMENDED
from kl_regression.certify.rounding import floored
from kl_regression.errors import SolverError


@dataclass(frozen=True)
class Polyhedral:
    """A projection in integers: what a polish is told.

    Args:
        teacher: n rows of k integers.
        weights: n integers.
        constraints: rows [b, e, a, e, a, ...] with Σ a f_e >= b.
        features: n rows of d integers with one total, unit rows among them; None for the identity.
        right: whether the student is the second argument.
        equal: the constraints that every member meets with equality.
    """

    teacher: list[list[int]]
    weights: list[int]
    constraints: list[list[int]]
    features: list[list[int]] | None
    right: bool
    equal: frozenset[int] = frozenset()

    @cached_property
    def ratios(self) -> list[tuple[int, int]]:
        """Each entry of the teacher, with its row's sum."""
        return [(g, sum(row)) for row in self.teacher for g in row]

    @cached_property
    def sloped(self) -> list[bool]:
        """Whether each entry has a part in the divergence: weight, and a positive teacher."""
        k = self.shape[1]
        return [g > 0 and self.weights[e // k] > 0 for e, (g, _) in enumerate(self.ratios)]

    @cached_property
    def vanishing(self) -> frozenset[int]:
        """The entries that are 0 in every member."""
        rows = (self.constraints[r] for r in self.equal)
        return frozenset(row[1] for row in rows if len(row) == 3 and row[0] == 0)

    @cached_property
    def solved(self) -> tuple[Equations, list[int]]:
        """All equations of the coordinates, and the constraints among them that are independent.

        Raises:
            ValueError: when they contradict each other.
        """
        _, k, d = self.shape
        equations = Equations()
        for r in range(d):
            equations.add(dict.fromkeys(range(r * k, (r + 1) * k), 1), 1)
        pulled = {r: self.pulled_row(self.constraints[r]) for r in sorted(self.equal)}
        return equations, [r for r, row in pulled.items() if equations.add(*row)]

    def pulled_row(self, row: list[int]) -> tuple[dict[int, int], int]:
        """Return the coefficients of coordinates, and the bound, of a constraint."""
        pairs = zip(row[1::2], row[2::2], strict=True)
        if self.features is None:
            return dict(pairs), row[0]
        k, found = self.shape[1], dict[int, int]()
        for e, a in pairs:
            for r, x in enumerate(self.features[e // k]):
                found[r * k + e % k] = found.get(r * k + e % k, 0) + a * x
        return found, row[0] * self.total

    @property
    def shape(self) -> tuple[int, int, int]:
        """The numbers of points, classes and coordinate rows."""
        d = len(self.features[0]) if self.features else len(self.teacher)
        return len(self.teacher), len(self.teacher[0]), d

    @property
    def total(self) -> int:
        """What features are divided by."""
        return sum(self.features[0]) if self.features else 1

    def lift(self) -> Any:
        """Return the sparse matrix from coordinates to entries, shape (n k, d k)."""
        n, k, _ = self.shape
        basis = (
            sparse.csr_matrix(np.array(self.features, dtype=float) / self.total)
            if self.features
            else sparse.identity(n, format="csr")
        )
        return sparse.kron(basis, sparse.identity(k), format="csr")

    def matrix(self) -> Any:
        """Return A as a sparse matrix, shape (rows, n k)."""
        n, k, _ = self.shape
        row = [r for r, c in enumerate(self.constraints) for _ in c[1::2]]
        column = [e for c in self.constraints for e in c[1::2]]
        data = [float(a) for c in self.constraints for a in c[2::2]]
        return sparse.csr_matrix((data, (row, column)), shape=(len(self.constraints), n * k))

    def outputs(self, z: list[Any]) -> list[arb]:
        """Return the entries f = B z of coordinates in balls."""
        if self.features is None:
            return z
        _, k, d = self.shape
        product = arb_mat(fmpz_mat(self.features)) * arb_mat(d, k, z)
        return [x / self.total for x in product.entries()]

    def pulled(self, slopes: list[arb]) -> list[arb]:
        """Return B' slopes, in balls."""
        if self.features is None:
            return slopes
        n, k, _ = self.shape
        product = arb_mat(fmpz_mat(self.features).transpose()) * arb_mat(n, k, slopes)
        return [x / self.total for x in product.entries()]


def whole(x: arb, one: int) -> int:
    """Return the integer nearest to x times ``one``."""
    return floored(x * one + arb(0.5))


def rounded(problem: Polyhedral, z: list[arb], bits: int) -> tuple[list[int], int]:
    """Return coordinates, times 2^bits or a multiple of it, that meet every equation exactly."""
    one = 1 << bits
    return problem.solved[0].solve([whole(x, one) for x in z], one)


def exact_outputs(problem: Polyhedral, z: list[int]) -> list[int]:
    """Return B z in integers, times the features' total."""
    if problem.features is None:
        return z
    _, k, d = problem.shape
    return [int(x) for x in (fmpz_mat(problem.features) * fmpz_mat(d, k, z)).entries()]


def meaning_of(problem: Polyhedral, z: list[int]) -> Float[np.ndarray, "n k"]:
    """Return the predictions, shape (n, k), that coordinates in integers stand for."""
    k = problem.shape[1]
    over = sum(z[:k]) * problem.total
    return np.array([x / over for x in exact_outputs(problem, z)]).reshape(-1, k)


def slacks(problem: Polyhedral, z: list[int], total: int) -> list[int]:
    """Return a.f - b of every constraint and then every f, times the totals."""
    f = exact_outputs(problem, z)
    scale = total * problem.total
    held = [
        sum(a * f[e] for e, a in zip(c[1::2], c[2::2], strict=True)) - c[0] * scale
        for c in problem.constraints
    ]
    return held + f


def feasible(
    problem: Polyhedral, z: list[int], one: int, interior: list[int]
) -> tuple[list[int], int]:
    """Return coordinates that meet every constraint exactly, and their total.

    They are (2^e - 1) z + inner with the largest e that will do: the mixing's cost shows in the
    gap.

    Args:
        problem: the projection.
        z: coordinates that meet every equation, over ``one``.
        one: their total.
        interior: coordinates, rows of any one total, off every inequality that z breaks.
    """
    inside = sum(interior[: problem.shape[1]])
    broken = slacks(problem, z, one)
    needed = positive(problem)
    if min(broken) >= 0 and all(broken[r] > 0 for r in needed):
        return z, one
    inner = [x * one for x in interior]
    outer = [x * inside for x in z]
    room = slacks(problem, inner, one * inside)
    pairs = [
        (-s * inside, room[r])
        for r, s in enumerate(broken)
        if s < 0 or (s == 0 < room[r] and r in needed)
    ]
    if any(r <= 0 for s, r in pairs):
        raise SolverError(NO_ROOM)
    share = min((r - 1) // s if s else r for s, r in pairs)
    e = min(one.bit_length() - 1, share.bit_length() - 1)
    if e < 1:
        raise SolverError(UNMENDED)
    many = (1 << e) - 1
    mixed = [many * a + b for a, b in zip(outer, inner, strict=True)]
    return mixed, (one * inside) << e


def positive(problem: Polyhedral) -> set[int]:
    """Return which of the ``slacks`` must be positive: entries that have a part, not 0 in all."""
    first = len(problem.constraints)
    return {first + e for e, has in enumerate(problem.sloped) if has and e not in problem.vanishing}


def strict(problem: Polyhedral, interiors: Sequence[list[int]]) -> list[int] | None:
    """Return the first of the points, in coordinates, that is off all that is no equation."""
    k, first = problem.shape[1], len(problem.constraints)
    held = problem.equal | {first + e for e in problem.vanishing}
    for z in interiors:
        found = slacks(problem, z, sum(z[:k]))
        if all(s == 0 if r in held else s > 0 for r, s in enumerate(found)):
            return z
    return None
