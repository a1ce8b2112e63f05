"""A dozen strong models of different kinds: linear, kernel, trees, boosting, neighbours, networks.

Settings are such that every fit converges. A forest or a neighbour vote may give a class
probability 0: that is legal, and nothing is clipped.
"""

from typing import Any

import numpy as np
from sklearn import linear_model as linear
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.kernel_approximation import Nystroem
from sklearn.kernel_ridge import KernelRidge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

TREES = 50
LANDMARKS = 80
STEPS = 4000


def strong_classifiers(points: int, seed: int) -> dict[str, Any]:
    """Return unfitted classifiers by name, for ``points`` points of shape (points, d)."""
    logistic = linear.LogisticRegression
    landmarks = min(LANDMARKS, points)
    lbfgs: dict[str, Any] = {"solver": "lbfgs", "alpha": 1.0, "max_iter": STEPS}
    trees: dict[str, Any] = {"n_estimators": TREES, "n_jobs": 1, "random_state": seed}
    boosting: dict[str, Any] = {"max_features": "sqrt", "random_state": seed}
    return {
        "logistic": _scaled(logistic(C=1.0, max_iter=STEPS)),
        "logistic, strong penalty": _scaled(logistic(C=0.01, max_iter=STEPS)),
        "discriminant analysis": _scaled(LinearDiscriminantAnalysis("lsqr", shrinkage=0.2)),
        "logistic, RBF kernel": _scaled(
            Nystroem(n_components=landmarks, random_state=seed),
            logistic(C=10.0, max_iter=STEPS),
        ),
        "logistic, quadratic kernel": _scaled(
            Nystroem("poly", degree=2, n_components=landmarks, random_state=seed),
            logistic(C=1.0, max_iter=STEPS),
        ),
        "forest": RandomForestClassifier(**trees),
        "forest, large leaves": RandomForestClassifier(min_samples_leaf=5, **trees),
        "extra trees": ExtraTreesClassifier(**trees),
        "boosting": GradientBoostingClassifier(n_estimators=20, **boosting),
        "neighbours": _scaled(KNeighborsClassifier(min(15, points), n_jobs=1)),
        "network, ReLU": _scaled(MLPClassifier((24,), random_state=seed, **lbfgs)),
        "network, tanh": _scaled(MLPClassifier((32, 16), "tanh", random_state=seed, **lbfgs)),
    }


def strong_regressors(points: int, seed: int) -> dict[str, Any]:
    """Return unfitted regressors by name, for ``points`` points of shape (points, d)."""
    lbfgs: dict[str, Any] = {"solver": "lbfgs", "alpha": 3.0, "max_iter": STEPS}
    trees: dict[str, Any] = {"n_estimators": TREES, "n_jobs": 1, "random_state": seed}
    boosting: dict[str, Any] = {"max_features": "sqrt", "random_state": seed}
    kernel = RBF(5.0) + WhiteKernel(0.5)
    return {
        "ridge": _scaled(linear.Ridge(alpha=1.0)),
        "ridge, strong penalty": _scaled(linear.Ridge(alpha=100.0)),
        "lasso": _scaled(linear.Lasso(alpha=0.02)),
        "kernel ridge, RBF": _scaled(KernelRidge(alpha=1.0, kernel="rbf", gamma=0.02)),
        "Gaussian process": _scaled(
            GaussianProcessRegressor(kernel, optimizer=None, normalize_y=True)
        ),
        "support vectors": _scaled(SVR(C=0.3, epsilon=0.1)),
        "forest": RandomForestRegressor(**trees),
        "forest, large leaves": RandomForestRegressor(min_samples_leaf=8, **trees),
        "extra trees": ExtraTreesRegressor(min_samples_leaf=3, **trees),
        "boosting": GradientBoostingRegressor(n_estimators=40, max_depth=2, **boosting),
        "neighbours": _scaled(KNeighborsRegressor(min(15, points), n_jobs=1)),
        "network, tanh": _scaled(
            MLPRegressor(hidden_layer_sizes=(16,), activation="tanh", random_state=seed, **lbfgs)
        ),
    }


class Exponential:
    """A regressor of log y, so that its predictions of y, shape (n,), are positive."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def fit(
        self, features: np.ndarray[Any, np.dtype[Any]], target: np.ndarray[Any, np.dtype[Any]]
    ) -> "Exponential":
        """Fit log y, shape (n,), on features of shape (n, d)."""
        self.model.fit(features, np.log(target))
        return self

    def predict(self, features: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[Any]]:
        """Return positive predictions, shape (n,), for features of shape (n, d)."""
        return np.exp(self.model.predict(features))


def _scaled(*steps: Any) -> Any:
    return make_pipeline(StandardScaler(), *steps)
