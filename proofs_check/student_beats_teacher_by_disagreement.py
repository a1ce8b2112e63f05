"""Over a convex class the student beats its teacher by at least their disagreement.

Proof. f_t = s + t (f - s) stays in V, so D(f_t, g) does not decrease at t = 0+; its derivative is
<φ'(s) - φ'(g), f - s>, which by the three-point identity is D(f,g) - D(f,s) - D(s,g).
"""

from flint import arb

from kl_regression.theorems.certificate import UNIVERSAL
from kl_regression.theorems.directions import CORNER
from kl_regression.theorems.gain import EQUALITY, GAIN
from kl_regression.theorems.upper import STRICTNESS
from proofs_check.checking.entry import Broken, Entry, Idle, Sharpness
from proofs_check.checking.exact import Ball, Exact, solve
from proofs_check.checking.examples import (
    COPIED,
    INSIDE,
    NOT_CONVEX,
    OUTSIDE,
    RIGHT,
    WORSE,
    one_point,
)
from proofs_check.three_points_leave_a_linear_term import STEPS, slope_along_the_segment


def slack(at: Exact) -> Ball:
    """Return D(f, g) - D(f, s) - D(s, g)."""
    return at.d(at.f, at.g) - at.d(at.f, at.s) - at.misfit


def _strictly_better(at: Exact) -> Ball:
    """Return 1 where the student is proven better than a teacher outside the class, else -1."""
    return arb(1) if at.d(at.f, at.s) < at.d(at.f, at.g) else arb(-1)


def ratio(at: Exact) -> float:
    """Return (D(f, s) + D(s, g)) / D(f, g), rounded up."""
    return float(((at.d(at.f, at.s) + at.misfit) / at.d(at.f, at.g)).upper())


RECORDS = (
    Broken("side left", RIGHT),
    Broken("class convex in outputs", NOT_CONVEX),
    Broken("truth in the class", OUTSIDE),
)

INTERIOR = "class affine or student in its relative interior"

SHARP = Sharpness(f"the student inside a face: {INSIDE}", lambda: ratio(solve(INSIDE)))

ENTRIES = (
    Entry(
        theorem=GAIN,
        sentence="Over a convex class a student beats its teacher by at least their disagreement.",
        slack=slack,
        steps=(*STEPS, slope_along_the_segment()),
        sharpness=(SHARP,),
        records=RECORDS,
    ),
    Entry(
        theorem=UNIVERSAL,
        sentence="For every truth in the class the gain is at least the misfit minus the gap.",
        slack=slack,
        steps=STEPS,
        sharpness=(SHARP,),
        records=(Broken("side left", RIGHT), Broken("truth in the class", OUTSIDE)),
    ),
    Entry(
        theorem=STRICTNESS,
        sentence="A student is strictly better than a teacher outside the class.",
        slack=slack,
        steps=STEPS,
        sharpness=(SHARP,),
        records=(
            *RECORDS,
            Broken("student in the class", COPIED, slack=lambda at: at.gain, student=WORSE),
            Broken(
                "errors finite",
                one_point(((2, 1, 0), (1, 1, 1)), (1, 1, 0), (1, 1, 1)),
                slack=_strictly_better,
            ),
        ),
    ),
    Entry(
        theorem=EQUALITY,
        sentence="On an affine class and inside a hull the gain is the misfit exactly.",
        slack=lambda at: -abs(slack(at)),
        steps=(*STEPS, slope_along_the_segment()),
        records=(
            Broken("side left", RIGHT),
            Broken("class convex in outputs", NOT_CONVEX, also=(INTERIOR,)),
            Broken("truth in the class", OUTSIDE),
            Broken("student in the class", COPIED, student=WORSE, also=(INTERIOR,)),
            Broken(INTERIOR, CORNER),
            Idle(
                "errors finite",
                "with D(s, g) = inf so is D(f, g); with D(f, g) = inf alone, s vanishes with g"
                " where f does not, so D(f, s) = inf: both sides are. Squared errors are finite",
            ),
        ),
    ),
)
