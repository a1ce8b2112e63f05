"""Stability in the teacher, on both sides, exact and not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

import kl_regression as klr
from kl_regression.errors import InputError
from kl_regression.theorems.stability import stability
from tests.theorems.students import SEEDS, hull, nearby


def two(seed, *, change, loss=klr.KL, side="left"):
    """Return two instances of one class whose teachers are about ``change`` apart."""
    first = hull(seed, loss=loss, side=side)
    noise = change * np.random.default_rng(seed).normal(size=first.teacher.shape)
    second = first.teacher + noise
    if loss is klr.KL:
        second = softmax(np.log(first.teacher) + noise, axis=1)
    return first, replace(first, teacher=second)


@pytest.mark.parametrize(
    ("loss", "side", "count"),
    [(klr.KL, "left", 2), (klr.SquaredError, "left", 1), (klr.KL, "right", 2)],
)
@given(seed=SEEDS, change=st.sampled_from([0.01, 1.0]), reach=st.sampled_from([0.0, 0.01, 0.5]))
def test_students_are_as_stable_as_their_teachers(loss, side, count, seed, change, reach):
    """Students are no further apart than their teachers allow, and inexact ones than their gaps."""
    outcomes = [each.solve() for each in two(seed, change=change, loss=loss, side=side)]
    inexact = [nearby(each, seed + i, reach) for i, each in enumerate(outcomes)]
    found = stability(*inexact)
    assert len(found) == count
    assert {each.verdict for each in found} == {klr.Verdict.HOLDS}


def test_the_quarter_is_sharp():
    """Over all pairs the students are the teachers: at (1/2, 1/2) the ratio is 1/4 in the limit."""
    students = klr.Hull(np.eye(2)[:, None, :])
    for step in (0.1, 0.01):
        teachers = [[[0.5 + step, 0.5 - step]], [[0.5 - step, 0.5 + step]]]
        outcomes = [klr.Instance(teacher=g, students=students).solve() for g in teachers]
        variation = next(c for c in stability(*outcomes) if c.theorem.key.endswith("TV"))
        assert 1.0 - 2 * step**2 <= variation.terms.smaller / variation.terms.larger <= 1.0


def test_a_ratio_below_one_counts_as_much_as_one_above():
    """A class that loses half its mass moves the students: max log g1/g2 is too small a bound."""
    students = klr.Hull(np.eye(3)[:2, None, :])
    teachers = np.array([[5.0, 10.0, 85.0]]) / 100, np.array([[10.0, 10.0, 80.0]]) / 100
    first, second = (klr.Instance(teacher=g, students=students).solve() for g in teachers)
    found = stability(first, second)[0]
    assert found.verdict is klr.Verdict.HOLDS
    assert found.terms.smaller == pytest.approx(1 / 3)
    assert found.terms.smaller > np.log(teachers[0] / teachers[1]).max()
    assert found.terms.parts["max |log g1/g2|"] == pytest.approx(np.log(2.0))


def test_both_teachers_need_full_support():
    """With a zero in either teacher the theorems do not apply, and say so."""
    students = klr.Hull([[[0.5, 0.5, 0.0]], [[0.3, 0.7, 0.0]]])
    full, zero = (
        klr.Instance(teacher=g, students=students).solve()
        for g in ([[0.2, 0.3, 0.5]], [[0.5, 0.5, 0.0]])
    )
    for found in (*stability(full, zero), *stability(zero, full)):
        assert found.unmet == ("both teachers positive: a teacher has a zero",)


def test_only_the_teacher_varies():
    """Two outcomes that differ in class, loss, side or weights are refused by that name."""
    instance = hull(3, least=2)
    first = instance.solve()
    others = {
        "students": {"students": klr.Hull(instance.students.models)},
        "side": {"side": "right"},
        "loss": {"loss": klr.SquaredError},
    }
    for name, change in others.items():
        with pytest.raises(InputError, match=f"second: differs from first in {name}"):
            stability(first, replace(instance, **change).solve())
    if len(instance.weights) > 1:
        uniform = np.full(len(instance.weights), 1 / len(instance.weights))
        with pytest.raises(InputError, match="in weights"):
            stability(first, replace(instance, weights=uniform).solve())
