"""The best mixture of k models is at most log(1 + (c-1)/k) worse than the best of all.

Draw k models with the student's weights; their average s' has E χ^2(s', s) <= (c-1)/k, and
KL(s', g) - KL(s, g) <= log(1 + χ^2), since the gap at s is 0. So some k models do.
"""

import numpy as np
import sympy as sp
from flint import arb

from kl_regression.divergences import GeneralizedKL
from kl_regression.theorems.base import Check
from kl_regression.theorems.counterexamples import Counterexample
from kl_regression.theorems.mixtures import few_models
from proofs_check.checking.entry import Broken, Entry, Idle, Sharpness, Slack, Step
from proofs_check.checking.exact import Ball, Exact, Matrix, least, solve
from proofs_check.checking.examples import OUTSIDE, one_point
from proofs_check.checking.pool import random_outcome


def spread_of_one_draw() -> bool:
    """Check Σ_j w_j Σ_c (v_jc - s_c)^2/s_c = Σ_c Σ_j w_j v_jc^2/s_c - 1: two models and classes."""
    w, a, b = sp.symbols("w a b", positive=True)
    share, models = (w, 1 - w), ((a, 1 - a), (b, 1 - b))
    s = [sum(q * v[c] for q, v in zip(share, models, strict=True)) for c in range(2)]
    pairs = [(q, v[c], s[c]) for q, v in zip(share, models, strict=True) for c in range(2)]
    spread = sum(q * (v - m) ** 2 / m for q, v, m in pairs)
    squares = sum(q * v**2 / m for q, v, m in pairs)
    return bool(sp.simplify(spread - squares + 1) == 0)


def squares_at_most_classes() -> bool:
    """Check Σ_j w_j v_j (1 - v_j)/s >= 0 is c - Σ Σ w v^2/s: v^2 <= v, and Σ_j w_j v_j/s = 1."""
    v, w, s = sp.symbols("v w s", positive=True)
    return bool(sp.expand(w * v / s - w * v**2 / s - w * v * (1 - v) / s) == 0)


def average_of_draws() -> bool:
    """Check Var((X + Y)/2) = Var(X)/2 for independent X, Y of one law: E (x+y)^2/4 with E x = 0."""
    second = sp.symbols("second", positive=True)
    return bool(sp.Rational(1, 4) * (second + second) == second / 2)


STEPS = (
    Step("χ^2 of one draw is Σ w v^2/s - 1", spread_of_one_draw),
    Step("Σ w v^2/s <= Σ w v/s = 1 for each of c classes", squares_at_most_classes),
    Step("the average of k independent draws has a k-th of the variance", average_of_draws),
)


def single(at: Exact, side: str) -> tuple[Ball, Exact]:
    """Return the excess of the best single model, and the instance with it as the student."""

    def objective(v: Matrix) -> Ball:
        return at.d(v, at.g) if side == "left" else at.d(at.g, v)

    values = [objective(model) for model in at.models]
    best = next(
        model
        for model, value in zip(at.models, values, strict=True)
        if all(value is other or value < other for other in values)
    )
    excess = objective(best) - objective(at.s)
    return excess, Exact(at.loss, at.g, at.f, best, at.models)


def excess_of_one(side: str, classes: int) -> Slack:
    """Return the slack log(1 + (c-1)/1) - excess of the best single model."""
    return lambda at: arb(classes).log() - single(at, side)[0]


def gain_of_one(at: Exact) -> Ball:
    """Return the slack of the gain with its term, k = 1, on the left."""
    excess, few = single(at, "left")
    gamma = least(*(entry for row in (*at.s, *few.s) for entry in row))
    term = (2 * (1 - gamma) * excess / gamma).sqrt() + excess
    return at.d(at.f, at.g) + term - at.d(at.f, few.s) - at.d(few.s, at.g)


def gain_of_all(at: Exact) -> Ball:
    """Return the slack with k = m, where the term is 0: that of the gain theorem."""
    return at.d(at.f, at.g) - at.d(at.f, at.s) - at.misfit


VERTICES = one_point(((19, 1), (1, 19)), (11, 10), (1, 19))
NEAR_CORNERS = one_point(((99999, 1), (1, 99999)), (50001, 50000), (99999, 1))


def _excess_ratio() -> float:
    return float((single(solve(NEAR_CORNERS), "left")[0] / arb(2).log()).lower())


def trial(which: int, rng: np.random.Generator) -> Check:
    """Check a random hull with at most k of its models."""
    instance = random_outcome("left", "KL", "hull", rng).instance
    return few_models(instance, int(rng.integers(1, 3)))[which]


RIGHT_CORNERS = Counterexample(
    models=VERTICES.models, teacher=VERTICES.teacher, truth=VERTICES.truth, side="right"
)
HULL = Idle(
    "class a hull",
    "a k-mixture mixes k of the hull's models: s_k is undefined for other classes",
    definition=True,
)
MADE = few_models(VERTICES.instance(), 1)

ENTRIES = (
    Entry(
        theorem=MADE[0].theorem,
        sentence="The best mixture of k models is at most log(1 + (c-1)/k) worse.",
        steps=STEPS,
        sharpness=(Sharpness(f"k = 1, c = 2: {NEAR_CORNERS}", _excess_ratio, least=0.999),),
        records=(
            Broken("side left", RIGHT_CORNERS, slack=excess_of_one("right", 2)),
            Broken(
                "loss KL",
                one_point(((1,), (4,)), (2,), (4,), loss=GeneralizedKL),
                slack=excess_of_one("left", 1),
            ),
            HULL,
        ),
        assumed=("the order sqrt(c/k) is recalled from the paper; the constants are derived",),
        trial=lambda rng: trial(0, rng),
    ),
    Entry(
        theorem=MADE[1].theorem,
        sentence="The best mixture of k models gains its misfit less a term in its excess.",
        steps=STEPS,
        records=(
            Broken(
                "side left",
                one_point(((1, 2, 1), (1, 1, 1)), (2, 2, 1), (1, 2, 1), side="right"),
                slack=gain_of_all,
            ),
            Broken(
                "loss KL",
                one_point(((1,), (4,)), (2,), (4,), loss=GeneralizedKL),
                slack=gain_of_one,
            ),
            HULL,
            Idle(
                "teacher and student positive",
                "with γ = 0 and t > 0 the term is infinite and the claim void; with t = 0 the"
                " k-mixture is the student, and the claim the gain theorem",
            ),
            Idle("errors finite", "they are where teacher and student are positive"),
            Broken("truth in the class", OUTSIDE, slack=gain_of_all),
        ),
        trial=lambda rng: trial(1, rng),
    ),
)
