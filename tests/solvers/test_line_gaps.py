"""The gaps of students of one variable against 50 digits: never below the true gap, and close."""

import mpmath as mp
import numpy as np
import pytest

import kl_regression as klr
from tests.oracles import DIGITS, SLOPES

POINTS = 40


def ramps(x, low, high):
    """Yield the vertices of the convex functions with values in [low, high] at increasing x."""
    n, width = len(x), high - low
    yield [high] * n
    falling = [[mp.mpf(0)] * n] + [
        [max(x[j] - t, 0) / (x[j] - x[0]) for t in x] for j in range(1, n)
    ]
    rising = [[max(t - x[k], 0) / (x[-1] - x[k]) for t in x] for k in range(n - 1)]
    rising.append([mp.mpf(0)] * n)
    for j in range(n):
        for k in range(j, n):
            yield [low + width * (a + b) for a, b in zip(falling[j], rising[k], strict=True)]


def cuts(_x, low, high):
    """Yield the vertices of the monotone functions: one step up."""
    for cut in range(POINTS + 1):
        yield [high if i >= cut else low for i in range(POINTS)]


@pytest.mark.parametrize("loss", [klr.GeneralizedKL, klr.SquaredError], ids=str)
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("span", [2.0, 16.0, 30.0])
@pytest.mark.parametrize("shape", ["convex", "monotone"])
def test_the_gap_is_never_below_the_true_one(shape, span, side, loss):
    """True gap <= gap over all vertices in 50 digits, and within twice its rounding of it."""
    rng = np.random.default_rng(int(span))
    x = np.sort(rng.random(POINTS))
    w = rng.dirichlet(np.ones(POINTS))
    g = np.exp(0.5 * span * (np.sin(6.0 * x) + 0.1 * rng.normal(size=POINTS)))
    students = klr.Convex(x) if shape == "convex" else klr.Monotone(x)
    student = klr.project(g, students, weights=w, loss=loss, side=side, solver="structured")
    with mp.workdps(DIGITS):
        s, t, p, places = (
            [mp.mpf(float(v)) for v in values] for values in (student.predictions[:, 0], g, w, x)
        )
        slope = [a * SLOPES[loss.name, side](b, c) for a, b, c in zip(p, s, t, strict=True)]
        ends = mp.mpf(student.space.low), mp.mpf(student.space.high)
        vertices = (ramps if shape == "convex" else cuts)(places, *ends)
        own = mp.fsum(a * b for a, b in zip(slope, s, strict=True))
        true = own - min(mp.fsum(a * b for a, b in zip(slope, v, strict=True)) for v in vertices)
        assert student.gap >= true
        assert student.gap - 2 * student.gap_rounding <= true
