"""Students of one class are no further apart than their teachers allow; they can be chained.

Stability: add the gain inequalities at each other's students: J = KL(s1,s2) + KL(s2,s1) is at most
E Σ (s1 - s2) log(g1/g2); 4 TV^2 <= J on each row, and Cauchy. Chains: add the gain inequalities.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from kl_regression.classes.hull import Hull
from kl_regression.divergences import KL, GeneralizedKL, Loss, SquaredError
from kl_regression.instance import Instance
from kl_regression.theorems.base import Check
from kl_regression.theorems.counterexamples import Counterexample
from kl_regression.theorems.stability import stability
from kl_regression.theorems.teachers import chain, several_teachers
from proofs_check.checking.entry import Broken, Entry, Idle, Sharpness, Slack
from proofs_check.checking.exact import Ball, Exact, most, oscillation, solve
from proofs_check.checking.examples import COPIED, NOT_CONVEX, OUTSIDE, RIGHT, one_point
from proofs_check.checking.pool import predictions, random_outcome
from proofs_check.student_beats_teacher_by_disagreement import RECORDS
from proofs_check.student_beats_teacher_by_disagreement import slack as gain_slack
from proofs_check.the_gap_encloses_the_true_student import STEPS as JEFFREYS
from proofs_check.three_points_leave_a_linear_term import STEPS as THREE_POINTS

Pair = Callable[[Exact, Exact], Ball]
"""A slack of two instances that differ in the teacher."""


def l1(first: Exact, second: Exact) -> Ball:
    """Return max |log g1/g2| - E ||s1 - s2||_1."""
    largest = most(
        *(
            abs((a / b).log())
            for x, y in zip(first.g, second.g, strict=True)
            for a, b in zip(x, y, strict=True)
        )
    )
    return largest - first.l1(first.s, second.s)


def variation(first: Exact, second: Exact) -> tuple[Ball, Ball]:
    """Return sqrt(E TV^2) and sqrt(E osc_i(log g1/g2)^2)/4."""
    distance = first.rows(
        lambda a, b: (sum(abs(x - y) for x, y in zip(a, b, strict=True)) / 2) ** 2,
        first.s,
        second.s,
    )
    spread = first.rows(
        lambda a, b: oscillation([(x / y).log() for x, y in zip(a, b, strict=True)]) ** 2,
        first.g,
        second.g,
    )
    return distance.sqrt(), spread.sqrt() / 4


def tv(first: Exact, second: Exact) -> Ball:
    """Return sqrt(E osc^2)/4 - sqrt(E TV^2)."""
    distance, bound = variation(first, second)
    return bound - distance


def squared(first: Exact, second: Exact) -> Ball:
    """Return sqrt(D(g1,g2)) - sqrt(D(s1,s2))."""
    return first.d(first.g, second.g).sqrt() - first.d(first.s, second.s).sqrt()


def apart(first: Counterexample, second: Counterexample, pair: Pair) -> Slack:
    """Return the slack of two examples, whatever instance it is asked about."""
    return lambda _: pair(solve(first), solve(second))


def two(
    name: str,
    pair: Pair,
    models: tuple[tuple[int, ...], ...],
    teachers: tuple[tuple[int, ...], tuple[int, ...]],
    **more: str | Loss,
) -> Broken:
    """Return the record of a hypothesis that two teachers show to be needed."""
    first, second = (one_point(models, g, models[0], **more) for g in teachers)  # type: ignore[arg-type]
    return Broken(name, first, slack=apart(first, second, pair))


def copied(pair: Pair, example: Counterexample) -> Broken:
    """Return the record that students are of the class: of two with one teacher one copies it."""
    copy = example.teacher
    return Broken(
        "student in the class",
        example,
        slack=lambda at: pair(at, solve(example)),
        student=copy,
    )


def right_value(first: Exact, second: Exact) -> Ball:
    """Return max log g1/g2 - (D(g1,s2) - D(g1,s1))."""
    largest = most(
        *(
            (a / b).log()
            for x, y in zip(first.g, second.g, strict=True)
            for a, b in zip(x, y, strict=True)
        )
    )
    return largest - (first.d(first.g, second.s) - first.d(first.g, first.s))


def trial(loss: Loss, which: int, rng: np.random.Generator, *, side: str = "left") -> Check:
    """Check two teachers of one random hull."""
    first = random_outcome(side, loss.name, "hull", rng)
    teacher = predictions(loss.name, 1.0, rng, *first.instance.teacher.shape)
    second = Instance(
        teacher=teacher,
        truth=first.truth,
        students=first.instance.students,
        weights=first.instance.weights,
        loss=loss,
        side=side,
    ).solve()
    return stability(first, second)[which]


def several(rng: np.random.Generator) -> Check:
    """Check two teachers at once on a random hull."""
    asked = random_outcome("left", "KL", "hull", rng).instance
    other = predictions("KL", 1.0, rng, *asked.teacher.shape)
    share = float(rng.random())
    return several_teachers(
        [asked.teacher, other],
        asked.students,
        [share, 1.0 - share],
        truth=asked.truth,
        weights=asked.weights,
    )


def chained(rng: np.random.Generator) -> Check:
    """Check a chain of two students."""
    first = random_outcome("left", "KL", "hull", rng)
    models = np.array([first.truth, predictions("KL", 1.0, rng, *first.truth.shape)])
    second = Instance(
        teacher=first.student.predictions,
        truth=first.truth,
        students=Hull(models),
        weights=first.instance.weights,
    ).solve()
    return chain([first, second])


START = np.random.default_rng(0)
SAME = "the squared error is symmetric: both sides have the same student"
POSITIVE = Idle(
    "both teachers positive",
    "a zero of one teacher alone makes the bound infinite; a zero of both is not looked at",
)
ADDITIVE = Idle(
    "errors finite",
    "the claim is additive in [0, inf]: an infinite error of a teacher makes it void, a finite one"
    " makes every other term finite",
)
CLOSE = ((9, 10), (10, 9))
SPLIT = ((1, 2), (2, 1))
SHARP = one_point(((1, 99), (99, 1)), (51, 49), (1, 99))
SHARP_OTHER = one_point(((1, 99), (99, 1)), (49, 51), (1, 99))


def _sharp_ratio() -> float:
    distance, bound = variation(solve(SHARP), solve(SHARP_OTHER))
    return float((distance / bound).lower())


SCALARS = ((10,), (20,))


def _kl_records(pair: Pair) -> tuple[Broken | Idle, ...]:
    return (
        two("loss KL", pair, SCALARS, SCALARS, loss=GeneralizedKL),
        two("class convex in outputs", pair, SPLIT, CLOSE, shape="points"),
        copied(pair, COPIED),
        POSITIVE,
    )


RIGHT_L1 = two("side left", l1, ((2, 15, 3), (3, 6, 8)), ((12, 20, 4), (18, 20, 6)), side="right")
RIGHT_TV = two("side left", tv, ((2, 2, 3), (1, 3, 1)), ((3, 3, 1), (3, 2, 1)), side="right")

ENTRIES = (
    Entry(
        theorem=trial(KL, 0, START).theorem,
        sentence="Students are no further apart in L1 than their teachers' largest log ratio.",
        steps=(*THREE_POINTS, *JEFFREYS),
        records=(RIGHT_L1, *_kl_records(l1)),
        trial=lambda rng: trial(KL, 0, rng),
    ),
    Entry(
        theorem=trial(KL, 1, START).theorem,
        sentence="Students are no further apart than a quarter of their teachers' oscillation.",
        steps=(*THREE_POINTS, *JEFFREYS),
        sharpness=(Sharpness(f"near one half: {SHARP}", _sharp_ratio, least=0.999),),
        records=(RIGHT_TV, *_kl_records(tv)),
        trial=lambda rng: trial(KL, 1, rng),
    ),
    Entry(
        theorem=trial(SquaredError, 0, START).theorem,
        sentence="Under squared error students are no further apart than their teachers.",
        steps=THREE_POINTS,
        records=(
            Idle("side left", SAME),
            two("loss squared error", squared, ((1, 1, 2), (2, 1, 1)), ((1, 2, 2), (2, 2, 1))),
            two(
                "class convex in outputs",
                squared,
                ((0,), (9,)),
                ((4,), (5,)),
                loss=SquaredError,
                shape="points",
            ),
            copied(squared, one_point(((2,),), (1,), (2,), loss=SquaredError)),
        ),
        trial=lambda rng: trial(SquaredError, 0, rng),
    ),
    Entry(
        theorem=trial(KL, 0, START, side="right").theorem,
        sentence="On the right a student of another teacher costs at most the largest log ratio.",
        records=(
            two("side right", right_value, ((14, 1, 3), (10, 1, 1)), ((3, 11, 1), (2, 6, 1))),
            two(
                "loss KL", right_value, ((2,), (1,)), ((1,), (2,)), loss=GeneralizedKL, side="right"
            ),
            two(
                "class convex in outputs",
                right_value,
                ((1, 3), (4, 1)),
                ((2, 1), (1, 1)),
                side="right",
                shape="points",
            ),
            copied(right_value, replace(COPIED, side="right")),
            POSITIVE,
        ),
        trial=lambda rng: trial(KL, 0, rng, side="right"),
    ),
    Entry(
        theorem=several(START).theorem,
        sentence="The student beats its teachers' average error by its average disagreement.",
        slack=gain_slack,
        steps=THREE_POINTS,
        records=(
            *RECORDS,
            Idle(
                "loss KL",
                "s = argmin Σ l_w D(., g_w) has the sum of the three-point identities under any"
                " Bregman divergence",
            ),
            ADDITIVE,
        ),
        trial=several,
    ),
    Entry(
        theorem=chained(START).theorem,
        sentence="Along a chain of students the misfits sum to at most the whole gain.",
        slack=gain_slack,
        steps=THREE_POINTS,
        records=(
            Broken("side left", RIGHT),
            Broken("class convex in outputs", NOT_CONVEX),
            Broken("truth in the class", OUTSIDE),
            ADDITIVE,
        ),
        trial=chained,
    ),
)
