"""How much a truth at a distance from the class can take from the guaranteed gain.

For every f and every member f_s, gain(f) >= misfit - gap - E osc_i TV_i(f, f_s), with osc_i the
largest minus the smallest entry of log(s/g) in row i. If all that is known is E TV_i <= t, the most
that this takes is the fractional knapsack max{E osc_i t_i : E t_i <= t, 0 <= t_i <= 1} (derived):
the distance is spent on the points with the largest osc first, so the price is the integral of the
decreasing rearrangement of osc, concave, and at most t max_i osc_i.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from kl_regression.instance import Outcome
from kl_regression.theorems.hypotheses import CONVEX, FINITE_GAP, KL_LOSS, LEFT, POSITIVE
from kl_regression.theorems.setting import Setting

NEEDS = (LEFT, KL_LOSS, CONVEX, FINITE_GAP, POSITIVE)


@dataclass(frozen=True)
class Price:
    """The most that a total-variation distance t of the truth from the class takes from the gain.

    Args:
        distances: breakpoints of t, from 0 to 1, shape (b,).
        prices: the price at each, shape (b,), concave.
        guaranteed: misfit - gap, the gain that truths in the class are sure of.
    """

    distances: Float[np.ndarray, " b"]
    prices: Float[np.ndarray, " b"]
    guaranteed: float

    @cached_property
    def steepest(self) -> float:
        """max_i osc_i, the price of a first step."""
        return float(self.prices[1] / self.distances[1])

    def price(self, distance: float) -> float:
        """Return the most that E TV(f, V) <= distance can take."""
        return float(np.interp(distance, self.distances, self.prices))

    def remains(self, distance: float) -> float:
        """Return the gain that every truth within the distance is sure of."""
        return self.guaranteed - self.price(distance)

    def reach(self, loss: float) -> float:
        """Return the least distance at which ``loss`` can be taken from the gain; inf for never."""
        if loss <= 0:
            return 0.0
        if loss > self.prices[-1]:
            return math.inf
        after = int(np.searchsorted(self.prices, loss))
        step = slice(after - 1, after + 1)
        return float(np.interp(loss, self.prices[step], self.distances[step]))

    @property
    def vanishes(self) -> float:
        """The distance at which nothing remains of the guarantee; inf where some always does."""
        return self.reach(self.guaranteed)


def price_of(outcome: Outcome) -> Price | str:
    """Return the price of leaving the class, or which hypothesis of it is unmet.

    Args:
        outcome: solved, predictions of shape (n, k); the truth is not needed.
    """
    for hypothesis in NEEDS:
        if reason := hypothesis.unmet(outcome):
            return f"{hypothesis.name}: {reason}"
    weights = outcome.instance.weights
    counted = weights > 0
    spread = np.ptp(Setting(outcome).slope[counted], axis=1)
    order = np.argsort(-spread, kind="stable")
    mass, spread = weights[counted][order], spread[order]
    distances = np.concatenate([[0.0], np.cumsum(mass)])
    prices = np.concatenate([[0.0], np.cumsum(mass * spread)])
    return Price(distances / distances[-1], prices, outcome.misfit - outcome.gap)
