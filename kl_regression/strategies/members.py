"""Members of a class: legal predictions or coordinates, brought into the class by the class."""

import numpy as np
from hypothesis import strategies as st
from jaxtyping import Float

from kl_regression.arrays import Domain, Predictions
from kl_regression.classes.base import FunctionClass, Space
from kl_regression.classes.calculus import Union
from kl_regression.classes.hull import Hull
from kl_regression.classes.linear_head import LinearHead
from kl_regression.classes.log_linear import LogLinear
from kl_regression.strategies.arrays import SPREAD, distributions, positives, reals, weights

DIGIT = 9


def members(
    students: FunctionClass, space: Space, *, spread: int = SPREAD
) -> st.SearchStrategy[Predictions]:
    """Draw members of a class, predictions of shape (n, k).

    Args:
        students: the class.
        space: points, outputs and domain.
        spread: how many decades mixture weights and values may span.
    """
    if isinstance(students, Union):
        return st.one_of([members(part, space, spread=spread) for part in students.parts])
    if isinstance(students, Hull):
        mixtures = weights(len(students.models), spread=spread)
        return mixtures.map(lambda mixture: students.member(mixture, space)[1])
    if isinstance(students, LinearHead | LogLinear):
        size = students.features.shape[1] * space.outputs
        return _heads(size).map(lambda head: students.member(head, space)[1])
    uniform = np.full(space.points, 1.0 / space.points)
    return _legal(space, spread).map(lambda values: students.nearest(values, space, uniform))


def _heads(size: int) -> st.SearchStrategy[Float[np.ndarray, " z"]]:
    return st.lists(st.integers(-DIGIT, DIGIT), min_size=size, max_size=size).map(
        lambda flat: np.array(flat, dtype=float)
    )


def _legal(space: Space, spread: int) -> st.SearchStrategy[Predictions]:
    domain: Domain = space.domain
    n, k = space.points, space.outputs
    if domain.simplex:
        return distributions(n, k, spread=spread)
    if np.isinf(domain.low):
        return reals(n, k, spread=spread).map(lambda values: np.minimum(values, domain.high))
    return positives(n, k, spread=spread).map(
        lambda values: np.minimum(domain.low + values, domain.high)
    )
