"""Bounds from a test set, against a finite population that is known in full."""

import numpy as np
import pytest
from scipy.special import softmax

import kl_regression as klr
from kl_regression.errors import InputError
from kl_regression.theorems.sample import fitted_student, fixed_student

DRAWS = 200
CONFIDENCE = 0.9


def population(seed, size=3000):
    """Return teacher and models, shapes (size, 3) and (4, size, 3), that share features."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(size, 4))
    logits = features @ rng.normal(size=(5, 4, 3))
    return softmax(0.5 * logits[0], axis=-1), softmax(0.5 * logits[1:], axis=-1)


def outcome(teacher, models):
    """Return the outcome with the first model as truth."""
    return klr.Instance(teacher=teacher, truth=models[0], students=klr.Hull(models)).solve()


def test_a_fixed_student_is_covered():
    """Over draws, the gains of all models are within the radius as often as promised."""
    teacher, models = population(0)
    whole = outcome(teacher, models)
    mixture = whole.student.coordinates
    ratio = np.log(whole.student.predictions / teacher)
    gains = np.einsum("mnk,nk->m", models, ratio) / len(teacher)
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(DRAWS):
        rows = rng.integers(len(teacher), size=150)
        fixed = np.tensordot(mixture, models[:, rows], 1)
        drawn = outcome(teacher[rows], models[:, rows]).instance.measure(fixed)
        there = np.einsum("mnk,nk->m", models[:, rows], np.log(fixed / teacher[rows])) / len(rows)
        radius = fixed_student(drawn, confidence=CONFIDENCE, spread=float(np.ptp(ratio))).radius
        covered += bool(np.all(np.abs(there - gains) <= radius))
    assert covered >= CONFIDENCE * DRAWS


def test_a_fitted_student_is_covered():
    """The population's gain of a student fitted on the sample is above the bound."""
    teacher, models = population(2)
    rng = np.random.default_rng(3)
    for _ in range(20):
        rows = rng.integers(len(teacher), size=300)
        drawn = outcome(teacher[rows], models[:, rows])
        student = np.tensordot(drawn.student.coordinates, models, 1)
        gain = float((models[0] * np.log(student / teacher)).sum() / len(teacher))
        assert gain >= fitted_student(drawn, confidence=CONFIDENCE).lower


def test_more_points_give_a_smaller_radius():
    """The radius falls as one over the root of n."""
    teacher, models = population(4)
    few, many = (outcome(teacher[:n], models[:, :n]) for n in (100, 400))
    ratio = fixed_student(few, spread=9.0).radius / fixed_student(many, spread=9.0).radius
    assert ratio == pytest.approx(2.0)


@pytest.mark.parametrize("spread", [-5.0, np.nan, np.inf, 0.0])
def test_a_range_is_no_smaller_than_the_samples(spread):
    """No range of the population is negative, or below the sample's: the error names that one."""
    teacher, models = population(5, size=10)
    solved = outcome(teacher, models)
    bound = fixed_student(solved)
    with pytest.raises(InputError, match=f"sample's own range {bound.parts['range']}") as caught:
        fixed_student(solved, spread=spread)
    assert caught.value.argument == "spread"
    assert f"is {spread!r}" in str(caught.value)
    ratio = np.log(solved.student.predictions / teacher)
    assert bound.parts["range"] == pytest.approx(np.ptp(ratio))
    with pytest.raises(InputError, match="spread: is"):
        fixed_student(solved, spread=0.99 * float(np.ptp(ratio)))
    wider = fixed_student(solved, spread=float(np.ptp(ratio)))
    assert wider.radius == pytest.approx(bound.radius)


def test_what_the_bounds_need():
    """Only hulls, equal weights and a confidence inside (0, 1) are accepted."""
    teacher, models = population(5, size=10)
    solved = outcome(teacher, models)
    with pytest.raises(InputError, match="confidence"):
        fixed_student(solved, confidence=1.5)
    boxed = klr.Instance(teacher=teacher, students=klr.Box(0.01, 0.9)).solve()
    with pytest.raises(InputError, match="hulls"):
        fixed_student(boxed)
    weights = np.arange(1, 11) / 55
    uneven = klr.Instance(teacher=teacher, students=klr.Hull(models), weights=weights).solve()
    with pytest.raises(InputError, match="weights that differ"):
        fitted_student(uneven)


def test_a_fitted_student_is_on_the_left_and_in_the_hull():
    """On the right the gain may be below the misfit; outside the hull nothing was fitted."""
    teacher, models = population(6, size=10)
    right = klr.Instance(teacher=teacher, students=klr.Hull(models), side="right")
    with pytest.raises(InputError, match="side 'right'"):
        fitted_student(right.solve())
    left = klr.Instance(teacher=teacher, students=klr.Hull(models))
    with pytest.raises(InputError, match="no member of the class"):
        fitted_student(left.measure(teacher))
