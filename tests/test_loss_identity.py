"""A loss is compared by identity: copies and other processes have the same one."""

import copy
import pickle

import numpy as np
import pytest

import kl_regression as klr


@pytest.mark.parametrize("loss", [klr.KL, klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito])
def test_a_loss_is_itself_after_a_journey(loss):
    """What is pickled or copied is the loss, so that its structured solvers are found."""
    assert pickle.loads(pickle.dumps(loss)) is loss  # noqa: S301
    assert copy.deepcopy(loss) is loss


def test_an_instance_has_the_same_solver_in_another_process():
    """An instance that was pickled is solved by the class's own solver, as here."""
    features = np.column_stack([np.ones(4), np.arange(4.0)])
    teacher = np.array([[0.7, 0.3], [0.2, 0.8], [0.5, 0.5], [0.1, 0.9]])
    instance = klr.Instance(teacher=teacher, students=klr.LinearHead(features, outputs=2))
    again = pickle.loads(pickle.dumps(instance))  # noqa: S301
    assert again.solve().student.solver == instance.solve().student.solver == "linear head"


def test_a_divergence_of_ones_own_travels_as_a_value():
    """A Bregman divergence has no name to be found by; it is written out."""
    loss = klr.Bregman(klr.Generator(value=np.square, derivative=_twice, second_derivative=_two))
    assert pickle.loads(pickle.dumps(loss)).name == loss.name  # noqa: S301


def _twice(x):
    return 2.0 * x


def _two(x):
    return np.full_like(x, 2.0)
