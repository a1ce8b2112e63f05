"""The students of many tables at once, in floats, and how far they may be off.

On a path the student is the root of the derivative, by bisection to the last bit: a search among
values of the objective would stop at the root of the rounding.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from kl_regression.arithmetic import Floats
from kl_regression.arrays import as_side
from kl_regression.cases import Cases
from kl_regression.falsify.paths import Path, Segment, Softmax
from kl_regression.falsify.ranges import Ranges, ratio
from kl_regression.many import project_many
from kl_regression.tolerance import ENTRY_ULPS, EPS, TINY

STARTS = 33
"""Points of a path on which an objective that is not convex is compared first."""

HALVINGS = 56
"""Bisections: what a unit interval of floats can be halved."""

Table = Any
"""Rows of many instances, shape (b, r, n, k)."""


def solve(table: Table, ranges: Ranges) -> tuple[Cases, Any]:
    """Return the cases of tables of shape (b, r, n, k), and each student's position or gap."""
    teacher, models, truth = ranges.parts(table)
    cases = Cases(
        teacher=teacher,
        student=models[:, 0],
        truth=truth,
        weights=1.0 / teacher.shape[1],
        loss=ranges.loss,
        x=Floats(),
    )
    if ranges.students == "any" or (ranges.students == "hull" and models.shape[1] == 1):
        return cases, np.zeros(len(table))
    if ranges.students == "points":
        return replace(cases, student=_nearest(cases, models, ranges)), np.zeros(len(table))
    if ranges.students == "hull" and models.shape[1] > 2:
        found = project_many(teacher, models, loss=ranges.loss, side=ranges.side, normalize=True)
        return replace(cases, student=found.predictions), np.sqrt(np.maximum(found.gap, 0.0))
    path = path_of(cases, models, ranges)
    if isinstance(path, Softmax):
        cases = replace(cases, truth=path.at(np.log(ratio(table[:, -1]))[:, None, None]))
    t = _minimise(path, cases)
    return replace(cases, student=path.at(t)), np.stack([t[:, 0, 0], _doubt(path, t)])


def path_of(cases: Cases, models: Any, ranges: Ranges) -> Path:
    """Return the path that students are on, for models of shape (b, m, n, k)."""
    side = as_side(ranges.side)
    if ranges.students == "softmax":
        return Softmax(models[:, 0], cases.teacher, side, cases.x)
    return Segment(models[:, 0], models[:, 1], cases.teacher, ranges.loss, side, cases.x)


def objective(cases: Cases, student: Any, side: str) -> Any:
    """Return what a student of shape (b, n, k) minimises, shape (b,)."""
    if side == "left":
        return cases.d(student, cases.teacher)
    return cases.d(cases.teacher, student)


def _nearest(cases: Cases, models: Any, ranges: Ranges) -> Any:
    values = [objective(cases, models[:, j], ranges.side) for j in range(models.shape[1])]
    return models[np.arange(len(models)), np.argmin(values, axis=0)]


def _minimise(path: Path, cases: Cases) -> Any:
    """Return where the objective is least, shape (b, 1, 1): the root of its derivative."""
    first, last = path.reach
    shape = (len(cases.teacher), 1, 1)
    low, high = np.full(shape, float(first)), np.full(shape, float(last))
    if not path.convex:
        grid = np.linspace(*((-8, 8) if isinstance(path, Softmax) else (0, 1)), STARTS)
        values = [objective(cases, path.at(np.full(shape, t)), path.side) for t in grid]
        best = np.argmin(values, axis=0)
        low = grid[np.maximum(best - 1, 0)].reshape(shape)
        high = grid[np.minimum(best + 1, STARTS - 1)].reshape(shape)
    for _ in range(HALVINGS):
        t = 0.5 * (low + high)
        rising = path.terms(t).sum(axis=(1, 2), keepdims=True) > 0
        low, high = np.where(rising, low, t), np.where(rising, t, high)
    return 0.5 * (low + high)


def _doubt(path: Path, t: Any) -> Any:
    """Return how far t may be off, shape (b,): the derivative's rounding over its own slope."""
    step = EPS**0.25
    bend = np.abs((path.terms(t + step) - path.terms(t - step)).sum(axis=(1, 2))) / (2 * step)
    noise = ENTRY_ULPS * EPS * path.sizes(t).sum(axis=(1, 2))
    return np.minimum(noise / np.maximum(bend, TINY) + EPS, 1.0)
