"""Hypothesis strategies: weights, predictions, classes, members of a class, whole instances.

They say which values are valid, never how likely one is, and shrink to rows of small integers over
their sum. ``import kl_regression`` does not load them, since they need hypothesis.

>>> from hypothesis import given
>>> import kl_regression as klr
>>> from kl_regression.strategies import instances
>>> @given(instances(truths="inside", sides=("left",)))
... def students_beat_their_teachers(instance):
...     assert klr.check(instance.solve())["gain"].verdict != "violated"
"""

from kl_regression.strategies.arrays import (
    distributions,
    positives,
    predictions,
    reals,
    weights,
)
from kl_regression.strategies.classes import (
    CLASSES,
    boxes,
    classes,
    convexes,
    hulls,
    intersections,
    linear_heads,
    lipschitzes,
    log_linears,
    monotones,
    unions,
)
from kl_regression.strategies.instances import LOSSES, SIDES, instances, teachers
from kl_regression.strategies.members import members

__all__ = [
    "CLASSES",
    "LOSSES",
    "SIDES",
    "boxes",
    "classes",
    "convexes",
    "distributions",
    "hulls",
    "instances",
    "intersections",
    "linear_heads",
    "lipschitzes",
    "log_linears",
    "members",
    "monotones",
    "positives",
    "predictions",
    "reals",
    "teachers",
    "unions",
    "weights",
]
