"""Whole instances: loss, side, class, weights, teacher and truth, with a student that exists."""

from typing import Literal

import numpy as np
from hypothesis import strategies as st

from kl_regression.arrays import Predictions, Side
from kl_regression.classes.base import FunctionClass, Space
from kl_regression.divergences import KL, GeneralizedKL, ItakuraSaito, Loss, SquaredError
from kl_regression.instance import Instance
from kl_regression.strategies.arrays import SPREAD, Draw, predictions, weights
from kl_regression.strategies.classes import CONVEX, classes
from kl_regression.strategies.members import members

LOSSES: tuple[Loss, ...] = (KL, GeneralizedKL, SquaredError, ItakuraSaito)
SIDES: tuple[Side, ...] = ("left", "right")

Truths = Literal["inside", "anywhere", "unknown"]


@st.composite
def teachers(
    draw: Draw,
    students: FunctionClass,
    loss: Loss,
    side: Side,
    space: Space,
    *,
    spread: int = SPREAD,
) -> Predictions:
    """Draw teachers, shape (n, k), at finite divergence from some member of the class.

    Args:
        draw: given by hypothesis.
        students: the class.
        loss: the divergence.
        side: where the student stands: on the left the teacher needs mass where a member has, on
            the right a member where the teacher has.
        space: points, outputs and domain.
        spread: how many decades entries may span.
    """
    n, k = space.points, space.outputs
    free = draw(predictions(loss, n, k, spread=spread))
    if not loss.vanishes_with_teacher:
        return free
    member = draw(members(students, space, spread=spread))
    if side == "left":
        mixed = np.where((member > 0) & (free == 0), 1.0, free)
    else:
        mixed = np.where(member > 0, free, 0.0)
        empty = mixed.sum(axis=1) == 0
        mixed[empty] = member[empty]
    return mixed / mixed.sum(axis=1, keepdims=True) if loss.domain.simplex else mixed


@st.composite
def instances(
    draw: Draw,
    *,
    losses: tuple[Loss, ...] = LOSSES,
    sides: tuple[Side, ...] = SIDES,
    kinds: tuple[str, ...] = CONVEX,
    truths: Truths = "inside",
    points: int = 4,
    outputs: int = 3,
    spread: int = SPREAD,
) -> Instance:
    """Draw instances with up to ``points`` points and ``outputs`` outputs, and a student.

    Args:
        draw: given by hypothesis.
        losses: the divergences to choose from.
        sides: "left", "right" or both.
        kinds: the classes to choose from, names in ``CLASSES``.
        truths: "inside": a member, so that the instance is realizable; "anywhere": any legal
            predictions; "unknown": None.
        points: the largest n.
        outputs: the largest k.
        spread: how many decades weights and entries may span.
    """
    loss, side = draw(st.sampled_from(losses)), draw(st.sampled_from(sides))
    n = draw(st.integers(1, points))
    k = draw(st.integers(2 if loss.domain.simplex else 1, outputs))
    space = Space.of(loss.domain, n, k)
    students = draw(classes(loss, n, k, kinds=kinds, spread=spread))
    teacher = draw(teachers(students, loss, side, space, spread=spread))
    truth: Predictions | None = None
    if truths == "inside":
        truth = draw(members(students, space, spread=spread))
    elif truths == "anywhere":
        truth = draw(predictions(loss, n, k, spread=spread))
    shares = draw(weights(n, spread=spread))
    return Instance(
        teacher=teacher, students=students, truth=truth, weights=shares, loss=loss, side=side
    )
