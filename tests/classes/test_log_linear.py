"""A softmax layer: convex in logits, not in outputs."""

import numpy as np
import pytest

import kl_regression as klr
from kl_regression.errors import InputError
from tests.classes.members import check_members, check_outside, space_of, strings, uniform

RNG = np.random.default_rng(0)
FEATURES = np.column_stack([np.ones(5), RNG.normal(size=5)])
LAYER = klr.LogLinear(FEATURES, classes=3)
SPACE = space_of("KL", 5, 3)


def test_members():
    """softmax(Φ Θ) is inside for random Θ."""
    check_members(LAYER, SPACE)


def test_outside():
    """Rows that no Θ gives are outside."""
    check_outside(LAYER, SPACE, RNG.dirichlet(np.ones(3), size=5), far=1e-3)


def test_geometric_mixtures_are_members_and_mixtures_are_not():
    """The class is convex in logits; a mixture of two members of distant Θ is outside."""
    first, second = (LAYER.log_predictions(5.0 * RNG.normal(size=6)) for _ in range(2))
    geometric = np.exp(0.5 * first + 0.5 * second)
    geometric /= geometric.sum(axis=1, keepdims=True)
    assert LAYER.membership(geometric, SPACE, uniform(SPACE)).inside
    mixed = 0.5 * np.exp(first) + 0.5 * np.exp(second)
    assert not LAYER.membership(mixed, SPACE, uniform(SPACE)).inside


def test_log_predictions_do_not_underflow():
    """Logits apart by 2000 give a log prediction of -2000 where the prediction is 0."""
    layer = klr.LogLinear([[1.0]], classes=2)
    logs = layer.log_predictions(np.array([0.0, 2000.0]))
    np.testing.assert_array_equal(logs, [[-2000.0, 0.0]])


def test_it_is_no_polyhedron_and_has_no_support():
    """Both are refused with what to do instead."""
    with pytest.raises(InputError, match=r"students: is a softmax layer.*Project with project"):
        LAYER.polyhedron(SPACE)
    with pytest.raises(InputError, match=r"students: is a softmax layer.*Project with project"):
        LAYER.support(np.ones((5, 3)), SPACE)


@pytest.mark.parametrize("loss", [klr.GeneralizedKL, klr.SquaredError])
def test_only_its_likelihood_is_certified(loss):
    """On the right of another loss the student is local, and no worse than constant rows."""
    teacher = RNG.dirichlet(np.ones(3), size=5)
    student = klr.project(2.0 * teacher, LAYER, loss=loss, side="right")
    assert student.status == "local"
    constant = np.full((5, 3), 1 / 3)
    assert student.objective <= loss.divergence(2.0 * teacher, constant)
    assert klr.project(teacher, LAYER, side="right").status == "exact"


def test_words():
    """Convex in logits only; the repr has the shape."""
    assert strings(LAYER) == {"convex in logits"}
    assert repr(LAYER) == "LogLinear(n=5, d=2, classes=3)"
