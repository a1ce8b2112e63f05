"""The active set of knots: against the cone engine, fits in 50 digits, closed forms, and spans."""

import itertools

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.classes.base import Space
from kl_regression.solvers.candidate import Problem
from kl_regression.solvers.convex import is_knotted, solve_convex
from kl_regression.strategies import positives, predictions, reals, weights
from kl_regression.tolerance import CONIC_GAP, EPS
from tests.oracles import DIGITS, SLOPES, objective
from tests.solvers.agreement import assert_agree, assert_honest, assert_rounding_only, solved

LOSSES = (klr.KL, klr.GeneralizedKL, klr.SquaredError)
SIDES = ("left", "right")
NEWTON_STEPS = 200


@st.composite
def lines(draw, losses=LOSSES, sides=SIDES, points=7, outputs=2, spread=1):
    """Draw instances of convex students of one variable: ties, disorder, weights of 0."""
    loss, side = draw(st.sampled_from(losses)), draw(st.sampled_from(sides))
    n = draw(st.integers(1, points))
    k = 2 if loss.domain.simplex else draw(st.integers(1, outputs))
    places = draw(st.lists(st.integers(-9, 9), min_size=n, max_size=n))
    return klr.Instance(
        teacher=draw(predictions(loss, n, k, faces=False, spread=spread)),
        students=klr.Convex(places),
        weights=draw(weights(n, zeros=not loss.domain.simplex, spread=spread)),
        loss=loss,
        side=side,
    )


def wavy(n, span, seed=0):
    """Return points, weights and a noisy log curve on them that spans about e^span."""
    rng = np.random.default_rng(seed)
    x = (np.arange(n) + rng.uniform(0.2, 0.8, n)) / n
    w = rng.uniform(0.5, 1.5, n)
    return x, w / w.sum(), 0.5 * span * (np.sin(6.0 * x) + 0.1 * rng.normal(size=n))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@given(data=st.data())
def test_agrees_with_the_cone_engine(loss, side, data):
    """The active set and the cone engine agree within the sum of their gaps."""
    instance = data.draw(lines((loss,), (side,), points=6))
    student = assert_agree(instance)
    assert student.solver == "knots"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@given(data=st.data())
def test_is_exact_and_a_member(loss, side, data):
    """The gap is a rounding error, and no worse when recomputed."""
    instance = data.draw(lines((loss,), (side,)))
    student = solved(instance, "structured")
    assert_honest(instance, student)
    assert student.gap <= CONIC_GAP * (1.0 + student.objective)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("span", [4.0, 16.0, 30.0, 60.0])
@pytest.mark.parametrize("n", [30, 600])
def test_the_gap_is_rounding_at_any_span(n, span, side):
    """Teachers that span up to e^60: the gap is below a few roundings of its own sums."""
    x, w, logs = wavy(n, span)
    student = klr.project(np.exp(logs), klr.Convex(x), weights=w, loss=klr.GeneralizedKL, side=side)
    assert student.solver == "knots"
    assert_rounding_only(student)
    assert student.status == "exact"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("n", [3, 40, 500])
def test_pairs_are_exact_though_logits_span_60(n, side):
    """A Bernoulli pair keeps the digits of both entries: the gap is a rounding error."""
    x, w, logits = wavy(n, 60.0)
    teacher = np.column_stack([1.0 / (1.0 + np.exp(logits)), 1.0 / (1.0 + np.exp(-logits))])
    student = klr.project(teacher, klr.Convex(x), weights=w, side=side)
    assert student.solver == "knots"
    assert_rounding_only(student)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::6])
def test_pairs_sum_to_1_after_many_steps(side, order):
    """Entries of a pair take steps of their own, whose rounding does not add up."""
    teacher = np.array([[1.0, 1.25e-184], [0.5, 0.5], [0.125, 0.875], [0.25, 0.75]])
    p = np.array([5e-56, 7.0, 1.0, 4.0])
    student = klr.project(teacher, klr.Convex(order), weights=p / p.sum(), side=side)
    assert np.abs(student.predictions.sum(axis=1) - 1.0).max() <= 2.0 * EPS


@pytest.mark.parametrize("loss", [klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito], ids=str)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 30, 2000])
def test_the_gap_is_rounding_at_every_size(loss, n):
    """From one point to thousands."""
    x, w, logs = wavy(n, 2.0)
    student = klr.project(np.exp(logs), klr.Convex(x), weights=w, loss=loss)
    assert student.solver == "knots"
    assert_rounding_only(student)


