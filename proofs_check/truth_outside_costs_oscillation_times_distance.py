"""A truth outside the class costs at most oscillation times distance.

The slack of the gain theorem is <L, f - s>; for a member f_s it is at least <L, f - f_s>, and the
rows of f - f_s sum to 0, so that <L, f - f_s> >= -E osc_i(L) TV_i(f, f_s).
"""

import sympy as sp

from kl_regression.divergences import SquaredError
from kl_regression.theorems.certificate import DISTANCE, OUTSIDE
from proofs_check.checking.entry import Broken, Entry, Idle, Sharpness, Step
from proofs_check.checking.exact import Ball, Exact, least, most, solve
from proofs_check.checking.examples import RIGHT, any_student, one_point
from proofs_check.checking.members import witness


def moving_mass() -> bool:
    """Check (a - b) t - (max - min) t <= 0 in the case a = max, b = min, by its vanishing."""
    a, b, t = sp.symbols("a b t", real=True)
    row, change = sp.Matrix([a, b]), sp.Matrix([t, -t])
    return bool(sp.simplify(row.dot(change) - (a - b) * t) == 0)


STEPS = (Step("mass t moved from b to a changes Σ L v by (L_a - L_b) t", moving_mass),)


def outside(at: Exact) -> Ball:
    """Return D(f,g) + E osc TV(f, f_s) - D(f,s) - D(s,g)."""
    price = at.price(at.slope, at.f, witness(at))
    return at.d(at.f, at.g) + price - at.d(at.f, at.s) - at.misfit


def distance(at: Exact) -> Ball:
    """Return max osc E TV(f, f_s) - (D(s,g) - gain)."""
    widest = most(*(most(*row) - least(*row) for row in at.slope))
    return widest * at.l1(at.f, witness(at)) / 2 - (at.misfit - at.gain)


TWO_CLASSES = any_student(((1, 2),), ((1, 1),), ((1, 3),))
"""With two classes and one point mass can only move between the ends of L."""


def _attained() -> float:
    """Return (misfit - gain) over the price."""
    at = solve(TWO_CLASSES)
    return float(((at.misfit - at.gain) / at.price(at.slope, at.f, witness(at))).upper())


SHARP = Sharpness(f"two classes, one point: {TWO_CLASSES}", _attained)
RECORDS = (
    Broken("side left", RIGHT),
    Broken("loss KL", any_student(((1,),), ((2,),), ((1,),), loss=SquaredError)),
)
UNREACHED = one_point(((1, 3, 1), (3, 1, 0)), (1, 1, 0), (1, 4, 0))
"""f_s = (1,3,1) is near the truth, and at infinite divergence from the teacher."""

ENTRIES = (
    Entry(
        theorem=OUTSIDE,
        sentence="A truth outside the class costs at most oscillation times distance.",
        slack=outside,
        steps=STEPS,
        sharpness=(SHARP,),
        records=(
            *RECORDS,
            Broken("member near the truth at finite divergence from the teacher", UNREACHED),
        ),
    ),
    Entry(
        theorem=DISTANCE,
        sentence="A gain below the misfit puts the truth at a distance from the class.",
        slack=distance,
        steps=STEPS,
        sharpness=(SHARP,),
        records=(
            *RECORDS,
            Broken("teacher and student positive", UNREACHED),
            Idle(
                "errors of teacher and student finite",
                "they are where teacher and student are positive",
            ),
        ),
    ),
)
