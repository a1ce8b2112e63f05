"""The hull solvers: against the cone engine, 50 digits and each other; in degenerate cases too."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.errors import InfiniteDivergenceError, InputError, SolverError
from kl_regression.solvers.hull_passes import HullObjective
from kl_regression.strategies import instances
from kl_regression.tolerance import CONIC_GAP, EPS, EXACT_ULPS
from tests import oracles
from tests.budget import fewer
from tests.solvers.agreement import (
    assert_agree,
    assert_honest,
    assert_no_worse,
    assert_rounding_only,
    solved,
)

SOFTPLUS = klr.Bregman(
    klr.Generator(
        value=lambda x: np.logaddexp(0, x),
        derivative=lambda x: 0.5 * (1.0 + np.tanh(0.5 * x)),
        second_derivative=lambda x: 0.25 / np.cosh(0.5 * np.clip(x, -700, 700)) ** 2,
        name="softplus",
    )
)
BOTH = ("left", "right")
CASES = [
    *((loss, side) for loss in (klr.KL, klr.GeneralizedKL, klr.SquaredError) for side in BOTH),
    (klr.ItakuraSaito, "left"),
]
every_case = pytest.mark.parametrize(("loss", "side"), CASES, ids=str)


def hulls(loss, side, spread=1, points=4):
    """Draw instances over hulls, without a truth."""
    return instances(
        losses=(loss,),
        sides=(side,),
        kinds=("hull",),
        truths="unknown",
        points=points,
        spread=spread,
    )


def softmax(logits):
    """Return distributions along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def random_instance(loss, side, n=20, k=3, m=4, seed=0, spread=1.0):
    """Return an instance over a hull of random models, whose logarithms spread."""
    rng = np.random.default_rng(seed)
    values = spread * rng.normal(size=(m + 1, n, k))
    if loss.domain.simplex:
        values = softmax(values)
    elif loss.domain.low == 0:
        values = np.exp(values)
    shares = rng.dirichlet(np.ones(n))
    return instance_of(values[0], values[1:], loss, side, shares)


def instance_of(teacher, models, loss=klr.KL, side="left", weights=None):
    """Return an instance over a hull."""
    students = klr.Hull(models)
    return klr.Instance(teacher=teacher, students=students, weights=weights, loss=loss, side=side)


@every_case
@fewer(2)
@given(data=st.data())
def test_agrees_with_the_cone_engine(loss, side, data):
    """Structured and conic agree within the sum of their gaps."""
    assert_agree(data.draw(hulls(loss, side)))


@fewer(5)
@given(data=st.data())
def test_agrees_with_quadratic_models_of_the_users_own_loss(data):
    """A Bregman divergence that cvxpy has no atom for: Newton and quadratic models agree."""
    instance = data.draw(hulls(klr.SquaredError, "left"))
    instance = instance_of(
        np.clip(instance.teacher, -9, 9),
        np.clip(instance.students.models, -9, 9),
        SOFTPLUS,
        "left",
        instance.weights,
    )
    assert_agree(instance)


@every_case
@pytest.mark.parametrize("name", ["hull newton", "hull interior"])
@given(data=st.data())
def test_is_a_member_whose_gap_is_no_better_than_it_says(loss, side, name, data):
    """A member, and the gap recomputed is at most the reported; over 300 decades too.

    Not where models of both signs cancel: a member is known to their rounding, not to its own.
    """
    spreads = [1] if loss is klr.SquaredError else [1, 300]
    instance = data.draw(hulls(loss, side, spread=data.draw(st.sampled_from(spreads))))
    assert_honest(instance, solved(instance, name))


@every_case
@given(data=st.data())
def test_newton_and_interior_agree(loss, side, data):
    """Two methods, one student: neither is better than the other by more than its gap."""
    instance = data.draw(hulls(loss, side, spread=2))
    newton, interior = solved(instance, "hull newton"), solved(instance, "hull interior")
    assert_no_worse(instance, newton, interior)
    assert_no_worse(instance, interior, newton)


@pytest.mark.parametrize("m", [1, 2, 5, 90])
@every_case
def test_is_exact(loss, side, m):
    """On moderate data the gap is a rounding error; with m > n k = 60 models too."""
    assert_rounding_only(random_instance(loss, side, m=m, seed=m).solve().student)


