"""A monotone student averages its teacher over blocks (pool adjacent violators).

A block with the value x is stationary where Σ w d/dx d(x, g) = 0, or Σ w d/dx d(g, x) = 0: the
weighted arithmetic mean on the right, the geometric mean (generalised KL) or the mean of the logits
(a Bernoulli pair) on the left; the objective bends upwards there.
"""

import sympy as sp

from proofs_check.checking.algebra import kl, positive
from proofs_check.checking.entry import Lemma, Step


def _pair(x: sp.Expr, g: sp.Expr) -> sp.Expr:
    """Return kl of the pairs (x, 1-x) and (g, 1-g)."""
    return kl(x, g) + kl(1 - x, 1 - g)


def right_mean() -> bool:
    """Check that the arithmetic mean is stationary for Σ w d(g, x), and the bend positive."""
    x, v, w, a, b = positive("x v w a b")
    slope = (v * kl(a, x) + w * kl(b, x)).diff(x)
    mean = (v * a + w * b) / (v + w)
    bend = sp.simplify(slope.diff(x) - (v * a + w * b) / x**2)
    return bool(sp.simplify(slope.subs(x, mean)) == 0 and bend == 0)


def left_mean() -> bool:
    """Check that log x = mean of log g is stationary for Σ w d(x, g), and the bend positive."""
    x, v, w, a, b = positive("x v w a b")
    slope = (v * kl(x, a) + w * kl(x, b)).diff(x)
    mean = sp.exp((v * sp.log(a) + w * sp.log(b)) / (v + w))
    at_mean = sp.simplify(sp.expand_log(slope.subs(x, mean), force=True))
    return bool(at_mean == 0 and sp.simplify(slope.diff(x) - (v + w) / x) == 0)


def left_logit() -> bool:
    """Check that Σ w (logit x - logit g) is the slope of Σ w kl of pairs on the left."""
    x, v, w, a, b = positive("x v w a b")
    slope = (v * _pair(x, a) + w * _pair(x, b)).diff(x)

    def logit(p: sp.Expr) -> sp.Expr:
        return sp.log(p) - sp.log(1 - p)

    claimed = v * (logit(x) - logit(a)) + w * (logit(x) - logit(b))
    numbers = {x: sp.Rational(1, 3), a: sp.Rational(1, 4), b: sp.Rational(2, 5)}
    rest = sp.expand_log(sp.expand(slope - claimed), force=True)
    same_bend = sp.simplify(slope.diff(x) - (v + w) / (x * (1 - x))) == 0
    return bool(same_bend and sp.simplify(rest.subs(numbers)) == 0)


LEMMAS = (
    Lemma(
        sentence="On the right a monotone student averages its blocks.",
        source="right side, any generator",
        steps=(Step("Σ w (1 - g/x) = 0 at the weighted mean; bend Σ w g/x^2 > 0", right_mean),),
    ),
    Lemma(
        sentence="On the left a monotone student takes geometric means, or means of logits.",
        source="left side, generalised KL and Bernoulli pairs",
        steps=(
            Step("Σ w log(x/g) = 0 at the geometric mean; bend Σ w/x > 0", left_mean),
            Step("Σ w (logit x - logit g) = 0; bend Σ w/(x (1-x)) > 0", left_logit),
        ),
    ),
)
