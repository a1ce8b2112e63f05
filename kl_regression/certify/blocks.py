"""Certificates of monotone students of two classes: the ends of the blocks are the student."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from kl_regression.arrays import Predictions
from kl_regression.certify.quantise import Rows


def block_ends(student: Predictions, weights: list[int]) -> list[int]:
    """Return where the constant pieces of a column end, for points in their order; shape (n, 2).

    Points of weight 0 may have any value between their neighbours': a piece of nothing else joins
    the next one, the last the one before.
    """
    jumps = np.flatnonzero(np.diff(student[:, 1]) != 0.0) + 1
    ends, first = [], 0
    for end in [*map(int, jumps), len(student)]:
        if any(weights[first:end]):
            ends.append(end)
            first = end
    return [*ends[:-1], len(student)]


def ordered(
    whole: Int[np.ndarray, "n 2"], weighed: Bool[np.ndarray, " n"]
) -> Int[np.ndarray, "n 2"]:
    """Return pairs of one total whose second entries do not fall, near ones that hardly do.

    A point of no weight lies between its neighbours. Where the order would make a 0 of a positive
    entry, or the reverse, nothing is changed.

    Args:
        whole: integers, shape (n, 2), the points in their order.
        weighed: which points have weight.
    """
    total, second = whole.sum(axis=1), whole[:, 1]
    low = np.maximum.accumulate(np.where(weighed, second, 0))
    high = np.minimum.accumulate(np.where(weighed, low, total)[::-1])[::-1]
    second = np.clip(np.where(weighed, low, second), low, high)
    found = np.column_stack([total - second, second])
    return found if np.array_equal((found == 0)[weighed], (whole == 0)[weighed]) else whole


def monotone_fields(
    teacher: Rows, weights: list[int], ends: list[int], *, side: str = "left"
) -> dict[str, Any]:
    """Return the fields of a certificate for functions that do not decrease along the points.

    Args:
        teacher: n rows of two positive integers, the points in their order.
        weights: n integers.
        ends: where the student's blocks end.
        side: where the student stands.
    """
    return {
        "theorem": f"KL-MONOTONE{'-RIGHT' if side == 'right' else ''}/1",
        "points": len(teacher),
        "classes": 2,
        "point_weights": weights,
        "teacher": teacher,
        "student": ends,
    }
