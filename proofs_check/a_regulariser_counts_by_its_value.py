"""A convex regulariser adds its value at the truth less that at the student.

s minimises KL(., g) + R over V. The derivative of both towards f is at least 0 at s: <L, f - s> +
R'(s; f - s) >= 0, and R'(s; f - s) <= R(f) - R(s) by convexity. The first is what the three-point
identity leaves over. R = 0 is a regulariser, so that what breaks the gain theorem breaks this too.
"""

import numpy as np
import sympy as sp
from flint import arb

from kl_regression.arithmetic import Arithmetic, Array
from kl_regression.arrays import Predictions
from kl_regression.theorems.base import Check
from kl_regression.theorems.regularised import Regulariser, regularised, squared_distance
from proofs_check.checking.entry import Broken, Entry, Idle, Sharpness, Step
from proofs_check.checking.exact import Ball, Exact, balls, rational, solve
from proofs_check.checking.examples import INSIDE, one_point
from proofs_check.checking.pool import predictions, random_outcome
from proofs_check.student_beats_teacher_by_disagreement import RECORDS
from proofs_check.student_beats_teacher_by_disagreement import slack as gain_slack
from proofs_check.three_points_leave_a_linear_term import STEPS, slope_along_the_segment


def squares_are_convex() -> bool:
    """Check r(f) - r(s) - r'(s) (f - s) = a (f - s)^2 for r(v) = a (v - c)^2."""
    f, s, a, c = sp.symbols("f s a c", real=True)

    def r(v: sp.Symbol) -> sp.Expr:
        return a * (v - c) ** 2

    rest = r(f) - r(s) - r(s).diff(s) * (f - s) - a * (f - s) ** 2
    return bool(sp.expand(rest) == 0)


def tilting() -> bool:
    """Check v log(v/h) = v log(v/g) + v log(g/h), entry by entry."""
    v, g, h = sp.symbols("v g h", positive=True)
    rest = v * sp.log(v / h) - v * sp.log(v / g) - v * sp.log(g / h)
    return bool(sp.simplify(sp.expand_log(rest)) == 0)


def dented(at: Exact) -> Ball:
    """Return D(f,g) + R(f) - D(f,s) - D(s,g) - R(s) for R(v) = -E ||v - 1/2||^2 / 2."""

    def value(v: list[list[Ball]]) -> Ball:
        return -at.total(lambda x: (x - arb(1) / 2) ** 2 / 2, v)

    return gain_slack(at) + value(at.f) - value(at.s)


TEACHER = ((1, 1, 3),)
"""The teacher g of the sharp instance, whose student is that of another teacher h."""


def tilted_ratio() -> float:
    """Return (D(f,s) + D(s,g) + R(s)) / (D(f,g) + R(f)) for the linear R(v) = E Σ v log(g/h)."""
    at = solve(INSIDE)
    g = balls(rational(TEACHER, normalised=True))

    def value(v: list[list[Ball]]) -> Ball:
        return at.total(lambda x, teacher, h: x * (teacher / h).log(), v, g, at.g)

    smaller = at.d(at.f, at.s) + at.d(at.s, g) + value(at.s)
    return float((smaller / (at.d(at.f, g) + value(at.f))).upper())


def dent() -> Regulariser:
    """Return R(v) = -E ||v - 1/2||^2 / 2, which is not convex."""

    def value(x: Arithmetic, v: Array) -> Array:
        away = v - x.number(0.5)
        return -(away * away) / 2

    def derivative(v: Predictions) -> Predictions:
        return np.asarray(0.5 - v)

    return Regulariser(value, derivative, 0.0)


def trial(rng: np.random.Generator) -> Check:
    """Check the regularised student of a random hull."""
    instance = random_outcome("left", "KL", "hull", rng).instance
    centre = predictions("KL", 1.0, rng, *instance.teacher.shape)
    return regularised(instance, squared_distance(centre, float(rng.choice([0.1, 1.0]))))[1]


DENT = one_point(((3, 1), (1, 3)), (1, 1), (3, 1))
"""By Pinsker's inequality KL(v,g) - ||v - 1/2||^2 / 2 is least at the half, where it is 0."""

ENTRIES = (
    Entry(
        theorem=trial(np.random.default_rng(0)).theorem,
        sentence="A regulariser adds its value at the truth less that at the student.",
        slack=gain_slack,
        steps=(
            *STEPS,
            slope_along_the_segment(),
            Step(
                "r(f) - r(s) - r'(s) (f - s) = a (f - s)^2 for r(v) = a (v - c)^2",
                squares_are_convex,
            ),
            Step("a linear regulariser log(g/h) makes the teacher h", tilting),
        ),
        sharpness=(
            Sharpness(f"R linear, g = {TEACHER[0]}, the student of {INSIDE}", tilted_ratio),
        ),
        records=(
            *RECORDS,
            Idle(
                "loss KL",
                "the three-point identity and the two derivatives are those of any Bregman"
                " divergence",
            ),
            Broken(
                "regulariser convex",
                DENT,
                slack=dented,
                of=regularised(DENT.instance(), dent())[1].theorem,
            ),
        ),
        trial=trial,
        cost=4,
    ),
)