@pytest.mark.parametrize("side", SIDES)
@given(
    g=positives(4, 1, faces=False, spread=2),
    p=weights(4, zeros=False, spread=1),
    steps=st.lists(st.integers(1, 9), min_size=3, max_size=3),
)
def test_fits_in_50_digits_on_every_set_of_knots(side, g, p, steps):
    """No convex fit with knots chosen among four points is better: all are tried."""
    x = [0, *itertools.accumulate(steps)]
    student = klr.project(g, klr.Convex(x), weights=p, loss=klr.GeneralizedKL, side=side)
    with mp.workdps(DIGITS):
        least = min(
            value
            for inner in ((), (1,), (2,), (1, 2))
            if (value := fitted_on((0, *inner, 3), x, g[:, 0], p, side)) is not None
        )
        own = objective("GeneralizedKL", side, exactly(student.predictions), g, p)
    assert float(own - least) <= student.gap
    assert float(least - own) <= student.gap_rounding


def exactly(values):
    """Return floats as nested lists of mpf numbers."""
    return [[mp.mpf(float(v)) for v in row] for row in values]


def fitted_on(knots, x, g, p, side):
    """Return the least objective of functions linear between knots, or None when not convex.

    A value that vanishes beside the others ends the search: the matrix would be singular.
    """
    hats = mp.matrix(len(x), len(knots))
    for k in range(len(knots) - 1):
        a, b = x[knots[k]], x[knots[k + 1]]
        for i in range(knots[k], knots[k + 1] + 1):
            hats[i, k], hats[i, k + 1] = mp.mpf(b - x[i]) / (b - a), mp.mpf(x[i] - a) / (b - a)
    slope = SLOPES["GeneralizedKL", side]
    g, p = [mp.mpf(float(v)) for v in g], [mp.mpf(float(v)) for v in p]
    values = mp.matrix([max(g)] * len(knots))
    for _ in range(NEWTON_STEPS):
        if min(values) < mp.sqrt(mp.eps) * max(values):
            break
        f = hats * values
        slopes = mp.matrix([w * slope(s, t) for w, s, t in zip(p, f, g, strict=True)])
        bends = [w / s if side == "left" else w * t / s**2 for w, s, t in zip(p, f, g, strict=True)]
        step = mp.lu_solve(hats.T * mp.diag(bends) * hats, -(hats.T * slopes))
        fall = max(-d / v for d, v in zip(step, values, strict=True))
        values += step * min(mp.mpf(1), mp.mpf("0.9") / fall if fall > 0 else mp.mpf(1))
    places = [x[k] for k in knots]
    rises = [
        (values[k + 1] - values[k]) / (places[k + 1] - places[k]) for k in range(len(knots) - 1)
    ]
    if any(b < a for a, b in itertools.pairwise(rises)):
        return None
    return objective("GeneralizedKL", side, [[v] for v in hats * values], [[t] for t in g], p)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@given(data=st.data())
def test_a_convex_teacher_is_its_own_student(loss, side, data):
    """A teacher in the class is returned bit for bit."""
    peaks = sorted(data.draw(st.lists(st.integers(0, 5), min_size=5, max_size=5)))
    column = np.abs(np.cumsum([0, *peaks]) - 1.0) if data.draw(st.booleans()) else np.cumsum(peaks)
    column = (np.append(0.0, np.cumsum(peaks)) + 1.0) / 64.0 if column.size else column
    places = np.arange(6)
    order = data.draw(st.permutations(range(6)))
    g = column[order]
    teacher = np.column_stack([1.0 - g, g]) if loss is klr.KL else g[:, None]
    student = klr.project(teacher, klr.Convex(places[order]), loss=loss, side=side)
    np.testing.assert_array_equal(student.predictions, teacher)
    assert student.solver == "knots"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@given(
    falls=st.lists(st.integers(-5, 5), min_size=4, max_size=4),
    p=weights(5, zeros=False, spread=1),
)
def test_a_concave_teachers_student_is_affine(loss, side, falls, p):
    """Teacher minus student changes sign at most twice: no kink can help, whatever the loss."""
    column = np.append(0.0, np.cumsum(sorted(falls, reverse=True)))
    g = (column - column.min() + 1.0) / 64.0
    teacher = np.column_stack([1.0 - g, g]) if loss is klr.KL else g[:, None]
    student = klr.project(teacher, klr.Convex(range(5)), weights=p, loss=loss, side=side)
    f = student.predictions[:, -1]
    np.testing.assert_allclose(np.diff(f, 2), 0.0, atol=64.0 * EPS * float(np.abs(f).max()))


