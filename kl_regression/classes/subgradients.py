"""Convexity in several dimensions: a subgradient at every point (boyd:04, section 6.5.5).

Values f and subgradients s_i with f_j >= f_i + <s_i, x_j - x_i> for all pairs are exactly the
samples of convex functions. The coordinates are the values, then the subgradients point by point,
for each constrained column in turn. In a bounded space the entries of subgradients are bounded
too, by the width of the range over the smallest distance of two points; the gap is over such
members.
"""

import numpy as np
import scipy
from jaxtyping import Float

from kl_regression.classes.base import Space
from kl_regression.classes.polyhedron import Polyhedron


def with_subgradients(points: Float[np.ndarray, "n d"], space: Space) -> Polyhedron:
    """Return the convex functions on ``points`` as a polyhedron in values and subgradients."""
    n, d = points.shape
    k = space.outputs
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    pairs = np.arange(len(i))
    steps = points[j] - points[i]
    ones = np.ones(len(i))
    where = (np.tile(pairs, 2), np.concatenate([j, i]))
    values = scipy.sparse.csr_matrix((np.concatenate([ones, -ones]), where), shape=(len(i), n))
    place = (np.repeat(pairs, d), (d * i[:, None] + np.arange(d)).ravel())
    slopes = scipy.sparse.csr_matrix((-steps.ravel(), place), shape=(len(i), n * d))
    columns = range(1 if space.domain.simplex else 0, k)
    own = scipy.sparse.vstack(
        [
            scipy.sparse.kron(values, scipy.sparse.csr_matrix(([1.0], ([0], [c])), shape=(1, k)))
            for c in columns
        ]
    )
    tilt = scipy.sparse.block_diag([slopes] * len(columns))
    extra = tilt.shape[1]
    low, high = (0.0, 1.0) if space.domain.simplex else (space.low, space.high)
    distances = np.linalg.norm(steps, axis=1)
    nearest = float(distances[distances > 0].min(initial=np.inf))
    steepest = (high - low) / nearest if np.isfinite(high - low) else np.inf
    polyhedron = Polyhedron(
        basis=scipy.sparse.hstack(
            [scipy.sparse.identity(n * k), scipy.sparse.csr_matrix((n * k, extra))], format="csr"
        ),
        rows=scipy.sparse.hstack([own, tilt], format="csr"),
        lower=np.zeros(own.shape[0]),
        upper=np.full(own.shape[0], np.inf),
        low=np.concatenate([np.full(n * k, low), np.full(extra, -steepest)]),
        high=np.concatenate([np.full(n * k, high), np.full(extra, steepest)]),
    )
    if not space.domain.simplex:
        return polyhedron
    sums = scipy.sparse.kron(scipy.sparse.identity(n), np.ones((1, k)))
    return polyhedron.stacked(
        scipy.sparse.hstack([sums, scipy.sparse.csr_matrix((n, extra))], format="csr"), 1.0, 1.0
    )
