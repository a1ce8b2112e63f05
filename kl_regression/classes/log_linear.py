"""A softmax layer on fixed features: convex in logits, not in probabilities, and it says so."""

from typing import Any

import numpy as np
import scipy
from jaxtyping import Float
from typing_extensions import override

from kl_regression.arrays import Predictions, Weights, as_features
from kl_regression.classes.base import FunctionClass, Property, Space, check_points, is_count
from kl_regression.classes.polyhedron import Polyhedron, Support
from kl_regression.errors import InputError, ShapeError
from kl_regression.tolerance import ENTRY_ULPS, TINY


class LogLinear(FunctionClass):
    """The functions softmax(Φ Θ) for features Φ of shape (n, d) and Θ of shape (d, k).

    Mixtures of members are not members: no theorem about classes convex in outputs applies,
    whatever the side. On the right the student is multinomial logistic regression, a convex
    problem in Θ.

    >>> LogLinear([[1.0, 0.0], [1.0, 1.0]], classes=2)
    LogLinear(n=2, d=2, classes=2)
    """

    properties = frozenset({Property.CONVEX_LOGITS})

    def __init__(self, features: Any, *, classes: int) -> None:
        self.features: Float[np.ndarray, "n d"] = as_features(features, "features")
        if not is_count(classes, least=2):
            raise InputError("classes", f"is {classes!r}", "Give the number of classes k >= 2")
        self.classes = int(classes)

    def __repr__(self) -> str:
        n, d = self.features.shape
        return f"LogLinear(n={n}, d={d}, classes={self.classes})"

    @override
    def check(self, space: Space) -> None:
        check_points("features", len(self.features), space)
        if self.classes != space.outputs:
            raise ShapeError(
                "classes",
                f"is {self.classes}, the teacher has {space.outputs} columns",
                "Use the same number",
            )

    def log_predictions(self, coordinates: Float[np.ndarray, " z"]) -> Predictions:
        """Return log softmax(Φ Θ), shape (n, k), for Θ flattened row by row."""
        logits = self.features @ coordinates.reshape(-1, self.classes)
        return np.asarray(scipy.special.log_softmax(logits, axis=1), dtype=np.float64)

    @override
    def polyhedron(self, space: Space) -> Polyhedron:
        raise InputError(
            "students", "is a softmax layer, which is no polyhedron", "Project with project()"
        )

    @override
    def support(self, direction: Predictions, space: Space) -> Support:
        raise InputError(
            "students",
            "is a softmax layer, whose support function has no closed form",
            "Project with project()",
        )

    @override
    def member(
        self, coordinates: Float[np.ndarray, " z"], space: Space
    ) -> tuple[Float[np.ndarray, " z"], Predictions]:
        return coordinates, np.exp(self.log_predictions(coordinates))

    @override
    def nearest(self, predictions: Predictions, space: Space, weights: Weights) -> Predictions:
        """Return the member whose logits are the least-squares fit of log predictions."""
        return np.exp(self.log_predictions(self.parameters(predictions).ravel()))

    def parameters(self, predictions: Predictions) -> Float[np.ndarray, "d k"]:
        """Return Θ, shape (d, k), whose centred logits fit those of the predictions (n, k)."""
        logits = np.log(np.maximum(predictions, TINY))
        return np.linalg.lstsq(self.features, logits - logits.mean(axis=1, keepdims=True))[0]

    @property
    @override
    def terms(self) -> int:
        return 64 * self.features.shape[1] * int(ENTRY_ULPS)

    @override
    def random_member(self, rng: np.random.Generator, space: Space) -> Predictions:
        return np.exp(self.log_predictions(rng.normal(size=self.features.shape[1] * self.classes)))
