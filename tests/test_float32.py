"""float32 all the way, and arrays that change after they were passed."""

import dataclasses

import numpy as np
import pytest

import kl_regression as klr
from kl_regression.errors import DomainError


def softmax32(rng, *shape):
    """Return rows of distributions in float32."""
    e = np.exp(rng.normal(size=shape))
    return (e / e.sum(axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture
def outcome():
    """Return a solved instance of float32 arrays whose sums are off by their rounding."""
    rng = np.random.default_rng(0)
    models, teacher = softmax32(rng, 3, 6, 4), softmax32(rng, 6, 4)
    assert abs(teacher.astype(float).sum(axis=1) - 1.0).max() > 1e3 * np.finfo(float).eps
    weights = rng.random(6).astype(np.float32)
    return klr.Instance(
        teacher=teacher,
        truth=models[0],
        students=klr.Hull(list(models)),
        weights=weights / weights.sum(),
    ).solve()


def test_float32_data_keep_the_theorems(outcome):
    """A truth that is a model is in the hull, and no theorem is violated."""
    assert outcome.truth_membership.inside
    assert outcome.student.status == "exact"
    assert not [found for found in klr.check(outcome) if found.verdict == "violated"]


def test_what_came_of_float32_goes_in_again(outcome):
    """Student and instance are data like any other."""
    instance = outcome.instance
    assert instance.measure(outcome.student.predictions).student.status == "exact"
    assert dataclasses.replace(instance, side="right").solve().student.status == "exact"
    klr.Instance(teacher=outcome.student.predictions, students=instance.students).solve()
    assert klr.project(instance.teacher, instance.students & klr.Box(0.0, 1.0)).gap < 1.0


def test_an_outcome_keeps_what_it_was_solved_for():
    """The caller's arrays may change: errors, misfit and gap are those of what was passed."""
    teacher, truth, weights = np.array([[0.5, 0.5]]), np.array([[0.9, 0.1]]), np.array([1.0])
    hull = klr.Hull([[[0.9, 0.1]], [[0.6, 0.4]]])
    instance = klr.Instance(teacher=teacher, truth=truth, weights=weights, students=hull)
    outcome = instance.solve()
    for array in (teacher, truth):
        array[:] = [[0.3, 0.7]]
    weights[:] = 0.5
    assert outcome.misfit == outcome.student.misfit
    assert outcome.teacher_error == pytest.approx(0.9 * np.log(1.8) + 0.1 * np.log(0.2))


def test_instances_and_outcomes_are_themselves(outcome):
    """They are compared and hashed as objects: arrays have no one truth value."""
    assert outcome == outcome  # noqa: PLR0124 - what raised
    assert outcome.instance != outcome.instance.solve().instance.solve()
    assert len({outcome, outcome.instance, outcome.student}) == 3


def test_models_are_not_normalised_by_asking():
    """normalize= is for teacher and truth: of a model that is off the error says what to do."""
    hull = klr.Hull([[[0.5, 0.6]]])
    with pytest.raises(DomainError, match=r"models\[0\]: row 0 .* Divide each row by its sum"):
        klr.project([[0.5, 0.5]], hull, normalize=True)
