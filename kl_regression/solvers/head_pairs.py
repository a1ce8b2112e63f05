"""What binds a prediction to its price: one curve an entry, for either side of KL.

A barrier μ log s is added to the objective, for the points of weight 0 too. At its optimum the
prediction s and its price z, the multiplier of s = Φ W over the point's mass, lie on

    left:   s (e log(s/g) - z) = μ,        right:   s (e - z) = e g + μ,

e = 1 where the point has weight and 0 elsewhere. As μ falls to 0 these become z = log(s/g) and
z = 1 - g/s, and for points without weight s z = 0: the price of pressing on s >= 0.

A Newton step follows the tangent of the curve and is brought back to it in one of two ways: a
prediction that grows keeps its new value, one that shrinks keeps its new price. The price of a
prediction that vanishes goes to minus infinity like its logarithm, and a step in it, however long,
leaves the prediction positive; so no step has a boundary to stop at.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float
from typing_extensions import override

from kl_regression.arrays import Predictions
from kl_regression.tolerance import HEAD_LAG, LAMBERT_STEPS, TINY

Masses = Float[np.ndarray, "n 1"]


@dataclass(frozen=True)
class Pairs(ABC):
    """The curves of all entries, or of some rows of them.

    Args:
        teacher: predictions g, shape (n, k), positive on the left.
        counted: e, shape (n, 1): 1 where the point has weight, else 0.
    """

    teacher: Predictions
    counted: Masses

    growth: ClassVar[float]
    """How many times itself a step may add to a prediction."""
    shrink: ClassVar[float]
    """How many times itself a step may take off: the price moves, the prediction stays positive."""
    lag: ClassVar[float]
    """μ stays above this part of |s - Φ W|: small predictions then move in their prices' scale."""

    @abstractmethod
    def rows(self, part: slice) -> "Pairs":
        """Return the curves of some rows."""

    @abstractmethod
    def price(self, s: Predictions, mu: float) -> Predictions:
        """Return the price z of predictions, shape (n, k)."""

    @abstractmethod
    def predicted(self, z: Predictions, mu: float) -> Predictions:
        """Return the predictions that have a price, shape (n, k)."""

    @abstractmethod
    def slope(self, s: Predictions, mu: float) -> Predictions:
        """Return dz/ds > 0 as the bilinear equation of the pair gives it, shape (n, k)."""

    @abstractmethod
    def bend(self, s: Predictions, ds: Predictions, dz: Predictions) -> Predictions:
        """Return the second-order part of the equation's left side after a step, shape (n, k)."""


@dataclass(frozen=True)
class LeftPairs(Pairs):
    """s (e log(s/g) - z) = μ.

    Args:
        teacher: as above.
        counted: as above.
        logs: log g where the point has weight, 0 elsewhere, shape (n, k).
    """

    logs: Predictions

    growth = 3.0
    shrink = 5.0
    lag = HEAD_LAG

    @override
    def rows(self, part: slice) -> "LeftPairs":
        return LeftPairs(self.teacher[part], self.counted[part], self.logs[part])

    @override
    def price(self, s: Predictions, mu: float) -> Predictions:
        return self.counted * np.log(s) - self.logs - mu / s

    @override
    def predicted(self, z: Predictions, mu: float) -> Predictions:
        """Solve λ + log λ = log μ - log g - z for λ = μ/s; without weight λ = -z."""
        with np.errstate(all="ignore"):
            shift = np.log(mu) - self.logs - z
            pressing = mu / lambert(shift)
            if self.counted.min() > 0.0:
                return pressing
            return np.where(self.counted > 0.0, pressing, mu / -z)

    @override
    def slope(self, s: Predictions, mu: float) -> Predictions:
        return (self.counted + mu / s) / s

    @override
    def bend(self, s: Predictions, ds: Predictions, dz: Predictions) -> Predictions:
        """Return the term where the point has weight; elsewhere as on the right, 0."""
        return self.counted * ds * (0.5 * ds / s - dz)


@dataclass(frozen=True)
class RightPairs(Pairs):
    """s (e - z) = e g + μ."""

    growth = 2.0
    shrink = 3.0
    lag = 0.0

    @override
    def rows(self, part: slice) -> "RightPairs":
        return RightPairs(self.teacher[part], self.counted[part])

    @override
    def price(self, s: Predictions, mu: float) -> Predictions:
        return self.counted - (self.counted * self.teacher + mu) / s

    @override
    def predicted(self, z: Predictions, mu: float) -> Predictions:
        with np.errstate(all="ignore"):
            return (self.counted * self.teacher + mu) / (self.counted - z)

    @override
    def slope(self, s: Predictions, mu: float) -> Predictions:
        return (self.counted * self.teacher + mu) / s / s

    @override
    def bend(self, s: Predictions, ds: Predictions, dz: Predictions) -> Predictions:
        """Return 0: the term -ds dz corrects towards the tangent of a curve that bends away."""
        return np.zeros_like(s)


def lambert(shift: Predictions) -> Predictions:
    """Return the root λ > 0 of λ + log λ = ``shift``, elementwise: Lambert's W of exp(shift).

    By the fourth-order iteration of fritsch:73 from a start within a third of it.
    """
    large = np.maximum(shift, 1.0)
    small = np.exp(np.minimum(shift, 1.0))
    root = np.where(shift > 1.0, np.maximum(large - np.log(large), 0.5), small / (1.0 + small))
    root = np.maximum(root, TINY)
    for _ in range(LAMBERT_STEPS):
        off = shift - root - np.log(root)
        near = 1.0 + root
        wide = 2.0 * near * (near + off * (2.0 / 3.0))
        root = np.maximum(root * (1.0 + off / near * (wide - off) / (wide - 2.0 * off)), TINY)
    return root
