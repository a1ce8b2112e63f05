"""Classes {f = B z : rows in the simplex, A f >= b} in integers; members that are exactly in."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpz_mat
from scipy import sparse

from kl_regression.certify.rounding import floored
from kl_regression.errors import SolverError


@dataclass(frozen=True)
class Polyhedral:
    """A projection in integers: what a polish is told.

    Args:
        teacher: n rows of k positive integers.
        weights: n positive integers.
        constraints: rows [b, e, a, e, a, ...] with Σ a f_e >= b.
        features: n rows of d integers with one total, unit rows among them; None for the identity.
        right: whether the student is the second argument.
    """

    teacher: list[list[int]]
    weights: list[int]
    constraints: list[list[int]]
    features: list[list[int]] | None
    right: bool
    ratios: list[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        pairs = [(g, sum(row)) for row in self.teacher for g in row]
        object.__setattr__(self, "ratios", pairs)

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


def rounded(z: list[arb], k: int, bits: int) -> list[int]:
    """Return coordinates times 2^bits, the first of a row being what the others leave."""
    one, found = 1 << bits, []
    for r in range(0, len(z), k):
        rest = [whole(x, one) for x in z[r + 1 : r + k]]
        found += [one - sum(rest), *rest]
    return found


def exact_outputs(problem: Polyhedral, z: list[int]) -> list[int]:
    """Return B z in integers, times the features' total."""
    if problem.features is None:
        return z
    _, k, d = problem.shape
    return [int(x) for x in (fmpz_mat(problem.features) * fmpz_mat(d, k, z)).entries()]


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
    problem: Polyhedral, z: list[int], bits: int, interior: list[int]
) -> tuple[list[int], int]:
    """Return coordinates that meet every constraint exactly, and their total.

    They are (2^e - 1) z + inner with the largest e that will do: the mixing's cost shows in the
    gap.

    Args:
        problem: the projection.
        z: coordinates over 2^bits.
        bits: their bits.
        interior: coordinates, rows of any one total, off every inequality that z breaks.
    """
    one, inside = 1 << bits, sum(interior[: problem.shape[1]])
    broken = slacks(problem, z, one)
    if min(broken) >= 0 and min(broken[len(problem.constraints) :]) > 0:
        return z, one
    inner = [x * one for x in interior]
    outer = [x * inside for x in z]
    room = slacks(problem, inner, one * inside)
    pairs = [(-s * inside, r) for s, r in zip(broken, room, strict=True) if s <= 0 < r or s < 0]
    if any(r <= 0 for s, r in pairs):
        raise SolverError("no interior point is known that meets a constraint which rounding broke")
    share = min((r - 1) // s if s else r for s, r in pairs)
    e = min(bits, share.bit_length() - 1)
    if e < 1:
        raise SolverError("the student is too far from the class to be mended by mixing")
    many = (1 << e) - 1
    mixed = [many * a + b for a, b in zip(outer, inner, strict=True)]
    return mixed, (one * inside) << e
