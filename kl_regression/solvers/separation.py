"""Whether a softmax layer's likelihood has no maximum: its labels are separable.

Along Θ + t V the objective KL(teacher, softmax(Φ Θ)) keeps falling when in each row the entries
with a positive teacher share the largest φ'V_c, and somewhere another entry is below it (albert:84,
complete and quasi-complete separation). A linear program in V finds such a direction.
"""

import numpy as np

from kl_regression.arrays import Predictions, Weights
from kl_regression.tolerance import LP_TOLERANCE


def is_separable(features: np.ndarray, teacher: Predictions, weights: Weights) -> bool:
    """Tell whether some direction V lowers the objective for ever.

    Args:
        features: Φ, shape (n, d).
        teacher: distributions, shape (n, k).
        weights: probabilities of the points, shape (n,); those of weight 0 do not count.
    """
    from scipy.optimize import linprog

    counted = weights > 0.0
    phi, g = features[counted], teacher[counted]
    if (g > 0.0).all():
        return False
    units = np.abs(phi).max(axis=0)
    phi = phi / np.where(units > 0.0, units, 1.0)
    n, d = phi.shape
    k = g.shape[1]
    top = g.argmax(axis=1)
    margins = np.zeros((n, k, d, k))
    rows = np.arange(n)
    for c in range(k):
        margins[rows, c, :, top] += phi
        margins[rows, c, :, c] -= phi
    flat = margins.reshape(n * k, d * k)
    below = (g == 0.0).ravel()
    tied = (g > 0.0) & (np.arange(k) != top[:, None])
    gained = flat[below]
    equal = flat[tied.ravel()]
    found = linprog(
        -gained.sum(axis=0),
        A_ub=-gained,
        b_ub=np.zeros(len(gained)),
        A_eq=equal if len(equal) else None,
        b_eq=np.zeros(len(equal)) if len(equal) else None,
        bounds=[(-1.0, 1.0)] * (d * k),
        method="highs",
    )
    if found.x is None:
        return False
    return bool((gained @ found.x).sum() > LP_TOLERANCE * len(gained))
