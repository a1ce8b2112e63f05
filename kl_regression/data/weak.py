"""Weak teachers of different quality: few features, shallow trees, few samples.

Each has full support by its own estimator: a softmax is positive, and a tree's leaf with n_c
points of class c out of n gives (n_c + 1) / (n + k), Laplace's rule of succession. So the
student, which must vanish wherever its teacher does, exists.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kl_regression.data.sources import Source

STEPS = 4000
SHARES = (0.05, 0.1, 0.2, 0.3, 0.45)
"""Parts of the features that a teacher sees; at least 1, 2, 3, 4, 5 of them."""
DEPTHS = (1, 2, 3, 4, 6)
"""Depths of trees, each on a random half of the features."""
SAMPLES = (2, 3, 5, 8, 12)
"""Points of each class that a teacher learns from; of a regression, five times as many."""


@dataclass(frozen=True)
class Weak:
    """A teacher to be: a model, the features that it sees, and the points that it learns from.

    Args:
        name: in words.
        model: unfitted.
        columns: indices of features, shape (c,).
        rows: indices of points of the ground-truth set, shape (r,).
    """

    name: str
    model: Any
    columns: Int[np.ndarray, " c"]
    rows: Int[np.ndarray, " r"]


def weak_teachers(source: Source, rng: np.random.Generator, seed: int) -> list[Weak]:
    """Return fifteen unfitted teachers, the three families in turn, each from weaker to stronger.

    Args:
        source: the split data set; teachers learn from its ground-truth set only.
        rng: decides which features and points a teacher gets.
        seed: the random state of trees.
    """
    points, width = source.ground.features.shape
    every_row, every_column = np.arange(points), np.arange(width)
    found = []
    for least, (share, depth, count) in enumerate(zip(SHARES, DEPTHS, SAMPLES, strict=True), 1):
        columns = np.sort(rng.permutation(width)[: max(least, round(share * width))])
        half = np.sort(rng.permutation(width)[: width // 2])
        rows = _few(source, count, rng)
        tree = _tree(source.classes, depth, seed)
        some = f"{len(columns)} feature{'s' if len(columns) > 1 else ''}"
        found += [
            Weak(f"linear, {some}", _linear(source.classes, 1.0), columns, every_row),
            Weak(f"tree of depth {depth}", tree, half, every_row),
            Weak(f"linear, {len(rows)} points", _linear(source.classes, 0.1), every_column, rows),
        ]
    return found


class LaplaceTree:
    """A decision tree whose leaf probabilities are (n_c + 1) / (n + k), never 0."""

    def __init__(self, classes: int, depth: int, seed: int) -> None:
        self.classes = classes
        self.tree = DecisionTreeClassifier(max_depth=depth, random_state=seed)

    def fit(
        self, features: np.ndarray[Any, np.dtype[Any]], target: np.ndarray[Any, np.dtype[Any]]
    ) -> "LaplaceTree":
        """Grow the tree on features of shape (n, d) and classes of shape (n,), and count leaves."""
        leaves = self.tree.fit(features, target).apply(features)
        self.counts = np.zeros((self.tree.tree_.node_count, self.classes))
        np.add.at(self.counts, (leaves, target), 1.0)
        return self

    def predict_proba(self, features: np.ndarray[Any, np.dtype[Any]]) -> Float[np.ndarray, "n k"]:
        """Return the smoothed shares of the classes in the leaf of each point, shape (n, k)."""
        counts = self.counts[self.tree.apply(features)] + 1.0
        return counts / counts.sum(axis=1, keepdims=True)


def _linear(classes: int, softness: float) -> Any:
    """Return a penalised linear model on standardised features."""
    model = LogisticRegression(C=softness, max_iter=STEPS) if classes else Ridge(1.0 / softness)
    return make_pipeline(StandardScaler(), model)


def _tree(classes: int, depth: int, seed: int) -> Any:
    if classes:
        return LaplaceTree(classes, depth, seed)
    return DecisionTreeRegressor(max_depth=depth, min_samples_leaf=3, random_state=seed)


def _few(source: Source, count: int, rng: np.random.Generator) -> Int[np.ndarray, " r"]:
    """Return ``count`` points of every class, or 5 ``count`` points of a regression."""
    target = source.ground.target
    if not source.classes:
        return np.sort(rng.permutation(len(target))[: 5 * count])
    return np.sort(
        np.concatenate(
            [rng.permutation(np.flatnonzero(target == c))[:count] for c in range(source.classes)]
        )
    )
