"""The points of a gain figure: each teacher of a data set, projected and measured.

The student is chosen on the transfer set; on the test set its mixture weights are used on the
strong models' test predictions, and nothing is promised there.
"""

from dataclasses import dataclass
from typing import get_args

import numpy as np
from jaxtyping import Float

from kl_regression.checking import check
from kl_regression.data.instances import Truth, WeakToStrong
from kl_regression.divergences import GeneralizedKL, SquaredError
from kl_regression.instance import Outcome
from kl_regression.theorems.base import Verdict

PARTS = ("transfer", "test")
TRUTHS: tuple[Truth, ...] = get_args(Truth)
TITLES = {SquaredError: "squared error", GeneralizedKL: "generalized KL"}


@dataclass(frozen=True)
class Point:
    """One teacher on one part of the data with one truth.

    Args:
        teacher: its name.
        truth: "ceiling" or "labels".
        part: "transfer" or "test".
        teacher_error: D(truth, teacher).
        student_error: D(truth, student).
        gain: their difference.
        misfit: D(student, teacher).
        slack: gain - misfit.
        verdict: the gain theorem's, on the transfer set; empty on the test set.
        applicable: how many theorems of all apply to the outcome, on the transfer set.
        failing: those of them that do not hold.
    """

    teacher: str
    truth: str
    part: str
    teacher_error: float
    student_error: float
    gain: float
    misfit: float
    slack: float
    verdict: str
    applicable: int
    failing: tuple[str, ...]


@dataclass(frozen=True)
class Projection:
    """The student of a teacher: gap, status, solver, and the mixture weights, shape (m,)."""

    teacher: str
    gap: float
    status: str
    solver: str
    mixture: Float[np.ndarray, " m"]


@dataclass(frozen=True)
class Panel:
    """A data set under a loss: its points, its students and what they were made from.

    Args:
        name: of the data set.
        loss: its name.
        title: of the panel.
        sizes: how many points the transfer set and the test set have.
        outputs: k.
        models: names of the m strong models.
        ceiling: the name of the one that is the realizable truth.
        data_sha256: of features, targets and split.
        predictions_sha256: of all predictions and labels.
        students: one a teacher.
        points: teachers by truths by parts.
        limits: the largest misfit shown, the least and the largest gain shown.
    """

    name: str
    loss: str
    title: str
    sizes: dict[str, int]
    outputs: int
    models: tuple[str, ...]
    ceiling: str
    data_sha256: str
    predictions_sha256: str
    students: tuple[Projection, ...]
    points: tuple[Point, ...]
    limits: tuple[float, float, float]


def measure(case: WeakToStrong) -> Panel:
    """Project every teacher of a case and measure it under both truths, on both parts."""
    points, students = [], []
    for index, teacher in enumerate(case.teachers):
        for truth in TRUTHS:
            outcome = case.instance(index, truth=truth).solve()
            points += [_on_transfer(outcome, teacher, truth), _on_test(case, outcome, index, truth)]
        student = outcome.student
        students.append(
            Projection(teacher, student.gap, student.status, student.solver, student.coordinates)
        )
    finite = [p for p in points if np.isfinite(p.gain) and np.isfinite(p.misfit)]
    widest, highest = max(p.misfit for p in finite), max(p.gain for p in finite)
    lowest = min(0.0, *(p.gain for p in finite))
    return Panel(
        name=case.name,
        loss=str(case.loss),
        title=f"{case.name}\n{TITLES.get(case.loss, 'KL (nats)')}",
        sizes={part: len(getattr(case, part).labels) for part in PARTS},
        outputs=case.transfer.labels.shape[1],
        models=case.models,
        ceiling=case.models[case.ceiling],
        data_sha256=case.data_digest,
        predictions_sha256=case.predictions_digest,
        students=tuple(students),
        points=tuple(points),
        limits=(1.1 * widest, lowest - 0.06 * highest, 1.08 * highest),
    )


def _on_transfer(outcome: Outcome, teacher: str, truth: str) -> Point:
    report = check(outcome)
    applicable = [found for found in report if found.verdict is not Verdict.NOT_APPLICABLE]
    failing = [found.theorem.key for found in applicable if found.verdict is not Verdict.HOLDS]
    return Point(
        teacher=teacher,
        truth=truth,
        part="transfer",
        teacher_error=outcome.teacher_error,
        student_error=outcome.student_error,
        gain=outcome.gain,
        misfit=outcome.misfit,
        slack=outcome.slack,
        verdict=report["gain"].verdict.value,
        applicable=len(applicable),
        failing=tuple(failing),
    )


def _on_test(case: WeakToStrong, outcome: Outcome, index: int, truth: Truth) -> Point:
    """Use the mixture weights found on the transfer set on the models' test predictions."""
    student = np.tensordot(outcome.student.coordinates, case.test.models, 1)
    target, teacher = case.truth(truth, case.test), case.test.teachers[index]
    divergence = case.loss.divergence
    first, second = divergence(target, teacher), divergence(target, student)
    misfit = divergence(student, teacher)
    gain = first - second if np.isfinite(first) or np.isfinite(second) else np.nan
    return Point(
        teacher=case.teachers[index],
        truth=truth,
        part="test",
        teacher_error=first,
        student_error=second,
        gain=gain,
        misfit=misfit,
        slack=gain - misfit,
        verdict="",
        applicable=0,
        failing=(),
    )
