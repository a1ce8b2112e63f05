"""Smooth calibration errors differ by a constant times the distance, whatever the scores are.

|E η(g)(Y - g) - E η(s)(Y - s)| <= E |η(g) - η(s)| |Y - g| + E |η(s)| |g - s|: 1 + L in all, and 1
over the ball Lip + sup <= 1. SmoothECE of width σ: 1 + sqrt(2/π)/σ. Both models have the same
calibrated predictors: the distance to them moves by E |g - s| at most. In the Laplace kernel's
space the feature of a score has length 1 and moves by sqrt(2 |g - s|) at most.
"""

from collections.abc import Callable

import numpy as np
import sympy as sp

import kl_regression as klr
from kl_regression.calibration.distance import calibration_distance
from kl_regression.calibration.laplace import laplace_error
from kl_regression.calibration.smooth import smooth_error
from kl_regression.divergences import GeneralizedKL
from kl_regression.theorems.base import Check
from kl_regression.theorems.smooth_calibration import (
    distance_to_calibration,
    kernel_calibration,
    laplace_calibration,
    smooth_calibration,
)
from proofs_check.calibration_is_pinned_near_the_teachers import STEPS as DISTANCE
from proofs_check.calibration_is_pinned_near_the_teachers import bound
from proofs_check.checking.entry import Broken, Entry, Idle, Sharpness, Slack, Step
from proofs_check.checking.exact import Ball, Exact
from proofs_check.checking.examples import any_student
from proofs_check.checking.pool import random_outcome

WIDTH = 0.1


def two_terms() -> bool:
    """Check a (y - g) - b (y - s) = (a - b)(y - g) + b (s - g)."""
    a, b, y, g, s = sp.symbols("a b y g s", real=True)
    return bool(sp.expand(a * (y - g) - b * (y - s) - (a - b) * (y - g) - b * (s - g)) == 0)


def kernel_slope() -> bool:
    """Check that the Gaussian kernel's derivative has L1 norm sqrt(2/π)/σ."""
    x, sigma = sp.symbols("x sigma", positive=True)
    density = sp.exp(-(x**2) / (2 * sigma**2)) / (sigma * sp.sqrt(2 * sp.pi))
    norm = 2 * sp.integrate(-density.diff(x), (x, 0, sp.oo))
    return bool(sp.simplify(norm - sp.sqrt(2 / sp.pi) / sigma) == 0)


def feature_moves() -> bool:
    """Check |φ(u) - φ(v)|^2 = 2 - 2 e^-x <= 2x, x = |u - v|: equal at 0, slope 2 - 2 e^-x >= 0."""
    x = sp.symbols("x", nonnegative=True)
    moved = 1 + 1 - 2 * sp.exp(-x)
    rest = 2 * x - moved
    return rest.subs(x, 0) == 0 and bool(sp.simplify(rest.diff(x) - (2 - 2 * sp.exp(-x))) == 0)


STEPS = (*DISTANCE, Step("η(g)(Y-g) - η(s)(Y-s) in two terms", two_terms))


def one_point_error(constant: float) -> Slack:
    """Return constant times the bound less the difference of |Y - F|, the error of one point."""
    return lambda at: constant * bound(at) - abs(at.l1(at.g, at.f) - at.l1(at.s, at.f))


def one_point_laplace(at: Exact) -> Ball:
    """Return D + sqrt(2kD) less the difference of |Y - F|, the error of one point, D the bound."""
    most = bound(at)
    moved = abs(at.l1(at.g, at.f) - at.l1(at.s, at.f))
    return most + (2 * len(at.g[0]) * most).sqrt() - moved


def sharp_ratio() -> float:
    """Return the errors' difference over twice the distance: 50 of 101 points 0 with label 1.

    The other 51 have score 1 and label 0 and move to 1 - e: η moves with slope 1 there, where |η|
    and |Y - F| are 1 as well, and the rest of the points follows at no cost.
    """
    step, below = 2.0**-10, 50
    weights = np.array([below, below + 1]) / (2 * below + 1)
    labels = np.array([[1.0, 0.0], [0.0, 1.0]])
    first, moved = (np.array([[0.0, 1.0], [1.0 - e, e]]) for e in (0.0, step))
    errors = [
        smooth_error(model, labels, lipschitz=1.0, joint=False, weights=weights).per_class[0]
        for model in (first, moved)
    ]
    return float(abs(errors[0] - errors[1]) / (2 * weights[1] * step))


