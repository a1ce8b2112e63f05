"""Real data: deterministic by seed, legal as it is, and with a student for every teacher."""

from functools import cache

import numpy as np
import pytest

import kl_regression as klr
from kl_regression import data
from kl_regression.errors import InputError

CASES = [(name, loss) for name in data.NAMES for loss in data.LOSSES[name]]
LIMIT = 600


@cache
def load(name, loss, seed=0):
    """Load a case once, of at most 600 points: all but digits in full."""
    return data.load(name, loss=loss, seed=seed, limit=LIMIT)


@pytest.mark.parametrize(("name", "loss"), CASES)
def test_predictions_are_legal(name, loss):
    """Every array is in the loss's domain without mending, and every teacher has full support."""
    case = load(name, loss)
    for part in (case.transfer, case.test):
        n, k = part.labels.shape
        assert part.teachers.shape == (len(case.teachers), n, k)
        assert part.models.shape == (len(case.models), n, k)
        for predictions in (*part.teachers, *part.models, part.labels):
            assert loss.divergence(predictions, predictions) == 0
        if loss.domain.low == 0:
            assert (part.teachers > 0).all()
    assert len(case.teachers) == len(set(case.teachers)) == 15
    assert len(case.models) == len(set(case.models)) == 12


@pytest.mark.parametrize(("name", "loss"), CASES)
def test_teachers_differ_in_quality(name, loss):
    """The worst teacher errs twice as much as the best, and no two teachers are the same."""
    case = load(name, loss)
    errors = [loss.divergence(case.transfer.labels, teacher) for teacher in case.transfer.teachers]
    assert max(errors) > 2 * min(errors)
    assert len(set(errors)) == len(errors)


@pytest.mark.parametrize(("name", "loss"), CASES)
def test_the_ceiling_is_the_nearest_model(name, loss):
    """The strong ceiling is in the hull, and no model is nearer to the transfer labels."""
    case = load(name, loss)
    ceiling = case.truth("ceiling", case.transfer)
    least = loss.divergence(case.transfer.labels, ceiling)
    assert all(least <= loss.divergence(case.transfer.labels, m) for m in case.transfer.models)
    assert any((ceiling == model).all() for model in case.transfer.models)
    assert (case.truth("labels", case.test) == case.test.labels).all()


@pytest.mark.parametrize(("name", "loss"), CASES)
def test_the_gain_theorem_holds(name, loss):
    """With the ceiling as truth every student is exact and gains at least its misfit."""
    case = load(name, loss)
    for teacher in range(0, len(case.teachers), 4):
        outcome = case.instance(teacher).solve()
        assert outcome.student.status is klr.Status.EXACT
        klr.testing.assert_holds(outcome, "gain")
        assert outcome.misfit > 0


def test_labels_are_not_realizable():
    """One-hot labels are no mixture of the models, so the gain theorem does not apply to them."""
    outcome = load("wine", klr.KL).instance(0, truth="labels").solve()
    assert klr.check(outcome)["gain"].verdict is klr.Verdict.NOT_APPLICABLE
    assert set(np.unique(outcome.truth)) == {0, 1}


def test_the_seed_decides_everything():
    """The same seed gives the same bytes; another seed another split and other predictions."""
    first, other = load("wine", klr.KL), load("wine", klr.KL, 1)
    again = data.load("wine", limit=LIMIT)
    assert (again.transfer.teachers == first.transfer.teachers).all()
    assert (again.test.models == first.test.models).all()
    assert again.predictions_digest == first.predictions_digest
    assert again.data_digest == first.data_digest
    assert other.data_digest != first.data_digest
    assert other.predictions_digest != first.predictions_digest


def test_thirds_have_the_classes_in_proportion():
    """Each third holds each class of wine in its share of the data, to within one point."""
    case = load("wine", klr.KL)
    shares = np.array([59, 71, 48]) / 3
    for part in (case.transfer, case.test):
        assert (np.abs(part.labels.sum(axis=0) - shares) < 1).all()


def test_a_teacher_learns_from_the_ground_truth_set_only(monkeypatch):
    """Other labels on the transfer and test sets leave every prediction as it was."""
    from kl_regression.data import instances

    genuine = instances.load_source

    def shuffled(*args, **kwargs):
        source = genuine(*args, **kwargs)
        for part in (source.transfer, source.test):
            part.target[:] = part.target[::-1].copy()
        return source

    monkeypatch.setattr(instances, "load_source", shuffled)
    changed = data.load("wine", limit=LIMIT)
    assert (changed.transfer.teachers == load("wine", klr.KL).transfer.teachers).all()
    assert (changed.transfer.models == load("wine", klr.KL).transfer.models).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "iris"}, "name: is 'iris'. Use one of: digits, breast cancer, wine, diabetes"),
        ({"name": "wine", "loss": klr.SquaredError}, "loss: is SquaredError. For wine use .*: KL"),
        ({"name": "wine", "seed": -1}, "seed: is -1. Use an integer from 0"),
    ],
)
def test_bad_arguments(arguments, message):
    """An unknown data set, a loss that does not fit, a negative seed: each says what to do."""
    with pytest.raises(InputError, match=message):
        data.load(**arguments)
