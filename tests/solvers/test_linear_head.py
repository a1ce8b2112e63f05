"""The head solver: against thousands of bits, the cone engine, least squares, and its own gap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.classes.base import Space
from kl_regression.solvers.candidate import Problem
from kl_regression.solvers.linear_head import solve_linear_head
from kl_regression.strategies import linear_heads, predictions, weights
from kl_regression.tolerance import CONIC_GAP, EPS, LOG_PREDICTION
from tests.budget import fewer
from tests.solvers import head_reference
from tests.solvers.agreement import assert_agree, assert_honest, assert_rounding_only, solved
from tests.solvers.head_oracle import log_of, log_predictions

LOSSES = (klr.KL, klr.GeneralizedKL, klr.SquaredError)
SIDES = ("left", "right")


def softmax(logits):
    """Return distributions along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def head(n, k, d, *, spread=1.0, seed=0):
    """Return teacher (n, k), a softmax layer with noise, features (n, d), and weights (n,)."""
    rng = np.random.default_rng(seed)
    features = np.column_stack([np.ones(n), rng.normal(size=(n, d - 1))])
    logits = spread * (features @ rng.normal(size=(d, k)) + 0.5 * rng.normal(size=(n, k)))
    return softmax(logits), features, rng.dirichlet(np.full(n, 2.0))


def outputs(loss, teacher):
    """Return the teacher, or under a loss without rows that sum to 1 three times the teacher."""
    return teacher if loss is klr.KL else 3.0 * teacher


@st.composite
def heads(draw, loss, side, *, spread):
    """Draw instances of heads on up to 6 points: small integers, ties, spreads, weights of 0."""
    n, k = draw(st.integers(1, 6)), draw(st.integers(1 + loss.domain.simplex, 3))
    return klr.Instance(
        teacher=draw(predictions(loss, n, k, faces=side == "right", spread=spread)),
        students=draw(linear_heads(loss, n, k)),
        weights=draw(weights(n, spread=min(spread, 3))),
        loss=loss,
        side=side,
    )


@pytest.mark.parametrize("spread", [1, 12])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@fewer(4)
@given(data=st.data())
def test_agrees_with_the_cone_engine(loss, side, spread, data):
    """The head solver and the cone engine agree within the sum of their gaps."""
    instance = data.draw(heads(loss, side, spread=spread))
    assert assert_agree(instance).solver == "linear head"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@given(data=st.data())
def test_is_a_member_with_the_gap_that_it_reports(loss, side, data):
    """The student is a member, and its gap, taken again, is no worse than it reports."""
    instance = data.draw(heads(loss, side, spread=2))
    student = solved(instance, "structured")
    assert_honest(instance, student)
    assert student.gap <= CONIC_GAP * (1.0 + student.objective)


@pytest.mark.parametrize("n", [30, 200])
def test_log_predictions_are_right_in_many_bits(n):
    """Every log s agrees with log(Φ W) in 200 bits and more, where s is smaller than any float."""
    teacher, features, p = head(n, 3, 5, seed=2)
    student = klr.project(teacher, klr.LinearHead(features, outputs=3), weights=p)
    assert_log_predictions(student, features, teacher, p)


@pytest.mark.slow
def test_log_predictions_are_right_below_every_float():
    """A log prediction of -944, below that of any float, is right in more than 1400 bits."""
    teacher, features, p = head(300, 3, 5, spread=2.0, seed=4)
    student = klr.project(teacher, klr.LinearHead(features, outputs=3), weights=p)
    assert student.log_predictions.min() < np.log(np.finfo(float).smallest_subnormal)
    assert_log_predictions(student, features, teacher, p)


@pytest.mark.slow
def test_log_predictions_are_right_in_2600_bits():
    """A thousand points, log predictions to -1800, against a W whose equations are checked here."""
    teacher, features, p = head_reference.instance()
    w, bits = head_reference.stored()
    exact, residual = log_of(features, teacher, p, w, bits)
    assert bits > 2600
    assert float(residual) < EPS * EPS
    exact = np.array([[float(x) for x in row] for row in exact])
    student = klr.project(teacher, klr.LinearHead(features, outputs=3), weights=p)
    assert student.solver == "linear head"
    np.testing.assert_allclose(student.log_predictions, exact, rtol=LOG_PREDICTION)


