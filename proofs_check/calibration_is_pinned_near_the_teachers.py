"""Calibration errors of student and teacher differ by no more than they do, so conditioned.

E ||g - s||_1 = 2 E TV <= min{2 sqrt(1 - e^-d), sqrt(2d)} by Bretagnolle and Huber's inequality or
Pinsker's on each row, and Jensen's. Σ_c E |E[F_c - Y_c | G]| is 1-Lipschitz in E ||g - s||_1.
"""

from collections.abc import Callable
from typing import Any

import sympy as sp
from flint import arb

from kl_regression.divergences import GeneralizedKL
from kl_regression.theorems import calibration
from proofs_check.checking.entry import Broken, Entry, Sharpness, Step
from proofs_check.checking.exact import Ball, Exact, Matrix, least, solve
from proofs_check.checking.examples import any_student
from proofs_check.the_gain_is_bounded_from_above import NEAR, pinsker_of_two_classes


def huber_of_two_classes() -> bool:
    """Check 1 - BC^2 >= TV^2 for (a, 1-a), (b, 1-b): with x^2 = a(1-b), y^2 = b(1-a).

    1 - BC^2 = (x - y)^2 and TV^2 = (x - y)^2 (x + y)^2, where (x + y)^2 <= 1 by Cauchy's
    inequality; BC^2 = (Σ sqrt(pq))^2 >= e^-KL by Jensen's.
    """
    p, q = sp.symbols("p q", positive=True)
    a, b = sp.sin(p) ** 2, sp.sin(q) ** 2
    x, y = sp.sin(p) * sp.cos(q), sp.sin(q) * sp.cos(p)
    affinity = sp.sin(p) * sp.sin(q) + sp.cos(p) * sp.cos(q)
    first = sp.simplify(1 - affinity**2 - (x - y) ** 2)
    second = sp.simplify((a - b) ** 2 - (x - y) ** 2 * (x + y) ** 2)
    cauchy = sp.simplify(x + y - sp.sin(p + q))
    return bool(first == 0 and second == 0 and cauchy == 0)


STEPS = (
    Step("kl(a, b) >= 2 (a - b)^2", pinsker_of_two_classes),
    Step("TV^2 <= 1 - BC^2 for two classes", huber_of_two_classes),
)


def bound(at: Exact) -> Ball:
    """Return min{2 sqrt(1 - e^-d), sqrt(2d)}."""
    d = at.smaller_divergence
    return least(2 * (1 - (-d).exp()).sqrt(), (2 * d).sqrt())


def distance(at: Exact) -> Ball:
    """Return the bound less E ||g - s||_1."""
    return bound(at) - at.l1(at.g, at.s)


Cells = Callable[[int, int], Any]
"""What a point and a class are conditioned on, as anything that compares."""


def error(at: Exact, model: Matrix, cells: Cells) -> Ball:
    """Return Σ_c E |E[F_c - Y_c | G]|."""
    total = arb(0)
    for c in range(len(model[0])):
        groups: list[tuple[Any, list[Ball]]] = []
        for i, row in enumerate(model):
            key = cells(i, c)
            found = next((group for known, group in groups if known == key), None)
            if found is None:
                groups.append((key, found := []))
            found.append(row[c] - at.f[i][c])
        total += sum((abs(sum(group, arb(0))) for _, group in groups), arb(0))
    return total / len(model)


def given_x(at: Exact) -> Ball:
    """Return the slack with every point by itself."""
    return bound(at) - abs(error(at, at.g, _point) - error(at, at.s, _point))


def _point(i: int, _c: int) -> int:
    return i


def given_teacher(at: Exact) -> Ball:
    """Return the slack with both conditioned on the teacher's score of the class."""

    def teacher(i: int, c: int) -> Ball:
        return at.g[i][c]

    return bound(at) - abs(error(at, at.g, teacher) - error(at, at.s, teacher))


def own_errors(at: Exact) -> tuple[Ball, Ball]:
    """Return the errors of teacher and student, each conditioned on its own score."""
    return (
        error(at, at.g, lambda i, c: at.g[i][c]),
        error(at, at.s, lambda i, c: at.s[i][c]),
    )


def own_score(at: Exact) -> Ball:
    """Return the slack with each model conditioned on its own score."""
    teacher, student = own_errors(at)
    return bound(at) - abs(teacher - student)


def one_sided(at: Exact) -> Ball:
    """Return bound + finer error - coarser error; the student's is the coarser but where it is not.

    The teacher's is the coarser where it ties all points that the student ties, for every class.
    """
    teacher, student = own_errors(at)
    pairs = [(i, j) for i in range(len(at.g)) for j in range(i)]
    teacher_ties = all(
        at.g[i][c] == at.g[j][c]
        for i, j in pairs
        for c in range(len(at.g[0]))
        if at.s[i][c] == at.s[j][c]
    )
    coarse, fine = (teacher, student) if teacher_ties else (student, teacher)
    return bound(at) + fine - coarse


SPLIT = any_student(((1, 1), (1, 1)), ((9, 11), (11, 9)), ((1, 0), (0, 1)))
"""The teacher ties two points that the student tells apart, the wrong way round."""
CROSSED = any_student(
    ((40, 21, 19), (40, 19, 21)), ((42, 20, 18), (38, 20, 22)), ((1, 0, 0), (0, 1, 0))
)
"""The teacher ties the points for the first class, the student for the second."""
MASS = Broken("loss KL", any_student(((2,),), ((1,),), ((1,),), loss=GeneralizedKL))

NEAR_TWO = Sharpness(
    f"near one half: {NEAR}",
    lambda: float((solve(NEAR).l1(solve(NEAR).g, solve(NEAR).s) / bound(solve(NEAR))).lower()),
    least=0.999,
)

CERTAIN = any_student(((50, 50),), ((51, 49),), ((1, 0),))


def _certain_ratio() -> float:
    at = solve(CERTAIN)
    moved = abs(error(at, at.g, _point) - error(at, at.s, _point))
    return float((moved / bound(at)).lower())


ONE_HOT = Sharpness(f"one certain label, near one half: {CERTAIN}", _certain_ratio, least=0.999)

ENTRIES = (
    Entry(
        theorem=calibration.DISTANCE,
        sentence="Student and teacher are as close in total variation as in divergence.",
        slack=distance,
        steps=STEPS,
        sharpness=(NEAR_TWO,),
        records=(MASS,),
    ),
    Entry(
        theorem=calibration.GIVEN_X,
        sentence="Given x, calibration errors differ by no more than the models do.",
        slack=given_x,
        steps=STEPS,
        sharpness=(ONE_HOT,),
        records=(MASS,),
    ),
    Entry(
        theorem=calibration.GIVEN_TEACHER,
        sentence="Given the teacher's score, calibration errors differ by no more than the models.",
        slack=given_teacher,
        steps=STEPS,
        sharpness=(ONE_HOT,),
        records=(MASS,),
    ),
    Entry(
        theorem=calibration.OWN_SCORE,
        sentence="With alike partitions, calibration errors differ by no more than the models.",
        slack=own_score,
        steps=STEPS,
        sharpness=(ONE_HOT,),
        records=(MASS, Broken("both scores cut the points alike for every class", SPLIT)),
    ),
    Entry(
        theorem=calibration.ONE_SIDED,
        sentence="The model whose scores tie more points is calibrated up to the other's error.",
        slack=one_sided,
        steps=STEPS,
        records=(
            MASS,
            Broken("one model's score cuts more coarsely for every class", CROSSED),
        ),
    ),
)
