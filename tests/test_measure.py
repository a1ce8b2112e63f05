"""A student that was trained elsewhere is measured like our own, and claims no more than it may."""

import numpy as np
import pytest
from hypothesis import given

import kl_regression as klr
from kl_regression import strategies
from kl_regression.errors import SolverError

TEACHER = [[0.5, 0.5], [0.2, 0.8]]
MODELS = [[[0.8, 0.2], [0.3, 0.7]], [[0.6, 0.4], [0.9, 0.1]]]
INSTANCE = klr.Instance(teacher=TEACHER, students=klr.Hull(MODELS), truth=MODELS[0])


@given(strategies.instances())
def test_the_projection_measured_is_the_projection(instance):
    """The projection's predictions, measured, have the projection's errors, misfit and gap.

    Where there is one: at finite divergence, and found by a solver.
    """
    try:
        own = instance.solve()
    except SolverError:
        return
    if own.student.status is klr.Status.FAILED or not np.isfinite(own.student.objective):
        return
    again = instance.measure(own.student.predictions, log_student=own.student.log_predictions)
    assert again.student.solver == "given"
    assert (again.misfit, again.student.objective) == (own.misfit, own.student.objective)
    assert again.gap == own.gap


def test_a_member_is_certified_by_its_gap():
    """A model of the hull is a member: approximate, at a distance that its gap bounds."""
    found = INSTANCE.measure(MODELS[1])
    assert found.student.status is klr.Status.APPROXIMATE
    assert found.misfit - INSTANCE.solve().misfit <= found.gap


def test_outside_the_class_nothing_is_exact():
    """The teacher itself has gap 0 and gains nothing, and is no member: it is not called exact."""
    found = INSTANCE.measure(TEACHER)
    assert found.student.status is klr.Status.OUTSIDE
    assert not found.student.certified
    assert found.gain == found.misfit == 0.0


def test_a_student_may_be_at_infinite_divergence():
    """A student with mass where the teacher has none is measured, not refused."""
    models = [MODELS[0], [[1.0, 0.0], [0.9, 0.1]]]
    instance = klr.Instance(teacher=[[1.0, 0.0], [0.2, 0.8]], students=klr.Hull(models))
    found = instance.measure(TEACHER)
    assert found.misfit == found.gap == np.inf
    assert found.student.status is klr.Status.FAILED


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0.5, 0.6], [0.2, 0.8]],), "student: row 0 sums to 1.1"),
        (([[0.5, 0.5]],), "student: has shape \\(1, 2\\)"),
        (([[np.nan, 0.5], [0.2, 0.8]],), "student: entry \\(0, 0\\) = nan"),
        ((TEACHER, [[0.0, 0.0], [0.0, 0.0]]), "log_student: entry \\(0, 0\\) = 0.0 is not"),
        ((TEACHER, [[0.0], [0.0]]), "log_student: has shape \\(2, 1\\)"),
    ],
)
def test_bad_students_are_refused(arguments, message):
    """Predictions and logarithms are checked like every array from outside."""
    student, *logs = arguments
    with pytest.raises(klr.errors.InputError, match=message):
        INSTANCE.measure(student, log_student=logs[0] if logs else None)
