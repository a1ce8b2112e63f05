"""Which class the student is chosen from, by its name on the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import as_features
from kl_regression.classes.base import FunctionClass
from kl_regression.classes.convex import Convex
from kl_regression.classes.hull import Hull
from kl_regression.classes.linear_head import LinearHead
from kl_regression.classes.lipschitz import Lipschitz
from kl_regression.classes.log_linear import LogLinear
from kl_regression.classes.monotone import Monotone
from kl_regression.divergences import KL, Loss
from kl_regression.errors import InputError

Features = Float[np.ndarray, "n d"]


@dataclass(frozen=True)
class Given:
    """What a class can be built from.

    Args:
        models: shape (m, n, k), or None.
        features: shape (n, d) or (n,), or None.
        constant: a Lipschitz constant, or None.
        outputs: k.
        loss: the divergence.
    """

    models: Float[np.ndarray, "m n k"] | None
    features: Any
    constant: float | None
    outputs: int
    loss: Loss


def build(name: str, given: Given) -> tuple[FunctionClass, str]:
    """Return the class by name, and what it is in words.

    Raises:
        InputError: for an unknown class, or where a file is missing that it needs or does not use.
    """
    if name not in BUILDERS:
        raise InputError("--class", f"is {name!r}", f"Use one of: {', '.join(BUILDERS)}")
    if name != "hull" and given.models is not None:
        raise InputError("--models", f"is not used by --class {name}", "Leave it out, or use hull")
    if name == "hull" and given.features is not None:
        raise InputError("--features", "is not used by --class hull", "Name the class with --class")
    if name != "lipschitz" and given.constant is not None:
        raise InputError("--constant", f"is not used by --class {name}", "Use --class lipschitz")
    return BUILDERS[name](given)


def _hull(given: Given) -> tuple[FunctionClass, str]:
    if given.models is None:
        raise InputError(
            "--models", "is missing", "Name the files of the models whose mixtures students are"
        )
    return Hull(given.models), f"mixtures of {len(given.models)} models"


def _features(given: Given, name: str) -> Features:
    if given.features is None:
        raise InputError(
            "--features", f"is missing, and --class {name} needs it", "Name a file of shape (n, d)"
        )
    return as_features(given.features, "features")


def _with_intercept(features: Features) -> tuple[Float[np.ndarray, "n e"], str]:
    """Return features whose span holds the constant, shape (n, d) or (n, d + 1), and a word."""
    wide = np.column_stack([features, np.ones(len(features))])
    if np.linalg.matrix_rank(wide) == np.linalg.matrix_rank(features):
        return features, ""
    return wide, " and a constant"


def _linear_head(given: Given) -> tuple[FunctionClass, str]:
    features, more = _with_intercept(_features(given, "linear-head"))
    d = features.shape[1] - bool(more)
    return LinearHead(features, outputs=given.outputs), f"a linear head on {d} features{more}"


def _log_linear(given: Given) -> tuple[FunctionClass, str]:
    if given.loss is not KL:
        raise InputError("--class", "log-linear gives distributions", "Use --loss kl")
    features, more = _with_intercept(_features(given, "log-linear"))
    d = features.shape[1] - bool(more)
    return LogLinear(features, classes=given.outputs), f"a softmax layer on {d} features{more}"


def _lipschitz(given: Given) -> tuple[FunctionClass, str]:
    features = _features(given, "lipschitz")
    if given.constant is None:
        raise InputError("--constant", "is missing", "Give the Lipschitz constant L >= 0")
    found = Lipschitz(features, constant=given.constant)
    return found, f"functions of {features.shape[1]} features, {given.constant:g}-Lipschitz"


def _monotone(given: Given) -> tuple[FunctionClass, str]:
    _real_outputs(given, "monotone")
    features = _features(given, "monotone")
    if features.shape[1] != 1:
        raise InputError(
            "--features",
            f"has {features.shape[1]} columns",
            "A monotone class needs one: the order",
        )
    return Monotone(features[:, 0]), "nondecreasing functions of one feature"


def _convex(given: Given) -> tuple[FunctionClass, str]:
    _real_outputs(given, "convex")
    features = _features(given, "convex")
    return Convex(features), f"convex functions of {features.shape[1]} features"


def _real_outputs(given: Given, name: str) -> None:
    if given.loss is KL:
        raise InputError(
            "--class",
            f"{name} is not audited under kl: the first class is what the others leave, so that"
            " the answer depends on which class stands first",
            "Use --loss generalized-kl or squared-error, or klr.project in Python",
        )


BUILDERS: dict[str, Callable[[Given], tuple[FunctionClass, str]]] = {
    "hull": _hull,
    "linear-head": _linear_head,
    "log-linear": _log_linear,
    "lipschitz": _lipschitz,
    "monotone": _monotone,
    "convex": _convex,
}
