"""The student of a sample is worse on the population by no more than the sample misjudges D.

τ = D(s^) - D(s) = (D - D^)(s^) + (D^ - D)(s) + D^(s^) - D^(s), and s^ minimises D^ over V, where s
is too. Each term is at most sup_V |D^ - D|.
"""

from dataclasses import replace

import numpy as np
import sympy as sp

from kl_regression.divergences import KL, GeneralizedKL, SquaredError
from kl_regression.theorems.base import Check
from kl_regression.theorems.counterexamples import Counterexample
from kl_regression.theorems.resampling import resample
from proofs_check.checking.algebra import kl, positive
from proofs_check.checking.entry import Broken, Entry, Idle, Sharpness, Step
from proofs_check.checking.exact import Ball, solve
from proofs_check.checking.pool import random_outcome

LOSSES = (KL, GeneralizedKL, SquaredError)


def telescope() -> bool:
    """Check D(s^) - D(s) = (D - D^)(s^) + (D^ - D)(s) + D^(s^) - D^(s)."""
    whole, best, sampled, sampled_best = sp.symbols("whole best sampled sampled_best")
    terms = (whole - sampled) + (sampled_best - best) + (sampled - sampled_best)
    return bool(sp.expand(whole - best - terms) == 0)


def convex_in_the_student() -> bool:
    """Check d^2/ds^2 d(s, g) = 1/s: D^ - D is at most Σ |P^ - P| times the worst model's d."""
    s, g = positive("s g")
    return bool(sp.simplify(kl(s, g).diff(s, 2) - 1 / s) == 0)


def first_point(example: Counterexample) -> Counterexample:
    """Return the instance of the sample that draws the first point alone."""
    return replace(
        example,
        models=tuple(model[:1] for model in example.models),
        teacher=example.teacher[:1],
        truth=example.truth[:1],
    )


def first_drawn(example: Counterexample) -> Ball:
    """Return (D - D^)(s^) + (D^ - D)(s) - τ = D^(s) - D^(s^) for the sample of the first point."""
    whole, sample = solve(example), solve(first_point(example))
    return sample.d(whole.s[:1], sample.g) - sample.misfit


ON_THE_RIGHT = Counterexample(
    models=(((1, 3, 1), (3, 2, 2)), ((1, 3, 2), (1, 1, 2))),
    teacher=((2, 1, 1), (1, 1, 2)),
    truth=((1, 3, 1), (3, 2, 2)),
    side="right",
)
"""The student of the first point is the best there in D(g, .), not in D(., g)."""
BLIND = Counterexample(
    models=(((1, 1), (1, 2)), ((1, 1), (2, 1))),
    teacher=((1, 2), (1, 3)),
    truth=((1, 1), (1, 2)),
)
"""The first point does not tell the two models apart: a sample of it may return the second."""


def blind_ratio() -> float:
    """Return D(s^) over D(s) + (D - D^)(s^) + (D^ - D)(s), s^ the second model."""
    at, sample = solve(BLIND), solve(first_point(BLIND))
    fitted = at.models[1]
    bound = at.d(fitted, at.g) - sample.d(fitted[:1], sample.g) + sample.d(at.s[:1], sample.g)
    return float((at.d(fitted, at.g) / bound).upper())


def trial(rng: np.random.Generator) -> Check:
    """Check a sample of up to 12 points from a random hull's population."""
    loss = LOSSES[int(rng.integers(len(LOSSES)))]
    instance = random_outcome("left", loss.name, "hull", rng).instance
    return resample(instance, int(rng.integers(1, 13)), seed=int(rng.integers(2**31))).excess


ENTRIES = (
    Entry(
        theorem=trial(np.random.default_rng(0)).theorem,
        sentence="The excess of a sample's student is at most twice the sample's error on V.",
        steps=(
            Step("τ = (D - D^)(s^) + (D^ - D)(s) + D^(s^) - D^(s)", telescope),
            Step("d(s,g) is convex in s: bend 1/s under KL", convex_in_the_student),
        ),
        sharpness=(Sharpness(f"a sample of the first point: {BLIND}", blind_ratio),),
        records=(
            Broken("side left", ON_THE_RIGHT, slack=lambda _: first_drawn(ON_THE_RIGHT)),
            Idle(
                "class convex in outputs",
                "minimisers of D^ and D are compared, over any class whatever",
            ),
            Idle(
                "class a hull",
                "the sample's student is known on the points that were not drawn by its mixture"
                " alone: without one D(s^) is undefined",
                definition=True,
            ),
            Idle(
                "misfit finite",
                "with D = inf at its minimiser, τ = inf - inf is undefined",
                definition=True,
            ),
        ),
        trial=trial,
    ),
)
