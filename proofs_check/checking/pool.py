"""Random outcomes that every theorem is tried on: all sides, classes, losses and truths."""

from collections.abc import Iterator
from itertools import cycle, islice

import numpy as np
from scipy.special import softmax

import kl_regression as klr

CASES = (
    ("left", "KL", "hull"),
    ("right", "KL", "hull"),
    ("left", "KL", "hull"),
    ("right", "KL", "softmax"),
    ("left", "SquaredError", "hull"),
    ("right", "KL", "hull"),
    ("left", "GeneralizedKL", "hull"),
    ("left", "ItakuraSaito", "hull"),
)
"""Side, loss and class, in turn."""

LOSSES = {
    "KL": klr.KL,
    "GeneralizedKL": klr.GeneralizedKL,
    "SquaredError": klr.SquaredError,
    "ItakuraSaito": klr.ItakuraSaito,
}


def outcomes(count: int, rng: np.random.Generator) -> Iterator[klr.Outcome]:
    """Yield solved random instances, case by case."""
    for case in islice(cycle(CASES), count):
        yield random_outcome(*case, rng)


def random_outcome(side: str, loss: str, shape: str, rng: np.random.Generator) -> klr.Outcome:
    """Return a solved instance with up to 5 points, 4 outputs and 4 models."""
    n, k, m = int(rng.integers(1, 6)), int(rng.integers(2, 5)), int(rng.integers(1, 5))
    spread = rng.choice([0.1, 1.0, 3.0])
    models, teacher, other = (
        predictions(loss, spread, rng, *size) for size in ((m, n, k), (n, k), (n, k))
    )
    truth = np.tensordot(rng.dirichlet(np.ones(m)), models, 1)
    students: klr.FunctionClass = klr.Hull(models)
    if shape == "softmax":
        features = np.column_stack([np.ones(n), rng.normal(size=n)])[:, : min(n, 2)]
        students = klr.LogLinear(features, classes=k)
        truth = softmax(features @ rng.normal(size=(features.shape[1], k)), axis=1)
        if rng.random() < 0.25:
            teacher = np.eye(k)[rng.integers(0, k, n)]
    elif rng.random() < 0.25:
        truth = other
    elif loss == "KL" and rng.random() < 0.25:
        truth = np.eye(k)[rng.integers(0, k, n)]
    return klr.Instance(
        teacher=teacher,
        truth=truth,
        students=students,
        weights=rng.dirichlet(np.ones(n)),
        loss=LOSSES[loss],
        side=side,
    ).solve()


def predictions(loss: str, spread: float, rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Return random predictions of a shape (..., n, k), legal for the loss."""
    logits = spread * rng.normal(size=shape)
    if loss == "KL":
        return np.asarray(softmax(logits, axis=-1))
    return np.asarray(logits if loss == "SquaredError" else np.exp(logits))
