"""Marginal calibration error, MCE_G(F) = Σ_c E |E[F_c - Y_c | G]|, exactly on a finite population.

On a cell of G the conditional expectation times the cell's probability is Σ_i p_i (F_ic - Y_ic), so
nothing is divided: MCE_G is the sum over classes and cells of the size of that sum. It lies in
[0, 2]. For a conditioning common to two models |MCE_G(g) - MCE_G(s)| <= E ||g - s||_1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arithmetic import Arithmetic, Array, Floats, Number
from kl_regression.arrays import as_weights
from kl_regression.calibration.conditioning import Cells, Conditioning, as_conditioning
from kl_regression.calibration.inputs import as_label_rows, as_probabilities
from kl_regression.tolerance import Sum, grouped_rounding


@dataclass(frozen=True)
class MarginalError:
    """A marginal calibration error.

    Args:
        per_class: E |E[F_c - Y_c | G]| of each class, shape (k,).
        rounding: a bound on the rounding of their sum.
        given: what was conditioned on, in words.
    """

    per_class: Float[np.ndarray, " k"]
    rounding: float
    given: str

    @property
    def value(self) -> float:
        """The sum over classes, in [0, 2]."""
        return float(self.per_class.sum())


def marginal_error(
    predictions: Any, labels: Any, given: Conditioning, *, weights: Any = None
) -> MarginalError:
    """Return the marginal calibration error Σ_c E |E[F_c - Y_c | G]| given an explicit G.

    Args:
        predictions: probabilities F, shape (n, k).
        labels: class numbers, shape (n,), or label probabilities, shape (n, k).
        given: ``own_score()``, ``score(teacher)``, ``bins(edges)``, ``points()``, ``groups(...)``.
        weights: probabilities of the points, shape (n,); uniform where None.

    Raises:
        InputError: for arrays that cannot be used; the message names argument, index and value.

    Source: yao:25, calibration.
    """
    given = as_conditioning(given, "given")
    F = as_probabilities(predictions, "predictions")
    Y = as_label_rows(labels, *F.shape)
    p = as_weights(weights, len(F))[:, None]
    x = Floats()
    per_class = class_errors(x, p * (F - Y), given.cells(F))
    return MarginalError(np.array(per_class), x.rounding, given.name)


def class_errors(x: Arithmetic, residuals: Array, cells: Cells) -> list[Number]:
    """Return the sum over cells of |Σ p (F_c - Y_c)| for each class, k numbers.

    Args:
        x: the arithmetic of the residuals.
        residuals: p (F - Y), shape (n, k).
        cells: the number of each point's cell, shape (n, k).
    """
    errors = []
    for column, cell in zip(residuals.T, cells.T, strict=True):
        sums = cell_sums(column, cell)
        inner = 0.0
        if not x.encloses:
            inner = grouped_rounding(column, int(np.bincount(cell).max()))
        errors.append(x.total(x.absolute(sums)) + x.number(Sum(0.0, inner)))
    return errors


def cell_sums(values: Array, cell: Any) -> Array:
    """Return the sum of the values of each cell that has points, shape (cells,)."""
    order = np.argsort(cell, kind="stable")
    starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
    return np.add.reduceat(values[order], starts)
