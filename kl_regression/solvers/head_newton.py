"""One Newton system of the head's path, assembled block by block and factored once.

In the unknown step V E' of W, V of shape (d, r), with E = 1 where columns are free and
E = (1, -1')' where every row of W keeps its sum:

    Σ_i m_i φ_i (z_ic + dz_ic) E = 0,   dz = D ds - (T - s z-part)/s,   ds = Φ V E' + rest.

Entries near 0 have D up to 1e20, and D times the rounding of Φ W would be all that is left of their
prices: their dz stay unknowns of their own, with the row ds = (dz + t)/D beside the normal matrix
(wright:97, augmented systems).
"""

from dataclasses import dataclass

import numpy as np
import scipy
from jaxtyping import Float, Int

Heads = Float[np.ndarray, "d k"]
Cells = Int[np.ndarray, " a"]
Values = Float[np.ndarray, " a"]


@dataclass(frozen=True)
class Pressing:
    """The entries whose prices are unknowns of their own.

    Args:
        flat: their places in the flattened predictions, ascending, shape (a,).
        features: the rows φ of their points, shape (a, d).
        column: their outputs, shape (a,).
        mass: the weights of their points, shape (a,).
        slope: D, shape (a,).
        rest: the part of ds that V does not move, shape (a,).
    """

    flat: Cells
    features: Float[np.ndarray, "a d"]
    column: Cells
    mass: Values
    slope: Values
    rest: Values


class NewtonSystem:
    """The factored matrix of the step, for any right side.

    Args:
        blocks: Σ_i m_i D_ic φ_i φ_i' for each output, shape (k, d, d), pressing entries left out.
        pressing: those entries.
        columns: E, shape (k, r).

    Raises:
        LinAlgError: when the matrix is singular or not finite.
    """

    def __init__(
        self,
        blocks: Float[np.ndarray, "k d d"],
        pressing: Pressing,
        columns: Float[np.ndarray, "k r"],
    ) -> None:
        self.pressing, self.columns = pressing, columns
        d, r, a = blocks.shape[1], columns.shape[1], len(pressing.flat)
        normal = np.einsum("cij,ca,cb->iajb", blocks, columns, columns, optimize=True)
        beside = pressing.features[:, :, None] * columns[pressing.column][:, None, :]
        self.rows = beside.reshape(a, d * r)
        matrix = np.empty((d * r + a, d * r + a))
        matrix[: d * r, : d * r] = normal.reshape(d * r, d * r)
        matrix[d * r :, : d * r] = self.rows * pressing.mass[:, None]
        matrix[: d * r, d * r :] = matrix[d * r :, : d * r].T
        matrix[d * r :, d * r :] = np.diag(-pressing.mass / pressing.slope)
        self.unit = 1.0 / np.sqrt(np.abs(matrix).max(axis=1))
        self.matrix = matrix * self.unit[:, None] * self.unit
        self.factors, self.pivots, info = scipy.linalg.lapack.dgetrf(self.matrix)
        if info != 0 or not np.isfinite(self.factors).all():
            raise np.linalg.LinAlgError("the Newton matrix of the head is singular")

    def solve(self, pull: Heads, shift: Values) -> tuple[Heads, Values]:
        """Return the step of W, shape (d, k), and of the pressing prices, shape (a,).

        Args:
            pull: Σ_i m_i φ_i (z + D rest - t), shape (d, k), with z alone at pressing entries.
            shift: t at the pressing entries, shape (a,).
        """
        p = self.pressing
        right = np.concatenate(
            [-(pull @ self.columns).ravel(), p.mass * (shift / p.slope - p.rest)]
        )
        right *= self.unit
        backward = scipy.linalg.lapack.dgetrs
        found = backward(self.factors, self.pivots, right)[0]
        found += backward(self.factors, self.pivots, right - self.matrix @ found)[0]
        found *= self.unit
        size = self.rows.shape[1]
        step = found[:size].reshape(len(pull), -1) @ self.columns.T
        return step, found[size:]
