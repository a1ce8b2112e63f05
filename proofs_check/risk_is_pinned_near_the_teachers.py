"""Any student's classification risk is pinned near its teacher's by their divergence.

Proof of C1. kl(a,b) of a binary pair is the integral of (a-u)/(u(1-u)) du from b to a; as
(a-u)/(1-u) d(log u), with the integrand bounded by its slope; Σ f_c |.| <= max; Jensen.
"""

from collections.abc import Callable

import sympy as sp
from flint import arb, fmpq

from kl_regression.divergences import GeneralizedKL, ItakuraSaito, Loss, SquaredError
from kl_regression.theorems import fdivergence
from kl_regression.theorems.counterexamples import Row
from kl_regression.theorems.risk import ONE_SIDED, RISK_BOUND
from proofs_check.checking.entry import Broken, Entry, Idle, Record, Sharpness, Step
from proofs_check.checking.exact import Ball, Exact, least
from proofs_check.checking.examples import any_student


def binary_integral() -> bool:
    """Check d/db kl(a, b) = (b - a)/(b (1 - b)) and kl(a, a) = 0."""
    a, b = sp.symbols("a b", positive=True)
    kl = a * sp.log(a / b) + (1 - a) * sp.log((1 - a) / (1 - b))
    slope = sp.simplify(kl.diff(b) - (b - a) / (b * (1 - b)))
    return bool(slope == 0 and sp.simplify(kl.subs(b, a)) == 0)


def constant_at_the_diagonal() -> bool:
    """Check (log s/g)^2 / kl(g, s) -> 2 (1-g)/g as s -> g: C1 cannot be smaller."""
    g, e = sp.symbols("g epsilon", positive=True)
    s = g * (1 + e)
    kl = g * sp.log(g / s) + (1 - g) * sp.log((1 - g) / (1 - s))
    expansion = sp.series(kl, e, 0, 3).removeO()
    return bool(sp.simplify(e**2 / expansion - 2 * (1 - g) / g) == 0)


def one_sided_quadratic() -> bool:
    """Check that x = (y + sqrt(y^2 + 8y))/2 solves x^2 = y (x + 2)."""
    y = sp.symbols("y", positive=True)
    x = (y + sp.sqrt(y**2 + 8 * y)) / 2
    return bool(sp.simplify(x**2 - y * (x + 2)) == 0)


STEPS = (
    Step("kl(a,b) is the integral of (b-a)/(b (1-b))", binary_integral),
    Step("(log s/g)^2 / kl(g,s) -> 2 (1-g)/g", constant_at_the_diagonal),
)


def root(at: Exact, divergence: Ball, factor: int) -> Ball:
    """Return sqrt(factor (1-γ) D/γ)."""
    return (factor * (1 - at.floor) * divergence / at.floor).sqrt()


def risk(at: Exact) -> Ball:
    """Return min{C1 sqrt(d), log(1 + min(sqrt(d/2), sqrt(1-e^-d))/γ)} - |gain|."""
    d = at.smaller_divergence
    distance = least((d / 2).sqrt(), (1 - (-d).exp()).sqrt())
    return least(root(at, d, 2), (1 + distance / at.floor).log()) - abs(at.gain)


def one_sided(at: Exact) -> Ball:
    """Return (y + sqrt(y^2 + 8y))/2 + gain, y = D(g,s)/min g."""
    y = at.d(at.g, at.s) / least(*(entry for row in at.g for entry in row))
    return (y + (y * y + 8 * y).sqrt()) / 2 + at.gain


def jeffreys(at: Exact) -> Ball:
    """Return KL(g,s) + KL(s,g)."""
    return at.d(at.g, at.s) + at.misfit


def chi_squared(at: Exact) -> Ball:
    """Return the smaller of E Σ (g-s)^2/s and E Σ (g-s)^2/g."""
    return least(
        at.total(lambda g, s: (g - s) ** 2 / s, at.g, at.s),
        at.total(lambda g, s: (g - s) ** 2 / g, at.g, at.s),
    )


def hellinger(at: Exact) -> Ball:
    """Return E Σ (√g - √s)^2."""
    return at.total(lambda g, s: (g.sqrt() - s.sqrt()) ** 2, at.g, at.s)


