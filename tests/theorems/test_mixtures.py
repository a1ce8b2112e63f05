"""Mixtures of at most k models: their excess, the gain theorem with its term, and without it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

import kl_regression as klr
from kl_regression.errors import InfiniteDivergenceError, InputError
from kl_regression.theorems import mixtures
from kl_regression.theorems.mixtures import few_models, sparse_student


def instance(seed, points=3):
    """Return a realizable instance on a hull of four models."""
    rng = np.random.default_rng(seed)
    models = softmax(2.0 * rng.normal(size=(4, points, 3)), axis=-1)
    return klr.Instance(
        teacher=softmax(rng.normal(size=(points, 3)), axis=-1),
        truth=np.tensordot(rng.dirichlet(np.ones(4)), models, 1),
        students=klr.Hull(models),
    )


@given(seed=st.integers(0, 10**6), size=st.integers(1, 4))
def test_few_models_cost_what_is_said(seed, size):
    """Excess and gain of the best k-mixture are within their bounds."""
    assert {found.verdict for found in few_models(instance(seed), size)} == {klr.Verdict.HOLDS}


def test_the_term_is_needed():
    """Without its term the gain theorem fails for k-mixtures: a stored instance."""
    outcomes = [sparse_student(instance(seed), 1).outcome for seed in range(20)]
    assert min(outcome.slack for outcome in outcomes) < -max(outcome.gap for outcome in outcomes)


def test_the_term_by_hand():
    """Its t is the excess and the gap, and its γ the least entry of both students."""
    solved = instance(2)
    full, few = solved.solve(), sparse_student(solved, 1)
    parts = few_models(solved, 1)[1].terms.parts
    t = few.excess + full.gap
    floor = min(each.student.predictions.min() for each in (full, few.outcome))
    term = np.sqrt(2 * (1 - floor) * t / floor) + t
    assert parts["sqrt(2(1-γ)t/γ) + t"] == pytest.approx(term)
    assert few.excess > full.gap


def test_all_models_cost_nothing():
    """With k = m the excess is 0: the full student itself."""
    solved = instance(1)
    assert sparse_student(solved, 4).excess == 0.0


@given(seed=st.integers(0, 10**6))
def test_a_full_student_of_few_models_is_the_sparse_one(seed):
    """Where the full student mixes no more than k models it is returned, without a search."""
    solved = instance(seed)
    used = np.flatnonzero(solved.solve().student.coordinates > 0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mixtures, "_on", None)
        found = sparse_student(solved, len(used))
    assert found.exhaustive
    assert found.chosen == tuple(used)
    assert found.outcome.misfit == solved.solve().misfit


@given(seed=st.integers(0, 10**6))
def test_greedy_is_no_better_than_brute_force(seed):
    """Adding models one by one finds a mixture of k models at least as far as the best."""
    solved = instance(seed)
    if np.count_nonzero(solved.solve().student.coordinates) <= 2:
        return
    best = sparse_student(solved, 2)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mixtures, "BRUTE_FORCE", 0)
        greedy = sparse_student(solved, 2)
    assert not greedy.exhaustive
    assert greedy.excess >= best.excess - best.outcome.gap


def test_one_model_of_two_classes_can_attain_the_bound():
    """At k = 1 and c = 2 the excess log 2 is attained: two vertices and a uniform teacher."""
    vertices = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    corners = klr.Instance(teacher=[[0.5, 0.5]], students=klr.Hull(vertices))
    assert sparse_student(corners, 1).excess == pytest.approx(np.log(2.0))
    found = few_models(corners, 1)[0]
    assert found.verdict is klr.Verdict.HOLDS
    assert found.terms.larger == pytest.approx(np.log(2.0))


def test_bad_input():
    """A class that is no hull, or no model at all, is refused."""
    with pytest.raises(InputError, match="hull"):
        sparse_student(klr.Instance(teacher=[[0.5, 0.5]], students=klr.Box(0.1, 0.9)), 1)
    with pytest.raises(InputError, match="size"):
        sparse_student(instance(0), 0)
    right = replace(instance(0), side="right")
    for call in (sparse_student, few_models):
        with pytest.raises(InputError, match="instance: has side 'right'"):
            call(right, 1)


DEAD = klr.Instance(
    teacher=[[0.5, 0.5, 0.0]],
    truth=[[0.6, 0.4, 0.0]],
    students=klr.Hull([[[0.3, 0.3, 0.4]], [[0.7, 0.3, 0.0]], [[0.4, 0.6, 0.0]]]),
)


@pytest.mark.parametrize("brute_force", [mixtures.BRUTE_FORCE, 0])
def test_models_at_infinite_divergence_are_infinitely_far(brute_force, monkeypatch):
    """Where the teacher has zeros that a model has not, the search goes on without the model."""
    monkeypatch.setattr(mixtures, "BRUTE_FORCE", brute_force)
    found = sparse_student(DEAD, 1)
    assert found.chosen == (2,)
    assert found.exhaustive == bool(brute_force)
    assert found.excess == pytest.approx(0.4 * np.log(0.8) + 0.6 * np.log(1.2))
    assert few_models(DEAD, 1)[0].verdict is klr.Verdict.HOLDS


def test_no_mixture_of_few_models_is_near():
    """Where all mixtures of k models are infinitely far, the error names their number."""
    students = klr.Hull([[[0.0], [1.0]], [[1.0], [0.0]]])
    apart = klr.Instance(teacher=[[0.5], [0.5]], students=students, loss=klr.ItakuraSaito)
    assert np.isfinite(apart.solve().misfit)
    with pytest.raises(InfiniteDivergenceError, match="size: is 1: no such mixture"):
        sparse_student(apart, 1)
