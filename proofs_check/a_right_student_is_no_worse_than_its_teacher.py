"""On the right, over a convex class, the student is no worse than its teacher.

Four points: d/dt KL(g, s + t (f - s)) at 0+ is 1 - E Σ g f/s >= 0, so that m = E Σ f g/s <= 1.
The gain is -log m + KL(f, f g/(s m)), two terms that are not negative.
"""

import sympy as sp

from kl_regression.divergences import GeneralizedKL, ItakuraSaito
from kl_regression.theorems import right
from proofs_check.checking.algebra import positive, vanishes
from proofs_check.checking.entry import Broken, Entry, Idle, Sharpness, Step
from proofs_check.checking.exact import Ball, Exact, solve, xlogy
from proofs_check.checking.examples import RIGHT, any_student, one_point
from proofs_check.checking.members import witness
from proofs_check.the_gain_is_bounded_from_above import (
    pinsker_of_two_classes,
    tangent_of_the_logarithm,
)


def slope_along_the_segment() -> bool:
    """Check d/dt g log(g / (s + t (f - s))) at 0 = g - g f/s, whose sum is 1 - Σ g f/s."""
    f, s, g = positive("f s g")
    t = sp.symbols("t")
    return vanishes((g * sp.log(g / (s + t * (f - s)))).diff(t).subs(t, 0) - (g - g * f / s))


def gain_is_two_terms() -> bool:
    """Check f log(s/g) = -f log m + f log(f / (f g/(s m))), entry by entry."""
    f, s, g, m = positive("f s g m")
    return vanishes(f * sp.log(s / g) + f * sp.log(m) - f * sp.log(f * s * m / (f * g)))


def outside_is_one_jensen() -> bool:
    """Check q log(q/s) - q log(q/g) - q log(q/f) = q log(g f/(s q)), entry by entry."""
    q, f, s, g = positive("q f s g")
    claimed = q * sp.log(g * f / (s * q))
    return vanishes(q * sp.log(q / s) - q * sp.log(q / g) - q * sp.log(q / f) - claimed)


FOUR = (Step("d/dt KL(g, s + t (f - s)) at 0 is 1 - E Σ g f/s", slope_along_the_segment),)
EXACT = (Step("f log(s/g) = -f log m + f log(f / (f g/(s m)))", gain_is_two_terms),)
LOG = Step("log x <= x/m + log m - 1", tangent_of_the_logarithm)
TWO = Step("kl(a, b) >= 2 (a - b)^2", pinsker_of_two_classes)


def mass(at: Exact) -> Ball:
    """Return m = E Σ f g/s, over entries where neither f nor g vanishes."""
    return at.total(lambda f, g, s: f * g / s if f != 0 and g != 0 else 0 * f, at.f, at.g, at.s)


def four_points(at: Exact) -> Ball:
    """Return 1 - m."""
    return 1 - mass(at)


def gain(at: Exact) -> Ball:
    """Return the gain."""
    return at.gain


def exact_gain(at: Exact) -> Ball:
    """Return minus |gain + log m - KL(f, f g/(s m))|, the last as a log(a/b) - a + b summed."""
    m = mass(at)
    rest = at.total(
        lambda f, g, s: xlogy(f, lambda: s * m / g) - f + (f * g / (s * m) if f != 0 else f),
        at.f,
        at.g,
        at.s,
    )
    return -abs(at.gain + m.log() - rest)


def quadratic(at: Exact) -> Ball:
    """Return gain - 2 (E Σ f (1 - g/s)_+)^2."""
    lost = at.total(lambda f, g, s: f * ((1 - g / s) + abs(1 - g / s)) / 2, at.f, at.g, at.s)
    return at.gain - 2 * lost**2


def strict(at: Exact) -> Ball:
    """Return gain - (E Σ f |1 - g/s|)^2 / 2."""
    moved = at.total(lambda f, g, s: f * abs(1 - g / s), at.f, at.g, at.s)
    return at.gain - moved**2 / 2


def by_roots(at: Exact) -> Ball:
    """Return gain + 2 log E Σ f sqrt(g/s)."""
    root = at.total(lambda f, g, s: f * (g / s).sqrt() if f != 0 else f, at.f, at.g, at.s)
    return at.gain + 2 * root.log()


def outside(at: Exact) -> Ball:
    """Return D(f,g) + D(f,v) - D(f,s), v a member."""
    return at.d(at.f, at.g) + at.d(at.f, witness(at)) - at.d(at.f, at.s)


