"""Smooth calibration error of a class, the best a Lipschitz recalibration could collect.

smCE(F) = sup E η(F) (Y - F) over η that are L-Lipschitz into [-1, 1]; or, the joint ball, over η
with Lip(η) + sup |η| <= 1. Only the distinct scores v_1 < ... < v_m matter, and on them only
neighbours: any values with |η_{j+1} - η_j| <= L (v_{j+1} - v_j) extend to the line. So with
r_j = Σ_{F = v_j} p (Y - F) it is a linear program in m variables with a chain of constraints.

The program's answer is not believed: its witness is made feasible and bounds the error from below;
and for ANY y, summation by parts with u_j = r_j - (y_{j-1} - y_j) bounds it from above:
Σ r_j η_j = Σ u_j η_j + Σ y_j (η_{j+1} - η_j) <= Σ |u| + L Σ |y| (v_{j+1} - v_j), where the joint
ball takes the larger of the two sums in place of their sum.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import as_weights
from kl_regression.calibration.inputs import as_flag, as_label_rows, as_positive, as_probabilities
from kl_regression.calibration.marginal import cell_sums
from kl_regression.errors import InputError, SolverError
from kl_regression.tolerance import EPS, LP_TOLERANCE, Sum, grouped_rounding, total

Points = Float[np.ndarray, " n"]
Line = Float[np.ndarray, " m"]
Steps = Float[np.ndarray, " d"]


@dataclass(frozen=True)
class Witness:
    """The optimal η of one class: its values at the class's distinct scores.

    Args:
        scores: increasing, shape (m,).
        values: η at each, shape (m,).
    """

    scores: Line
    values: Line

    def __call__(self, score: Any) -> Any:
        """Return η at any scores: linear between the given ones, constant beyond them."""
        return np.interp(score, self.scores, self.values)


@dataclass(frozen=True)
class SmoothError:
    """Smooth calibration errors, one a class.

    Args:
        per_class: what each witness collects, a lower bound, shape (k,).
        gaps: how far each may lie from the supremum, rounding included, shape (k,).
        witnesses: an optimal η for each class.
    """

    per_class: Float[np.ndarray, " k"]
    gaps: Float[np.ndarray, " k"]
    witnesses: tuple[Witness, ...]

    @property
    def value(self) -> float:
        """The sum over classes."""
        return float(self.per_class.sum())


def smooth_error(
    predictions: Any,
    labels: Any,
    *,
    lipschitz: Any = 1.0,
    joint: bool = False,
    weights: Any = None,
) -> SmoothError:
    """Return the smooth calibration error of each class with its witness.

    In the predictions it is Lipschitz: by E |g_c - s_c| times 1 + L, or times 1 on the joint ball.

    Args:
        predictions: probabilities F, shape (n, k).
        labels: class numbers, shape (n,), or label probabilities, shape (n, k).
        lipschitz: L, the constant of η into [-1, 1].
        joint: take the ball Lip(η) + sup |η| <= 1 instead; ``lipschitz`` must be 1.
        weights: probabilities of the points, shape (n,); uniform where None.

    Raises:
        InputError: for arrays that cannot be used; the message names argument, index and value.
        SolverError: where the linear program ends without an answer.

    Source: blasiok:23.
    """
    constant = as_positive(lipschitz, "lipschitz")
    joint = as_flag(joint, "joint")
    if joint and constant != 1.0:
        raise InputError("lipschitz", f"is {constant:g} on the joint ball", "Leave it at 1")
    F = as_probabilities(predictions, "predictions")
    Y = as_label_rows(labels, *F.shape)
    p = as_weights(weights, len(F))[:, None]
    columns = zip(F.T, (p * (Y - F)).T, strict=True)
    found = [_of_class(scores, r, constant, joint=joint) for scores, r in columns]
    return SmoothError(
        np.array([value for value, _, _ in found]),
        np.array([gap for _, gap, _ in found]),
        tuple(witness for _, _, witness in found),
    )


def residuals_by_score(scores: Points, residuals: Points) -> tuple[Line, Line]:
    """Return the distinct scores, increasing, and the sum of the residuals at each, shape (m,)."""
    distinct, cell = np.unique(scores, return_inverse=True)
    return distinct, cell_sums(residuals, cell)


def _of_class(
    scores: Points, residuals: Points, constant: float, *, joint: bool
) -> tuple[float, float, Witness]:
    """Return what the witness collects, how far the supremum may be from it, and the witness."""
    v, r = residuals_by_score(scores, residuals)
    own = grouped_rounding(residuals, len(residuals) - len(v) + 1)
    scale = float(np.abs(r).sum())
    if scale == 0.0:
        return 0.0, 0.0, Witness(v, np.zeros(len(v)))
    steps = np.minimum(constant * np.diff(v), 2.0)
    eta, size, y = _program(r / scale, steps, joint=joint)
    values = _feasible(eta, size, (1.0 - size) * steps if joint else steps)
    # Each step of the witness is feasible up to a rounding, so η is within m roundings of a member.
    lower = total(r * values, EPS * len(v) * scale)
    upper = _dual_bound(r, scale * y, steps, joint=joint)
    gap = max(upper.value - lower.value, 0.0) + upper.rounding + lower.rounding + own
    return lower.value, gap, Witness(v, values)


def _program(r: Line, steps: Steps, *, joint: bool) -> tuple[Line, float, Steps]:
    """Return HiGHS's η, shape (m,), the size it may have, and the chain's multipliers (m - 1,).

    Variables: η, its m - 1 differences, and the size t. On the box t = 1 and bounds say the rest;
    on the joint ball |η| <= t and |η_{j+1} - η_j| <= (1 - t) step_j are rows.
    """
    from scipy.optimize import linprog

    m = len(r)
    if m == 1:
        return np.sign(r), 1.0, np.zeros(0)
    chain, rows = _constraints(steps, joint=joint)
    reach = np.concatenate([np.ones(m), steps, [1.0]])
    lowest = np.append(-reach[:-1], 0.0 if joint else 1.0)
    found: Any = linprog(
        np.append(-r, np.zeros(m)),
        A_eq=chain,
        b_eq=np.zeros(m - 1),
        A_ub=rows,
        b_ub=None if rows is None else np.concatenate([steps, steps, np.zeros(2 * m)]),
        bounds=list(zip(lowest.tolist(), reach.tolist(), strict=True)),
        method="highs",
        options={"dual_feasibility_tolerance": LP_TOLERANCE},
    )
    if found.status != 0:
        raise SolverError(f"HiGHS on a smooth calibration error: {found.message}")
    return found.x[:m], float(found.x[-1]), -found.eqlin.marginals


def _constraints(steps: Steps, *, joint: bool) -> tuple[Any, Any]:
    """Return the rows that define the differences, and those of the joint ball or None."""
    from scipy.sparse import block_array, coo_array, diags_array, eye_array

    count = len(steps)
    m = count + 1
    shift = diags_array(
        np.array([[-1.0], [1.0]]) * np.ones(count), offsets=[0, 1], shape=(count, m)
    )
    each = eye_array(count)
    chain = block_array([[shift, -each, coo_array((count, 1))]], format="csr")
    if not joint:
        return chain, None
    slopes = coo_array(np.reshape(steps, (count, 1)))
    sizes = coo_array(np.full((m, 1), -1.0))
    rows: Any = [
        [None, each, slopes],
        [None, -each, slopes],
        [eye_array(m), None, sizes],
        [-eye_array(m), None, sizes],
    ]
    return chain, block_array(rows, format="csr")


def _feasible(eta: Line, size: float, steps: Steps) -> Line:
    """Return η cut to [-size, size] and then, from the left, to within a step of its neighbour."""
    values = np.clip(eta, -size, size)
    for j, step in enumerate(steps):
        values[j + 1] = min(max(values[j + 1], values[j] - step), values[j] + step)
    return values


def _dual_bound(r: Line, y: Steps, steps: Steps, *, joint: bool) -> Sum:
    """Return Σ |u| + Σ |y| step, or the larger of the two jointly, an upper bound for any y."""
    u = r - np.diff(-y, prepend=0.0, append=0.0)
    lost = np.abs(r) + np.abs(np.append(y, 0.0)) + np.abs(np.append(0.0, y))
    sizes, slopes = total(np.abs(u), EPS * lost), total(np.abs(y) * steps, EPS * np.abs(y) * steps)
    if not joint:
        return sizes + slopes
    return sizes if sizes.value >= slopes.value else slopes
