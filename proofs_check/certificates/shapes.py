"""Each class on each side: a teacher of small integers, its student, and a truth in the class."""

from collections.abc import Callable
from functools import partial

import numpy as np

from kl_regression.certify.blocks import block_ends, monotone_fields
from kl_regression.classes.base import FunctionClass
from kl_regression.classes.box import Box
from kl_regression.classes.convex import Convex
from kl_regression.classes.linear_head import LinearHead
from kl_regression.classes.lipschitz import Lipschitz
from kl_regression.classes.monotone import Monotone
from kl_regression.projection import project
from proofs_check.certificates.entry import Entry, Fields, Table, shape

POINTS = np.arange(6) / 5
PAIRS: Table = [[7, 1], [3, 5], [6, 2], [2, 6], [5, 3], [1, 7]]
TRIPLES: Table = [[6, 1, 1], [2, 5, 1], [4, 3, 1], [1, 2, 5], [2, 1, 5], [3, 4, 1]]
UNIFORM: Table = [[1, 1, 1]] * 6
RAMP: Table = [[40 - 3 * i, 10 + i, 10 + 2 * i] for i in range(6)]
BOWL: Table = [[60 - 2 * i * i, 10 + i * i, 10 + i * i] for i in range(6)]
LINE: Table = [[5 - i, i] for i in range(6)]
"""Features of a line: its values at the two ends."""

HEAD = LinearHead(np.array(LINE) / 5, outputs=3)


def of(
    students: FunctionClass,
    teacher: Table,
    interior: Table,
    truth: Table,
    features: Table | None = None,
) -> Callable[[str], Fields]:
    """Return a function from the side to the fields of a class with a truth f in it."""

    def fields(side: str) -> Fields:
        found = shape(students, teacher, interior, side=side, features=features)
        return found | {"members": {"f": [[hex(x) for x in row] for row in truth]}}

    return fields


def blocks(side: str) -> Fields:
    """Return the monotone class of Bernoulli pairs, its student given by blocks."""
    g = np.array(PAIRS) / 8
    student = project(g, Monotone(POINTS), side=side).predictions
    fields = monotone_fields(PAIRS, [1] * 6, block_ends(student, [1] * 6), side=side)
    return fields | {"truths": {"f": [[7, 1], [6, 2], [5, 3], [4, 4], [3, 5], [2, 6]]}}


CLASSES = {
    "monotone": (blocks, "functions of two classes that do not decrease, by blocks"),
    "monotone-of-three": (
        of(Monotone(POINTS), TRIPLES, RAMP, RAMP),
        "functions of three classes whose last two do not decrease",
    ),
    "lipschitz": (
        of(Lipschitz(POINTS, constant=0.5), TRIPLES, UNIFORM, RAMP),
        "functions with Lipschitz constant 1/2",
    ),
    "convex": (
        of(Convex(POINTS), TRIPLES, BOWL, BOWL),
        "functions whose last two classes are convex",
    ),
    "box": (of(Box(0.125, 0.625), TRIPLES, UNIFORM, UNIFORM), "probabilities from 1/8 to 5/8"),
    "linear-head": (
        of(HEAD, TRIPLES, [[1, 1, 1]] * 2, [[4, 1, 1], [1, 2, 3]], LINE),
        "linear functions of a point on a line",
    ),
    "linear-head-in-a-box": (
        of(HEAD & Box(0.25, 0.5), TRIPLES, [[1, 1, 1]] * 2, [[1, 1, 1]] * 2, LINE),
        "linear functions with probabilities from 1/4 to 1/2",
    ),
    "monotone-and-lipschitz": (
        of(Monotone(POINTS) & Lipschitz(POINTS, constant=0.5), TRIPLES, RAMP, RAMP),
        "functions whose last two classes do not decrease, with Lipschitz constant 1/2",
    ),
}

ENTRIES = tuple(
    Entry(
        f"{name}-{side}",
        f"the {side} student among {words}",
        partial(make, side),
    )
    for name, (make, words) in CLASSES.items()
    for side in ("left", "right")
)
