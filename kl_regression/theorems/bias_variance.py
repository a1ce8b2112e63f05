"""Bias and variance over a distribution of teachers f_w, for a fixed target q (xu:25).

E D(f_w, q) = D(μ, q) + E D(f_w, μ) with μ = E f_w, by the three-point identity at μ, whose inner
product averages to 0. Dually E D(q, f_w) = D(q, μ_d) + E D(μ_d, f_w) with φ'(μ_d) = E φ'(f_w):
under generalised KL μ_d is the geometric mean, under KL that mean divided by its row sums, under
squared error μ again. Both are for any Bregman divergence that is finite there.
"""

from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arithmetic import Array, Number
from kl_regression.arrays import Predictions, as_predictions, same_shape
from kl_regression.classes.hull import Hull
from kl_regression.divergences import KL, GeneralizedKL, Loss, SquaredError
from kl_regression.errors import InputError
from kl_regression.instance import Instance, Outcome
from kl_regression.theorems.base import Check, Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import row_sum_tolerance

Shares = Float[np.ndarray, " t"]


def bias_variance(
    teachers: Any,
    target: Any,
    *,
    shares: Any = None,
    weights: Any = None,
    loss: Loss = KL,
) -> tuple[Check, Check]:
    """Check both decompositions of the teachers' average divergence, to and from the target.

    Args:
        teachers: f_w, shape (t, n, k).
        target: q, shape (n, k).
        shares: probabilities of the teachers, shape (t,); uniform where None.
        weights: probabilities of the points, shape (n,); uniform where None.
        loss: KL, GeneralizedKL or SquaredError.
    """
    if loss not in (KL, GeneralizedKL, SquaredError):
        raise InputError("loss", f"is {loss!r}", "Use KL, GeneralizedKL or SquaredError")
    rows = [as_predictions(f, f"teachers[{w}]", loss.domain) for w, f in enumerate(teachers)]
    if not rows:
        raise InputError("teachers", "is empty", "Pass one teacher at least, of shape (n, k)")
    fixed = as_predictions(target, "target", loss.domain)
    for w, row in enumerate(rows):
        same_shape(row, f"teachers[{w}]", fixed.shape, "the target")
    share = _as_shares(shares, len(rows))
    instance = Instance(
        teacher=fixed, truth=fixed, students=Hull(fixed[None]), weights=weights, loss=loss
    )
    outcome = instance.solve()
    return (
        _theorem("bias and variance", rows, share, dual=False).check(outcome),
        _theorem("dual bias and variance", rows, share, dual=True).check(outcome),
    )


def _as_shares(value: Any, count: int) -> Shares:
    share = np.full(count, 1.0 / count) if value is None else np.asarray(value, dtype=np.float64)
    off = abs(float(share.sum()) - 1.0) > row_sum_tolerance(share.dtype, count)
    if share.shape != (count,) or (share < 0).any() or off:
        raise InputError("shares", f"is {value!r}", "Give one share >= 0 a teacher, with sum 1")
    return share


def _used(at: Setting, rows: list[Predictions], share: Shares) -> list[tuple[Number, Array]]:
    """Return share and predictions (n, k) of each teacher whose share is not 0."""
    return [(at.x.number(c), at.x.array(f)) for c, f in zip(share, rows, strict=True) if c > 0]


def _mean(at: Setting, rows: list[Predictions], share: Shares, *, dual: bool) -> Array:
    """Return μ = E f_w, or μ_d with φ'(μ_d) = E φ'(f_w), shape (n, k)."""
    used = _used(at, rows, share)
    if not dual or at.loss is SquaredError:
        return sum(c * f for c, f in used)
    mean = at.x.exp(sum(c * at.x.log(f) for c, f in used))
    return mean / at.row_sum(mean) if at.loss is KL else mean


def _between(at: Setting, first: Array, second: Array) -> Number:
    """Return D(first, second) of arrays of the arithmetic's numbers, shape (n, k)."""
    if not at.x.encloses:
        return at.divergence(first, second)
    if at.loss is SquaredError:
        return at.expect((first - second) * (first - second))
    there = np.asarray(first > 0, dtype=bool)
    ratio = at.x.where(there, first, 1.0) / at.x.where(there, second, 1.0)
    return at.expect(at.x.where(there, first * at.x.log(ratio), 0.0) - first + second)


def _theorem(key: str, rows: list[Predictions], share: Shares, *, dual: bool) -> Theorem:
    def claim(at: Setting) -> Claim:
        mean, target = _mean(at, rows, share, dual=dual), at.f
        used = _used(at, rows, share)
        if dual:
            whole = sum(c * _between(at, target, f) for c, f in used)
            bias = _between(at, target, mean)
            variance = sum(c * _between(at, mean, f) for c, f in used)
        else:
            whole = sum(c * _between(at, f, target) for c, f in used)
            bias = _between(at, mean, target)
            variance = sum(c * _between(at, f, mean) for c, f in used)
        return Claim(bias + variance, whole, 0.0, {"bias": bias, "variance": variance})

    latex = (
        r"E\,D(q, f_w) = D(q, \mu_d) + E\,D(\mu_d, f_w),\quad \phi'(\mu_d) = E\,\phi'(f_w)"
        if dual
        else r"E\,D(f_w, q) = D(\mu, q) + E\,D(f_w, \mu),\quad \mu = E f_w"
    )
    return Theorem(
        key=key,
        name=f"{key} of teachers",
        statement="the teachers' average divergence is their mean's plus their spread about it",
        latex=latex,
        source="xu:25 (derived here)",
        constants="derived",
        kind=Kind.IDENTITY,
        hypotheses=(_support(rows, share, dual=dual),),
        claim=claim,
    )


def _support(rows: list[Predictions], share: Shares, *, dual: bool) -> Hypothesis:
    def unmet(outcome: Outcome) -> str:
        if outcome.instance.loss is SquaredError:
            return ""
        counted = outcome.instance.weights > 0
        used = [f[counted] for f, c in zip(rows, share, strict=True) if c > 0]
        if dual:
            return "" if all((f > 0).all() for f in used) else "a teacher has a zero"
        missing = any(((f > 0) & (outcome.truth[counted] == 0)).any() for f in used)
        return "the target has a zero where a teacher has none" if missing else ""

    return Hypothesis("teachers positive" if dual else "target positive where teachers are", unmet)
