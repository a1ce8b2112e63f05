"""The chain solver: against the cone engine, in its limits, with ties and weights of 0."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.classes.base import Space
from kl_regression.classes.lipschitz import chain_member, chain_support
from kl_regression.solvers.candidate import Problem
from kl_regression.solvers.lipschitz import solve_lipschitz
from kl_regression.strategies import positives, predictions, reals, weights
from kl_regression.tolerance import CONIC_GAP, EPS
from tests.solvers.agreement import assert_agree, assert_honest, assert_rounding_only, solved

LOSSES = (klr.KL, klr.GeneralizedKL, klr.SquaredError)
SIDES = ("left", "right")


@st.composite
def lines(draw, losses=LOSSES, sides=SIDES, points=6, outputs=2):
    """Draw instances of Lipschitz students of one variable: ties, weights of 0, any constant."""
    loss, side = draw(st.sampled_from(losses)), draw(st.sampled_from(sides))
    n = draw(st.integers(1, points))
    k = 2 if loss.domain.simplex else draw(st.integers(1, outputs))
    places = draw(st.lists(st.integers(-9, 9), min_size=n, max_size=n))
    constant = draw(st.sampled_from([0, 0.1, 0.5, 1, 3, 9]))
    return klr.Instance(
        teacher=draw(predictions(loss, n, k, faces=side == "right", spread=1)),
        students=klr.Lipschitz(places, constant=constant),
        weights=draw(weights(n, spread=1)),
        loss=loss,
        side=side,
    )


def smooth(n, rng):
    """Return points, weights and a noisy log curve on them."""
    x = (np.arange(n) + rng.uniform(0.2, 0.8, n)) / n
    w = rng.uniform(0.5, 1.5, n)
    return x, w / w.sum(), np.sin(6 * x) + x + 0.3 * rng.normal(size=n)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@given(data=st.data())
def test_agrees_with_the_cone_engine(loss, side, data):
    """The chain solver and the cone engine agree within the sum of their gaps."""
    instance = data.draw(lines((loss,), (side,), points=5))
    student = assert_agree(instance)
    assert student.solver == "chain"


@given(data=st.data())
def test_is_exact_and_a_member(data):
    """On benign data the gap is a rounding error, with ties, zeros of weight and any constant."""
    instance = data.draw(lines())
    student = solved(instance, "structured")
    assert_honest(instance, student)
    assert student.gap <= CONIC_GAP


@pytest.mark.parametrize("loss", [klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito], ids=str)
@pytest.mark.parametrize("n", [1, 2, 3, 30, 2000])
def test_the_gap_is_rounding_at_every_size(loss, n):
    """From one point to thousands."""
    x, w, curve = smooth(n, np.random.default_rng(n))
    students = klr.Lipschitz(x, constant=2.0)
    student = klr.project(np.exp(curve), students, weights=w, loss=loss)
    assert_rounding_only(student)
    assert student.solver == "chain"


@pytest.mark.parametrize("side", SIDES)
@given(g=positives(4, 1, faces=False, spread=2), p=weights(4, zeros=False, spread=1))
def test_at_constant_0_the_student_is_the_mean(side, g, p):
    """L = 0: left the geometric mean, right the arithmetic one."""
    student = klr.project(
        g, klr.Lipschitz(range(4), constant=0), weights=p, loss=klr.GeneralizedKL, side=side
    )
    mean = np.exp(p @ np.log(g)) if side == "left" else p @ g
    allowed = 16.0 * EPS * (1.0 + float(np.abs(np.log(g)).max()))
    np.testing.assert_allclose(student.predictions, np.broadcast_to(mean, (4, 1)), rtol=allowed)


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@given(data=st.data())
def test_a_teacher_in_the_class_is_its_own_student(loss, data):
    """At a constant that admits it, the teacher is returned bit for bit."""
    g = data.draw(predictions(loss, 4, 2, faces=False, spread=2))
    largest = float(np.abs(np.diff(g, axis=0)).max())
    students = klr.Lipschitz(range(4), constant=largest)
    side = data.draw(st.sampled_from(SIDES))
    student = klr.project(g, students, loss=loss, side=side)
    np.testing.assert_array_equal(student.predictions, g)


@given(g=reals(3, 1, spread=1), p=weights(3, zeros=False, spread=1))
def test_tied_points_are_one_point(g, p):
    """Two points at one place are the point of their weighted mean, for the squared loss."""
    tied = klr.project(
        g, klr.Lipschitz([0, 1, 1], constant=1), weights=p, loss=klr.SquaredError
    ).predictions[:, 0]
    mean = (p[1:] @ g[1:, 0]) / p[1:].sum()
    joined = klr.project(
        [g[0, 0], mean],
        klr.Lipschitz([0, 1], constant=1),
        weights=[p[0], 1.0 - p[0]],
        loss=klr.SquaredError,
    ).predictions[:, 0]
    scale = 1.0 + float(np.abs(g).max())
    allowed = (EPS * scale / min(p[0], 1.0 - p[0])) ** 0.5 * scale
    np.testing.assert_allclose(tied, joined[[0, 1, 1]], atol=allowed)


def test_points_of_weight_0_change_nothing():
    """They are interpolated: the others keep their students."""
    x, w, curve = smooth(40, np.random.default_rng(1))
    empty = np.arange(40) % 3 == 0
    w = np.where(empty, 0.0, w) / w[~empty].sum()
    students = klr.Lipschitz(x, constant=2.0)
    every = klr.project(np.exp(curve), students, weights=w, loss=klr.GeneralizedKL)
    rest = klr.project(
        np.exp(curve[~empty]),
        klr.Lipschitz(x[~empty], constant=2.0),
        weights=w[~empty],
        loss=klr.GeneralizedKL,
    )
    moved = np.abs(every.predictions[~empty] - rest.predictions)[:, 0]
    allowed = ((every.gap + rest.gap) * float(rest.predictions.max())) ** 0.5
    assert float(w[~empty] @ moved) <= 2.0 * allowed
    assert_rounding_only(every)


def test_labels_may_press_on_the_ends_of_the_range():
    """One-hot labels on the right: predictions reach 0, where the bound has a multiplier."""
    y = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    teacher = np.column_stack([1.0 - y, y])
    student = klr.project(teacher, klr.Lipschitz(range(8), constant=0.3), side="right")
    assert student.predictions[:3, 1].max() <= CONIC_GAP
    assert student.gap <= CONIC_GAP


@given(
    c=reals(5, 1, spread=2),
    reach=st.lists(st.floats(0.0, 2.0), min_size=4, max_size=4),
    low=st.floats(-2.0, 0.0),
    high=st.floats(0.0, 2.0),
)
def test_the_closed_bound_is_never_below_a_member(c, reach, low, high):
    """<c, v> <= bound for a member, and the two meet where the range does not bind."""
    c, reach = c[:, 0], np.array(reach)
    bound = chain_support(c, reach, low, high)
    v = chain_member(c, reach, low, high)
    assert (np.abs(np.diff(v)) <= reach + 8.0 * EPS * max(-low, high)).all()
    assert float(c @ v) <= bound.value + bound.rounding + 8.0 * EPS * float(np.abs(c).sum())
    wide = chain_support(c - c.mean(), reach, -100.0, 100.0)
    attained = float((c - c.mean()) @ chain_member(c - c.mean(), reach, -100.0, 100.0))
    noise = 1000.0 * EPS * float(np.abs(c).sum())
    assert attained >= wide.value - wide.rounding - noise


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@given(data=st.data())
def test_the_closed_support_is_no_tighter_than_the_program(loss, data):
    """On a line the closed form bounds what the linear program attains."""
    instance = data.draw(lines((loss,), points=5))
    space = Space.of(loss.domain, *instance.teacher.shape).around(instance.teacher)
    direction = data.draw(reals(*instance.teacher.shape, spread=1))
    support = instance.students.support(direction, space)
    polyhedron = instance.students.polyhedron(space)
    program = polyhedron.support(direction.ravel())
    attained = float(direction.ravel() @ (polyhedron.basis @ program.coordinates))
    slack = CONIC_GAP * (1.0 + float(np.abs(direction).sum()) * float(np.abs(space.high)))
    assert support.bound.value + support.bound.rounding >= attained - slack
    assert support.bound.value <= program.bound.value + slack


def test_progress_is_reported():
    """The watcher sees every iteration with a gap that ends where the student's does."""
    x, w, curve = smooth(50, np.random.default_rng(2))
    seen = []
    students = klr.Lipschitz(x, constant=2.0)
    loss = klr.GeneralizedKL
    teacher = np.exp(curve)[:, None]
    problem = Problem(students, teacher, w, loss, "left", Space.of(loss.domain, 50, 1))
    found = solve_lipschitz(problem, students, watch=lambda i, gap: seen.append((i, gap)))
    assert [i for i, _ in seen] == list(range(len(seen)))
    assert min(gap for _, gap in seen) <= abs(found.gap.value) + found.gap.rounding