def assert_log_predictions(student, features, teacher, p):
    """Assert that log predictions are those of the stationary W."""
    start = student.coordinates.reshape(features.shape[1], -1)
    exact, residual = log_predictions(features, teacher, p, start, student.log_predictions)
    assert float(residual) < EPS * EPS
    exact = np.array([[float(x) for x in row] for row in exact])
    np.testing.assert_allclose(student.log_predictions, exact, rtol=LOG_PREDICTION)


def test_a_uniform_truth_has_slack_0_where_cone_solvers_say_otherwise():
    """The uniform truth lies inside every head: D(f, g) = D(f, s) + D(s, g) exactly.

    A cone solver's student, whose faint predictions are noise, is off by a tenth.
    """
    teacher, features, _ = head(1000, 3, 5, spread=2.0)
    students = klr.LinearHead(features, outputs=3)
    truth = np.full((1000, 3), 1.0 / 3.0)
    instance = klr.Instance(teacher=teacher, students=students, truth=truth)
    outcome = instance.solve()
    assert outcome.student.solver == "linear head"
    assert abs(outcome.slack) <= outcome.slack_sum.rounding + outcome.gap
    cone = instance.solve(solver="CLARABEL")
    assert abs(cone.slack) > 0.1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("n", "spread"), [(60, 60.0), (100, 300.0), (200, 900.0), (400, 300.0)])
def test_a_teacher_unlike_any_head_that_spans_the_floats(n, spread, seed):
    """Prices of 1000 and more, outputs that are tiny everywhere: solved, and interior all the same.

    The uniform truth's slack is 0, which every log prediction takes part in.
    """
    rng = np.random.default_rng(seed)
    features = np.column_stack([np.ones(n), rng.random((n, 3))])
    logits = spread * rng.standard_normal((n, 3))
    faint = np.maximum(logits - logits.max(axis=1, keepdims=True), -690.0)
    students, truth = klr.LinearHead(features, outputs=3), np.full((n, 3), 1.0 / 3.0)
    outcome = klr.Instance(teacher=softmax(faint), students=students, truth=truth).solve()
    assert outcome.student.solver == "linear head"
    assert outcome.student.status is klr.Status.EXACT
    assert abs(outcome.slack) <= outcome.slack_sum.rounding + outcome.gap


@pytest.mark.parametrize(
    ("side", "teacher", "p"),
    [
        ("right", [7e-116, 9e-135, 4.0, 5e-21, 6e-42], [6.0, 3e-22, 30.0, 70.0, 4e-138]),
        ("left", [7e-215, 1e-73, 6e-128], [1.0, 0.0, 10.0]),
    ],
)
def test_prices_that_are_not_those_of_w_are_not_read(side, teacher, p):
    """Weights and teachers that span 100 decades: what is returned is a member, and honest."""
    rows = [[0.0, 3.0, 3.0], [-7.0, 2.0, 6.0], [7.0, 0.0, -1.0], [-5.0, 5.0, 1.0], [-8.0, 8.0, 6.0]]
    if len(p) == 3:
        rows = [[3.0], [-8.0], [-4.0]]
    features = np.column_stack([np.ones(len(p)), rows])
    instance = klr.Instance(
        teacher=np.array(teacher),
        students=klr.LinearHead(features, outputs=1),
        weights=np.array(p) / sum(p),
        loss=klr.GeneralizedKL,
        side=side,
    )
    for solver in ("structured", "auto"):
        assert_honest(instance, instance.solve(solver=solver).student)


