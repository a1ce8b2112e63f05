"""An unrealizable truth costs B sqrt(2ε), under squared error 2 sqrt(ε D(s,g)).

<L, f - f_s> >= -B E ||f - f_s||_1 >= -B sqrt(2ε) by Pinsker's inequality and Jensen's. Squared
error: 2 <s - g, f - f_s> >= -2 sqrt(D(s,g) ε) by Cauchy's.
"""

import sympy as sp
from flint import arb

from kl_regression.divergences import GeneralizedKL, ItakuraSaito, SquaredError
from kl_regression.theorems.nonrealizable import CLASSICAL, CLASSICAL_SQUARED
from proofs_check.checking.entry import Broken, Entry, Idle, Step
from proofs_check.checking.exact import Ball, Exact, least, most
from proofs_check.checking.examples import any_student, one_point
from proofs_check.checking.members import witness
from proofs_check.the_gain_is_bounded_from_above import pinsker_of_two_classes


def cauchy() -> bool:
    """Check (a^2 + b^2)(c^2 + d^2) - (ac + bd)^2 = (ad - bc)^2."""
    a, b, c, d = sp.symbols("a b c d", real=True)
    lagrange = (a**2 + b**2) * (c**2 + d**2) - (a * c + b * d) ** 2 - (a * d - b * c) ** 2
    return bool(sp.expand(lagrange) == 0)


def unrealizable(at: Exact) -> Ball:
    """Return B sqrt(2ε), ε the smaller order."""
    near = witness(at)
    epsilon = least(at.d(at.f, near), at.d(near, at.f))
    bound = most(
        *(
            abs((s / g).log())
            for x, y in zip(at.s, at.g, strict=True)
            for s, g in zip(x, y, strict=True)
            if not s == g == 0
        )
    )
    return bound * (2 * epsilon).sqrt()


def classical(at: Exact) -> Ball:
    """Return D(f,g) + B sqrt(2ε) - D(f,s) - D(s,g)."""
    return at.d(at.f, at.g) + unrealizable(at) - at.d(at.f, at.s) - at.misfit


def squared(at: Exact) -> Ball:
    """Return D(f,g) + 2 sqrt(ε D(s,g)) - D(f,s) - D(s,g)."""
    epsilon = at.d(at.f, witness(at))
    return at.d(at.f, at.g) + 2 * (epsilon * at.misfit).sqrt() - at.d(at.f, at.s) - at.misfit


def excess(at: Exact) -> Ball:
    """Return τ = D(s^,g) - D(s,g), at least 0."""
    return most(arb(0), at.d(at.computed, at.g) - at.misfit)


def left(at: Exact) -> Ball:
    """Return D(f,g) - D(f,s^) - D(s^,g), s^ the computed student."""
    return at.d(at.f, at.g) - at.d(at.f, at.computed) - at.d(at.computed, at.g)


def classical_excess(at: Exact) -> Ball:
    """Return the slack with B sqrt(2ε) + sqrt(2(1-γ)τ/γ) + τ, of a computed student."""
    tau, gamma = excess(at), least(*(entry for row in (*at.s, *at.computed) for entry in row))
    return left(at) + unrealizable(at) + (2 * (1 - gamma) * tau / gamma).sqrt() + tau


def squared_excess(at: Exact) -> Ball:
    """Return the slack with 2 sqrt(ε D(s,g)) + 2 sqrt(τ D(s,f)) + 2τ, of a computed student."""
    tau, epsilon = excess(at), at.d(at.f, witness(at))
    first, second = epsilon * at.misfit, tau * at.d(at.s, at.f)
    return left(at) + 2 * first.sqrt() + 2 * second.sqrt() + 2 * tau


AROUND = any_student(((1, 1),), ((3, 1),), ((3, 1),))
"""A computed (1,2) is nearer to the teacher than the class, on the other side: τ is 0."""
BESIDE = any_student(((0,),), ((2,),), ((2,),), loss=SquaredError)
"""A computed -1, the same."""


ENTRIES = (
    Entry(
        theorem=CLASSICAL,
        sentence="An unrealizable truth costs the student at most B sqrt(2ε).",
        slack=classical,
        steps=(Step("kl(a, b) >= 2 (a - b)^2", pinsker_of_two_classes),),
        records=(
            Broken(
                "side left",
                one_point(((1, 2, 1), (1, 1, 1)), (2, 2, 1), (1, 2, 1), side="right"),
            ),
            Broken("loss KL", any_student(((1,),), ((2,),), ((1,),), loss=ItakuraSaito)),
            Broken(
                "class convex in outputs",
                one_point(((1, 2, 1), (2, 2, 1)), (1, 1, 1), (1, 2, 1), shape="points"),
            ),
            Broken(
                "teacher and student positive",
                one_point(((1, 3, 1), (3, 1, 0)), (1, 1, 0), (1, 4, 0)),
                also=("floor of the true student",),
            ),
            Idle(
                "floor of the true student",
                "with γ <= 0 nothing keeps the true student from 0: B and 1/γ are infinite, and the"
                " claim void",
            ),
            Broken(
                "student in the class",
                AROUND,
                slack=classical_excess,
                computed=((1, 2),),
                also=("floor of the true student",),
            ),
            Idle("errors finite", "they are where teacher and student are positive"),
        ),
        assumed=("the order in ε, τ and n is recalled from the paper; the constants are derived",),
    ),
    Entry(
        theorem=CLASSICAL_SQUARED,
        sentence="Under squared error an unrealizable truth costs at most 2 sqrt(ε D(s,g)).",
        slack=squared,
        steps=(Step("Cauchy's inequality, by Lagrange's identity", cauchy),),
        records=(
            Idle("side left", "the squared error is symmetric: both sides have the same student"),
            Broken(
                "loss squared error",
                any_student(((1,),), ((2,),), ((1,),), loss=GeneralizedKL),
            ),
            Broken(
                "class convex in outputs",
                one_point(((1,), (4,)), (3,), (1,), loss=SquaredError, shape="points"),
            ),
            Broken("student in the class", BESIDE, slack=squared_excess, computed=((-1,),)),
            Idle("errors finite", "squared errors of real numbers are"),
        ),
    ),
)
