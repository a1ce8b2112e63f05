"""What a test set says about the population holds with its probability, simulated.

(a) For a student fixed beforehand, all truths in a hull of m models at once: the gain on a sample
is within R sqrt(log(2m/δ)/(2n)) of the population's, by Hoeffding's inequality for each model and
a union bound. (b) For a student fitted on the sample itself: a lower bound by contraction,
Massart's and McDiarmid's inequalities, proved and loose.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.special import softmax

import kl_regression as klr
from kl_regression.theorems.sample import fitted_student, fixed_student

CONFIDENCE = 0.9
SAMPLES = 200
"""Samples drawn from each population."""
SIZES = (20, 80)
POPULATION, CLASSES, MODELS = 400, 3, 4
SEED = 6


@dataclass(frozen=True)
class Coverage:
    """How often a bound held.

    Args:
        bound: its name.
        size: points in a sample.
        held: the share of samples on which it held for every truth in the hull.
        radius: its mean radius.
        worst: the largest deviation that was seen, over the radius.
    """

    bound: str
    size: int
    held: float
    radius: float
    worst: float


@dataclass(frozen=True)
class _Population:
    teacher: np.ndarray
    models: np.ndarray

    def gains(self, mixture: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the population's gain of a student for each model as the truth, and R."""
        ratio = np.log(np.tensordot(mixture, self.models, 1) / self.teacher)
        gains = (self.models * ratio).sum(axis=2).mean(axis=1)
        return gains, float(np.ptp(ratio))

    def sample(self, drawn: np.ndarray) -> klr.Outcome:
        """Return the outcome on some of its points."""
        return klr.Instance(
            teacher=self.teacher[drawn], students=klr.Hull(self.models[:, drawn])
        ).solve()


def coverages(samples: int = SAMPLES) -> Iterator[Coverage]:
    """Yield how often each bound held, for each sample size."""
    rng = np.random.default_rng(SEED)
    logits = rng.normal(size=(MODELS + 1, POPULATION, CLASSES))
    everyone = _Population(softmax(logits[0], axis=1), softmax(logits[1:], axis=2))
    fixed = everyone.sample(np.arange(POPULATION)).student.coordinates
    for size in SIZES:
        draws = [rng.integers(0, POPULATION, size) for _ in range(samples)]
        yield _fixed(everyone, np.asarray(fixed), draws)
        yield _fitted(everyone, draws)


def _fixed(everyone: _Population, mixture: np.ndarray, draws: list[np.ndarray]) -> Coverage:
    """Measure (a): the sample's gains against the population's, for all models at once."""
    gains, spread = everyone.gains(mixture)
    ratios = []
    radius = 0.0
    for drawn in draws:
        models = everyone.models[:, drawn]
        student = np.tensordot(mixture, models, 1)
        instance = klr.Instance(teacher=everyone.teacher[drawn], students=klr.Hull(models))
        outcome = instance.measure(student)
        radius = fixed_student(outcome, confidence=CONFIDENCE, spread=spread).radius
        slope = np.log(student / everyone.teacher[drawn])
        found = (models * slope).sum(axis=2).mean(axis=1)
        ratios.append(float(np.abs(found - gains).max()) / radius)
    return _coverage("(a) student fixed", len(draws[0]), ratios, radius)


def _fitted(everyone: _Population, draws: list[np.ndarray]) -> Coverage:
    """Measure (b): the lower bound against the least gain of any truth in the hull."""
    ratios, radii = [], []
    for drawn in draws:
        outcome = everyone.sample(drawn)
        bound = fitted_student(outcome, confidence=CONFIDENCE)
        gains, _ = everyone.gains(np.asarray(outcome.student.coordinates))
        centre = bound.lower + bound.radius
        ratios.append((centre - float(gains.min())) / bound.radius)
        radii.append(bound.radius)
    return _coverage("(b) student fitted", len(draws[0]), ratios, float(np.mean(radii)))


def _coverage(bound: str, size: int, ratios: list[float], radius: float) -> Coverage:
    held = float(np.mean([ratio <= 1.0 for ratio in ratios]))
    return Coverage(bound, size, held, radius, max(ratios))


def print_coverage(console: Console) -> bool:
    """Print the table, and tell whether every bound held at least as often as it says."""
    found = list(coverages())
    table = Table(
        title=f"Test-set bounds at confidence {CONFIDENCE:g}: {SAMPLES} samples each",
        title_justify="left",
    )
    for column in ("bound", "sample size", "held on", "radius", "worst deviation / radius"):
        table.add_column(column, justify="left" if column == "bound" else "right")
    for row in found:
        table.add_row(
            row.bound,
            str(row.size),
            f"{row.held:.1%}",
            f"{row.radius:.3g}",
            f"{row.worst:.3g}",
        )
    console.print(table)
    return all(row.held >= CONFIDENCE for row in found)
