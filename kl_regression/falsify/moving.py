"""What slacks in floats may be off by: every number is moved by its own rounding, and what follows.

Teacher and student are moved, the student along its path too by what its position is not known to,
and what a claim takes logarithms and roots of. A divergence of them then moves by no less than its
own rounding, which is relative to |p - q| as its formula loses nothing. Directions are drawn: an
error that only one direction shows is looked for in the opposite one too.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from kl_regression.arithmetic import Floats
from kl_regression.cases import Cases
from kl_regression.falsify.ranges import Ranges
from kl_regression.falsify.solving import Table, path_of
from kl_regression.tolerance import ENTRY_ULPS, EPS


class Shaken(Floats):
    """Double precision in which functions are told numbers that are off by their rounding.

    Args:
        rng: draws the directions.
        way: 1, or -1 for the opposite ones.
    """

    def __init__(self, rng: np.random.Generator, way: float) -> None:
        super().__init__()

        def after(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
            return lambda x: function(shaken(np.asarray(x), rng, way))

        for name in ("log", "log1p", "exp", "expm1", "artanh", "sqrt"):
            setattr(self, name, after(getattr(self, name)))


def shaken(values: Any, rng: np.random.Generator, way: float) -> Any:
    """Return numbers, of any shape, each moved by up to its own rounding."""
    return values * (1 + way * ENTRY_ULPS * EPS * rng.uniform(-1, 1, values.shape))


def moved(
    solved: tuple[Cases, Any], table: Table, ranges: Ranges, *, seed: int, way: float
) -> Cases:
    """Return the cases with every number moved by what it may be off by; shapes (b, n, k).

    Args:
        solved: what ``solve`` returned.
        table: what it was told, shape (b, r, n, k).
        ranges: how tables become instances.
        seed: of the directions.
        way: 1, or -1 for the opposite ones.
    """
    cases, position = solved
    rng = np.random.default_rng(seed)
    student = cases.student
    if np.ndim(position) == 2:
        path = path_of(cases, ranges.parts(table)[1], ranges)
        t = np.clip(position[0] + way * position[1], *path.reach)
        student = path.at(t[:, None, None])
    elif ranges.students == "hull" and position.any():
        share = position[:, None, None]
        student = (1 - share) * student + share * cases.teacher
    return replace(
        cases,
        teacher=shaken(cases.teacher, rng, way),
        student=shaken(student, rng, way),
        scores=(cases.teacher, student),
        x=Shaken(rng, way),
    )
