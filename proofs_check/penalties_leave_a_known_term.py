"""A ridge adds a known term to the softmax identity, a ball of parameters makes it an inequality.

KL(g,f) - KL(g,s) - KL(s,f) = <Θ_f - Θ, grad F(Θ)> for any Θ. Under the ridge (lam/2) |Θ|^2 the
optimum has grad F = -lam Θ; over a convex set of parameters it has <Θ_f - Θ, grad F> >= 0.
"""

from dataclasses import replace

import numpy as np
import sympy as sp
from flint import arb

from kl_regression.divergences import SquaredError
from kl_regression.theorems.base import Check
from kl_regression.theorems.counterexamples import Counterexample
from kl_regression.theorems.penalised import bounded_student, ridge_student
from kl_regression.theorems.softmax import parameters
from proofs_check.a_softmax_gain_equals_the_divergence import LEANING, STEPS, identity
from proofs_check.checking.entry import Broken, Entry, Idle, Sharpness, Slack, Step
from proofs_check.checking.exact import Ball, Exact, solve
from proofs_check.checking.examples import any_student, one_point, softmax_layer
from proofs_check.checking.pool import random_outcome

LAM = 1
"""The strength of the ridge in every stored example."""
WIDE = 50.0
"""A ball that holds every student but the one that shows its need."""


def ridge_term() -> bool:
    """Check <Θ_f - Θ, -lam Θ> = lam (|Θ|^2 - <Θ, Θ_f>) for two parameters."""
    a, b, c, d, lam = sp.symbols("a b c d lam", real=True)
    own, truth = sp.Matrix([a, b]), sp.Matrix([c, d])
    rest = (truth - own).dot(-lam * own) - lam * (own.dot(own) - own.dot(truth))
    return bool(sp.expand(rest) == 0)


def slope_into_the_set() -> bool:
    """Check d/dt F(Θ + t (Θ_f - Θ)) at 0 = <Θ_f - Θ, grad F(Θ)> for F = log(1 + e^u) - g u."""
    w, v, t, x, g = sp.symbols("w v t x g", real=True)

    def loss(u: sp.Expr) -> sp.Expr:
        return sp.log(1 + sp.exp(u)) - g * u

    slope = loss(x * (w + t * (v - w))).diff(t).subs(t, 0)
    return bool(sp.simplify(slope - (v - w) * loss(x * w).diff(w)) == 0)


def under_the_ridge(example: Counterexample) -> Slack:
    """Return the slack of the identity at the ridge's student, whatever instance it is asked about.

    The students stored here have Θ = 0, where the term is 0 for every Θ_f.
    """

    def slack(_: Exact) -> Ball:
        at = solve(example, ridge=LAM)
        half = arb(1) / 2
        centred = all((entry - half).contains(0) for row in at.s for entry in row)
        return identity(at) if centred else arb(0)

    return slack


def inequality(at: Exact) -> Ball:
    """Return KL(g,f) - KL(g,s) - KL(s,f), in the loss's own divergence."""
    return at.d(at.g, at.f) - at.d(at.g, at.s) - at.d(at.s, at.f)


def ratio() -> float:
    """Return (KL(g,s) + KL(s,f)) / KL(g,f) for a ball that holds the free optimum."""
    at = solve(softmax_layer(LEANING, INSIDE))
    return float(((at.d(at.g, at.s) + at.d(at.s, at.f)) / at.d(at.g, at.f)).upper())


def ridge_trial(rng: np.random.Generator) -> Check:
    """Check a random softmax layer with a random ridge."""
    instance = random_outcome("right", "KL", "softmax", rng).instance
    return ridge_student(instance, float(rng.choice([0.01, 0.3, 10.0])))[1]


def ball_trial(rng: np.random.Generator) -> Check:
    """Check a random softmax layer with its parameters in a ball that the truth's are in."""
    outcome = random_outcome("right", "KL", "softmax", rng)
    length = float(np.linalg.norm(parameters(outcome)[1]))
    return bounded_student(outcome.instance, float(rng.choice([1.0, 1.5, 50.0])) * length)[1]


START = np.random.default_rng(0)
INSIDE = ((1, 2), (1, 4))
"""A member of the layer: the odds are 2 and 2^2."""
BALANCED = softmax_layer(((1, 3), (5, 3)), INSIDE)
"""The slope at Θ = 0 is 1 (1/2 - 3/4) + 2 (1/2 - 3/8) = 0."""
BALANCED_LEFT = softmax_layer(((1, 4), (2, 1)), INSIDE, side="left")
"""The slope at Θ = 0 is -1 log 4 - 2 log(1/2) = 0."""
MEMBER = Idle("truth positive", "every member of a softmax layer is")

STOPPED = Counterexample(
    models=(((1,),),), teacher=((1, 3),), truth=((1, 4),), side="right", shape="softmax"
)
"""One point at feature 1: the odds of the ball's members end at 2, before the teacher's and f's."""
STOPPED_RADIUS = float(np.log(2.0) / np.sqrt(2.0))
STOPPED_STUDENT = ((1, 2),)


def at_the_end(_: Exact) -> Ball:
    """Return the slack where F falls up to the ball's end, so that the student's odds are 2."""
    return inequality(solve(any_student(STOPPED.teacher, STOPPED_STUDENT, STOPPED.truth)))


ENTRIES = (
    Entry(
        theorem=ridge_trial(START).theorem,
        sentence="A ridge adds its strength times |Θ|^2 - <Θ, Θ_f> to the softmax identity.",
        steps=(*STEPS, Step("<Θ_f - Θ, -lam Θ> = lam (|Θ|^2 - <Θ, Θ_f>)", ridge_term)),
        records=(
            Broken("side right", BALANCED_LEFT, slack=under_the_ridge(BALANCED_LEFT)),
            Broken(
                "loss KL",
                replace(BALANCED, loss=SquaredError),
                slack=under_the_ridge(replace(BALANCED, loss=SquaredError)),
            ),
            Idle(
                "class convex in logits",
                "Θ are a softmax layer's parameters: |Θ|^2 is undefined for another class",
                definition=True,
            ),
            MEMBER,
            Broken(
                "truth in the class",
                replace(BALANCED, truth=((2, 1), (1, 2))),
                slack=under_the_ridge(replace(BALANCED, truth=((2, 1), (1, 2)))),
            ),
        ),
        trial=ridge_trial,
        cost=4,
    ),
    Entry(
        theorem=ball_trial(START).theorem,
        sentence="Over a convex set of parameters the gain is at least KL(teacher, student).",
        slack=inequality,
        steps=(
            *STEPS,
            Step("d/dt F(Θ + t (Θ_f - Θ)) at 0 is <Θ_f - Θ, grad F(Θ)>", slope_into_the_set),
        ),
        sharpness=(Sharpness(f"a ball that holds the optimum: g = {LEANING}", ratio),),
        records=(
            Broken("side right", softmax_layer(LEANING, INSIDE, side="left")),
            Broken("loss KL", softmax_layer(LEANING, INSIDE, loss=SquaredError)),
            Broken(
                "class convex in logits",
                one_point(((1, 1, 6), (1, 4, 1)), (5, 3, 1), (1, 1, 6), side="right"),
            ),
            MEMBER,
            Broken("truth in the class", softmax_layer(LEANING, ((2, 1), (1, 2)))),
            Broken(
                "truth's parameters in the ball",
                STOPPED,
                slack=at_the_end,
                of=bounded_student(STOPPED.instance(), STOPPED_RADIUS)[1].theorem,
            ),
        ),
        trial=ball_trial,
        cost=8,
    ),
)
