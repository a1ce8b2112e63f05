"""The gain theorem with a regulariser: students found by projections, and what they promise."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import softmax

import kl_regression as klr
from kl_regression.errors import InputError
from kl_regression.theorems import regularised as regularised_module
from kl_regression.theorems.regularised import Regulariser, regularised, squared_distance
from tests.budget import fewer
from tests.theorems.students import SEEDS, hull


def centre(instance, seed):
    """Return random rows of the shape of the instance's teacher."""
    return softmax(np.random.default_rng(seed).normal(size=instance.teacher.shape), axis=1)


@fewer(3)
@given(seed=SEEDS, strength=st.sampled_from([0.01, 0.5, 5.0]))
def test_the_regularised_gain_theorem(seed, strength):
    """KL(f,s) + KL(s,g) <= KL(f,g) + R(f) - R(s) for f in V, s the regularised student."""
    instance = hull(seed)
    outcome, found = regularised(instance, squared_distance(centre(instance, seed), strength))
    assert found.verdict is klr.Verdict.HOLDS
    assert outcome.gap <= np.sqrt(np.finfo(float).eps)


def test_a_gap_that_rises_on_the_way():
    """Where a step raises the gap the steps go on: on this instance the 14th does."""
    instance = hull(17485)
    outcome, _ = regularised(instance, squared_distance(centre(instance, 17485), 5.0))
    assert outcome.gap <= np.sqrt(np.finfo(float).eps)


@given(SEEDS)
def test_one_model_meets_the_claim(seed):
    """Where student and truth are the one model, both sides are KL(f,g) + R(f)."""
    instance = hull(seed)
    model = instance.students.models[0]
    alone = replace(instance, students=klr.Hull(model[None]), truth=model)
    terms = regularised(alone, squared_distance(np.zeros_like(model), 0.7))[1].terms
    assert abs(terms.slack) <= terms.rounding + terms.parts["gap"]
    assert terms.parts["R(s)"] > 0.7 / model.shape[1] - terms.rounding


@fewer(3)
@given(seed=SEEDS, strength=st.sampled_from([0.0, 0.5, 10.0]))
def test_the_students_numbers_are_its_own(seed, strength):
    """Misfit is KL(s, g), objective KL(s, g) + R(s), and a student is exact where its gap is."""
    instance = hull(seed)
    middle = centre(instance, seed)
    student = (outcome := regularised(instance, squared_distance(middle, strength))[0]).student
    s, g, p = student.predictions, instance.teacher, instance.weights
    away = strength * float(p @ np.square(s - middle).sum(axis=1))
    assert student.misfit == outcome.misfit
    assert student.misfit == pytest.approx(float(p @ (s * np.log(s / g)).sum(axis=1)))
    assert student.objective == pytest.approx(student.misfit + away)
    assert student.status == ("exact" if student.gap <= 9 * student.gap_rounding else "approximate")


def test_a_student_short_of_the_minimum_is_approximate(monkeypatch):
    """Where the search ends before the gap is rounding, the status says so, as the gap does."""
    monkeypatch.setattr(regularised_module, "STEPS", 1)
    ends = klr.Hull([[[0.9, 0.1]], [[0.1, 0.9]]])
    instance = klr.Instance(teacher=[[0.5, 0.5]], truth=[[0.9, 0.1]], students=ends)
    student = regularised(instance, squared_distance([[0.8, 0.2]], 10.0))[0].student
    assert student.gap > 100 * student.gap_rounding
    assert student.status == "approximate"


def test_a_student_over_a_union_is_local():
    """Over a class that is not convex no gap certifies the student, with a regulariser too."""
    instance = hull(5, least=2)
    union = instance.students | klr.Hull(instance.students.models[:1])
    ridge = squared_distance(centre(instance, 0), 0.5)
    assert regularised(replace(instance, students=union), ridge)[0].student.status == "local"


def test_the_student_is_the_minimiser():
    """An independent minimiser over the mixtures finds no smaller value of KL(., g) + R."""
    instance = hull(11, least=3)
    middle = centre(instance, 1)
    outcome, _ = regularised(instance, squared_distance(middle, 0.7))
    models, g, p = instance.students.models, instance.teacher, instance.weights

    def value(v):
        away = np.square(v - middle).sum(axis=1)
        return float(p @ ((v * np.log(v / g)).sum(axis=1) + 0.7 * away))

    found = minimize(
        lambda z: value(np.tensordot(softmax(z), models, 1)), np.zeros(len(models)), method="BFGS"
    )
    best = value(outcome.student.predictions)
    assert best <= found.fun + outcome.gap
    assert best == pytest.approx(found.fun, rel=1e-6)


def test_without_the_regulariser_it_is_false():
    """The student of a strong regulariser misses the plain gain theorem: R(f) - R(s) is needed."""
    slacks = []
    for seed in range(4):
        instance = hull(seed, least=3)
        away = np.full(instance.teacher.shape, 1 / instance.teacher.shape[1])
        outcome, found = regularised(instance, squared_distance(away, 5.0))
        assert found.verdict is klr.Verdict.HOLDS
        slacks.append(outcome.slack)
    assert min(slacks) < -0.01


def test_no_regulariser_is_the_plain_student():
    """With strength 0 the student is the projection and R counts nothing."""
    instance = hull(5, least=2)
    outcome, found = regularised(instance, squared_distance(centre(instance, 0), 0.0))
    assert np.array_equal(outcome.student.predictions, instance.solve().student.predictions)
    assert found.terms.parts["R(f)"] == found.terms.parts["R(s)"] == 0.0


def test_a_regulariser_that_is_not_convex_is_told():
    """Where r' falls the theorem does not apply, and the first place where it does is named."""
    instance = hull(5, least=2)
    dent = Regulariser(lambda x, v: x.number(0.1) * x.log(v), lambda v: 0.1 / v, 0.0)
    found = regularised(instance, dent)[1]
    assert found.unmet == (
        "regulariser convex: r' falls from v = 0.0312 to 0.0625 at entry (0, 0)",
    )
    straight = Regulariser(lambda x, v: x.number(0.1) * v, lambda v: 0.1 + 0.0 * v, 0.0)
    assert regularised(instance, straight)[1].verdict is klr.Verdict.HOLDS


def test_bad_input():
    """Another loss or side, a teacher with zeros, a negative strength or smoothness is refused."""
    instance = hull(5, least=2)
    ridge = squared_distance(centre(instance, 0), 1.0)
    with pytest.raises(InputError, match=r"instance: .*side='left'"):
        regularised(replace(instance, side="right"), ridge)
    with pytest.raises(InputError, match="strength: is -1"):
        squared_distance(instance.teacher, -1.0)
    with pytest.raises(InputError, match=r"centre: entry \(0, 1\) = nan is not finite"):
        squared_distance([[0.5, np.nan]], 1.0)
    wrong = squared_distance(np.full((len(instance.teacher), 9), 1 / 9), 1.0)
    with pytest.raises(InputError, match=r"centre: has shape .* Use the shape of the teacher"):
        regularised(instance, wrong)
    with pytest.raises(InputError, match="regulariser: has smoothness -1"):
        regularised(instance, Regulariser(ridge.value, ridge.derivative, -1.0))
    models = [[[0.5, 0.5, 0.0]], [[0.3, 0.7, 0.0]]]
    zero = klr.Instance(teacher=[[0.5, 0.5, 0.0]], students=klr.Hull(models))
    with pytest.raises(InputError, match="zeros"):
        regularised(zero, ridge)
