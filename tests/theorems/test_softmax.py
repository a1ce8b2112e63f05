"""The softmax head on the right: its identity, residuals, limits on faces, ridges and balls."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.errors import InputError
from kl_regression.strategies import instances
from kl_regression.theorems.logits import face, fit, gradient, outcome_at
from kl_regression.theorems.penalised import bounded_student, ridge_student
from kl_regression.theorems.softmax import IDENTITY, LIMIT, OUTSIDE, RESIDUAL, parameters
from tests.budget import fewer
from tests.theorems.students import SEEDS

HOLDS = klr.Verdict.HOLDS


def head(seed, teacher="positive"):
    """Return a realizable right-side instance of a softmax layer, up to 6 points and 4 classes."""
    rng = np.random.default_rng(seed)
    n, k = rng.integers(2, 7), rng.integers(2, 5)
    features = np.column_stack([np.ones(n), rng.normal(size=n)])
    students = klr.LogLinear(features, classes=int(k))
    rows = rng.dirichlet(np.ones(k), size=n)
    if teacher == "labels":
        rows = np.eye(k)[rng.integers(0, k, n)]
    if teacher == "sorted":
        rows = np.eye(k)[np.argsort(np.argsort(features[:, 1])) * k // n]
    return klr.Instance(
        teacher=rows,
        truth=students.random_member(rng, klr.Space.of(klr.KL.domain, int(n), int(k))),
        students=students,
        weights=rng.dirichlet(np.ones(n)),
        side="right",
    )


@given(SEEDS, st.sampled_from(["positive", "labels", "sorted"]), st.floats(0.0, 2.0))
def test_the_residual_of_any_iterate(seed, teacher, away):
    """KL(g,f) - KL(s,f) - KL(g,s) = <Θ_f - Θ, grad F(Θ)> for any Θ, at most R |grad F|."""
    instance = head(seed, teacher)
    noise = np.random.default_rng(seed).normal(size=(2, instance.teacher.shape[1]))
    theta = away * noise
    outcome = outcome_at(instance, theta)
    found = RESIDUAL.check(outcome)
    assert found.verdict is HOLDS
    terms = found.terms
    assert abs(terms.smaller - abs(terms.parts["<Θ_f - Θ^, grad F>"])) <= terms.rounding
    assert IDENTITY.check(outcome).verdict in {HOLDS, klr.Verdict.UNDECIDED}


@given(SEEDS)
def test_the_identity_at_the_optimum(seed):
    """KL(g,f) = KL(g,s) + KL(s,f) for a positive teacher, and R |grad F| is a rounding error."""
    outcome = head(seed).solve()
    found = IDENTITY.check(outcome)
    assert found.verdict in {HOLDS, klr.Verdict.UNDECIDED}
    assert abs(found.terms.slack) <= found.terms.rounding + found.terms.gap
    assert LIMIT.check(outcome).unmet == (
        "teacher separable by the features: the optimum is attained",
    )


def drops(instance, direction):
    """Return which pairs a direction of Θ drops, or None where it unties the teacher's classes."""
    logits = instance.students.features @ direction
    top = logits.max(axis=1, keepdims=True)
    return None if (logits < top)[instance.teacher > 0].any() else logits < top


@given(SEEDS, st.sampled_from(["labels", "sorted"]))
def test_what_a_direction_drops_is_off_the_face(seed, teacher):
    """No direction with integer entries that keeps the teacher's classes on top drops the face."""
    instance = head(seed, teacher)
    features = np.column_stack([np.ones(len(instance.teacher)), np.arange(len(instance.teacher))])
    students = klr.LogLinear(features, classes=instance.teacher.shape[1])
    instance = replace(instance, students=students, truth=None)
    kept, rng = face(instance), np.random.default_rng(seed)
    for _ in range(50):
        dropped = drops(instance, rng.integers(-3, 4, size=(2, instance.teacher.shape[1])) * 1.0)
        assert dropped is None or not (dropped & kept).any()


@fewer(2)
@given(SEEDS, st.sampled_from(["labels", "sorted"]))
def test_the_limit_matches_moments_on_its_face(seed, teacher):
    """At the limit grad F vanishes, the infimum is reached, and the identity holds."""
    instance = head(seed, teacher)
    kept = face(instance)
    assert kept[instance.teacher > 0].all()
    theta = fit(instance, on=kept)
    limit = outcome_at(instance, theta, kept)
    slope = np.abs(gradient(instance, theta, kept)).max()
    assert slope <= np.sqrt(np.finfo(float).eps)
    solved = instance.solve()
    assert limit.student.objective <= solved.student.objective + solved.gap + slope
    found = LIMIT.check(solved)
    if kept.all():
        assert found.unmet
    else:
        assert abs(found.terms.slack) <= found.terms.rounding + found.terms.gap
        assert found.terms.parts["entries that vanish"] == (~kept).sum()


