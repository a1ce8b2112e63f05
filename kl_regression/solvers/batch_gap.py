"""The optimality gaps of many mixtures at once: gap.py's formula, recomputed from the predictions.

Every sum runs along the last axis of a contiguous array, which NumPy adds pairwise, so the rounding
bound of tolerance.py holds for each instance by itself.
"""

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Bool

from kl_regression.solvers.batch import Entries, Flags, Scalars, Stack
from kl_regression.tolerance import ENTRY_ULPS, EPS, TINY, are_exact, summation_ulps


@dataclass(frozen=True)
class Certificates:
    """What the predictions alone say of every instance, shapes (b,).

    Args:
        misfit: D(student, teacher).
        objective: D(student, teacher) or D(teacher, student), as the side says.
        gap: max over the hull of <grad, student - v>, without its rounding.
        rounding: the rounding of the gap's own sums and of the student's last bits.
        exact: whether the gap is a rounding error.
    """

    misfit: Scalars
    objective: Scalars
    gap: Scalars
    rounding: Scalars
    exact: Flags


def certify(stack: Stack, students: Entries) -> Certificates:
    """Return the certificates of the predictions, shape (b, f), of every instance."""
    with np.errstate(all="ignore"):
        parts = [_certify(stack.take(part), students[part]) for part in stack.blocks()]
    columns = ([getattr(part, field.name) for part in parts] for field in fields(Certificates))
    return Certificates(*(np.concatenate(column) for column in columns))


def _certify(stack: Stack, student: Entries) -> Certificates:
    left = stack.side == "left"
    first, second = (student, stack.teacher) if left else (stack.teacher, student)
    objective = _measure(stack, first, second)
    misfit = objective if left else _measure(stack, student, stack.teacher)
    slope = stack.loss.gradient(first, second, stack.side)
    counted = stack.mass > 0
    if left and stack.loss.vanishes_with_teacher:
        counted &= stack.teacher > 0
    starved = counted & ~np.isfinite(slope)
    descent = np.where(counted & ~starved, -stack.mass * slope, 0.0)
    highest, errors = _support(stack, descent)
    terms = descent * student
    gap = highest - terms.sum(axis=1)
    ulps = summation_ulps(terms.shape[1]) + ENTRY_ULPS
    errors += EPS * (ulps * np.abs(terms).sum(axis=1) + np.abs(gap))
    errors += _resolution(stack, student, stack.loss.curvature(first, second, stack.side))
    if starved.any():
        gap = np.where(_reached(stack, starved), np.inf, gap)
    return Certificates(misfit, objective, gap, errors, are_exact(gap, errors))


def _measure(stack: Stack, p: Entries, q: Entries) -> Scalars:
    entries = stack.loss.entries(p, q)[0]
    return np.where(stack.mass > 0, stack.mass * entries, 0.0).sum(axis=1)


def _support(stack: Stack, descent: Entries) -> tuple[Scalars, Scalars]:
    """Return max_j <descent, v_j> over the usable models, and a bound on its rounding."""
    terms = stack.models * descent[:, None, :]
    values = terms.sum(axis=2)
    errors = np.abs(terms, out=terms).sum(axis=2)
    ulps = EPS * (summation_ulps(descent.shape[1]) + 1.0)
    usable = stack.usable
    highest = np.where(usable, values, -np.inf).max(axis=1)
    return highest, ulps * np.where(usable, errors, 0.0).max(axis=1)


def _resolution(stack: Stack, student: Entries, curvature: Entries) -> Scalars:
    """Return by how much the students' last bits move the gaps: gap.resolution of each."""
    moved = np.abs(student * curvature) * (student > TINY)
    if stack.loss.domain.low == 0:
        moved = np.where(np.isfinite(moved), moved, 0.0)
    reach = np.maximum(np.abs(student), np.abs(stack.teacher))
    return EPS * (stack.mass * moved * reach).sum(axis=1)


def _reached(stack: Stack, entries: Bool[np.ndarray, "b f"]) -> Flags:
    """Tell where some usable model has mass on one of the entries, shape (b,)."""
    found = np.zeros(len(entries), dtype=bool)
    for b in np.flatnonzero(entries.any(axis=1)):
        models = stack.models if stack.models.ndim == 2 else stack.models[b]
        found[b] = (models[stack.usable[b]] @ entries[b]).max() > TINY
    return found
