"""An unrealizable truth costs B sqrt(2ε), under squared error 2 sqrt(ε D(s,g)).

<L, f - f_s> >= -B E ||f - f_s||_1 >= -B sqrt(2ε) by Pinsker's inequality and Jensen's. Squared
error: 2 <s - g, f - f_s> >= -2 sqrt(D(s,g) ε) by Cauchy's.
"""

import sympy as sp

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


def classical(at: Exact) -> Ball:
    """Return D(f,g) + B sqrt(2ε) - D(f,s) - D(s,g), ε the smaller order."""
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
    return at.d(at.f, at.g) + bound * (2 * epsilon).sqrt() - at.d(at.f, at.s) - at.misfit


def squared(at: Exact) -> Ball:
    """Return D(f,g) + 2 sqrt(ε D(s,g)) - D(f,s) - D(s,g)."""
    epsilon = at.d(at.f, witness(at))
    return at.d(at.f, at.g) + 2 * (epsilon * at.misfit).sqrt() - at.d(at.f, at.s) - at.misfit


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
            Idle("floor of the true student", "γ and B are no numbers without it", definition=True),
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
        ),
    ),
)