@pytest.mark.parametrize("side", BOTH)
@pytest.mark.parametrize("spread", [20.0, 60.0, 100.0, 200.0])
def test_entries_that_span_hundreds_of_magnitudes(side, spread):
    """Logarithms that spread by 200: the interior path gets a gap 1e-6 of the objective or better.

    Newton's method stops far from there, and the attempts say so.
    """
    told = 0
    for seed in range(20):
        instance = random_instance(klr.KL, side, m=6, seed=seed, spread=spread)
        try:
            student = solved_or_infinite(instance)
        except InfiniteDivergenceError:
            continue
        assert_honest(instance, student)
        assert student.gap <= CONIC_GAP * max(student.objective, 1.0)
        first, *others = student.attempts
        told += bool(others)
        assert [a.solver for a in student.attempts][: 1 + len(others)][0] == "hull newton"
        assert bool(first.reason) == bool(others)
    assert told or spread < 60.0


def solved_or_infinite(instance):
    """Return the student by structured solvers, and let an infinite divergence be seen."""
    return klr.project(
        instance.teacher,
        instance.students,
        weights=instance.weights,
        loss=instance.loss,
        side=instance.side,
        solver="structured",
    )


@every_case
def test_the_mixture_of_two_to_the_last_digit(loss, side):
    """The weights are those of 50 digits, rounded, though the models differ by a hundredth."""
    checked = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        base = random_instance(loss, side, n=8, m=2, seed=seed)
        near = base.students.models[:1] * np.exp(0.01 * rng.normal(size=(2, 8, 3)))
        if loss.domain.simplex:
            near /= near.sum(axis=-1, keepdims=True)
        noise = 0.002 * rng.normal(size=(8, 3))
        teacher = near.mean(axis=0) * np.exp(noise - noise.mean())
        if loss.domain.simplex:
            teacher /= teacher.sum(axis=-1, keepdims=True)
        student = instance_of(teacher, near, loss, side, base.weights).solve().student
        true = float(oracles.hull_of_two(loss.name, side, near, teacher, base.weights))
        if 0.01 < true < 0.99:
            checked += 1
            assert abs(student.coordinates[1] - true) <= EXACT_ULPS * EPS
    assert checked >= 4


@every_case
def test_no_mixture_in_50_digits_is_better(loss, side):
    """The objective is the least one, found by golden sections, up to the gap."""
    for seed in range(2):
        instance = random_instance(loss, side, n=2, k=2, m=3, seed=seed)
        student = instance.solve().student
        args = (instance.students.models, instance.teacher, instance.weights)
        least = float(oracles.least_on_hull(loss.name, side, *args))
        own = loss.measure(instance.teacher, student.predictions, instance.weights)
        if side == "left":
            own = loss.measure(student.predictions, instance.teacher, instance.weights)
        assert abs(student.objective - least) <= student.gap + own.rounding + EPS * abs(least)


@every_case
def test_duplicate_and_nearly_duplicate_models(loss, side):
    """Copies of the models, exact and to the last bit, change neither student nor exactness."""
    base = random_instance(loss, side)
    models = base.students.models
    for copies in (models, models * (1.0 - EPS)):
        both = instance_of(base.teacher, np.concatenate([models, copies]), loss, side, base.weights)
        student, single = both.solve().student, base.solve().student
        assert_rounding_only(student)
        allowed = student.gap + single.gap + 4 * EPS * abs(single.objective)
        assert abs(student.objective - single.objective) <= allowed


@every_case
def test_points_of_weight_zero_do_not_count(loss, side):
    """With weight 0 a point may be anything: the student of the others is the same."""
    base = random_instance(loss, side, n=12)
    weights = np.where(np.arange(12) < 8, base.weights, 0.0)
    weights /= weights.sum()
    whole = instance_of(base.teacher, base.students.models, loss, side, weights)
    kept = instance_of(
        base.teacher[:8], base.students.models[:, :8], loss, side, weights[:8] / weights[:8].sum()
    )
    first, second = whole.solve().student, kept.solve().student
    allowed = first.gap + second.gap + 4 * EPS * abs(second.objective)
    assert abs(first.objective - second.objective) <= allowed


