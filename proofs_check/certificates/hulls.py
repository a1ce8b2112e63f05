"""Hulls: equality cases, large gains, every loss, zeros, a sharp risk bound."""

from kl_regression.certify.claims import gain, slack
from kl_regression.certify.hulls import hull_fields
from kl_regression.divergences import GeneralizedKL, Loss, SquaredError
from proofs_check.certificates.entry import (
    CALIBRATED,
    Entry,
    Fields,
    Table,
    one_total,
    own_scores,
    vertex,
)
from proofs_check.certificates.shapes import TRIPLES

MODELS: list[Table] = [
    [[8, 1, 1], [7, 2, 1], [6, 3, 1], [5, 4, 1], [4, 5, 1], [3, 6, 1]],
    [[1, 1, 8], [1, 2, 7], [1, 3, 6], [1, 4, 5], [1, 5, 4], [1, 6, 3]],
    [[3, 4, 3], [3, 4, 3], [3, 4, 3], [2, 6, 2], [2, 6, 2], [2, 6, 2]],
]


def mixtures(side: str) -> Fields:
    """Return a hull of three models at six points, with a mixture as the truth."""
    fields = hull_fields(MODELS, TRIPLES, [1, 2, 3, 3, 2, 1], side=side)
    return fields | {"members": {"f": ["0x1", "0x2", "0x3"]}}


def slice_of_the_simplex() -> Fields:
    """Return {(t/2, 1-t, t/2)}, whose student has a closed form, with two truths."""
    fields = hull_fields([[[0, 2, 0]], [[1, 0, 1]]], [[1, 7, 2]], [1])
    return fields | {"members": {"f": ["0x1", "0x1"], "end": ["0x0", "0x1"]}}


def realised() -> Fields:
    """Return a teacher that is a mixture itself: the student is the teacher."""
    teacher = [[sum(x) for x in zip(*rows, strict=True)] for rows in zip(*MODELS, strict=True)]
    return hull_fields(MODELS, teacher, [1] * 6) | {"members": {"f": vertex(0, 3)}}


def large_gain() -> Fields:
    """Return the segment of largest relative gain among 400 000 triples of integers up to 9."""
    fields = hull_fields(one_total((9, 2, 3), (7, 2, 2)), [[5, 6, 8]], [1])
    return fields | {"members": {"f": vertex(1, 2)}}


def with_zeros() -> Fields:
    """Return a model that has mass where the teacher has none, and so takes no part."""
    models = [[[0, 3, 3], [2, 2, 2]], [[0, 1, 5], [1, 1, 4]], [[2, 2, 2], [1, 4, 1]]]
    return hull_fields(models, [[0, 1, 1], [3, 1, 1]], [1, 1]) | {
        "members": {"f": ["0x1", "0x1", "0x0"]}
    }


def reals(loss: Loss, low: int) -> Fields:
    """Return a hull of three functions of two outputs at two points."""
    models = [[[9 + low, 2], [1, 4]], [[1, 8], [5 + low, 3]], [[2, 2], [6, 6]]]
    fields = hull_fields(models, [[1, 1], [9, 2]], [1, 3], loss=loss, unit=4)
    return fields | {"members": {"f": ["0x1", "0x1", "0x1"]}}


def affine_slice() -> Fields:
    """Return {(t, 1/10, 9/10 - t)} under squared error, cut at the simplex."""
    fields = hull_fields([[[0, 1, 9]], [[9, 1, 0]]], [[0, 0, 10]], [1], loss=SquaredError, unit=10)
    return fields | {"members": {"f": vertex(1, 2)}}


def distinct_scores() -> Fields:
    """Return a teacher and a student, neither of which gives two points one score of a class."""
    student, teacher = [[5, 3, 2], [2, 4, 4], [1, 2, 7]], [[6, 2, 2], [3, 4, 3], [2, 1, 7]]
    return own_scores(teacher, student, [[1, 0, 0], [0, 1, 0], [0, 0, 1]])


def sharp_risk() -> Fields:
    """Return two close rows of small entries, where C1 sqrt(d) is nearly attained."""
    fields = hull_fields([[[1000, 1000000 - 1000]]], [[1010, 1000000 - 1010]], [1])
    return fields | {"truths": {"f": [[1, 0]]}}


ENTRIES = (
    Entry("hull-left", "the left student among mixtures of three models", lambda: mixtures("left")),
    Entry(
        "hull-right", "the right student among mixtures of three models", lambda: mixtures("right")
    ),
    Entry(
        "equality-on-a-slice",
        "over a slice of the simplex gain equals misfit, at a student of known closed form",
        slice_of_the_simplex,
        signs={slack("f"): "0"},
    ),
    Entry(
        "equality-in-the-class",
        "a teacher in the class is its own student: no misfit and no gain",
        realised,
        signs={gain("f"): "0"},
    ),
    Entry(
        "the-largest-relative-gain-found",
        "a student inside its class keeps less than a ten millionth of its teacher's error",
        large_gain,
        signs={slack("f"): "0", gain("f"): "+"},
    ),
    Entry(
        "zeros-and-a-model-at-infinity",
        "a model of infinite divergence has no part in the student; the others do",
        with_zeros,
        signs={slack("f"): "+"},
    ),
    Entry("squared-error", "squared error, in rationals", lambda: reals(SquaredError, -8)),
    Entry("generalized-kl", "generalised KL of positive outputs", lambda: reals(GeneralizedKL, 0)),
    Entry(
        "squared-error-is-strict-on-a-slice",
        "squared error on an affine slice cut at the simplex has slack 18/100, not 0",
        affine_slice,
        signs={slack("f"): "+"},
    ),
    Entry(
        "risk-is-pinned-sharply",
        "the risk bound C1 sqrt(D) is nearly attained by close predictions",
        sharp_risk,
        signs={"RISK(student,teacher)-D(f,student)+D(f,teacher)": "+"},
    ),
    Entry(
        "calibration-is-pinned-where-scores-differ",
        "where neither model repeats a score, MCE moves by less than the divergence allows",
        distinct_scores,
        claims=CALIBRATED,
        signs={
            "BH(computed,teacher)-MCE(labels,computed)+MCE(labels,teacher)": "+",
            "BH(computed,teacher)-MCE(labels,teacher)+MCE(labels,computed)": "+",
        },
    ),
)