def _ratio() -> float:
    """Return D(f,s) / D(f,g) where the gain is exactly 0."""
    at = solve(RIGHT)
    return float((at.d(at.f, at.s) / at.d(at.f, at.g)).upper())


ANY_STUDENT = "the algebra and Jensen's inequality hold for any student, trained or not"
UNTRAINED = Idle("side right", ANY_STUDENT)
NO_LOSS = Sharpness(f"gain exactly 0: {RIGHT}", _ratio)

MASS_ONE = Sharpness(f"m = 1: {RIGHT}", lambda: float(mass(solve(RIGHT)).upper()))
CURVED = Broken(
    "loss KL",
    one_point(((1, 1), (3, 3)), (3, 2), (1, 1), loss=ItakuraSaito, side="right"),
)
NOT_CONVEX = Broken(
    "class convex in outputs",
    one_point(((2, 1, 1), (1, 1, 1)), (2, 2, 1), (2, 1, 1), side="right", shape="points"),
)
NOT_INSIDE = Broken(
    "truth in the class", any_student(((1, 1),), ((2, 1),), ((1, 2),), side="right")
)

ENTRIES = (
    Entry(
        theorem=right.FOUR_POINT,
        sentence="The truth's average of teacher over student is at most 1.",
        slack=four_points,
        steps=FOUR,
        sharpness=(MASS_ONE,),
        records=(
            Broken("side right", one_point(((1, 1, 1), (1, 1, 2)), (1, 2, 2), (1, 1, 1))),
            Broken(
                "loss KL",
                any_student(((2,),), ((1,),), ((1,),), loss=ItakuraSaito, side="right"),
            ),
            NOT_CONVEX,
            NOT_INSIDE,
        ),
    ),
    Entry(
        theorem=right.GAIN,
        sentence="On the right the student is no worse than its teacher.",
        slack=gain,
        steps=(*FOUR, *EXACT, LOG),
        sharpness=(NO_LOSS,),
        records=(
            Idle("side right", "on the left the gain is at least the misfit, so not negative"),
            CURVED,
            NOT_CONVEX,
            NOT_INSIDE,
        ),
    ),
    Entry(
        theorem=right.EXACT_GAIN,
        sentence="On the right the gain is two terms that are not negative.",
        slack=exact_gain,
        steps=EXACT,
        records=(
            UNTRAINED,
            Broken(
                "loss KL",
                any_student(((1,),), ((1,),), ((2,),), loss=GeneralizedKL, side="right"),
            ),
            Idle(
                "errors of teacher and student finite",
                "where s vanishes and f does not, m = inf or 0/0, and D(f, s) - log m is undefined",
                definition=True,
            ),
        ),
    ),
    Entry(
        theorem=right.QUADRATIC,
        sentence="On the right the gain is at least twice the squared mass that the student adds.",
        slack=quadratic,
        steps=(*FOUR, *EXACT, TWO),
        records=(
            Broken("side right", one_point(((2, 1, 2), (1, 3, 2)), (1, 2, 3), (2, 1, 2))),
            CURVED,
            NOT_CONVEX,
            NOT_INSIDE,
        ),
    ),
    Entry(
        theorem=right.HELLINGER,
        sentence="The gain is at least the log affinity of teacher and student under the truth.",
        slack=by_roots,
        steps=(LOG,),
        records=(
            UNTRAINED,
            Broken(
                "loss KL",
                any_student(((1,),), ((2,),), ((1,),), loss=ItakuraSaito, side="right"),
            ),
            Idle(
                "errors of teacher and student finite",
                "where s and g vanish and f does not, g/s and the gain inf - inf are undefined",
                definition=True,
            ),
        ),
    ),
    Entry(
        theorem=right.NONREALIZABLE,
        sentence="On the right a truth outside costs at most its divergence from a member.",
        slack=outside,
        steps=(*FOUR, Step("q log(g f/(s q)) collects the three errors", outside_is_one_jensen)),
        records=(
            Broken("side right", one_point(((2, 1, 5), (1, 3, 3)), (3, 4, 4), (3, 1, 5))),
            CURVED,
            NOT_CONVEX,
        ),
    ),
    Entry(
        theorem=right.STRICT,
        sentence="On the right a student that differs on the truth's support is strictly better.",
        slack=strict,
        steps=(*FOUR, *EXACT, TWO),
        records=(
            Broken("side right", one_point(((2, 1, 2), (1, 2, 1)), (1, 2, 2), (2, 1, 2))),
            CURVED,
            NOT_CONVEX,
            NOT_INSIDE,
        ),
    ),
)
