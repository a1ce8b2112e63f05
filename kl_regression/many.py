"""project_many(): the students of thousands of small hulls, in one call.

The same projections as project(), instance by instance, with a leading axis of instances. Newton's
method runs on a stack of them (solvers/batch.py); an instance whose gap is more than rounding goes
to project() by itself. Gaps are recomputed from the predictions, as ever.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from kl_regression.arrays import Side, as_side
from kl_regression.arrays_many import (
    Stacked,
    as_many_weights,
    as_stack,
    check_same_sample,
    of_instance,
)
from kl_regression.classes.hull import Hull
from kl_regression.divergences import KL, Loss
from kl_regression.errors import InputError
from kl_regression.projection import Status, project
from kl_regression.solvers.batch import Stack, centres, mix, solve_stack, without_dead
from kl_regression.solvers.batch_gap import Certificates, certify
from kl_regression.tolerance import STACK, STACKED_MODELS

Many = Float[np.ndarray, " b"]
Raw = np.ndarray[Any, np.dtype[Any]]
Given = tuple[Raw, Raw, Stacked]


@dataclass(frozen=True)
class Students:
    """The projections of b teachers, with the numbers that certify them.

    Args:
        predictions: shape (b, n, k), each a mixture of its models.
        coordinates: mixture weights, shape (b, m).
        misfit: D(student, teacher), shape (b,).
        objective: what was minimised, shape (b,).
        gap: upper bounds on max over the hull of <grad, student - v>, rounding included; (b,).
        gap_rounding: how much of ``gap`` is the rounding of its own sums, shape (b,).
        exact: whether the gap is a rounding error, shape (b,); the others are approximate.
        alone: which instances project() solved by itself, shape (b,).
    """

    predictions: Float[np.ndarray, "b n k"]
    coordinates: Float[np.ndarray, "b m"]
    misfit: Many
    objective: Many
    gap: Many
    gap_rounding: Many
    exact: Bool[np.ndarray, " b"]
    alone: Bool[np.ndarray, " b"]

    def __len__(self) -> int:
        return len(self.gap)

    def __repr__(self) -> str:
        b, n, k = self.predictions.shape
        found = f"largest gap={self.gap.max():.1e}, exact={np.count_nonzero(self.exact)}"
        return f"Students(b={b}, n={n}, k={k}, {found})"


def project_many(
    teachers: Any,
    models: Any,
    *,
    weights: Any = None,
    loss: Loss = KL,
    side: str = "left",
    normalize: bool = False,
) -> Students:
    """Return the projections of b teachers, shape (b, n, k), each onto the hull of its m models.

    Args:
        teachers: predictions, shape (b, n, k).
        models: shape (b, m, n, k), or (m, n, k) where all instances share them.
        weights: probabilities of the points, shape (b, n) or (n,); uniform where None.
        loss: the divergence; KL in nats.
        side: "left" for argmin D(f, teacher), "right" for argmin D(teacher, f).
        normalize: divide the teachers' rows by their sums instead of rejecting rows that are off.

    Raises:
        InputError: for arrays that cannot be used, with the instance, the index and what to do.
        InfiniteDivergenceError: when some teacher is at infinite divergence from its whole hull.

    >>> students = project_many([[[0.5, 0.5]], [[0.7, 0.3]]], [[[0.8, 0.2]], [[0.6, 0.4]]])
    >>> students.predictions.round(6).tolist(), students.exact.tolist()
    ([[[0.6, 0.4]], [[0.7, 0.3]]], [True, True])
    """
    if not isinstance(loss, Loss):
        raise InputError("loss", f"is {loss!r}", "Pass KL, GeneralizedKL or SquaredError")
    where = as_side(side)
    if where == "right" and not loss.convex_right:
        raise InputError(
            "loss",
            f"{loss} is not convex on the right, so that its students are local",
            "Use project, one instance at a time",
        )
    g = as_stack(teachers, "teachers", ("(b, n, k)",), loss.domain, normalize=normalize)
    v = as_stack(models, "models", ("(b, m, n, k)", "(m, n, k)"), loss.domain)
    check_same_sample(g, v)
    p = as_many_weights(weights, *g.shape[:2])
    found = _solve(g, v, p, loss, where)
    given = (np.asarray(teachers), np.asarray(models), p)
    for b in np.flatnonzero(~found.exact):
        _solve_alone(found, int(b), given, loss, where, normalize=normalize)
    return found


def _solve(g: Stacked, v: Stacked, p: Stacked, loss: Loss, side: Side) -> Students:
    """Return the students by Newton's method on stacks of bounded size."""
    b, n, k = g.shape
    m = v.shape[-3]
    found = Students(
        np.empty((b, n, k)),
        np.empty((b, m)),
        *(np.empty(b) for _ in range(4)),
        *(np.zeros(b, dtype=bool) for _ in range(2)),
    )
    size = max(STACK // (m * n * k), 1)
    for start in range(0, b, size):
        part = slice(start, start + size)
        models = v if v.ndim == 3 else v[part]
        stack = Stack(
            models.reshape(*models.shape[:-2], n * k),
            g[part].reshape(-1, n * k),
            np.repeat(p[part], k, axis=1),
            np.ones((len(g[part]), m), dtype=bool),
            loss,
            side,
        )
        mixtures, predictions, certificates = _solve_stack(stack)
        found.coordinates[part] = mixtures
        found.predictions[part] = predictions.reshape(-1, n, k)
        found.misfit[part], found.objective[part] = certificates.misfit, certificates.objective
        found.gap[part] = certificates.gap + certificates.rounding
        found.gap_rounding[part] = certificates.rounding
        found.exact[part] = certificates.exact & np.isfinite(certificates.objective)
    return found


def _solve_stack(stack: Stack) -> tuple[Stacked, Stacked, Certificates]:
    """Return mixtures, predictions and certificates of a stack; many models are left at rest."""
    stack = without_dead(stack)
    few = stack.usable.shape[1] <= STACKED_MODELS
    mixtures = solve_stack(stack) if few else centres(stack)
    predictions = mix(stack.models, mixtures)
    return mixtures, predictions, certify(stack, predictions)


def _solve_alone(
    found: Students, b: int, given: Given, loss: Loss, side: Side, *, normalize: bool
) -> None:
    """Replace one student by that of project(), where its gap is smaller."""
    teachers, models, weights = given
    hull = Hull(models if models.ndim == 3 else models[b])
    try:
        student = project(
            teachers[b], hull, weights=weights[b], loss=loss, side=side, normalize=normalize
        )
    except InputError as error:
        raise of_instance(error, "teachers", b) from None
    found.alone[b] = True
    if np.isfinite(found.objective[b]) and found.gap[b] <= student.gap:
        return
    found.predictions[b], found.coordinates[b] = student.predictions, student.coordinates
    found.misfit[b], found.objective[b] = student.misfit, student.objective
    found.gap[b], found.gap_rounding[b] = student.gap, student.gap_rounding
    found.exact[b] = student.status is Status.EXACT
