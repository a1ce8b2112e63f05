"""The instances that are timed: deterministic by seed, of the sizes that the goals name."""

import numpy as np

import kl_regression as klr
from kl_regression.arrays import as_side
from kl_regression.classes.base import Space
from kl_regression.gap import optimality_gap
from kl_regression.solvers.candidate import Problem

DIMENSION = 6


def softmax(logits):
    """Return distributions along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def hull(n, k=3, m=10, *, seed=0):
    """Return teacher (n, k), models (m, n, k), weights (n,): softmax layers on shared features.

    Half of the teacher is a mixture of half of the models, so that some weights are zero and some
    are not.
    """
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, DIMENSION))
    models = np.empty((m, n, k))
    for model in models:
        model[:] = softmax(points @ rng.normal(size=(DIMENSION, k)))
    own = softmax(points @ rng.normal(size=(DIMENSION, k)) + 0.3 * rng.normal(size=(n, k)))
    used = rng.choice(m, max(1, m // 2), replace=False)
    teacher = 0.5 * own
    for j, share in zip(used, rng.dirichlet(np.ones(len(used))), strict=True):
        teacher += 0.5 * share * models[j]
    teacher /= teacher.sum(axis=1, keepdims=True)
    weights = rng.dirichlet(np.full(n, 2.0))  # normalised by a sequential sum
    return teacher, models, weights / weights.sum()


def small_hulls(b, n=50, k=3, m=5, *, seed=0):
    """Return teachers (b, n, k), models (b, m, n, k), weights (b, n)."""
    rng = np.random.default_rng(seed)
    teachers = softmax(rng.normal(size=(b, n, k)))
    models = softmax(1.5 * rng.normal(size=(b, m, n, k)))
    return teachers, models, rng.dirichlet(np.full(n, 2.0), size=b)


def head(n, k=3, d=5, *, seed=0):
    """Return teacher (n, k) and features (n, d) with a constant column."""
    rng = np.random.default_rng(seed)
    features = np.column_stack([np.ones(n), rng.normal(size=(n, d - 1))])
    logits = features @ rng.normal(size=(d, k)) + 0.5 * rng.normal(size=(n, k))
    return softmax(logits), features


def curve(n, *, span=2.0, seed=0):
    """Return positive outputs (n,) that wander over about ``span`` nats, and points (n,)."""
    rng = np.random.default_rng(seed)
    points = (np.arange(n) + rng.uniform(0.2, 0.8, size=n)) / n
    logs = span * (np.sin(6.0 * points) + 0.2 * rng.normal(size=n)) / 2.0
    return np.exp(logs), points


def problem(teacher, students, *, weights=None, loss=klr.KL, side="left"):
    """Return the problem that project() would solve, for a peer to be given and measured by."""
    columns = teacher if teacher.ndim == 2 else teacher[:, None]
    shares = np.full(len(columns), 1.0 / len(columns)) if weights is None else weights
    space = Space.of(loss.domain, *columns.shape)
    return Problem(students, columns, shares, loss, as_side(side), space)


def gap_of(task, coordinates):
    """Return our gap, rounding included, of the member at a peer's coordinates."""
    with np.errstate(all="ignore"):
        predictions = task.students.member(np.asarray(coordinates, dtype=float), task.space)[1]
    return gap_of_predictions(task, predictions)


def gap_of_predictions(task, predictions):
    """Return our gap, rounding included, of predictions (n, k)."""
    found = gap_sum(task, predictions)
    return found.value + found.rounding


def gap_sum(task, predictions):
    """Return our gap of predictions (n, k) and its rounding, apart."""
    with np.errstate(all="ignore"):
        return optimality_gap(
            predictions,
            None,
            task.teacher,
            task.students,
            weights=task.weights,
            loss=task.loss,
            side=task.side,
            space=task.space.around(task.teacher, predictions),
        )
