"""The Bregman divergence of a generator that the user gives.

d(a, b) = φ(a) - φ(b) - φ'(b)(a - b), for φ strictly convex and twice differentiable inside its
domain (bregman:67). The difference cancels when a is near b; there the equal integral

    d(a, b) = (a - b)^2 ∫_0^1 (1 - t) φ''(b + t (a - b)) dt

is summed by Gauss-Legendre quadrature, whose terms are all nonnegative. It is taken where a second
rule with fewer nodes says that it is the more accurate of the two, and where the two agree: a
φ'' that is concentrated between the nodes is no integrand for a fixed rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from typing_extensions import override

from kl_regression.arrays import Domain, Predictions, Side
from kl_regression.divergences import Logs, Loss
from kl_regression.errors import InputError
from kl_regression.tolerance import CANCELLED, ENTRY_ULPS, EPS

Scalar = Callable[[Float[np.ndarray, "n k"]], Float[np.ndarray, "n k"]]

FINE, COARSE = 16, 12
"""How many nodes the quadrature has, and the rule that its error is estimated with."""


@dataclass(frozen=True)
class Generator:
    """A convex function φ of one variable, entry by entry on arrays of shape (n, k).

    Args:
        value: φ, finite on the closed domain or +inf at its ends.
        derivative: φ'; may be -inf or +inf at the ends of the domain.
        second_derivative: φ'', positive inside the domain.
        low: the lower end of the domain.
        high: the upper end of the domain.
        name: what reports call it.
        atom: φ on a cvxpy expression; without it the conic engine works with quadratic models.
    """

    value: Scalar
    derivative: Scalar
    second_derivative: Scalar
    low: float = -np.inf
    high: float = np.inf
    name: str = "φ"
    atom: Callable[[Any], Any] | None = None


class Bregman(Loss):
    """The Bregman divergence of a generator, on outputs of shape (n, k) in the generator's domain.

    Convex in its first argument, so left-side students are certified; in its second argument it
    need not be, and right-side students are local.

    >>> softplus = Generator(
    ...     value=lambda x: np.logaddexp(0, x),
    ...     derivative=lambda x: 1 / (1 + np.exp(-x)),
    ...     second_derivative=lambda x: 1 / (2 + 2 * np.cosh(x)),
    ... )
    >>> round(Bregman(softplus).divergence([0.0], [1.0]), 6)
    0.110944
    """

    convex_right = False

    def __init__(self, generator: Generator) -> None:
        if not isinstance(generator, Generator):
            raise InputError("generator", f"is {type(generator).__name__}", "Pass a Generator")
        for part in ("value", "derivative", "second_derivative"):
            if not callable(getattr(generator, part)):
                raise InputError(
                    f"generator.{part}", "is not callable", "Pass a function of an array"
                )
        if not generator.low < generator.high:
            raise InputError(
                "generator",
                f"has the empty domain [{generator.low}, {generator.high}]",
                "Give low < high",
            )
        self.generator = generator
        self.name = f"Bregman({generator.name})"
        self.domain = Domain(generator.low, generator.high)

    @override
    def entries(
        self, p: Predictions, q: Predictions, log_p: Logs = None, log_q: Logs = None
    ) -> tuple[Predictions, Predictions]:
        phi = self.generator
        step = p - q
        slope = np.where(step == 0, 0.0, phi.derivative(q) * step)
        above, below = phi.value(p), phi.value(q)
        lost = np.abs(above) + np.abs(below) + np.abs(slope)
        far = np.maximum(above - below - slope, 0.0)
        near = np.isfinite(lost) & (far <= CANCELLED * lost)
        reach = np.where(near, step, 0.0)
        close = self._integral(q, reach, FINE)
        off = EPS * ENTRY_ULPS * close + np.abs(close - self._integral(q, reach, COARSE))
        direct = EPS * ENTRY_ULPS * lost
        near &= (off < direct) & (np.abs(close - far) <= off + direct)
        values = np.where(step == 0, 0.0, np.where(near, close, far))
        infinite = np.isnan(values)
        return np.where(infinite, np.inf, values), np.where(near, off, direct)

    def _integral(self, q: Predictions, step: Predictions, nodes: int) -> Predictions:
        """Return step^2 ∫_0^1 (1 - t) φ''(q + t step) dt, shape (n, k), by a rule on [0, 1]."""
        places, masses = np.polynomial.legendre.leggauss(nodes)
        summed = np.zeros_like(q)
        for place, mass in zip(0.5 * (places + 1.0), 0.5 * masses, strict=True):
            summed += mass * (1.0 - place) * self.generator.second_derivative(q + place * step)
        return np.where(step == 0, 0.0, summed * step**2)

    @override
    def gradient(
        self, p: Predictions, q: Predictions, side: Side, log_p: Logs = None, log_q: Logs = None
    ) -> Predictions:
        phi = self.generator
        with np.errstate(all="ignore"):
            if side == "left":
                return np.where(p == q, 0.0, phi.derivative(p) - phi.derivative(q))
            return np.where(p == q, 0.0, phi.second_derivative(q) * (q - p))

    @override
    def curvature(self, p: Predictions, q: Predictions, side: Side) -> Predictions:
        """Return φ"(student), shape (n, k); on the right that is the leading term."""
        with np.errstate(all="ignore"):
            return self.generator.second_derivative(p if side == "left" else q)
