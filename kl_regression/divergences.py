"""Legendre generators and their Bregman divergences, exact at zeros and small differences.

D(p, q) = Σ_i w_i Σ_c d(p_ic, q_ic) with d(a, b) = φ(a) - φ(b) - φ'(b)(a - b) (bregman:67), always
in argument order and in nats for KL. Values lie in [0, +inf]: 0 log 0 = 0, +inf where support
fails, never NaN.

KL is summed as a log(a/b) - a + b. On rows that sum to 1 that is Σ a log(a/b); it does not see
rows that sum to 1 only up to rounding, and every entry is nonnegative. With t = (a-b)/(a+b),

    a log(a/b) - a + b = (a + b) [t artanh t + (artanh t - t)],
    a/b - log(a/b) - 1 = 2 [t^2/(1-t) - (artanh t - t)],

so small differences cost no digits once artanh t - t is summed by its series.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from jaxtyping import Float
from typing_extensions import override

from kl_regression.arrays import (
    POSITIVE,
    REAL,
    SIMPLEX,
    Domain,
    Predictions,
    Side,
    as_predictions,
    as_weights,
    row_blocks,
    same_shape,
)
from kl_regression.arrays_logs import as_log_predictions
from kl_regression.logarithms import artanh_remainder, log_ratio
from kl_regression.tolerance import (
    ENTRY_ULPS,
    EPS,
    LOG_ULPS,
    NEAR,
    ROW_BLOCK,
    TINY,
    Sum,
    total_of_blocks,
)

Logs = Float[np.ndarray, "n k"] | None


class Loss(ABC):
    """A separable Bregman divergence: the measure of error, misfit and the student's objective.

    A subclass gives entries, gradients and curvatures; sums, weights and infinities are here.
    Predictions too small for a float64 may be passed by their logarithms.
    """

    name: str
    domain: Domain
    convex_right: bool
    """Whether D(g, ·) is convex, so that a right-side student over a convex class is certified."""
    vanishes_with_teacher: bool = False
    """Whether D(f, g) < inf needs f = 0 wherever g = 0."""

    def __call__(self) -> "Loss":
        """Return the loss itself: without parameters, ``KL()`` is ``KL``."""
        return self

    def __repr__(self) -> str:
        return self.name

    def __reduce_ex__(self, protocol: Any) -> Any:  # KL is KL in every process: it pickles by name
        return self.name if globals().get(self.name) is self else super().__reduce_ex__(protocol)

    @abstractmethod
    def entries(
        self, p: Predictions, q: Predictions, log_p: Logs = None, log_q: Logs = None
    ) -> tuple[Predictions, Predictions]:
        """Return d(p_ic, q_ic) >= 0 for every entry, shape (n, k), and bounds on their rounding."""

    @abstractmethod
    def gradient(
        self, p: Predictions, q: Predictions, side: Side, log_p: Logs = None, log_q: Logs = None
    ) -> Predictions:
        """Return the derivative of d(p, q), shape (n, k): in p for "left", in q for "right"."""

    @abstractmethod
    def curvature(self, p: Predictions, q: Predictions, side: Side) -> Predictions:
        """Return the second derivative of d(p, q), shape (n, k), in the argument of ``side``."""

    def expand(
        self, p: Predictions, q: Predictions, side: Side
    ) -> tuple[Predictions, Predictions, Predictions]:
        """Return entries, gradient and curvature on one side, shapes (n, k), for a solver's model.

        The entries may lose digits where p is near q; ``entries`` does not.
        """
        return self.entries(p, q)[0], self.gradient(p, q, side), self.curvature(p, q, side)

    def measure(
        self,
        p: Predictions,
        q: Predictions,
        weights: Float[np.ndarray, " n"],
        log_p: Logs = None,
        log_q: Logs = None,
    ) -> Sum:
        """Return D(p, q) with the bound on its rounding, for arrays that were checked before.

        Points of weight 0 do not count, not even where the divergence is infinite.
        """
        blocks = list(row_blocks(p.shape))
        sums, lost = np.empty(len(blocks)), 0.0
        with np.errstate(all="ignore"):
            for place, part in enumerate(blocks):
                logs = [None if log is None else log[part] for log in (log_p, log_q)]
                entries, errors = self.entries(p[part], q[part], *logs)
                column = weights[part, None]
                entries, errors = column * entries, column * errors
                if not column.all():
                    entries = np.where(column > 0, entries, 0.0)
                sums[place] = entries.sum()
                lost += float(errors.sum(where=np.isfinite(errors)))
        value = float(sums.sum())
        if not np.isfinite(value):
            return Sum(value, 0.0)
        found, rounding = total_of_blocks(sums, np.asarray(value), max(ROW_BLOCK, p.shape[1]))
        return Sum(float(found), float(rounding) + lost)

    def divergence(
        self, p: Any, q: Any, *, weights: Any = None, log_p: Any = None, log_q: Any = None
    ) -> float:
        """Return D(p, q) = Σ_i w_i Σ_c d(p_ic, q_ic) in [0, inf], KL in nats.

        Args:
            p: the first argument, shape (n, k), or (n,) read as (n, 1).
            q: the second argument, of the same shape.
            weights: probabilities of the n points, shape (n,); uniform where None.
            log_p: logarithms of ``p``, shape (n, k), used where an entry is no normal float64.
            log_q: the same for ``q``.

        Raises:
            InputError: for wrong shapes and for entries outside the domain.

        >>> KL.divergence([[0.5, 0.5]], [[1.0, 0.0]])
        inf
        """
        first = as_predictions(p, "p", self.domain)
        second = as_predictions(q, "q", self.domain)
        same_shape(second, "q", first.shape, "p")
        return self.measure(
            first,
            second,
            as_weights(weights, len(first)),
            as_log_predictions(log_p, "log_p", first),
            as_log_predictions(log_q, "log_q", second),
        ).value


class _Logarithmic(Loss):
    """d(a, b) = a log(a/b) - a + b, generated by φ(x) = x log x - x (csiszar:75, I-divergence)."""

    convex_right = True
    vanishes_with_teacher = True

    def __init__(self, name: str, domain: Domain) -> None:
        self.name = name
        self.domain = domain

    @override
    def entries(
        self, p: Predictions, q: Predictions, log_p: Logs = None, log_q: Logs = None
    ) -> tuple[Predictions, Predictions]:
        size, apart = p + q, p - q
        positive = min(float(p.min()), float(q.min())) > 0
        t = apart / size if positive else np.where(size > 0, apart / size, 0.0)
        near = np.abs(t) < NEAR
        small = np.clip(t, -NEAR, NEAR)
        rest = artanh_remainder(small)
        close = size * (small * (small + rest) + rest)
        u = log_ratio(p, q, log_p, log_q)
        linear = p * u if positive else np.where(p > 0, p * u, 0.0)
        values = np.where(near, close, np.maximum(linear - apart, 0.0))
        lost = np.where(near, close, np.abs(linear) + np.abs(apart))
        return values, EPS * ((ENTRY_ULPS + LOG_ULPS) * lost + LOG_ULPS * p)

    @override
    def expand(
        self, p: Predictions, q: Predictions, side: Side
    ) -> tuple[Predictions, Predictions, Predictions]:
        if min(float(p.min()), float(q.min())) <= TINY:
            return super().expand(p, q, side)
        ratio = p / q
        log = np.log(ratio)
        entries = p * log
        entries -= p
        entries += q
        if side == "left":
            return entries, log, 1.0 / p
        return entries, 1.0 - ratio, np.divide(ratio, q, out=ratio)

    @override
    def gradient(
        self, p: Predictions, q: Predictions, side: Side, log_p: Logs = None, log_q: Logs = None
    ) -> Predictions:
        with np.errstate(all="ignore"):
            if side == "left":
                return log_ratio(p, q, log_p, log_q)
            if min(p.min(), q.min()) > TINY:
                return (q - p) / q
            ratio = np.exp(log_ratio(p, q, log_p, log_q))
            moderate = np.where((p > TINY) & (q > TINY), (q - p) / q, 1.0 - ratio)
            return np.where(p > 0, moderate, 1.0)

    @override
    def curvature(self, p: Predictions, q: Predictions, side: Side) -> Predictions:
        with np.errstate(all="ignore"):
            return 1.0 / p if side == "left" else np.where(p > 0, (p / q) / q, 0.0)


class _Squared(Loss):
    """d(a, b) = (a - b)^2, generated by φ(x) = x^2."""

    name = "SquaredError"
    domain = REAL
    convex_right = True

    @override
    def entries(
        self, p: Predictions, q: Predictions, log_p: Logs = None, log_q: Logs = None
    ) -> tuple[Predictions, Predictions]:
        values = np.square(p - q)
        return values, EPS * 4.0 * values

    @override
    def gradient(
        self, p: Predictions, q: Predictions, side: Side, log_p: Logs = None, log_q: Logs = None
    ) -> Predictions:
        return 2.0 * (p - q) if side == "left" else 2.0 * (q - p)

    @override
    def curvature(self, p: Predictions, q: Predictions, side: Side) -> Predictions:
        return np.full_like(p, 2.0)


class _ItakuraSaito(Loss):
    """d(a, b) = a/b - log(a/b) - 1, generated by φ(x) = -log x, for positive outputs.

    Closed at the origin: d(0, 0) = 0, and d(a, 0) = d(0, b) = inf otherwise. Convex on the left
    only, so a right-side student is a local one.
    """

    name = "ItakuraSaito"
    domain = POSITIVE
    convex_right = False
    vanishes_with_teacher = True

    @override
    def entries(
        self, p: Predictions, q: Predictions, log_p: Logs = None, log_q: Logs = None
    ) -> tuple[Predictions, Predictions]:
        size = p + q
        t = np.where(size > 0, (p - q) / size, 0.0)
        near = np.abs(t) < NEAR
        small = np.where(near, t, 0.0)
        close = 2.0 * (small**2 / (1.0 - small) - artanh_remainder(small))
        u = log_ratio(p, q, log_p, log_q)
        ratio = np.where(q > 0, p / q, np.exp(u))
        far = np.where((p > 0) & (q > 0), np.maximum(ratio - u - 1.0, 0.0), np.inf)
        lost = np.where(near, close, np.abs(ratio) + np.abs(u) + 1.0)
        return np.where(near, close, far), EPS * (ENTRY_ULPS + LOG_ULPS) * lost

    @override
    def gradient(
        self, p: Predictions, q: Predictions, side: Side, log_p: Logs = None, log_q: Logs = None
    ) -> Predictions:
        with np.errstate(all="ignore"):
            if side == "left":
                slope = (p - q) / np.maximum(p, q) / np.minimum(p, q)
                return np.where(p == q, 0.0, slope)
            return np.where(p == q, 0.0, (q - p) / q / q)

    @override
    def curvature(self, p: Predictions, q: Predictions, side: Side) -> Predictions:
        with np.errstate(all="ignore"):
            return 1.0 / p**2 if side == "left" else (2.0 * p / q - 1.0) / q**2


KL = _Logarithmic("KL", SIMPLEX)
"""Kullback-Leibler divergence between rows of shape (n, k) that are distributions, in nats."""

GeneralizedKL = _Logarithmic("GeneralizedKL", POSITIVE)
"""Generalised Kullback-Leibler divergence for nonnegative outputs of shape (n, k)."""

SquaredError = _Squared()
"""Squared error for real outputs of shape (n, k), summed over the k outputs."""

ItakuraSaito = _ItakuraSaito()
"""Itakura-Saito divergence for positive outputs of shape (n, k)."""
