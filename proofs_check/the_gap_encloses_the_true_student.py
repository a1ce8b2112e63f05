"""The gap of a computed student encloses the true one, its misfit and its error.

Add the gain theorem at f = s^ to the three-point identity at v = s: J = KL(s^,s) + KL(s,s^) <= gap.
On a row with TV = T, J >= 4 T artanh T >= 4 T^2, so E ||s^ - s||_1 = 2 E T <= sqrt(gap).
"""

import math
from collections.abc import Callable
from dataclasses import replace

import sympy as sp
from flint import arb

from kl_regression.arithmetic import Floats
from kl_regression.divergences import GeneralizedKL, SquaredError
from kl_regression.theorems.enclosure import BALL, RIGHT_VALUE, RISK, SQUARED_RISK, risk_radius
from proofs_check.checking.algebra import equal, kl, positive
from proofs_check.checking.entry import Broken, Entry, Idle, Step
from proofs_check.checking.exact import Ball, Exact, least, most
from proofs_check.checking.examples import COPIED, COPY, WORSE, one_point


def jeffreys() -> bool:
    """Check d(a,b) + d(b,a) = (a - b) log(a/b), entry by entry."""
    a, b = positive("a b")
    return equal(kl(a, b) + kl(b, a), (a - b) * sp.log(a / b))


def symmetric_pair() -> bool:
    """Check J = 4 T artanh T at the pair (1 + T, 1 - T)/2, (1 - T, 1 + T)/2."""
    t = sp.symbols("T", positive=True)
    jeffreys_of_pair = 2 * t * sp.log((1 + t) / (1 - t))
    artanh = sp.log((1 + t) / (1 - t)) / 2
    return bool(sp.simplify(jeffreys_of_pair - 4 * t * artanh) == 0)


def artanh_above_identity() -> bool:
    """Check that artanh T - T vanishes at 0 and grows: its derivative is T^2/(1 - T^2)."""
    t = sp.symbols("T")
    rest = sp.atanh(t) - t
    return rest.subs(t, 0) == 0 and sp.simplify(rest.diff(t) - t**2 / (1 - t**2)) == 0


STEPS = (
    Step("d(a,b) + d(b,a) = (a - b) log(a/b)", jeffreys),
    Step("J = 4 T artanh T at the symmetric pair of distance T", symmetric_pair),
    Step("artanh T >= T", artanh_above_identity),
)


def left_gap(at: Exact) -> Ball:
    """Return max over the models of <L(s^), s^ - v>, at least 0."""
    slope = at.slope_of(at.computed)
    inner = [
        at.total(lambda rise, s, v: rise * (s - v), slope, at.computed, model)
        for model in at.models
    ]
    return most(arb(0), *inner)


def right_gap(at: Exact) -> Ball:
    """Return max over the models of E Σ g v/s^ - 1, at least 0."""
    masses = [
        at.total(lambda g, v, s: g * v / s if g != 0 else arb(0), at.g, model, at.computed)
        for model in at.models
    ]
    return most(arb(0), *(mass - 1 for mass in masses))


def ball(at: Exact, gap: Ball) -> Ball:
    """Return gap - D(s^,s) - D(s,s^)."""
    return gap - at.d(at.computed, at.s) - at.d(at.s, at.computed)


def squared_risk(at: Exact, gap: Ball) -> Ball:
    """Return sqrt(gap/2) - |sqrt D(f,s) - sqrt D(f,s^)|."""
    return (gap / 2).sqrt() - abs(at.d(at.f, at.s).sqrt() - at.d(at.f, at.computed).sqrt())


def right_value(at: Exact, gap: Ball) -> Ball:
    """Return log(1 + gap) - (D(g,s^) - D(g,s))."""
    return (1 + gap).log() - (at.d(at.g, at.computed) - at.d(at.g, at.s))


def right_ball(at: Exact, gap: Ball) -> Ball:
    """Return sqrt(2 log(1 + gap)) - E Σ g |1 - s^/s|."""
    moved = at.total(lambda g, s, other: g * abs(1 - other / s), at.g, at.s, at.computed)
    return (2 * (1 + gap).log()).sqrt() - moved


