"""Claims that fail, strictly, for the true student: each with the smallest integers known."""

from fractions import Fraction
from math import lcm

from kl_regression.certify.claims import gain, slack
from kl_regression.certify.hulls import hull_fields
from proofs_check.certificates.entry import (
    CALIBRATED,
    Entry,
    Fields,
    Table,
    one_total,
    own_scores,
    vertex,
)

MISS = slack("f")


def hull(
    *models: tuple[int, ...],
    teacher: tuple[int, ...],
    side: str = "left",
    truth: int | tuple[int, ...],
) -> Fields:
    """Return the hull of models at one point, with the truth f: a model's index, or a row."""
    fields = hull_fields(one_total(*models), [list(teacher)], [1], side=side)
    if isinstance(truth, int):
        return fields | {"members": {"f": vertex(truth, len(models))}}
    return fields | {"truths": {"f": [list(truth)]}}


def two_points() -> Fields:
    """Return the class of two functions, which is not convex."""
    fields = hull_fields(one_total((3, 2), (1, 2)), [[1, 1]], [1], parts=[1, 1])
    return fields | {"members": {"f": vertex(1, 2)}}


def softmax(side: str, teacher: tuple[int, ...]) -> Fields:
    """Return the softmax layer {(1, r, r^2)} on a grid: r = 1/5, where the truth is, to 5."""
    grid = [Fraction(j, 20) for j in range(4, 101)]
    rows = [[r.denominator**2, r.numerator * r.denominator, r.numerator**2] for r in grid]
    total = lcm(*(sum(row) for row in rows))
    if total > 1 << 53:
        total = 1 << 45
    models: list[Table] = []
    for row in rows:
        entries = [x * total // sum(row) for x in row]
        models.append([[*entries[:2], total - sum(entries[:2])]])
    fields = hull_fields(models, [list(teacher)], [1], side=side, parts=[1] * len(models))
    return fields | {"members": {"f": vertex(0, len(models))}}


CALIBRATION = "MCE(labels,computed)-MCE(labels,teacher)-BH(computed,teacher)"

ENTRIES = (
    Entry(
        "gain-needs-convexity",
        "over a class of two functions the student loses to its teacher's error less its misfit",
        two_points,
        signs={MISS: "-"},
    ),
    Entry(
        "gain-needs-a-truth-in-the-class",
        "for a truth outside the hull the student is worse than its teacher",
        lambda: hull((4, 1, 1), (1, 4, 1), teacher=(1, 2, 5), truth=(1, 1, 6)),
        signs={MISS: "-", gain("f"): "-"},
    ),
    Entry(
        "right-gain-below-both-misfits",
        "on the right the gain is below D(student, teacher) and below D(teacher, student)",
        lambda: hull((5, 1, 1), (2, 4, 3), teacher=(3, 1, 5), side="right", truth=0),
        signs={MISS: "-", f"{gain('f')}-D(teacher,student)": "-", gain("f"): "+"},
    ),
    Entry(
        "right-gain-of-nothing",
        "on the right the gain is 0 while student and teacher differ",
        lambda: hull((1, 0, 0), (0, 1, 1), teacher=(1, 1, 2), side="right", truth=0),
        signs={gain("f"): "0", "D(student,teacher)": "+", "D(teacher,student)": "+"},
    ),
    Entry(
        "right-has-no-pythagoras-in-the-other-risk",
        "on the right D(teacher, f) is below D(teacher, student) + D(student, f)",
        lambda: hull((1, 1, 6), (1, 4, 1), teacher=(5, 3, 1), side="right", truth=0),
        signs={"D(teacher,f)-D(teacher,student)-D(student,f)": "-"},
    ),
    Entry(
        "right-raises-the-other-risk",
        "on the right the student's risk D(., f) exceeds the teacher's",
        lambda: hull((6, 3, 1), (1, 3, 6), teacher=(1, 6, 5), side="right", truth=0),
        signs={"D(teacher,f)-D(student,f)": "-"},
    ),
    Entry(
        "left-raises-the-other-risk",
        "on the left the student's risk D(., f) exceeds the teacher's",
        lambda: hull((4, 1, 6), (2, 5, 1), teacher=(6, 6, 1), truth=0),
        signs={"D(teacher,f)-D(student,f)": "-"},
    ),
    Entry(
        "softmax-right-on-a-grid",
        "over a softmax layer on a grid the right student is worse than its teacher",
        lambda: softmax("right", (1, 1, 9)),
        signs={gain("f"): "-"},
    ),
    Entry(
        "softmax-left-on-a-grid",
        "over a softmax layer on a grid the left student is worse than its teacher",
        lambda: softmax("left", (2, 1, 9)),
        signs={gain("f"): "-"},
    ),
    Entry(
        "calibration-by-own-scores",
        "with each model conditioned on its own score MCE moves by more than the divergence allows",
        lambda: own_scores(
            [[1, 1]] * 4,
            [[500 - i, 500 + i] for i in (1, 2, 3, 4)],
            [[1, 0], [0, 1], [1, 0], [0, 1]],
        ),
        claims=CALIBRATED,
        signs={CALIBRATION: "+"},
    ),
    Entry(
        "calibration-of-two-points",
        "two points suffice: by own scores MCE moves from 0 to nearly 1",
        lambda: own_scores([[1, 1]] * 2, [[501, 499], [499, 501]], [[1, 0], [0, 1]]),
        claims=CALIBRATED,
        signs={CALIBRATION: "+"},
    ),
    Entry(
        "calibration-of-injective-scores",
        "score vectors that are all different on both sides do not help with three classes",
        lambda: own_scores(
            [[5000, 3000, 2000], [5000, 2000, 3000]],
            [[5001, 2999, 2000], [5000, 2000, 3000]],
            [[1, 0, 0], [0, 1, 0]],
        ),
        claims=CALIBRATED,
        signs={CALIBRATION: "+"},
    ),
    Entry(
        "calibration-by-temperature",
        "a temperature of 1.001, to six digits, moves MCE by own scores from 0.75 to 1.25",
        lambda: own_scores(
            [[50, 40, 10], [50, 25, 25]],
            [[499875, 399989, 100136], [499826, 250087, 250087]],
            [[1, 0, 0], [0, 1, 0]],
        ),
        claims=CALIBRATED,
        signs={CALIBRATION: "+"},
    ),
)