def one_point_ratio() -> float:
    """Return the same for one point, where |Y - F| alone moves: the constant 1 is attained."""
    labels, first, moved = (np.array([[p, 1.0 - p]]) for p in (1.0, 0.5, 0.25))
    errors = [
        smooth_error(model, labels, lipschitz=1.0, joint=True, weights=np.ones(1)).per_class[0]
        for model in (first, moved)
    ]
    return float(abs(errors[0] - errors[1]) / abs(first - moved)[0, 0])


def distance_ratio() -> float:
    """Return the same for the distance to calibration: the nearest score is the label's 1."""
    labels, first, moved = (np.array([[p, 1.0 - p]]) for p in (1.0, 0.5, 0.25))
    errors = [calibration_distance(model, labels).per_class[0] for model in (first, moved)]
    return float(abs(errors[0] - errors[1]) / abs(first - moved)[0, 0])


def laplace_ratio() -> float:
    """Return the Laplace error's difference over D + sqrt(2D): scores 1/2 -+ e of labels 1, 0."""
    step = 2.0**-40
    level, apart = ([[0.5 - e, 0.5 + e], [0.5 + e, 0.5 - e]] for e in (0.0, step))
    errors = [laplace_error(model, [1, 0]).per_class[1] for model in (level, apart)]
    return float(abs(errors[1] - errors[0]) / (step + np.sqrt(2.0 * step)))


LARGE = any_student(((9,),), ((1,),), ((1,),), loss=GeneralizedKL)
CHECKS: dict[str, Callable[[klr.Outcome], Check]] = {
    "lipschitz": smooth_calibration,
    "joint": lambda outcome: smooth_calibration(outcome, joint=True),
    "kernel": lambda outcome: kernel_calibration(outcome, width=WIDTH),
    "distance": distance_to_calibration,
    "laplace": laplace_calibration,
}


def trial(kind: str, rng: np.random.Generator) -> Check:
    """Check a random outcome."""
    return CHECKS[kind](random_outcome("left", "KL", "hull", rng))


START = np.random.default_rng(0)
ENTRIES = (
    Entry(
        theorem=trial("lipschitz", START).theorem,
        sentence="Smooth calibration errors differ by at most twice the models' distance.",
        steps=STEPS,
        sharpness=(Sharpness("101 points at 0 and 1 with the other label", sharp_ratio, 0.97),),
        records=(Broken("loss KL", LARGE, slack=one_point_error(2)),),
        trial=lambda rng: trial("lipschitz", rng),
    ),
    Entry(
        theorem=trial("joint", START).theorem,
        sentence="Over the ball Lip + sup <= 1 they differ by at most the models' distance.",
        steps=STEPS,
        sharpness=(Sharpness("one point of label 1 moves", one_point_ratio, 0.999),),
        records=(Broken("loss KL", LARGE, slack=one_point_error(1)),),
        trial=lambda rng: trial("joint", rng),
    ),
    Entry(
        theorem=trial("kernel", START).theorem,
        sentence="SmoothECE of width σ differs by at most 1 + sqrt(2/π)/σ times the distance.",
        steps=(*STEPS, Step("the kernel's slope has L1 norm sqrt(2/π)/σ", kernel_slope)),
        records=(
            Idle(
                "loss KL",
                "the kernel is reflected at 0 and 1: a score outside has no density, the error is"
                " undefined",
                definition=True,
            ),
        ),
        trial=lambda rng: trial("kernel", rng),
    ),
    Entry(
        theorem=trial("distance", START).theorem,
        sentence="Student and teacher are as far from calibrated, up to the models' distance.",
        steps=DISTANCE,
        sharpness=(Sharpness("one point of label 1 moves", distance_ratio, 0.999),),
        records=(Broken("loss KL", LARGE, slack=one_point_error(1)),),
        trial=lambda rng: trial("distance", rng),
    ),
    Entry(
        theorem=trial("laplace", START).theorem,
        sentence="Laplace kernel calibration errors differ by the distance and its square root.",
        steps=(*DISTANCE, Step("|φ(u) - φ(v)|^2 = 2 - 2 e^-|u-v| <= 2 |u-v|", feature_moves)),
        sharpness=(Sharpness("two labels at one score part", laplace_ratio, 0.35),),
        records=(Broken("loss KL", LARGE, slack=one_point_laplace),),
        trial=lambda rng: trial("laplace", rng),
    ),
)
