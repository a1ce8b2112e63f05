"""The teachers' average error is that of their mean plus their spread about it.

Add the three-point identities at the mean: their inner products <φ'(μ) - φ'(q), f_w - μ> average to
0 as E f_w = μ. Dually <φ'(μ_d) - φ'(f_w), q - μ_d> averages to 0 as E φ'(f_w) = φ'(μ_d); where rows
sum to 1 a constant a row does no harm, so that the geometric mean may be divided by its sum.
"""

from functools import partial

import numpy as np
import sympy as sp

from kl_regression.divergences import KL, GeneralizedKL, SquaredError
from kl_regression.theorems.base import Check
from kl_regression.theorems.bias_variance import bias_variance
from proofs_check.checking.algebra import kl, positive, vanishes
from proofs_check.checking.entry import Entry, Idle, Step
from proofs_check.checking.pool import predictions

LOSSES = (KL, GeneralizedKL, SquaredError)
PHI = sp.Function("phi")
SLOPE = sp.Function("psi")
"""An unknown generator and its derivative."""


def _bregman(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """Return φ(a) - φ(b) - φ'(b) (a - b), φ' written as ψ."""
    return PHI(a) - PHI(b) - SLOPE(b) * (a - b)


def around_the_mean() -> bool:
    """Check E d(f_w,q) = d(μ,q) + E d(f_w,μ) for two teachers, any shares and any φ."""
    w, a, b, q = positive("w a b q")
    mean = w * a + (1 - w) * b
    whole = w * _bregman(a, q) + (1 - w) * _bregman(b, q)
    spread = w * _bregman(a, mean) + (1 - w) * _bregman(b, mean)
    return bool(sp.simplify(sp.expand(whole - _bregman(mean, q) - spread)) == 0)


def around_the_dual_mean() -> bool:
    """Check E d(q,f_w) = d(q,m) + E d(m,f_w) where ψ(m) = w ψ(a) + (1 - w) ψ(b)."""
    w, a, b, q, m = positive("w a b q m")
    whole = w * _bregman(q, a) + (1 - w) * _bregman(q, b)
    spread = w * _bregman(m, a) + (1 - w) * _bregman(m, b)
    rest = (whole - _bregman(q, m) - spread).subs(SLOPE(m), w * SLOPE(a) + (1 - w) * SLOPE(b))
    return bool(sp.expand(rest) == 0)


def normalised_mean() -> bool:
    """Check that with m = a^w b^(1-w) / z the rest is (q - m) log z, entry by entry."""
    w, a, b, q, z = positive("w a b q z")
    m = a**w * b ** (1 - w) / z
    whole = w * kl(q, a) + (1 - w) * kl(q, b)
    spread = w * kl(m, a) + (1 - w) * kl(m, b)
    return vanishes(whole - kl(q, m) - spread + (q - m) * sp.log(z))


def trial(which: int, rng: np.random.Generator) -> Check:
    """Check up to four random teachers of a random target under a random loss."""
    loss = LOSSES[int(rng.integers(len(LOSSES)))]
    t, n, k = (int(rng.integers(*ends)) for ends in ((1, 5), (1, 4), (2, 5)))
    teachers = predictions(loss.name, float(rng.choice([0.1, 1.0, 3.0])), rng, t, n, k)
    return bias_variance(
        teachers,
        predictions(loss.name, 1.0, rng, n, k),
        shares=rng.dirichlet(np.ones(t)),
        weights=rng.dirichlet(np.ones(n)),
        loss=loss,
    )[which]


START = np.random.default_rng(0)

ENTRIES = (
    Entry(
        theorem=trial(0, START).theorem,
        sentence="The teachers' average error is their mean's plus their spread about it.",
        steps=(Step("E d(f_w,q) = d(μ,q) + E d(f_w,μ) for any φ", around_the_mean),),
        records=(
            Idle(
                "target positive where teachers are",
                "where q vanishes and a teacher does not, neither does μ, and both sides are inf",
            ),
        ),
        trial=partial(trial, 0),
    ),
    Entry(
        theorem=trial(1, START).theorem,
        sentence="Dually the average error is that of the mean in slopes plus the spread about it.",
        steps=(
            Step("E d(q,f_w) = d(q,μ_d) + E d(μ_d,f_w) for any φ", around_the_dual_mean),
            Step("dividing μ_d by a row's sum z adds Σ (q - μ_d) log z = 0", normalised_mean),
        ),
        records=(
            Idle(
                "teachers positive",
                "μ_d vanishes where a teacher does: where q does not, both sides are inf; where q"
                " does, the entry is E f_w on both sides. Under KL teachers without a common class"
                " have no μ_d, and no q is at finite divergence from all of them",
            ),
        ),
        trial=partial(trial, 1),
    ),
)
