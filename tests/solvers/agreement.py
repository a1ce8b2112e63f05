"""What every structured solver is held to: the cone engine's answer, and its own gap."""

import numpy as np
from hypothesis import assume, note, reject

import kl_regression as klr
from kl_regression.arrays import as_predictions
from kl_regression.classes.base import Space
from kl_regression.errors import InfeasibleError, InfiniteDivergenceError, SolverError
from kl_regression.gap import gradient, optimality_gap
from kl_regression.tolerance import EXACT_ULPS


def solved(instance, solver):
    """Return the student of an instance by a solver, or reject the example where there is none."""
    try:
        return klr.project(
            instance.teacher,
            instance.students,
            weights=instance.weights,
            loss=instance.loss,
            side=instance.side,
            solver=solver,
        )
    except (InfeasibleError, InfiniteDivergenceError, SolverError):
        reject()


def objective(instance, student):
    """Return the objective of a student with its rounding."""
    first, second = student.predictions, instance.teacher
    if instance.side == "right":
        first, second = second, first
    return instance.loss.measure(first, second, instance.weights)


def assert_no_worse(instance, student, other):
    """Assert F(student) - F(other) <= gap(student), rounding aside: no member is better.

    The rounding of the other is that of its predictions too, which lower F by its slope there.
    """
    assume(np.isfinite(other.objective))
    own, its = objective(instance, student), objective(instance, other)
    note(f"{student} {student.predictions.tolist()}, {other} {other.predictions.tolist()}")
    rounding = own.rounding + its.rounding + off_class(instance, other)
    assert own.value - its.value <= student.gap + rounding


def membership_of(instance, student):
    """Return how far a student is from the class."""
    space = Space.of(instance.loss.domain, *student.predictions.shape)
    return instance.students.membership(student.predictions, space, instance.weights)


def off_class(instance, student):
    """Return how much lower F may be at a student than at the member that it is rounded from."""
    membership = membership_of(instance, student)
    if not membership.inside:
        return 0.0
    slope = gradient(
        student.predictions,
        student.log_predictions,
        instance.teacher,
        loss=instance.loss,
        side=instance.side,
    )
    away = np.abs(student.predictions - membership.witness)
    moved = np.where(instance.weights[:, None] > 0, away, 0.0)
    shares = np.multiply(np.abs(slope), moved, out=np.zeros_like(moved), where=moved > 0)
    return float(instance.weights @ shares.sum(axis=1))


def assert_agree(instance):
    """Assert that structured and conic agree within the sum of their gaps."""
    structured, conic = solved(instance, "structured"), solved(instance, "conic")
    assert_no_worse(instance, structured, conic)
    assert_no_worse(instance, conic, structured)
    return structured


def assert_rounding_only(student):
    """Assert that the gap is a rounding error, whatever the scale of the data."""
    assert student.gap <= (EXACT_ULPS + 1.0) * student.gap_rounding


def assert_honest(instance, student):
    """Assert that the student is a member and that its gap is no better than it reports."""
    g = as_predictions(instance.teacher, "teacher", instance.loss.domain)
    membership = membership_of(instance, student)
    assert membership.inside, membership.distance
    gap = optimality_gap(
        student.predictions,
        student.log_predictions,
        g,
        instance.students,
        weights=instance.weights,
        loss=instance.loss,
        side=instance.side,
        space=student.space,
    )
    assert gap.value + gap.rounding <= student.gap
