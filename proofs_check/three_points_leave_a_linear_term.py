"""What the errors and the misfit leave over is linear in the truth (the three-point identity).

D(v,g) - D(v,s) - D(s,g) = <φ'(s) - φ'(g), v - s>: expand each D and collect. The margin of any
extra assumption under which a gain theorem holds is the right side at the truth.
"""

import sympy as sp

from kl_regression.divergences import SquaredError
from kl_regression.theorems.identities import THREE_POINT
from kl_regression.theorems.upper import MARGIN
from proofs_check.checking.algebra import equal, kl, positive, vanishes
from proofs_check.checking.entry import Entry, Idle, Step
from proofs_check.checking.exact import Ball, Exact


def _bregman(generator: sp.Function, a: sp.Symbol, b: sp.Symbol) -> sp.Expr:
    """Return φ(a) - φ(b) - φ'(b) (a - b)."""
    return generator(a) - generator(b) - generator(b).diff(b) * (a - b)


def any_generator() -> bool:
    """Check the identity entry by entry for an unknown φ."""
    v, s, g = positive("v s g")
    phi = sp.Function("phi")
    whole = _bregman(phi, v, g) - _bregman(phi, v, s) - _bregman(phi, s, g)
    return vanishes(whole - (phi(s).diff(s) - phi(g).diff(g)) * (v - s))


def generalised_kl() -> bool:
    """Check it for a log(a/b) - a + b, whose slope is log(s/g)."""
    v, s, g = positive("v s g")
    return equal(kl(v, g) - kl(v, s) - kl(s, g), (v - s) * sp.log(s / g))


def slope_along_the_segment() -> Step:
    """Return the step that d/dt D(s + t (f - s), g) at 0 is (φ'(s) - φ'(g)) (f - s)."""

    def holds() -> bool:
        f, s, g = positive("f s g")
        t, phi = sp.symbols("t"), sp.Function("phi")
        slope = phi(s + t * (f - s)) - phi(g) - phi(g).diff(g) * (s + t * (f - s) - g)
        at_zero = slope.diff(t).subs(t, 0).doit()
        return vanishes(at_zero - (phi(s).diff(s) - phi(g).diff(g)) * (f - s))

    return Step("d/dt D(s + t (f - s), g) at 0 is <φ'(s) - φ'(g), f - s>", holds)


STEPS = (
    Step("D(v,g) - D(v,s) - D(s,g) = <φ'(s) - φ'(g), v - s> for any φ", any_generator),
    Step("under KL the right side is E Σ (v - s) log(s/g)", generalised_kl),
)


def slack(at: Exact) -> Ball:
    """Return minus |D(f,s) + D(s,g) + <L, f - s> - D(f,g)|."""
    inner = at.total(lambda f, s, slope: (f - s) * slope, at.f, at.s, at.slope)
    return -abs(at.d(at.f, at.s) + at.misfit + inner - at.d(at.f, at.g))


INFINITE = Idle(
    "errors finite",
    "where g vanishes and s does not, D(s, g) = inf and (f - s) log(s/g) = -inf for f < s: their"
    " sum is undefined",
    definition=True,
)

ENTRIES = (
    Entry(
        theorem=THREE_POINT,
        sentence="What the errors and the misfit leave over is linear in the truth.",
        slack=slack,
        steps=STEPS,
        records=(INFINITE,),
    ),
    Entry(
        theorem=MARGIN,
        sentence="Gain minus misfit is the sign that any extra assumption fixes.",
        slack=slack,
        steps=STEPS,
        records=(
            INFINITE,
            Idle(
                "loss KL",
                "with φ'(s) - φ'(g) in the place of log(s/g) it is the three-point identity of any"
                f" Bregman divergence, {SquaredError} included",
            ),
        ),
    ),
)