def jensen_shannon(at: Exact) -> Ball:
    """Return E (KL(g,m) + KL(s,m))/2 with m = (g+s)/2."""
    return at.total(
        lambda g, s: (g * (2 * g / (g + s)).log() + s * (2 * s / (g + s)).log()) / 2, at.g, at.s
    )


def by(divergence: Callable[[Exact], Ball], factor: int) -> Callable[[Exact], Ball]:
    """Return the slack of sqrt(factor (1-γ) D/γ) >= |gain|."""
    return lambda at: root(at, divergence(at), factor) - abs(at.gain)


def total_variation(at: Exact) -> Ball:
    """Return log(1 + TV/γ) - |gain|."""
    return (1 + at.l1(at.g, at.s) / 2 / at.floor).log() - abs(at.gain)


def near_the_diagonal(floor: int, steps: int = 10**6) -> Exact:
    """Return g = (1, floor-1)/floor, s with its first entry larger by 1/steps, and f = (1, 0)."""
    gamma = fmpq(1, floor)
    moved = gamma * (1 + fmpq(1, steps))
    return Exact(
        "KL",
        [[arb(gamma), arb(1 - gamma)]],
        [[arb(1), arb(0)]],
        [[arb(moved), arb(1 - moved)]],
    )


def sharp(slack: Callable[[Exact], Ball], floor: int) -> Sharpness:
    """Return how near a bound is at d -> 0 for γ = 1/floor."""

    def ratio() -> float:
        at = near_the_diagonal(floor)
        return float((abs(at.gain) / (slack(at) + abs(at.gain))).lower())

    return Sharpness(f"γ = 1/{floor}, f = (1,0), d -> 0", ratio, least=0.999)


TEACHER_RISK = Idle(
    "teacher's error finite", "written D(f, s) <= D(f, g) + a bound, with D(f, g) = inf it is void"
)
FLOORLESS = Idle(
    "errors of teacher and student finite",
    "an infinite error means γ = 0, where the bound is infinite and void; for D = 0 teacher and"
    " student are the same",
)


def broken(loss: Loss, teacher: Row, student: Row, truth: Row) -> Broken:
    """Return the record that a claim needs KL: scalars under another loss."""
    return Broken("loss KL", any_student((teacher,), (student,), (truth,), loss=loss))


LARGE_MASS = broken(GeneralizedKL, (2,), (1,), (1,))
SMALL_MASS = broken(GeneralizedKL, (1,), (2,), (1,))


def _entry(name: str, slack: Callable[[Exact], Ball], *records: Record, **more: str) -> Entry:
    theorem = next(t for t in fdivergence.THEOREMS if t.key == f"risk bound by {name}")
    return Entry(
        theorem=theorem,
        sentence=f"The student's risk is pinned near the teacher's by {name}.",
        slack=slack,
        steps=STEPS,
        sharpness=tuple(sharp(slack, floor) for floor in (2, 10, 1000)),
        records=(FLOORLESS, *records),
        assumed=tuple(more.values()),
    )


GRID = "the factor 1-γ was verified on grids; the bound without it is proved"

ENTRIES = (
    Entry(
        theorem=RISK_BOUND,
        sentence="Any student's risk differs from its teacher's by at most C1 sqrt(d).",
        slack=risk,
        steps=STEPS,
        sharpness=tuple(sharp(risk, floor) for floor in (2, 10, 1000)),
        records=(FLOORLESS, broken(ItakuraSaito, (1,), (2,), (1,))),
        assumed=("the theorem's form is recalled from the paper; the constant is derived",),
    ),
    Entry(
        theorem=ONE_SIDED,
        sentence="The student's excess risk is bounded by the teacher's floor alone.",
        slack=one_sided,
        steps=(Step("x = (y + sqrt(y^2 + 8y))/2 solves x^2 = y (x + 2)", one_sided_quadratic),),
        records=(TEACHER_RISK, broken(SquaredError, (2,), (3,), (1,))),
    ),
    _entry("Jeffreys", by(jeffreys, 1), LARGE_MASS),
    _entry("chi-squared", by(chi_squared, 1), LARGE_MASS),
    _entry("Hellinger", by(hellinger, 4), SMALL_MASS, grid=GRID),
    _entry("Jensen-Shannon", by(jensen_shannon, 8), LARGE_MASS, grid=GRID),
    _entry("total variation", total_variation, broken(SquaredError, (1,), (2,), (1,))),
)
