"""How well calibrated teacher and student are, with the conditioning explicit, and what to draw.

The theorem bounds the difference of the two errors where the conditioning is common to both models:
by E ||g - s||_1, and by twice that for the smooth error. With each model conditioned on its own
score there is no such bound. Diagrams are of the top label: confidence against frequency.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Predictions, Weights
from kl_regression.calibration.binned import binned_error
from kl_regression.calibration.conditioning import bins, own_score
from kl_regression.calibration.marginal import cell_sums, marginal_error
from kl_regression.calibration.smooth import smooth_error
from kl_regression.instance import Outcome

BINS = 10
WIDTH = 0.05
"""Standard deviation of the kernel of the smooth diagram."""

STEPS = 101


@dataclass(frozen=True)
class Measure:
    """One calibration error of both models.

    Args:
        name: what is measured, and what it is conditioned on.
        teacher: the teacher's.
        student: the student's.
        bound: on the size of their difference; None where there is none.
    """

    name: str
    teacher: float
    student: float
    bound: float | None


@dataclass(frozen=True)
class Curve:
    """Frequency against confidence, for one model.

    Args:
        confidence: shape (b,).
        frequency: shape (b,).
        mass: the probability of each bin, shape (b,); of a smooth curve, its local mass.
    """

    confidence: Float[np.ndarray, " b"]
    frequency: Float[np.ndarray, " b"]
    mass: Float[np.ndarray, " b"]


@dataclass(frozen=True)
class Calibration:
    """Calibration of teacher and student.

    Args:
        measures: errors, a row each.
        own: both curves in bins of each model's own confidence.
        shared: both curves in bins of the teacher's confidence, for the teacher's top label.
        smooth: both curves smoothed.
    """

    measures: tuple[Measure, ...]
    own: tuple[Curve, Curve]
    shared: tuple[Curve, Curve]
    smooth: tuple[Curve, Curve]


def calibrate(outcome: Outcome) -> Calibration:
    """Return the calibration of teacher and student, for label rows in the outcome's truth."""
    instance, rows = outcome.instance, outcome.truth
    teacher, student = instance.teacher, _unit(outcome.student.predictions)
    weights = instance.weights
    top = teacher.argmax(axis=1)
    shared = _cells(_pick(teacher, top))
    return Calibration(
        measures=_measures(teacher, student, rows, weights),
        own=(_own(teacher, rows, weights), _own(student, rows, weights)),
        shared=(
            _binned(_pick(teacher, top), _pick(rows, top), weights, shared),
            _binned(_pick(student, top), _pick(rows, top), weights, shared),
        ),
        smooth=(_smooth(teacher, rows, weights), _smooth(student, rows, weights)),
    )


def _unit(rows: Predictions) -> Predictions:
    """Return rows that sum to 1 to the last bit that a division gives."""
    found: Predictions = rows / rows.sum(axis=1, keepdims=True)
    return found


def _measures(
    teacher: Predictions, student: Predictions, rows: Predictions, weights: Weights
) -> tuple[Measure, ...]:
    edges = np.linspace(0.0, 1.0, BINS + 1)
    apart = float(weights @ np.abs(teacher - student).sum(axis=1))

    def pair(error: Any) -> tuple[float, float]:
        return error(teacher), error(student)

    def marginal(given: Any) -> tuple[float, float]:
        return pair(lambda model: marginal_error(model, rows, given, weights=weights).value)

    return (
        Measure("marginal, given each model's own score", *marginal(own_score()), None),
        Measure(f"marginal, given {BINS} bins of its own score", *marginal(bins(edges)), None),
        Measure(
            f"marginal, given {BINS} bins of the teacher's score",
            *marginal(bins(edges, of=teacher)),
            apart,
        ),
        Measure(
            "smooth, summed over the classes",
            *pair(lambda model: smooth_error(model, rows, weights=weights).value),
            2 * apart,
        ),
        Measure(
            f"binned ECE of the top label, {BINS} bins",
            *pair(lambda model: binned_error(model, rows, bins=BINS, weights=weights)),
            None,
        ),
    )


def _pick(rows: Predictions, classes: Any) -> Float[np.ndarray, " n"]:
    return np.take_along_axis(rows, classes[:, None], axis=1)[:, 0]


def _cells(confidence: Float[np.ndarray, " n"]) -> Any:
    edges = np.linspace(0.0, 1.0, BINS + 1)
    return np.clip(np.searchsorted(edges, confidence) - 1, 0, BINS - 1)


def _own(model: Predictions, rows: Predictions, weights: Weights) -> Curve:
    top = model.argmax(axis=1)
    confidence = _pick(model, top)
    return _binned(confidence, _pick(rows, top), weights, _cells(confidence))


def _binned(
    confidence: Float[np.ndarray, " n"],
    hits: Float[np.ndarray, " n"],
    weights: Weights,
    cells: Any,
) -> Curve:
    counted = weights > 0
    p, number = weights[counted], np.unique(cells[counted], return_inverse=True)[1]
    mass = cell_sums(p, number)
    mean, frequency = (
        cell_sums(p * values[counted], number) / mass for values in (confidence, hits)
    )
    return Curve(mean, frequency, mass)


def _smooth(model: Predictions, rows: Predictions, weights: Weights) -> Curve:
    """Return the frequency smoothed by a Gaussian folded at 0 and 1, over the scores' range."""
    top = model.argmax(axis=1)
    confidence, hits = _pick(model, top), _pick(rows, top)
    seen = confidence[weights > 0]
    grid = np.linspace(seen.min(), seen.max(), STEPS)[:, None]
    kernel = sum(
        np.exp(-0.5 * np.square((grid - image) / WIDTH))
        for image in (confidence, -confidence, 2.0 - confidence)
    )
    mass = np.asarray(kernel @ weights, dtype=np.float64)
    return Curve(grid[:, 0], np.asarray(kernel @ (weights * hits) / mass), mass)
