"""Errors: each a KlRegressionError, each says what, where and what to do, and each pickles."""

import inspect
import pickle

import pytest

import kl_regression as klr
from kl_regression import errors

INPUT_ERRORS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.InputError)
]


@pytest.mark.parametrize("kind", INPUT_ERRORS, ids=lambda kind: kind.__name__)
def test_an_input_error_has_argument_problem_and_remedy_and_pickles(kind):
    """The message is "argument: problem. remedy"; pickling keeps type, parts and message."""
    error = kind("teacher", "row 3 sums to 1.1", "Pass normalize=True")
    assert str(error) == "teacher: row 3 sums to 1.1. Pass normalize=True"
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(again) is kind
    assert (again.argument, again.problem, again.remedy) == (
        "teacher",
        "row 3 sums to 1.1",
        "Pass normalize=True",
    )
    assert str(again) == str(error)
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    "kind", [errors.InfeasibleError, errors.SolverError, errors.MissingLibraryError]
)
def test_the_other_errors_pickle(kind):
    """Errors that carry one message keep it."""
    again = pickle.loads(pickle.dumps(kind("HiGHS found none")))  # noqa: S301
    assert type(again) is kind
    assert str(again) == "HiGHS found none"


def test_every_error_is_ours_and_exported():
    """All errors share one base, and __all__ names each."""
    found = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, Exception)
    }
    assert found == set(errors.__all__)
    assert all(issubclass(getattr(errors, name), errors.KlRegressionError) for name in found)
    assert issubclass(errors.MissingLibraryError, ImportError)


def test_a_missing_truth_is_asked_for():
    """What needs the truth says so, and what does not is still there."""
    outcome = klr.Instance(teacher=[[0.5, 0.5]], students=klr.Hull([[[0.6, 0.4]]])).solve()
    with pytest.raises(errors.TruthMissingError, match=r"truth: is not known\. Pass truth="):
        _ = outcome.gain
    assert outcome.misfit > 0
