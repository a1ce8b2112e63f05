"""Every function class: hulls, heads, shapes, boxes, softmax layers, intersections, unions."""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from jaxtyping import Float

from kl_regression.classes.base import FunctionClass
from kl_regression.classes.box import Box
from kl_regression.classes.calculus import Union
from kl_regression.classes.convex import Convex
from kl_regression.classes.hull import Hull
from kl_regression.classes.linear_head import LinearHead
from kl_regression.classes.lipschitz import Lipschitz
from kl_regression.classes.log_linear import LogLinear
from kl_regression.classes.monotone import Monotone
from kl_regression.divergences import Loss
from kl_regression.strategies.arrays import SPREAD, Draw, predictions

Classes = st.SearchStrategy[FunctionClass]

DIGIT = 9
MODELS = 4
FEATURES = 3
DIMENSIONS = 2


def hulls(
    loss: Loss, n: int, k: int, *, models: int = MODELS, faces: bool = True, spread: int = SPREAD
) -> st.SearchStrategy[Hull]:
    """Draw hulls of 1 to ``models`` models of shape (n, k), legal for a loss."""
    one = predictions(loss, n, k, faces=faces, spread=spread)
    return st.builds(Hull, st.lists(one, min_size=1, max_size=models).map(np.array))


def linear_heads(
    loss: Loss, n: int, k: int, *, features: int = FEATURES
) -> st.SearchStrategy[LinearHead]:
    """Draw linear heads on up to ``features`` independent features, shape (n, d).

    The first feature is 1, unless the loss takes any reals: under KL the constant is needed.
    """
    ones = np.isfinite(loss.domain.low) or np.isfinite(loss.domain.high)
    drawn = _features(n, features, constant=st.just(value=True) if ones else st.booleans())
    return st.builds(LinearHead, drawn, outputs=st.just(k))


def log_linears(n: int, k: int, *, features: int = FEATURES) -> st.SearchStrategy[LogLinear]:
    """Draw softmax layers on up to ``features`` independent features, shape (n, d), k classes."""
    drawn = _features(n, features, constant=st.booleans())
    return st.builds(LogLinear, drawn, classes=st.just(k))


def monotones(n: int) -> st.SearchStrategy[Monotone]:
    """Draw orders of n points: a number a point, ties included, or pairs of a partial order."""
    ranks = st.builds(Monotone, st.lists(st.integers(0, n), min_size=n, max_size=n))
    if n < 2:
        return ranks
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] < p[1])
    partial = st.lists(pairs, min_size=1, max_size=n)
    return ranks | st.builds(Monotone, partial.map(np.array), points=st.just(n))


def lipschitzes(n: int, *, dimensions: int = DIMENSIONS) -> st.SearchStrategy[Lipschitz]:
    """Draw Lipschitz classes on n points in 1 to ``dimensions`` dimensions; constants from 0."""
    constants = st.integers(0, DIGIT) | st.integers(1, DIGIT).map(lambda d: 1.0 / d)
    return st.builds(Lipschitz, _points(n, dimensions), constant=constants)


def convexes(n: int, *, dimensions: int = DIMENSIONS) -> st.SearchStrategy[Convex]:
    """Draw classes of convex functions on n points in 1 to ``dimensions`` dimensions."""
    return st.builds(Convex, _points(n, dimensions))


def boxes(
    loss: Loss, n: int, k: int, *, faces: bool = True, spread: int = SPREAD
) -> st.SearchStrategy[Box]:
    """Draw the smallest box around two predictions of shape (n, k): never empty."""
    one = predictions(loss, n, k, faces=faces, spread=spread)
    around = st.tuples(one, one)
    return around.flatmap(
        lambda pair: st.builds(Box, st.just(np.minimum(*pair)), st.just(np.maximum(*pair)))
    )


@st.composite
def intersections(draw: Draw, loss: Loss, n: int, k: int, *, spread: int = SPREAD) -> FunctionClass:
    """Draw intersections with a common member: of shapes and heads, or of a hull and a box."""
    if draw(st.booleans()):
        hull = draw(hulls(loss, n, k, spread=spread))
        lower, upper = hull.models.min(axis=0), hull.models.max(axis=0)
        first = hull.models[0]
        cut = draw(st.integers(0, DIGIT)) / DIGIT
        low = np.minimum(lower + cut * (first - lower), first)
        return hull & Box(low, np.maximum(upper + cut * (first - upper), first))
    with_constants: list[Classes] = [monotones(n), lipschitzes(n), convexes(n)]
    if loss.domain.simplex:
        with_constants.append(linear_heads(loss, n, k))
    return draw(st.one_of(with_constants)) & draw(st.one_of(with_constants))


def unions(loss: Loss, n: int, k: int, *, spread: int = SPREAD) -> Classes:
    """Draw unions of two convex classes: a hull and another one."""
    other = boxes(loss, n, k, spread=spread) | hulls(loss, n, k, spread=spread) | monotones(n)
    return st.builds(Union, hulls(loss, n, k, spread=spread), other)


CLASSES: dict[str, Callable[[Loss, int, int, int], Classes]] = {
    "hull": lambda loss, n, k, spread: hulls(loss, n, k, spread=spread),
    "linear head": lambda loss, n, k, _: linear_heads(loss, n, k),
    "monotone": lambda _loss, n, _k, _: monotones(n),
    "lipschitz": lambda _loss, n, _k, _: lipschitzes(n),
    "convex": lambda _loss, n, _k, _: convexes(n),
    "box": lambda loss, n, k, spread: boxes(loss, n, k, spread=spread),
    "intersection": lambda loss, n, k, spread: intersections(loss, n, k, spread=spread),
    "union": lambda loss, n, k, spread: unions(loss, n, k, spread=spread),
    "log-linear": lambda _loss, n, k, _: log_linears(n, k),
}
"""Each named class, as a function of loss, n, k and spread. The last two are not convex."""

CONVEX = ("hull", "linear head", "monotone", "lipschitz", "convex", "box", "intersection")


def classes(
    loss: Loss, n: int, k: int, *, kinds: tuple[str, ...] = CONVEX, spread: int = SPREAD
) -> Classes:
    """Draw function classes on n points and k outputs.

    Args:
        loss: the divergence that the class is used with.
        n: the number of points.
        k: the number of outputs.
        kinds: names in ``CLASSES``; every convex one where not given. "log-linear" needs a loss
            whose rows are distributions.
        spread: how many decades models and bounds may span.
    """
    return st.one_of([CLASSES[kind](loss, n, k, spread) for kind in kinds])


def _points(n: int, dimensions: int) -> st.SearchStrategy[Float[np.ndarray, "n d"]]:
    place = st.integers(-DIGIT, DIGIT)
    return st.integers(1, dimensions).flatmap(
        lambda d: st.lists(place, min_size=n * d, max_size=n * d).map(
            lambda flat: np.array(flat, dtype=float).reshape(n, d)
        )
    )


@st.composite
def _features(
    draw: Draw, n: int, most: int, *, constant: st.SearchStrategy[bool]
) -> Float[np.ndarray, "n d"]:
    """Draw independent columns: what depends on the columns before it is left out."""
    drawn = draw(_points(n, most))
    columns = [np.ones(n)] if draw(constant) else []
    for column in drawn.T:
        wider = np.column_stack([*columns, column])
        if np.linalg.matrix_rank(wider) == len(columns) + 1:
            columns.append(column)
    return np.column_stack(columns or [np.ones(n)])
