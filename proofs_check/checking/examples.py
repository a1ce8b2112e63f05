"""Counterexamples that several theorems share, each of them written once."""

from dataclasses import replace

from kl_regression.arrays import Side
from kl_regression.divergences import KL, Loss
from kl_regression.theorems.counterexamples import Counterexample, Row, Rows, Shape
from kl_regression.theorems.directions import HALF


def one_point(
    models: tuple[Row, ...],
    teacher: Row,
    truth: Row,
    *,
    loss: Loss = KL,
    side: Side = "left",
    shape: Shape = "hull",
) -> Counterexample:
    """Return a counterexample with one sample point: every argument is a row of integers."""
    return Counterexample(
        models=tuple((model,) for model in models),
        teacher=(teacher,),
        truth=(truth,),
        loss=loss,
        side=side,
        shape=shape,
    )


def any_student(
    teacher: Rows, student: Rows, truth: Rows, *, loss: Loss = KL, side: Side = "left"
) -> Counterexample:
    """Return an example whose class has one member, so that any student whatever can be had."""
    return Counterexample(models=(student,), teacher=teacher, truth=truth, loss=loss, side=side)


def softmax_layer(
    teacher: Rows, truth: Rows, *, loss: Loss = KL, side: Side = "right"
) -> Counterexample:
    """Return an example of two points on a softmax layer with one feature, 1 and 2."""
    return Counterexample(
        models=(((1,), (2,)),),
        teacher=teacher,
        truth=truth,
        loss=loss,
        side=side,
        shape="softmax",
    )


RIGHT = replace(HALF, side="right")
"""On the right the gain is 0, the misfit is not."""
NOT_CONVEX = one_point(((3, 2), (1, 2)), (1, 1), (1, 2), shape="points")
"""A class of two points, the truth one, the student the other."""
OUTSIDE = one_point(((4, 1, 1), (1, 4, 1)), (1, 2, 5), (1, 1, 6))
"""A truth outside the hull, for which the student is worse than its teacher."""
INSIDE = one_point(((4, 1, 1), (1, 4, 1)), (3, 2, 2), (1, 4, 1))
"""The student lies between the two models, so that the gain theorem is an equality."""
COPIED = any_student(((1, 1),), ((2, 1),), ((2, 1),))
COPY = COPIED.teacher
"""A "student" outside the class that copies its teacher: its gap, and its misfit, are 0."""
WORSE = ((1, 2),)
"""Another for ``COPIED``, on the teacher's far side from the truth."""
