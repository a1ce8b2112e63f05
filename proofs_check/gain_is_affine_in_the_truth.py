"""The gain is affine in the truth, so that over a hull it lies between its values at the models.

D(f,g) - D(f,s) = E Σ f log(s/g): φ(f) cancels, and what is left is linear in f.
"""

import sympy as sp

from kl_regression.divergences import ItakuraSaito
from kl_regression.theorems.identities import AFFINE_GAIN, BRACKET, EVERY_TRUTH
from proofs_check.checking.algebra import equal, kl, positive
from proofs_check.checking.entry import Broken, Entry, Idle, Sharpness, Step
from proofs_check.checking.exact import Ball, Exact, least, most, solve
from proofs_check.checking.examples import INSIDE, RIGHT, any_student, one_point


def entry_by_entry() -> bool:
    """Check d(f,g) - d(f,s) = f log(s/g) + g - s."""
    f, s, g = positive("f s g")
    return equal(kl(f, g) - kl(f, s), f * sp.log(s / g) + g - s)


STEPS = (Step("d(f,g) - d(f,s) = f log(s/g) + g - s, affine in f", entry_by_entry),)


def average(at: Exact, model: list[list[Ball]]) -> Ball:
    """Return T = E Σ v L + g - s of a model v, which under KL is E Σ v log(s/g)."""
    return at.total(lambda v, slope, g, s: v * slope + g - s, model, at.slope, at.g, at.s)


def affine(at: Exact) -> Ball:
    """Return minus |D(f,s) + T(f) - D(f,g)|."""
    return -abs(at.d(at.f, at.s) + average(at, at.f) - at.d(at.f, at.g))


def bracket(at: Exact) -> Ball:
    """Return the smaller distance of the gain from the ends of the bracket, inwards."""
    values = [average(at, model) for model in at.models]
    return least(at.gain - least(*values), most(*values) - at.gain)


def every_truth(at: Exact) -> Ball:
    """Return min_j T_j - D(s,g)."""
    return least(*(average(at, model) for model in at.models)) - at.misfit


TRUTH_IS_A_MODEL = one_point(((4, 1, 1), (1, 4, 1)), (1, 2, 5), (4, 1, 1))


def _attained() -> float:
    """Return gain over max T_j for a truth that is the model of the largest T_j."""
    at = solve(TRUTH_IS_A_MODEL)
    return float((at.gain / most(*(average(at, model) for model in at.models))).upper())


def _least_gain() -> float:
    """Return D(s,g) over min_j T_j."""
    at = solve(INSIDE)
    return float((at.misfit / least(*(average(at, model) for model in at.models))).upper())


OTHER_LOSS = Broken(
    "loss KL or generalised KL", any_student(((2,),), ((1,),), ((1,),), loss=ItakuraSaito)
)
"""For another Bregman divergence the gain is affine too, but with a part that is constant in f."""

MODELS = Idle(
    "class a hull",
    "T_j is the value at a hull's model j: undefined for other classes",
    definition=True,
)

ENTRIES = (
    Entry(
        theorem=AFFINE_GAIN,
        sentence="The gain is the truth's average of the log ratio of student and teacher.",
        slack=affine,
        steps=STEPS,
        records=(
            OTHER_LOSS,
            Idle(
                "errors of teacher and student finite",
                "where s vanishes and f and g do not, D(f, s) = inf and f log(s/g) = -inf: their"
                " sum is undefined",
                definition=True,
            ),
        ),
    ),
    Entry(
        theorem=BRACKET,
        sentence="For every truth in a hull the gain lies between its values at the models.",
        slack=bracket,
        steps=STEPS,
        sharpness=(Sharpness(f"the truth a model: {TRUTH_IS_A_MODEL}", _attained),),
        records=(
            OTHER_LOSS,
            MODELS,
            Broken("truth in the class", any_student(((1, 1),), ((2, 1),), ((1, 1),))),
            Idle(
                "errors of teacher and student finite",
                "with both errors inf the gain, their difference, is undefined",
                definition=True,
            ),
        ),
    ),
    Entry(
        theorem=EVERY_TRUTH,
        sentence="The least gain over all truths in a hull is the misfit.",
        slack=every_truth,
        steps=STEPS,
        sharpness=(Sharpness(f"the student inside: {INSIDE}", _least_gain),),
        records=(
            Broken("side left", RIGHT),
            Broken(
                "loss KL or generalised KL",
                any_student(((1,),), ((2,),), ((1,),), loss=ItakuraSaito),
            ),
            Broken(
                "every model at finite divergence from the teacher",
                one_point(((2, 1, 0), (1, 1, 1)), (1, 1, 0), (2, 1, 0)),
            ),
            MODELS,
        ),
    ),
)
