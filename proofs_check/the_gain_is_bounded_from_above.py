"""The gain exceeds the misfit by at most oscillation times distance, and has a bound by Jensen.

Gain = misfit + <L, f - s>, and the rows of f - s sum to 0. E Σ f log(s/g) <= log E Σ f s/g since
the logarithm is concave. The misfit is at least (E ||s - g||_1)^2 / 2 by Pinsker's inequality.
"""

import sympy as sp

from kl_regression.divergences import GeneralizedKL, ItakuraSaito
from kl_regression.theorems.upper import JENSEN, PINSKER, UPPER
from proofs_check.checking.entry import Broken, Entry, Idle, Sharpness, Step
from proofs_check.checking.exact import Ball, Exact, solve
from proofs_check.checking.examples import COPIED, COPY, any_student
from proofs_check.truth_outside_costs_oscillation_times_distance import STEPS as MASS


def tangent_of_the_logarithm() -> bool:
    """Check log x <= x/m + log m - 1, with equality at m: the difference is convex, 0 at m."""
    x, m = sp.symbols("x m", positive=True)
    rest = x / m + sp.log(m) - 1 - sp.log(x)
    touches = sp.simplify(rest.subs(x, m)) == 0 and sp.simplify(rest.diff(x).subs(x, m)) == 0
    return bool(touches and sp.simplify(rest.diff(x, 2) - 1 / x**2) == 0)


def pinsker_of_two_classes() -> bool:
    """Check kl(a, b) >= 2 (a - b)^2: value and slope 0 at a = b, bend 1/(a (1-a)) - 4 >= 0."""
    a, b = sp.symbols("a b", positive=True)
    rest = a * sp.log(a / b) + (1 - a) * sp.log((1 - a) / (1 - b)) - 2 * (a - b) ** 2
    bend = sp.simplify(rest.diff(a, 2) - (1 - 2 * a) ** 2 / (a * (1 - a)))
    starts = sp.simplify(rest.subs(a, b)) == 0 and sp.simplify(rest.diff(a).subs(a, b)) == 0
    return bool(starts and bend == 0)


def upper(at: Exact) -> Ball:
    """Return D(s,g) + E osc TV(f, s) - gain."""
    return at.misfit + at.price(at.slope, at.f, at.s) - at.gain


def jensen(at: Exact) -> Ball:
    """Return log E Σ f s/g - gain."""
    return at.total(lambda f, s, g: f * s / g if f != 0 else f, at.f, at.s, at.g).log() - at.gain


def pinsker(at: Exact) -> Ball:
    """Return D(s,g) - (E ||s - g||_1)^2 / 2."""
    return at.misfit - at.l1(at.s, at.g) ** 2 / 2


def from_the_class(at: Exact) -> Ball:
    """Return D(s,g) - dist_1(g,V)^2 / 2 for a class of one member."""
    return at.misfit - at.l1(at.models[0], at.g) ** 2 / 2


UP = any_student(((1, 1),), ((2, 1),), ((3, 1),))
ONE_HOT = any_student(((1, 1),), ((2, 1),), ((1, 0),))
NEAR = any_student(((50, 50),), ((51, 49),), ((1, 1),))


def _upper_ratio() -> float:
    at = solve(UP)
    return float((at.gain / (at.misfit + at.price(at.slope, at.f, at.s))).upper())


def _jensen_ratio() -> float:
    at = solve(ONE_HOT)
    return float((at.gain / (jensen(at) + at.gain)).upper())


def _pinsker_ratio() -> float:
    at = solve(NEAR)
    return float((at.l1(at.s, at.g) ** 2 / 2 / at.misfit).lower())


ENTRIES = (
    Entry(
        theorem=UPPER,
        sentence="The gain exceeds the misfit by at most oscillation times distance.",
        slack=upper,
        steps=MASS,
        sharpness=(Sharpness(f"two classes, one point: {UP}", _upper_ratio),),
        records=(
            Broken("loss KL", any_student(((1,),), ((2,),), ((3,),), loss=ItakuraSaito)),
            Idle(
                "errors finite",
                "written D(f, g) <= D(f, s) + D(s, g) + price: where g vanishes and f does not,"
                " D(s, g) = inf or, where s does too, D(f, s) = inf",
            ),
        ),
    ),
    Entry(
        theorem=JENSEN,
        sentence="The gain is at most the log of the truth's average of student over teacher.",
        slack=jensen,
        steps=(Step("log x <= x/m + log m - 1", tangent_of_the_logarithm),),
        sharpness=(Sharpness(f"a one-hot truth: {ONE_HOT}", _jensen_ratio),),
        records=(
            Broken("loss KL", any_student(((2,),), ((1,),), ((1,),), loss=ItakuraSaito)),
            Idle(
                "errors of teacher and student finite",
                "where s and g vanish and f does not, s/g and the gain inf - inf are undefined",
                definition=True,
            ),
        ),
    ),
    Entry(
        theorem=PINSKER,
        sentence="The misfit is at least half the squared L1 distance of student and teacher.",
        slack=pinsker,
        steps=(
            Step("kl(a, b) >= 2 (a - b)^2: bend (1 - 2a)^2 / (a (1-a))", pinsker_of_two_classes),
        ),
        sharpness=(Sharpness(f"near one half: {NEAR}", _pinsker_ratio, least=0.999),),
        records=(
            Broken("loss KL", any_student(((2,),), ((1,),), ((1,),), loss=GeneralizedKL)),
            Idle("misfit finite", "with an infinite misfit the claim is true"),
            Broken("student in the class", COPIED, slack=from_the_class, student=COPY),
        ),
        assumed=("more classes reduce to two by merging those with s > g (data processing)",),
    ),
)