@pytest.mark.parametrize("spread", [0.1, 1.0, 4.0])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize(("n", "k", "d"), [(3, 2, 1), (40, 2, 3), (300, 5, 8), (2000, 3, 4)])
def test_the_gap_is_rounding_at_every_size(n, k, d, loss, side, spread):
    """One feature or eight, flat teachers or sharp ones: rounding, nearly so on the right."""
    teacher, features, p = head(n, k, d, spread=spread)
    students = klr.LinearHead(features, outputs=k)
    student = klr.project(outputs(loss, teacher), students, weights=p, loss=loss, side=side)
    assert student.solver == "linear head"
    if side == "left" or loss is klr.SquaredError:
        assert_rounding_only(student)
    assert student.gap <= CONIC_GAP * CONIC_GAP * (3.0 + student.objective)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_a_teacher_in_the_class_is_its_own_student(loss, side):
    """When the teacher is a head the student is the teacher, to the square root of the gap."""
    _, features, p = head(50, 3, 4)
    students = klr.LinearHead(features, outputs=3)
    teacher = students.random_member(np.random.default_rng(1), Space.of(loss.domain, 50, 3))
    if loss is not klr.SquaredError:
        teacher = 0.5 * teacher + 0.5 / 3.0
    student = klr.project(teacher, students, weights=p, loss=loss, side=side)
    assert student.objective <= student.gap


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_scale_of_features_does_not_matter(loss, side, scale):
    """Features in other units, and nearly parallel ones, give the same student."""
    teacher, features, p = head(60, 3, 3)
    teacher = outputs(loss, teacher)
    mixed = features @ np.array([[1.0, 1.0, 0.0], [0.0, 1e-4, 0.0], [0.0, 0.0, scale]])
    plain, other = (
        klr.project(teacher, klr.LinearHead(x, outputs=3), weights=p, loss=loss, side=side)
        for x in (features, mixed)
    )
    assert abs(plain.objective - other.objective) <= plain.gap + other.gap
    assert_rounding_only(other)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_points_of_weight_0_only_bound_the_class(loss, side):
    """A point without weight between two others bounds nothing; its teacher is not looked at."""
    teacher, features, p = head(60, 3, 3)
    teacher = outputs(loss, teacher)
    rest = klr.project(
        teacher, klr.LinearHead(features, outputs=3), weights=p, loss=loss, side=side
    )
    between = np.vstack([features, 0.5 * features[0] + 0.5 * features[1]])
    every = klr.project(
        np.vstack([teacher, teacher[:1, ::-1]]),
        klr.LinearHead(between, outputs=3),
        weights=np.append(p, 0.0),
        loss=loss,
        side=side,
    )
    assert abs(every.objective - rest.objective) <= every.gap + rest.gap
    assert every.gap <= CONIC_GAP * CONIC_GAP * (3.0 + every.objective)


@pytest.mark.parametrize("side", SIDES)
def test_labels_give_zeros_on_the_right(side):
    """One-hot labels: on the right they are maximum likelihood, on the left the cone engine's."""
    rng = np.random.default_rng(0)
    features = np.column_stack([np.ones(30), rng.normal(size=30)])
    if side == "left":
        labels = np.repeat([[1.0, 0.0]], 30, axis=0)
        student = klr.project(labels, klr.LinearHead(features, outputs=2))
        np.testing.assert_array_equal(student.predictions, labels)
        return
    labels = np.eye(2)[(features[:, 1] + rng.normal(size=30) > 0).astype(int)]
    student = klr.project(labels, klr.LinearHead(features, outputs=2), side=side)
    assert student.solver == "linear head"
    assert student.gap <= CONIC_GAP


@given(data=st.data())
def test_squared_error_is_least_squares(data):
    """Weighted residuals are orthogonal to the features, up to the rounding of |Φ| |W| and g."""
    instance = data.draw(heads(klr.SquaredError, "left", spread=3))
    student = solved(instance, "structured")
    features = instance.students.features
    residual = instance.weights[:, None] * (student.predictions - instance.teacher)
    left = np.abs(features.T @ residual)
    terms = np.abs(features) @ np.abs(student.coordinates.reshape(features.shape[1], -1))
    size = np.abs(features).T @ (instance.weights[:, None] * (terms + np.abs(instance.teacher)))
    assert (left <= 64.0 * EPS * size.max()).all()


def test_progress_is_reported():
    """The watcher sees every iteration, and what is left falls to rounding."""
    teacher, features, p = head(50, 3, 3)
    students = klr.LinearHead(features, outputs=3)
    problem = Problem(students, teacher, p, klr.KL, "left", Space.of(klr.KL.domain, 50, 3))
    seen = []
    solve_linear_head(problem, students, watch=lambda i, left: seen.append((i, left)))
    assert [i for i, _ in seen] == list(range(len(seen)))
    assert seen[-1][1] <= CONIC_GAP * CONIC_GAP * seen[0][1]