@pytest.mark.parametrize("side", SIDES)
def test_points_of_weight_0_change_nothing(side):
    """They are interpolated, and beyond the ends continued: the others keep their students."""
    x, w, logs = wavy(60, 4.0)
    empty = np.isin(np.arange(60) % 5, (0, 3)) | (np.arange(60) > 55)
    w = np.where(empty, 0.0, w) / w[~empty].sum()
    every = klr.project(np.exp(logs), klr.Convex(x), weights=w, loss=klr.GeneralizedKL, side=side)
    rest = klr.project(
        np.exp(logs[~empty]),
        klr.Convex(x[~empty]),
        weights=w[~empty],
        loss=klr.GeneralizedKL,
        side=side,
    )
    np.testing.assert_array_equal(every.predictions[~empty], rest.predictions)
    assert_rounding_only(every)


@given(g=reals(4, 1, spread=1), p=weights(4, zeros=False, spread=1))
def test_tied_points_are_one_point(g, p):
    """Two points at one place are the point of their weighted mean, for the squared loss."""
    tied = klr.project(g, klr.Convex([0, 1, 1, 2]), weights=p, loss=klr.SquaredError)
    mean = (p[1:3] @ g[1:3, 0]) / p[1:3].sum()
    joined = klr.project(
        [g[0, 0], mean, g[3, 0]],
        klr.Convex([0, 1, 2]),
        weights=[p[0], p[1] + p[2], p[3]],
        loss=klr.SquaredError,
    )
    both, one = tied.predictions[:, 0], joined.predictions[[0, 1, 1, 2], 0]
    assert float(p @ (both - one) ** 2) <= tied.gap + joined.gap


@pytest.mark.parametrize("side", SIDES)
@given(data=st.data())
def test_reflected_points_have_the_reflected_student(side, data):
    """The places x and -x have the same convex functions."""
    instance = data.draw(lines(sides=(side,)))
    student = solved(instance, "structured")
    mirrored = klr.project(
        instance.teacher,
        klr.Convex(-instance.students.points),
        weights=instance.weights,
        loss=instance.loss,
        side=side,
    )
    apart = student.objective - mirrored.objective
    rounding = student.gap_rounding + mirrored.gap_rounding + EPS * (1.0 + student.objective)
    assert abs(apart) <= student.gap + mirrored.gap + rounding


@pytest.mark.parametrize(
    ("teacher", "points", "p"),
    [
        ([[0.5], [0.0], [0.2]], [0, 1, 2], [1 / 3] * 3),
        ([[0.5], [0.1], [0.2]], [[0, 0], [1, 0], [0, 1]], [1 / 3] * 3),
        ([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]], [0, 1, 2], [0.0, 0.5, 0.5]),
        ([[0.5, 0.2, 0.3], [0.2, 0.8, 0.0], [0.1, 0.4, 0.5]], [0, 1, 2], [1 / 3] * 3),
    ],
)
def test_what_presses_on_an_end_is_left_to_the_cone_engine(teacher, points, p):
    """Zeros that count, weightless ends of pairs, more columns or more dimensions."""
    loss = klr.GeneralizedKL if len(teacher[0]) == 1 else klr.KL
    students, g = klr.Convex(points), np.array(teacher)
    space = Space.of(loss.domain, *g.shape)
    problem = Problem(students, g, np.array(p), loss, "right", space)
    assert not is_knotted(problem, students)


def test_progress_is_reported():
    """The watcher sees every pass with a gap that ends where the student's does."""
    x, w, logs = wavy(300, 8.0)
    seen = []
    students, loss = klr.Convex(x), klr.GeneralizedKL
    problem = Problem(
        students, np.exp(logs)[:, None], w, loss, "left", Space.of(loss.domain, 300, 1)
    )
    found = solve_convex(problem, students, watch=lambda i, gap: seen.append((i, gap)))
    assert [i for i, _ in seen] == list(range(len(seen)))
    assert min(gap for _, gap in seen) <= abs(found.gap.value) + found.gap.rounding
