"""The support function of a linear head: closed where the direction is nearly a multiplier.

A direction C with Φ'(C_a - C_b) = 0 has the same <C, Φ W> for every W whose rows of Φ W sum to 1,
and so has every gradient of a student on the left whose prices are multipliers. Any C is such a one
plus Q = Φ (Φ'Φ)^-1 R, R_c = Φ'(C_c - mean C), so that on the simplex

    max <C, v>  <=  Σ_i mean_c C_ic + Σ_i max_c Q_ic,

and, where columns are free and entries in [low, high], <= Σ_ic max(Q_ic low, Q_ic high). Where that
is loose, a linear program in W is solved over a few of the inequalities and those that its solution
breaks are added: whatever multipliers come out, weak duality bounds the maximum (neumaier:04).
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from kl_regression.arrays import Predictions
from kl_regression.classes.base import Space
from kl_regression.classes.polyhedron import Polyhedron
from kl_regression.tolerance import BLOCK, ENTRY_ULPS, EPS, LP_TOLERANCE, Sum, total

INNER = 16
"""Terms of an inner product that are summed at once, in any order, before sums are paired."""
ROUNDS = 40
ADDED = 8
"""Inequalities added in a round, as a multiple of the number of coordinates."""


@dataclass(frozen=True)
class Frame:
    """The features of a head with what bounds its coordinates.

    Args:
        features: Φ, shape (n, d).
        triangle: R with Φ = Q R, shape (d, d).
        reach: Σ_i |Φ^+_ji|, which bounds |W_jc| where entries of Φ W are at most 1, shape (d,).
    """

    features: Float[np.ndarray, "n d"]
    triangle: Float[np.ndarray, "d d"]
    reach: Float[np.ndarray, " d"]


def reach_of(
    features: Float[np.ndarray, "n d"], triangle: Float[np.ndarray, "d d"]
) -> Float[np.ndarray, " d"]:
    """Return Σ_i |Φ^+_ji|, shape (d,), in blocks of points."""
    inverse = np.linalg.inv(triangle)
    reach = np.zeros(len(triangle))
    for start in range(0, len(features), BLOCK):
        reach += np.abs((features[start : start + BLOCK] @ inverse) @ inverse.T).sum(axis=0)
    return reach


def inner_products(
    features: Float[np.ndarray, "n d"], values: Predictions
) -> tuple[Float[np.ndarray, "d k"], Float[np.ndarray, "d k"]]:
    """Return Φ'values, shape (d, k), and a bound on its rounding.

    INNER terms are summed in whatever order BLAS likes, then the sums in pairs.
    """
    n, k = values.shape
    count = -(-n // INNER)
    sums, sizes = np.empty((count, features.shape[1], k)), np.zeros((features.shape[1], k))
    for first in range(0, count, BLOCK // INNER):
        part = slice(first * INNER, min((first + BLOCK // INNER) * INNER, n))
        x, v = features[part], values[part]
        sizes += np.abs(x).T @ np.abs(v)
        whole = len(x) // INNER
        cut = whole * INNER
        blocks = x[:cut].reshape(whole, INNER, x.shape[1]).transpose(0, 2, 1)
        sums[first : first + whole] = blocks @ v[:cut].reshape(whole, INNER, k)
        if cut < len(x):
            sums[first + whole] = x[cut:].T @ v[cut:]
    depth = 0
    while len(sums) > 1:
        half = len(sums) // 2
        sums = np.concatenate([sums[:half] + sums[half : 2 * half], sums[2 * half :]])
        depth += 1
    return sums[0], (0.5 * (min(n, INNER) + depth) + 1.0) * EPS * sizes


def closed_support(frame: Frame, direction: Predictions, space: Space) -> tuple[Sum, float]:
    """Bound max <direction, v>, and say how much of the bound may be looseness."""
    low, high = space.low, space.high
    mean = np.zeros((len(direction), 1))
    if space.domain.simplex:
        mean = direction.mean(axis=1, keepdims=True)
    rest = direction - mean
    residual, lost = inner_products(frame.features, rest)
    if space.domain.simplex:
        residual = residual - residual.mean(axis=1, keepdims=True)
        lost += EPS * np.abs(residual)
    inverse = np.linalg.inv(frame.triangle)
    moved = np.zeros_like(direction)
    left = residual
    for _ in range(2):
        moved += frame.features @ (inverse @ (inverse.T @ left))
        taken, error = inner_products(frame.features, moved)
        left = residual - taken
    lost = lost + error
    if space.domain.simplex:
        largest, scale = moved.max(axis=1), 1.0
        base = total(mean, EPS * ENTRY_ULPS * np.abs(direction).max(axis=1, keepdims=True))
    else:
        largest, scale = np.maximum(moved * low, moved * high), max(abs(low), abs(high))
        base = Sum(0.0, 0.0)
    extra = total(largest, EPS * np.abs(largest))
    shape = scale * frame.reach[:, None]
    missed = float((np.abs(left) * shape).sum())
    bound = base + extra + Sum(missed, float((lost * shape).sum()))
    spread = float((np.abs(moved).max(axis=1)).sum()) * scale
    return bound, spread + missed


def cut_support(
    frame: Frame, polyhedron: Polyhedron, direction: Predictions, space: Space
) -> Sum | None:
    """Bound max <direction, Φ W> by linear programs over a growing part of the inequalities.

    Args:
        frame: the features.
        polyhedron: the head with its equations and bounds on W, but without inequalities.
        direction: shape (n, k).
        space: the range of entries; bounded below.
    """
    d, k = frame.features.shape[1], direction.shape[1]
    size = float(np.abs(direction).max()) or 1.0
    cost, lost = inner_products(frame.features, direction / size)
    ends = [frame.features.argmin(axis=0), frame.features.argmax(axis=0)]
    held = np.unique((np.concatenate(ends)[:, None] * k + np.arange(k)).ravel())
    scale = 1.0 if space.domain.simplex else max(abs(space.low), abs(space.high))
    best: Sum | None = None
    for _ in range(ROUNDS):
        part = _with_rows(frame, polyhedron, held, space)
        point, multipliers = part.solve(-cost.ravel())
        bound = part.dual_bound(cost.ravel(), multipliers)
        bound = bound + Sum(0.0, float((lost * frame.reach[:, None]).sum()) * scale)
        if best is None or bound.value + bound.rounding < best.value + best.rounding:
            best = bound
        predictions = frame.features @ point.reshape(d, k)
        broken = np.maximum(space.low - predictions, predictions - space.high).ravel()
        worst = np.argsort(-broken)[: ADDED * d * k]
        worst = worst[broken[worst] > LP_TOLERANCE * scale]
        fresh = np.union1d(held, worst)
        if len(fresh) == len(held):
            break
        held = fresh
    return None if best is None else Sum(size * best.value, size * best.rounding)


def _with_rows(
    frame: Frame, polyhedron: Polyhedron, held: Int[np.ndarray, " h"], space: Space
) -> Polyhedron:
    """Return the polyhedron with the inequalities of some entries, places in (n k,)."""
    from scipy import sparse

    k = space.outputs
    row, column = np.divmod(held, k)
    d = frame.features.shape[1]
    rows = np.zeros((len(held), d, k))
    rows[np.arange(len(held)), :, column] = frame.features[row]
    high = np.inf if space.domain.simplex else space.high
    free = replace(polyhedron, basis=sparse.csr_matrix((0, d * k)))
    return free.stacked(sparse.csr_matrix(rows.reshape(len(held), d * k)), space.low, high)
