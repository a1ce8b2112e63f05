"""Which of several constraints press on a student, and which depend on others: in floats.

Constraints that follow from one another have no unique multipliers, and Newton's method needs
independent ones. A wrong answer here costs a change of the active set, never the result.
"""

import numpy as np
from jaxtyping import Bool, Float
from scipy.linalg import qr
from scipy.optimize import nnls

FLAT = 2.0**-20
"""Length, relative to the longest, below which a column or singular value is taken for 0."""


def positive_part(
    columns: Float[np.ndarray, "z r"],
    free: Float[np.ndarray, "z q"],
    target: Float[np.ndarray, " z"],
) -> Bool[np.ndarray, " r"]:
    """Return which columns have positive multipliers, by nonnegative least squares.

    What is solved is target = columns l + free m with l >= 0; independent columns are taken.
    """
    presses = np.zeros(columns.shape[1], dtype=bool)
    left, values, _ = np.linalg.svd(_units(free), full_matrices=False)
    basis = left[:, values > FLAT * values.max()]
    columns = _units(columns)
    columns -= basis @ (basis.T @ columns)
    target = target - basis @ (basis.T @ target)
    apart = np.flatnonzero(np.linalg.norm(columns, axis=0) > FLAT)
    if not len(apart):
        return presses
    columns = _units(columns[:, apart])
    multipliers = nnls(columns, target)[0]
    triangle, order = qr(columns * multipliers, mode="r", pivoting=True)
    height = np.abs(np.diag(triangle))
    kept = order[: len(height)][height > FLAT * height.max()]
    presses[apart[kept]] = multipliers[kept] > 0.0
    return presses


def combination(
    columns: Float[np.ndarray, "z r"], column: Float[np.ndarray, " z"]
) -> Float[np.ndarray, " r"] | None:
    """Return coefficients with columns c = column, or None where the column is independent.

    Those whose part in the column is of a rounding error's size are 0.
    """
    size = float(np.linalg.norm(column))
    found = np.linalg.lstsq(_units(columns), column / size)[0]
    if np.linalg.norm(column / size - _units(columns) @ found) > FLAT:
        return None
    sizes = np.linalg.norm(columns, axis=0)
    return np.where(np.abs(found) > FLAT, found * size / np.where(sizes > 0, sizes, 1.0), 0.0)


def _units(columns: Float[np.ndarray, "z r"]) -> Float[np.ndarray, "z r"]:
    sizes = np.linalg.norm(columns, axis=0)
    return columns / np.where(sizes > 0, sizes, 1.0)