def test_a_face_by_hand():
    """Labels 0, 0, 1, 1 at x = 1, 2, 2, 3: x = 2 has both, so only x = 1 and x = 3 go to a face."""
    features = np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 2.0], [1.0, 3.0]])
    teacher = np.eye(2)[[0, 0, 1, 1]]
    students = klr.LogLinear(features, classes=2)
    truth = students.random_member(np.random.default_rng(0), klr.Space.of(klr.KL.domain, 4, 2))
    instance = klr.Instance(teacher=teacher, truth=truth, students=students, side="right")
    assert face(instance).tolist() == [[True, False], [True, True], [True, True], [False, True]]
    limit = outcome_at(instance, fit(instance, on=face(instance)), face(instance))
    assert limit.student.predictions.tolist() == [[1, 0], [0.5, 0.5], [0.5, 0.5], [0, 1]]
    assert limit.student.objective == pytest.approx(0.5 * np.log(2.0))
    assert LIMIT.check(instance.solve()).verdict is HOLDS


def test_points_without_weight_separate_nothing():
    """A point of weight 0 keeps all its classes, and does not stop others from separating."""
    features = np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    instance = klr.Instance(
        teacher=np.eye(2)[[0, 1, 1]],
        students=klr.LogLinear(features, classes=2),
        weights=[0.5, 0.5, 0.0],
        side="right",
    )
    assert face(instance).tolist() == [[True, False], [False, True], [True, True]]


@given(SEEDS, st.sampled_from(["positive", "labels", "sorted"]), st.sampled_from([0.01, 0.3, 10.0]))
def test_the_ridge_identity(seed, teacher, strength):
    """KL(g,f) = KL(g,s) + KL(s,f) + lam (|Θ|^2 - <Θ, Θ_f>) at the ridge's optimum."""
    outcome, found = ridge_student(head(seed, teacher), strength)
    assert abs(found.terms.slack) <= found.terms.rounding + found.terms.gap
    slope = gradient(outcome.instance, parameters(outcome)[0]) + strength * parameters(outcome)[0]
    assert np.abs(slope).max() <= np.sqrt(np.finfo(float).eps) * max(1.0, strength)


@fewer(4)
@given(SEEDS, st.sampled_from(["positive", "labels", "sorted"]), st.sampled_from([1.0, 1.5, 50.0]))
def test_parameters_in_a_ball(seed, teacher, wider):
    """KL(g,f) >= KL(g,s) + KL(s,f) over |Θ| <= R, for f in that ball; the gap is a rounding."""
    instance = head(seed, teacher)
    length = np.linalg.norm(parameters(instance.solve())[1])
    outcome, found = bounded_student(instance, float(wider * length))
    assert found.verdict is HOLDS
    assert found.terms.gap <= np.sqrt(np.finfo(float).eps)
    assert np.linalg.norm(outcome.student.coordinates) <= wider * length * (1 + 2**-50)


@fewer(4)
@given(SEEDS)
def test_a_ball_that_holds_the_optimum(seed):
    """There the inequality is the identity: KL(g,f) = KL(g,s) + KL(s,f) within gap and rounding."""
    instance = head(seed)
    lengths = np.linalg.norm(fit(instance)), np.linalg.norm(parameters(instance.solve())[1])
    terms = bounded_student(instance, 2.0 * float(max(lengths)))[1].terms
    assert abs(terms.slack) <= terms.rounding + terms.gap


def test_a_truth_outside_the_ball_is_told():
    """Where |Θ_f| > R the inequality does not apply, and says by how much."""
    instance = head(1)
    found = bounded_student(instance, 0.01)[1]
    assert found.unmet[0].startswith("truth's parameters in the ball: |Θ_f| = ")


@fewer(2)
@given(
    instances(
        losses=(klr.KL,), sides=("right",), kinds=("log-linear",), truths="anywhere", spread=2
    )
)
def test_a_truth_outside_the_class(instance):
    """|KL(g,f) - KL(s,f) - KL(g,s)| <= E osc_i(log f_s/f) TV_i(g,s) for any positive f."""
    found = OUTSIDE.check(instance.solve())
    assert found.unmet or found.verdict in {HOLDS, klr.Verdict.UNDECIDED}


def test_bad_input():
    """Another class, loss or side is refused, and so are a ridge and a radius that are not > 0."""
    instance = head(0)
    with pytest.raises(InputError, match="strength: is 0"):
        ridge_student(instance, 0.0)
    with pytest.raises(InputError, match="radius: is -1"):
        bounded_student(instance, -1.0)
    for wrong in (replace(instance, side="left"), replace(instance, students=klr.Box(0.0, 1.0))):
        with pytest.raises(InputError, match="Use LogLinear, KL and side='right'"):
            fit(wrong)
