"""The reported gap is an upper bound on the true one, taken in 50 digits over all vertices."""

import itertools

import flint
import mpmath as mp
import numpy as np
import pytest

import kl_regression as klr
from kl_regression.gap import optimality_gap
from kl_regression.tolerance import CONIC_GAP

DIGITS = 50
INSTANCES = 10
SLOPES = {
    ("KL", "left"): lambda s, g: mp.log(s / g),
    ("KL", "right"): lambda s, g: 1 - g / s,
    ("GeneralizedKL", "left"): lambda s, g: mp.log(s / g),
    ("GeneralizedKL", "right"): lambda s, g: 1 - g / s,
    ("SquaredError", "left"): lambda s, g: 2 * (s - g),
    ("SquaredError", "right"): lambda s, g: 2 * (s - g),
    ("ItakuraSaito", "left"): lambda s, g: 1 / g - 1 / s,
}
LOSSES = {
    loss.name: loss for loss in (klr.KL, klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito)
}


def true_gap(slope, student, teacher, weights, vertices):
    """Return max over the vertices of <grad, student - v> in 50 digits."""
    numbers = np.vectorize(lambda x: mp.mpf(float(x)), otypes=[object])
    with mp.workdps(DIGITS):
        s, g, p = numbers(student), numbers(teacher), numbers(weights)[:, None]
        descent = p * np.vectorize(slope, otypes=[object])(s, g)
        return max(mp.fsum((descent * (s - numbers(v))).ravel()) for v in vertices)


def outputs(rng, loss, spread, *shape):
    """Return random predictions whose logarithms spread; rows that sum to 1 for KL."""
    values = np.exp(rng.normal(size=shape) * spread)
    return values / values.sum(axis=-1, keepdims=True) if loss == "KL" else values


@pytest.mark.parametrize("spread", [0.1, 1.0, 20.0])
@pytest.mark.parametrize(("loss", "side"), SLOPES)
def test_the_gap_of_a_hull_is_never_below_the_true_one(loss, side, spread):
    """True gap <= gap for random hulls, weights and spreads, and within its rounding of it."""
    rng = np.random.default_rng(7)
    for _ in range(INSTANCES):
        n, k, m = rng.integers(1, 5), rng.integers(2, 5), rng.integers(1, 5)
        teacher, models = outputs(rng, loss, spread, n, k), outputs(rng, loss, spread, m, n, k)
        weights = rng.dirichlet(np.ones(n))
        student = klr.project(
            teacher,
            klr.Hull(models),
            weights=weights,
            loss=LOSSES[loss],
            side=side,
            solver="structured",
        )
        if (student.predictions == 0).any():
            continue
        true = true_gap(SLOPES[loss, side], student.predictions, teacher, weights, models)
        assert student.gap >= true
        assert student.gap - 2 * student.gap_rounding <= true


BALL_BITS = 160


def ball_gap(loss, side, student, teacher, weights, vertices):
    """Return a lower bound on max over the vertices of <grad, student - v>, in ball arithmetic."""
    slopes = {
        ("KL", "left"): lambda s, g: (s / g).log(),
        ("KL", "right"): lambda s, g: 1 - g / s,
        ("GeneralizedKL", "left"): lambda s, g: (s / g).log(),
        ("GeneralizedKL", "right"): lambda s, g: 1 - g / s,
        ("SquaredError", "left"): lambda s, g: 2 * (s - g),
        ("SquaredError", "right"): lambda s, g: 2 * (s - g),
        ("ItakuraSaito", "left"): lambda s, g: 1 / g - 1 / s,
    }
    with flint.ctx.workprec(BALL_BITS):
        balls = np.vectorize(lambda x: flint.arb(float(x)), otypes=[object])
        slope = np.vectorize(slopes[loss, side], otypes=[object])(balls(student), balls(teacher))
        descent = balls(np.broadcast_to(weights[:, None], student.shape)) * slope
        gaps = [(descent * (balls(student) - balls(v))).sum() for v in vertices]
        return max(float(gap.lower()) for gap in gaps)


@pytest.mark.parametrize("spread", [0.1, 1.0, 5.0])
@pytest.mark.parametrize(("loss", "side"), SLOPES)
def test_reported_gaps_are_never_below_those_in_ball_arithmetic(loss, side, spread):
    """True gap <= gap, of project, of project_many, and of a member that is no optimum."""
    rng = np.random.default_rng(5)
    teachers, models = outputs(rng, loss, spread, 3, 60, 3), outputs(rng, loss, spread, 3, 6, 60, 3)
    weights = rng.dirichlet(np.ones(60), size=3)
    many = klr.project_many(teachers, models, weights=weights, loss=LOSSES[loss], side=side)
    space = klr.Space.of(LOSSES[loss].domain, 60, 3)
    for b, (teacher, own, shares) in enumerate(zip(teachers, models, weights, strict=True)):
        hull = klr.Hull(own)
        options = {"weights": shares, "loss": LOSSES[loss], "side": side}
        student = klr.project(teacher, hull, **options)
        middle = own.mean(axis=0)
        off = optimality_gap(middle, None, teacher, hull, space=space, **options)
        for predictions, gap in (
            (student.predictions, student.gap),
            (many.predictions[b], many.gap[b]),
            (middle, off.value + off.rounding),
        ):
            assert gap >= ball_gap(loss, side, predictions, teacher, shares, own)


def between(low, high):
    """Return the Bernoulli rows whose chance of class 1 lies between two columns."""
    return klr.Box(np.column_stack([1.0 - high, low]), np.column_stack([1.0 - low, high]))


def steps(low, high):
    """Return the monotone step functions of three points from one value to another."""
    return [np.where(np.arange(3) >= cut, high, low) for cut in range(4)]


BENT = [[1, 1, 1], [0, 0, 0], [1, 0, 0], [1, 0.5, 0], [0, 0, 1], [0, 0.5, 1], [1, 0, 1]]
"""The vertices of the convex functions of three equidistant points with values in [0, 1]."""


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", ["box", "monotone", "Lipschitz", "convex", "intersection"])
def test_the_gap_of_a_polyhedron_is_never_below_the_true_one(name, side):
    """True gap <= gap where the vertices of a tiny class can be listed by hand."""
    rng = np.random.default_rng(11)
    for _ in range(3):
        low, high = np.sort(rng.uniform(0.05, 0.95, size=(2, 3)), axis=0)
        tenths = between(np.full(3, 0.1), np.full(3, 0.9))
        students, chances = {
            "box": (between(low, high), itertools.product(*zip(low, high, strict=True))),
            "monotone": (klr.Monotone(range(3)), steps(0.0, 1.0)),
            "Lipschitz": (
                klr.Lipschitz(range(3), constant=1.0),
                itertools.product([0.0, 1.0], repeat=3),
            ),
            "convex": (klr.Convex(range(3)), BENT),
            "intersection": (tenths & klr.Monotone(range(3)), steps(0.1, 0.9)),
        }[name]
        teacher, weights = rng.dirichlet(np.ones(2), size=3), rng.dirichlet(np.ones(3))
        student = klr.project(teacher, students, weights=weights, side=side)
        vertices = [np.column_stack([1.0 - np.array(v), np.array(v)]) for v in chances]
        true = true_gap(SLOPES["KL", side], student.predictions, teacher, weights, vertices)
        assert student.gap >= true
        assert student.gap <= true + CONIC_GAP