def test_dead_models_have_weight_zero():
    """On the left a model with mass where the teacher is 0 is at infinite divergence."""
    teacher = [[0.0, 0.4, 0.6], [0.2, 0.3, 0.5]]
    dead, alive, also = (
        [[0.1, 0.3, 0.6], [0.2, 0.3, 0.5]],
        [[0.0, 0.5, 0.5], [0.1, 0.5, 0.4]],
        [[0.0, 0.1, 0.9], [0.3, 0.3, 0.4]],
    )
    for name in ("hull newton", "hull interior"):
        student = klr.project(teacher, klr.Hull([dead, alive, also]), solver=name)
        assert student.coordinates[0] == 0.0
        assert student.coordinates.min() >= 0.0
        assert_rounding_only(student)
    with pytest.raises(InfiniteDivergenceError, match="teacher: entry"):
        klr.project(teacher, klr.Hull([dead]))


@pytest.mark.parametrize("side", BOTH)
@pytest.mark.parametrize("m", [3, 40])
def test_a_sample_first_changes_nothing(side, m, monkeypatch):
    """With or without the sample that many points start from, the student is exact."""
    instance = random_instance(klr.KL, side, n=12_000, m=m)
    instance = instance_of(  # points in order: no run of them is like another
        np.sort(instance.teacher, axis=0)[:, ::1]
        / np.sort(instance.teacher, axis=0).sum(axis=1, keepdims=True),
        instance.students.models,
        klr.KL,
        side,
        instance.weights,
    )
    sampled = instance.solve().student
    monkeypatch.setattr(HullObjective, "sample", lambda _self: None)
    whole = instance.solve().student
    assert_rounding_only(sampled)
    assert_rounding_only(whole)
    assert np.abs(sampled.coordinates - whole.coordinates).max() <= math.sqrt(EPS)


def test_a_sample_that_misses_what_decides():
    """Five points, in no sample, are 0 in the model that fits the rest: the slope starts at inf."""
    rng, few = np.random.default_rng(0), slice(70, 75)
    chance = rng.uniform(0.3, 0.7, 4_000)
    fits = np.column_stack([chance, 1.0 - chance])
    fits[few] = [1.0, 0.0]
    teacher = fits.copy()
    teacher[few] = 0.5
    models = np.stack([fits, np.full_like(fits, 0.5)])
    student = klr.project(teacher, klr.Hull(models), side="right")
    assert_rounding_only(student)
    assert 0.0 < student.coordinates[1] < 0.5


def test_many_models_cost_no_more_than_their_face():
    """The QPs of 600 models start at a vertex: the student, on a face of few, is exact."""
    student = random_instance(klr.KL, "left", n=200, m=600).solve().student
    assert_rounding_only(student)
    assert np.count_nonzero(student.coordinates) < 300


def test_a_name_that_is_no_solver_is_answered_with_those_that_are():
    """The error lists the solvers of the class, and "structured" where there is none says so."""
    instance = random_instance(klr.KL, "left")
    with pytest.raises(InputError, match='"hull newton", "hull interior", "conic", "CLARABEL"'):
        klr.project(instance.teacher, instance.students, solver="isotonic")
    free = klr.ConicClass(lambda f: [f[:, 0] >= f[:, 1]])
    with pytest.raises(InputError, match="no structured solver"):
        klr.project(instance.teacher, free, solver="structured")


def test_a_stalled_solver_gives_way_and_says_why(monkeypatch):
    """Where structured solvers stall, "auto" falls back to conic; "structured" insists."""
    instance = random_instance(klr.KL, "left")

    def stalled(problem, hull):
        return problem.member(np.full(len(hull.models), 1.0 / len(hull.models)))

    def broken(_problem, _hull):
        raise np.linalg.LinAlgError("singular")

    monkeypatch.setattr("kl_regression.solvers.structured.solve_hull", stalled)
    monkeypatch.setattr("kl_regression.solvers.structured.solve_hull_inside", broken)
    student = instance.solve().student
    newton, interior, *others = student.attempts
    assert newton.reason.startswith("stalled at a gap of")
    assert interior.status == "LinAlgError: singular"
    assert "above" in interior.reason or "no usable point" in interior.reason
    assert others[0].solver == "CLARABEL"
    assert student.gap <= CONIC_GAP
    insisted = klr.project(
        instance.teacher, instance.students, weights=instance.weights, solver="structured"
    )
    assert insisted.solver == "hull newton"
    assert insisted.gap > CONIC_GAP
    with pytest.raises(SolverError, match="LinAlgError: singular"):
        klr.project(instance.teacher, instance.students, solver="hull interior")
