"""The data sets and their split into a ground-truth set, a transfer set and a test set."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from sklearn import datasets

from kl_regression.divergences import KL, GeneralizedKL, Loss, SquaredError
from kl_regression.errors import InputError

LOADERS: dict[str, Callable[..., Any]] = {
    "digits": datasets.load_digits,
    "breast cancer": datasets.load_breast_cancer,
    "wine": datasets.load_wine,
    "diabetes": datasets.load_diabetes,
}
NAMES = tuple(LOADERS)

LOSSES: dict[str, tuple[Loss, ...]] = {
    "digits": (KL,),
    "breast cancer": (KL,),
    "wine": (KL,),
    "diabetes": (SquaredError, GeneralizedKL),
}
"""The losses of each data set: KL for classes, the other two for a positive real target."""


@dataclass(frozen=True)
class Sample:
    """Some points of a data set.

    Args:
        features: shape (n, d).
        target: shape (n,): the class as an integer, or the real target.
        labels: shape (n, k): the target as predictions, one-hot rows or one column.
    """

    features: Float[np.ndarray, "n d"]
    target: Int[np.ndarray, " n"] | Float[np.ndarray, " n"]
    labels: Float[np.ndarray, "n k"]


@dataclass(frozen=True)
class Source:
    """A data set, split: models learn on the ground-truth set, the student on the transfer set.

    Args:
        name: one of NAMES.
        classes: k for a classification, 0 for a regression.
        ground: the ground-truth set, a third of the points.
        transfer: the transfer set, where the student sees the teacher's predictions only.
        test: the rest, seen by nobody.
        digest: SHA-256 of features, targets and split.
    """

    name: str
    classes: int
    ground: Sample
    transfer: Sample
    test: Sample
    digest: str


def load_source(name: str, rng: np.random.Generator, *, limit: int | None = None) -> Source:
    """Load and split a data set, the classes in equal parts in each third.

    A real target is divided by its mean over the ground-truth set, so that errors of different
    data sets are of one size; it stays positive.

    Args:
        name: one of NAMES.
        rng: decides the split.
        limit: use this many points at most; all where None.
    """
    if name not in LOADERS:
        raise InputError("name", f"is {name!r}", f"Use one of: {', '.join(NAMES)}")
    features, target = LOADERS[name](return_X_y=True)
    classification = LOSSES[name][0] is KL
    thirds = _thirds(target if classification else np.zeros(len(target)), rng, limit)
    classes = int(target.max()) + 1 if classification else 0
    scaled = target if classification else target / target[thirds[0]].mean()
    ground, transfer, test = (
        Sample(features[part], scaled[part], _labels(scaled[part], classes)) for part in thirds
    )
    digest = digest_of(features, target, *thirds)
    return Source(name, classes, ground, transfer, test, digest)


def digest_of(*arrays: np.ndarray[Any, np.dtype[Any]]) -> str:
    """Return the SHA-256 of arrays of any shape: types, shapes and bytes, little-endian."""
    found = hashlib.sha256()
    for array in arrays:
        plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        found.update(f"{plain.dtype.str}{plain.shape}".encode())
        found.update(plain.tobytes())
    return found.hexdigest()


def _thirds(
    strata: np.ndarray[Any, np.dtype[Any]], rng: np.random.Generator, limit: int | None
) -> list[Int[np.ndarray, " n"]]:
    """Return three disjoint sets of points, every class dealt out in turn among them."""
    chosen = rng.permutation(len(strata))[:limit]
    dealt = chosen[np.argsort(strata[chosen], kind="stable")]
    return [np.sort(dealt[start::3]) for start in range(3)]


def _labels(target: np.ndarray[Any, np.dtype[Any]], classes: int) -> Float[np.ndarray, "n k"]:
    """Return one-hot rows, or the real target as one column."""
    return np.eye(classes)[target] if classes else target[:, None].astype(float)
