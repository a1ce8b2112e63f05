"""Arrays that are legal weights and predictions: small integers first, extreme floats behind them.

An integer row x becomes the distribution x / Σx, so a falsifying example reads as a row of digits;
the other branch has entries d 10^-e down to 10^-``spread``, beside zeros and ties.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from jaxtyping import Float

from kl_regression.bregman import Bregman
from kl_regression.divergences import ItakuraSaito, Loss

SPREAD = 300
"""How many decades below 1 an entry may lie: 9e-300 / 9 is still a normal float."""

TALLEST = 3
"""How many decades above 1 an output that is not bounded may lie."""

DIGIT = 9

Draw = Callable[..., Any]
"""What hypothesis hands to a composite strategy; its own protocol has no run-time check."""

Array = Float[np.ndarray, "n k"]
Entries = st.SearchStrategy[float]


def weights(n: int, *, zeros: bool = True, spread: int = SPREAD) -> st.SearchStrategy[Array]:
    """Draw probabilities of n sample points, shape (n,), with zeros and near-zeros.

    Args:
        n: the number of points.
        zeros: whether a point may have weight 0.
        spread: how many decades below 1 a weight may lie.
    """
    return _parts_of(_parts(faces=zeros), _extreme_parts(faces=zeros, spread=spread), n).map(
        _shared
    )


def distributions(
    n: int, k: int, *, faces: bool = True, spread: int = SPREAD
) -> st.SearchStrategy[Array]:
    """Draw n distributions over k classes, shape (n, k): faces, ties, spreads.

    Args:
        n: the number of points.
        k: the number of classes.
        faces: whether an entry may be 0; the vertices are faces too.
        spread: how many decades below 1 an entry may lie.
    """
    rows = _parts_of(_parts(faces=faces), _extreme_parts(faces=faces, spread=spread), k).map(
        _shared
    )
    return st.lists(rows, min_size=n, max_size=n).map(np.array)


def positives(
    n: int, k: int, *, faces: bool = True, spread: int = SPREAD
) -> st.SearchStrategy[Array]:
    """Draw nonnegative outputs, shape (n, k): small integers, zeros, spreads.

    Args:
        n: the number of points.
        k: the number of outputs.
        faces: whether an entry may be 0.
        spread: how many decades below 1 an entry may lie; above 1 it is 3 at most.
    """
    return _array(_parts(faces=faces), _sized(faces=faces, spread=spread), n, k)


def reals(n: int, k: int, *, spread: int = SPREAD) -> st.SearchStrategy[Array]:
    """Draw real outputs, shape (n, k): small integers, zeros, spreads.

    Args:
        n: the number of points.
        k: the number of outputs.
        spread: how many decades below 1 an entry may lie; above 1 it is 3 at most.
    """
    small = st.integers(-DIGIT, DIGIT).map(float)
    sized = st.tuples(st.sampled_from([1.0, -1.0]), _sized(faces=True, spread=spread))
    return _array(small, sized.map(lambda pair: pair[0] * pair[1]), n, k)


def predictions(
    loss: Loss, n: int, k: int, *, faces: bool = True, spread: int = SPREAD
) -> st.SearchStrategy[Array]:
    """Draw predictions that are legal for a loss, shape (n, k).

    Args:
        loss: the divergence, whose domain decides.
        n: the number of points.
        k: the number of outputs; at least 2 where rows are distributions.
        faces: whether an entry may lie at an end of the domain, where the loss is finite there.
        spread: how many decades from 1 an entry may lie.
    """
    low, high = loss.domain.low, loss.domain.high
    faces = faces and finite_at_ends(loss)
    if loss.domain.simplex:
        return distributions(n, k, faces=faces, spread=spread)
    if np.isinf(low) and np.isinf(high):
        return reals(n, k, spread=spread)
    upward = positives(n, k, faces=faces, spread=spread)
    if np.isinf(high):
        return upward.map(lambda array: low + array)
    if np.isinf(low):
        return upward.map(lambda array: high - array)
    shares = distributions(n * k, 2, faces=faces, spread=spread)
    return shares.map(lambda pairs: (pairs @ np.array([low, high])).reshape(n, k))


def finite_at_ends(loss: Loss) -> bool:
    """Tell whether D(a, b) is finite where a lies at an end of the domain and b inside it."""
    if isinstance(loss, Bregman):
        ends = np.array([[end for end in (loss.domain.low, loss.domain.high) if np.isfinite(end)]])
        with np.errstate(all="ignore"):
            return bool(np.isfinite(loss.generator.value(ends)).all())
    return loss is not ItakuraSaito


def _parts(*, faces: bool) -> Entries:
    return st.integers(0 if faces else 1, DIGIT).map(float)


def _extreme_parts(*, faces: bool, spread: int) -> Entries:
    return _parts(faces=faces) | _decades(0, spread)


def _sized(*, faces: bool, spread: int) -> Entries:
    return (
        _parts(faces=faces) | _decades(1, spread) | _decades(-min(spread, TALLEST), min(spread, 1))
    )


def _decades(least: int, most: int) -> Entries:
    """Draw d 10^-e with a digit d and an exponent between the two."""
    digits = st.integers(1, DIGIT)
    return st.builds(lambda d, e: d * 10.0**-e, digits, st.integers(min(least, most), most))


def _parts_of(
    small: Entries, extreme: Entries, size: int
) -> st.SearchStrategy[Float[np.ndarray, " k"]]:
    drawn = st.lists(small, min_size=size, max_size=size)
    return (drawn | st.lists(extreme, min_size=size, max_size=size)).filter(any).map(np.array)


def _shared(parts: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    return parts / parts.sum()


def _array(small: Entries, extreme: Entries, n: int, k: int) -> st.SearchStrategy[Array]:
    flat = st.lists(small, min_size=n * k, max_size=n * k)
    far = st.lists(extreme, min_size=n * k, max_size=n * k)
    return (flat | far).map(lambda values: np.array(values).reshape(n, k))