def risk(at: Exact, gap: Ball) -> Ball:
    """Return what the enclosure [-r, r + gap] spares of D(f,s) - D(f,s^), r rounded up."""
    moved = at.d(at.f, at.s) - at.d(at.f, at.computed)
    spread = at.total(lambda f, s: (f - s) * (f - s) / s, at.f, at.computed)
    kappa = max(float((gap * len(at.g) / s).upper()) for row in at.computed for s in row)
    up = math.nextafter(1.0, 2.0)
    radius = up * risk_radius(
        Floats(), up * float(spread.upper()), up * kappa, up * float(gap.upper())
    )
    return least(moved + arb(radius), arb(radius) + gap - moved)


def on_the_left(bound: Callable[[Exact, Ball], Ball]) -> Callable[[Exact], Ball]:
    """Return the slack with the left side's gap."""
    return lambda at: bound(at, left_gap(at))


def on_the_right(bound: Callable[[Exact, Ball], Ball]) -> Callable[[Exact], Ball]:
    """Return the slack with the right side's gap."""
    return lambda at: bound(at, right_gap(at))


FLAT = one_point(((2, 3, 1), (2, 1, 3)), (50, 1, 1), (0, 0, 1), side="right")
"""On the right the objective hardly sees where the teacher has little mass."""
INFINITE = Idle("misfit finite", "with an infinite misfit the gap is infinite and the claim void")

ENTRIES = (
    Entry(
        theorem=BALL,
        sentence="The divergences between true and computed student sum to at most the gap.",
        steps=STEPS,
        records=(
            INFINITE,
            Broken("side left", FLAT, slack=on_the_right(ball), computed=((2, 3, 1),)),
            Broken(
                "class convex in outputs",
                one_point(((1, 2), (2, 1)), (3, 2), (1, 1), shape="points"),
                slack=on_the_left(ball),
                computed=((1, 2),),
            ),
            Broken("student in the class", COPIED, slack=on_the_left(ball), computed=COPY),
        ),
    ),
    Entry(
        theorem=RISK,
        sentence="The true student's error differs from the computed one's by a known radius.",
        steps=STEPS,
        records=(
            Broken("side left", FLAT, slack=on_the_right(risk), computed=((2, 3, 1),)),
            Broken(
                "loss KL",
                one_point(((2,), (3,)), (2,), (1,), loss=SquaredError),
                slack=on_the_left(risk),
                computed=((3,),),
            ),
            Broken(
                "class convex in outputs",
                one_point(((3, 3), (3, 1)), (2, 1), (1, 3), shape="points"),
                slack=on_the_left(risk),
                computed=((3, 3),),
            ),
            Broken("student in the class", COPIED, slack=on_the_left(risk), computed=COPY),
            Idle(
                "errors of teacher and student finite",
                "both divergences of the students are at most the gap, so they vanish together:"
                " both errors are inf, or neither; the teacher's is not in the claim",
            ),
        ),
        assumed=("the maximum of y is that of the two-point reduction (derived)",),
    ),
    Entry(
        theorem=SQUARED_RISK,
        sentence="Under squared error the root of the true student's error is within sqrt(gap/2).",
        steps=STEPS[:0],
        records=(
            Idle("side left", "the squared error is symmetric: both sides have the same gap"),
            Broken(
                "loss squared error",
                one_point(((1,), (2,)), (1,), (2,), loss=GeneralizedKL),
                slack=on_the_left(squared_risk),
                computed=((2,),),
            ),
            Broken(
                "class convex in outputs",
                one_point(((1,), (4,)), (3,), (1,), loss=SquaredError, shape="points"),
                slack=on_the_left(squared_risk),
                computed=((1,),),
            ),
            Broken(
                "student in the class",
                one_point(((2,),), (1,), (2,), loss=SquaredError),
                slack=on_the_left(squared_risk),
                computed=((1,),),
            ),
        ),
    ),
    Entry(
        theorem=RIGHT_VALUE,
        sentence="On the right the true student's divergence is within log(1 + gap).",
        records=(
            Broken(
                "side right",
                one_point(((1, 3), (1, 2)), (3, 1), (1, 2)),
                slack=on_the_left(right_value),
                computed=((1, 3),),
            ),
            Broken(
                "loss KL",
                one_point(((1,), (2,)), (1,), (1,), loss=GeneralizedKL, side="right"),
                slack=on_the_right(right_value),
                computed=((2,),),
            ),
            Idle(
                "class convex in outputs",
                "E Σ g log(v/s^) <= log E Σ g v/s^ <= log(1 + gap) by Jensen's inequality for"
                " every member v",
            ),
            Broken(
                "student in the class",
                replace(COPIED, side="right"),
                slack=on_the_right(right_ball),
                computed=WORSE,
            ),
        ),
    ),
)
