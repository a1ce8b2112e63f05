"""In the risk KL(., f) the gain of a softmax student on the right equals KL(teacher, student).

log f - log s is affine in the features up to a constant a row, and the optimum matches the
teacher's moments, so Σ (g - s) log(f/s) vanishes: KL(g,f) = KL(g,s) + KL(s,f).
"""

from dataclasses import replace

import sympy as sp

from kl_regression.divergences import SquaredError
from kl_regression.theorems.softmax import IDENTITY, LIMIT, OUTSIDE, RESIDUAL
from proofs_check.checking.algebra import positive, vanishes
from proofs_check.checking.entry import Broken, Entry, Idle, Step
from proofs_check.checking.exact import Ball, Exact, Matrix
from proofs_check.checking.examples import one_point, softmax_layer


def collects() -> bool:
    """Check KL(g,f) - KL(g,s) - KL(s,f) = Σ (g - s) log(s/f), entry by entry."""
    g, s, f = positive("g s f")
    left = g * sp.log(g / f) - g * sp.log(g / s) - s * sp.log(s / f)
    return vanishes(left - (g - s) * sp.log(s / f))


def slope_of_the_layer() -> bool:
    """Check that d/dw of -g log σ(wx) - (1-g) log(1 - σ(wx)) is x (σ(wx) - g)."""
    w, x, g = sp.symbols("w x g", real=True)
    sigma = 1 / (1 + sp.exp(-w * x))
    loss = -g * sp.log(sigma) - (1 - g) * sp.log(1 - sigma)
    return bool(sp.simplify(loss.diff(w) - x * (sigma - g)) == 0)


STEPS = (
    Step("KL(g,f) - KL(g,s) - KL(s,f) = Σ (g - s) log(s/f)", collects),
    Step("the layer's slope is the moments' difference", slope_of_the_layer),
)


def identity(at: Exact) -> Ball:
    """Return minus |KL(g,f) - KL(g,s) - KL(s,f)|."""
    return -abs(at.d(at.g, at.f) - at.d(at.g, at.s) - at.d(at.s, at.f))


LEANING = ((3, 1), (3, 1))
INSIDE = ((1, 2), (1, 4))
"""A member of the layer: the odds are 2 and 2^2."""


def outside(at: Exact, member: Matrix) -> Ball:
    """Return E osc(log v/f) TV(g,s) - |KL(g,f) - KL(s,f) - KL(g,s)|, v a member."""
    ratio = [
        [(v / f).log() for v, f in zip(x, y, strict=True)]
        for x, y in zip(member, at.f, strict=True)
    ]
    return at.price(ratio, at.g, at.s) + identity(at)


SQUARED = Broken("loss KL", softmax_layer(LEANING, INSIDE, loss=SquaredError), slack=identity)
UNTRAINED = Broken(
    "student in the class",
    softmax_layer(LEANING, INSIDE),
    slack=identity,
    student=((1, 1), (1, 2)),
)
"""The truth is a member, so that the price of one outside is 0."""
RECORDS = (
    Broken("side right", softmax_layer(LEANING, INSIDE, side="left"), slack=identity),
    SQUARED,
    Broken(
        "class convex in logits",
        one_point(((1, 1, 6), (1, 4, 1)), (5, 3, 1), (1, 1, 6), side="right"),
        slack=identity,
    ),
)

MEMBER = Idle("truth positive", "every member of a softmax layer is")
NOT_INSIDE = Broken("truth in the class", softmax_layer(LEANING, ((2, 1), (1, 2))), slack=identity)
SEPARABLE = "teacher separable by the features"

ENTRIES = (
    Entry(
        theorem=IDENTITY,
        sentence="In the risk KL(., f) a softmax student gains exactly KL(teacher, student).",
        slack=identity,
        steps=STEPS,
        records=(
            *RECORDS,
            MEMBER,
            NOT_INSIDE,
            UNTRAINED,
        ),
    ),
    Entry(
        theorem=OUTSIDE,
        sentence="Outside the class the softmax identity is off by oscillation times distance.",
        steps=STEPS,
        records=(
            *RECORDS,
            Idle("truth positive", "a zero makes the price infinite and the claim void"),
            UNTRAINED,
        ),
    ),
    Entry(
        theorem=RESIDUAL,
        sentence="A computed softmax student misses the identity by at most R |grad|.",
        steps=STEPS,
        records=(
            Idle("side right", "the algebra holds for the parameters of any layer whatever"),
            SQUARED,
            Idle(
                "class convex in logits",
                "Θ and grad F are a softmax layer's: undefined for another class",
                definition=True,
            ),
            MEMBER,
            NOT_INSIDE,
            Idle(
                "student in the class",
                "Θ^ are the student's parameters: undefined outside the layer",
                definition=True,
            ),
        ),
    ),
    Entry(
        theorem=LIMIT,
        sentence="Of a separable teacher the limit of the students has the identity.",
        steps=STEPS,
        records=(
            *RECORDS,
            replace(NOT_INSIDE, also=(SEPARABLE,)),
            MEMBER,
            Idle("student in the class", "the claim is about the limit, whatever was computed"),
            Idle(SEPARABLE, "else the optimum is attained, and it is the identity itself"),
        ),
    ),
)
