"""Why a projection is infinitely far from its teacher: the first entry that makes it so."""

from dataclasses import replace

import numpy as np

from kl_regression.errors import InfiniteDivergenceError
from kl_regression.solvers.candidate import Candidate, Problem
from kl_regression.tolerance import TINY


def explain_infinity(problem: Problem, candidate: Candidate) -> None:
    """Raise an InfiniteDivergenceError where no member has mass that the objective needs."""
    needed = (problem.teacher > 0) & (problem.weights[:, None] > 0) & (candidate.predictions == 0)
    for i, c in np.argwhere(needed & problem.loss.vanishes_with_teacher):
        indicator = np.zeros_like(problem.teacher)
        indicator[i, c] = 1.0
        if problem.students.support(indicator, candidate.space).bound.value <= TINY:
            order = "D(student, teacher)" if problem.side == "left" else "D(teacher, student)"
            raise InfiniteDivergenceError(
                "teacher",
                f"entry {(int(i), int(c))} = {float(problem.teacher[i, c])!r} where every member is"
                f" 0: {order} = inf on the whole class",
                "Add a member with mass there, or drop the point",
            )


def explain_zeros(problem: Problem) -> None:
    """Raise an InfiniteDivergenceError where no member vanishes wherever the teacher does."""
    zero = problem.space.zero
    if zero is None:
        return
    wide = replace(problem.space, zero=None)
    least = problem.students.support(-zero.astype(float), wide)
    if least.bound.value >= -least.bound.rounding:
        return
    member = problem.students.member(least.coordinates, wide)[1]
    index = tuple(int(i) for i in np.argwhere(zero & (member > 0))[0])
    raise InfiniteDivergenceError(
        "teacher",
        f"entry {index} = 0.0 where members have mass, and no member vanishes wherever the teacher"
        " does: D(student, teacher) = inf on the whole class",
        'Use side="right", a class with such a member, or a teacher with full support',
    )
