"""What labels say of the distance of their truth from the class.

Labels y_i drawn independently from rows f_i have the gain E L_{i, y_i} in place of E Σ_c f_ic L_ic,
whose terms lie in intervals of length p_i osc_i: by Hoeffding's inequality (hoeffding:63,
Theorem 2) with probability 1 - δ the gain is at most r = sqrt(log(1/δ) Σ (p_i osc_i)^2 / 2) above
(derived). What the gain then lacks of misfit - gap, the distance from the class must have taken.
"""

import math
from dataclasses import dataclass

import numpy as np

from kl_regression.audit.distance import Price, price_of
from kl_regression.instance import Outcome
from kl_regression.theorems.setting import Setting


@dataclass(frozen=True)
class Distance:
    """How far the truth is from the class, at least.

    Args:
        gain: of the student over the teacher, on the labels.
        lacking: misfit - gap - gain.
        rows: E TV(f, V) is at least this if the labels' rows are the truth.
        radius: r, by how much the gain on the labels may be too small by chance.
        behind: E TV(f, V) is at least this for the truth that the labels were drawn from.
        confidence: 1 - δ of ``behind``.
    """

    gain: float
    lacking: float
    rows: float
    radius: float
    behind: float
    confidence: float


def implied_distance(outcome: Outcome, *, confidence: float) -> Distance | str:
    """Return the distance from the class that labels (the outcome's truth) imply, or why not.

    Args:
        outcome: solved, with the labels' rows for its truth, shape (n, k).
        confidence: 1 - δ.
    """
    price = price_of(outcome)
    if isinstance(price, str):
        return price
    weights = outcome.instance.weights
    spread = np.ptp(Setting(outcome).slope, axis=1)
    radius = math.sqrt(-math.log1p(-confidence) * float(np.square(weights * spread).sum()) / 2)
    lacking = price.guaranteed - outcome.gain
    return Distance(
        outcome.gain,
        lacking,
        _reach(price, lacking),
        radius,
        _reach(price, lacking - radius),
        confidence,
    )


def _reach(price: Price, lacking: float) -> float:
    return min(price.reach(lacking), 1.0)
