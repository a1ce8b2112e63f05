"""Models of growing capacity: trees of growing depth, softmax layers on more and more features.

A teacher is a tree that learnt the labels of the ground-truth set. A student is the projection of a
teacher onto the softmax layers on some kernel features, over the transfer set, side right. A
ceiling is a student's class trained on the transfer set's own labels. Trees and layers are
different families, so that no student's class holds a teacher.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kl_regression.arrays import Predictions
from kl_regression.data.sources import Sample, Source
from kl_regression.data.weak import LaplaceTree

STEPS = 4000


@dataclass(frozen=True)
class Size:
    """The features of one capacity: a kernel map with some landmarks, and a column of ones."""

    landmarks: int
    kernel: Any

    def features(self, sample: Sample) -> Float[np.ndarray, "n d"]:
        """Return the features of a sample's points, shape (n, landmarks + 1)."""
        found = self.kernel.transform(sample.features)
        return np.column_stack([found, np.ones(len(found))])


def sizes_of(source: Source, landmarks: Sequence[int], seed: int) -> tuple[Size, ...]:
    """Return one feature map a number of landmarks."""
    return tuple(
        Size(
            count,
            make_pipeline(StandardScaler(), Nystroem(n_components=count, random_state=seed)).fit(
                source.ground.features
            ),
        )
        for count in landmarks
    )


def tree(source: Source, depth: int, seed: int) -> list[Predictions]:
    """Return the predictions of a tree on the transfer set and on the test set, (n, k) each."""
    model = LaplaceTree(source.classes, depth, seed)
    model.fit(source.ground.features, source.ground.target)
    return [model.predict_proba(part.features) for part in (source.transfer, source.test)]


def ceiling(size: Size, source: Source) -> Predictions:
    """Return the test predictions, shape (n, k), of a layer trained on the transfer set's labels.

    It is penalised a little: labels can be separable, and their likelihood then has no maximum.
    """
    model = LogisticRegression(C=10.0, max_iter=STEPS, fit_intercept=False)
    model.fit(size.features(source.transfer), source.transfer.target)
    return np.asarray(model.predict_proba(size.features(source.test)))
