"""The student on a linear head: least squares, or an interior point method in pairs of s and z.

Under squared error f = Φ W is the orthogonal projection of the teacher, by a QR factorisation with
pivoting. Under KL and GeneralizedKL, on either side, the path of head_path.py is followed.

On the left the optimum keeps every prediction positive, but some as small as exp(-1000 p/w), which
no float and no product Φ W can tell from 0. So the student's log predictions are read off the
prices: log s = log g + z - log Σ_c g_c e^z_c, for prices brought onto the space of multipliers,
Σ_i p_i φ_i (z_ia - z_ib) = 0. By duality (csiszar:75) min D(f, g) >= -Σ p log Σ_c g_c e^z_c + const
for all such z, and the gap of that student is how far it is from being a head.
"""

from collections.abc import Callable

import numpy as np
import scipy
from jaxtyping import Bool, Float

from kl_regression.arrays import Predictions
from kl_regression.classes.linear_head import LinearHead
from kl_regression.divergences import KL, GeneralizedKL, Logs, SquaredError
from kl_regression.solvers.candidate import Candidate, Problem
from kl_regression.solvers.head_newton import Heads
from kl_regression.solvers.head_pairs import LeftPairs, Pairs, RightPairs
from kl_regression.solvers.head_path import Path, Task
from kl_regression.tolerance import ENTRY_ULPS, WELL_CONDITIONED, member_tolerance

Watch = Callable[[int, float], None]


def is_head(problem: Problem) -> bool:
    """Tell whether a linear head has a solver here: not where a teacher's zeros force zeros.

    On the left such a teacher forces equations on W, and they may force more zeros; the cone engine
    serves there, and for other losses.
    """
    forced = problem.space.zero is not None and bool(problem.space.zero.any())
    return problem.loss is SquaredError or (problem.loss in (KL, GeneralizedKL) and not forced)


def solve_linear_head(
    problem: Problem, head: LinearHead, *, watch: Watch = lambda _iteration, _gap: None
) -> Candidate:
    """Return the student on a linear head.

    Args:
        problem: teacher, weights, loss and side.
        head: the class, on features of shape (n, d).
        watch: called with the iteration and the gap along the path, for progress.
    """
    if problem.loss is SquaredError:
        return _least_squares(problem, head)
    scale = 1.0
    if not problem.space.domain.simplex:
        scale = float(problem.teacher.max()) or 1.0
    features, back = conditioned(head)
    task = _task(problem, head, features, back, problem.teacher / scale)
    path = Path(task)
    path.run(watch)
    predictions, logs = _student(path, simplex=problem.space.domain.simplex)
    if logs is not None:
        logs += np.log(scale)
    coordinates = (scale * (back @ path.head)).ravel()
    apart = float(np.abs(predictions - features @ path.head).sum(axis=1).max())
    predictions *= scale
    near = apart <= head.outputs * member_tolerance(float(predictions.max()) / scale, head.terms)
    if near or head.membership(predictions, problem.space, problem.weights).inside:
        return problem.candidate(coordinates, predictions, logs)
    return problem.member(coordinates)  # the prices are not those of W, which is a member


def conditioned(head: LinearHead) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "d d"]]:
    """Return features X = Φ T that span the same functions, well conditioned, and T, shape (d, d).

    T is the identity where Φ is so already, and no copy is made.
    """
    n, d = head.features.shape
    triangle = head.triangle / np.sqrt(n)
    if np.linalg.cond(triangle) <= WELL_CONDITIONED:
        return head.features, np.eye(d)
    back = np.linalg.inv(triangle)
    return head.features @ back, back


def _task(
    problem: Problem,
    head: LinearHead,
    features: Float[np.ndarray, "n d"],
    back: Float[np.ndarray, "d d"],
    teacher: Predictions,
) -> Task:
    n, k = teacher.shape
    weights = problem.weights[:, None]
    counted = (weights > 0.0).astype(np.float64)
    mass = np.where(weights > 0.0, weights, 1.0 / n)
    pairs: Pairs = RightPairs(teacher, counted)
    if problem.side == "left":
        with np.errstate(divide="ignore"):
            logs = np.where(counted > 0.0, np.log(teacher), 0.0)
        pairs = LeftPairs(teacher, counted, logs)
    if problem.space.domain.simplex:
        columns = np.vstack([np.eye(k - 1), -np.ones((1, k - 1))])
        start = np.full((n, k), 1.0 / k)
        w = np.repeat(np.linalg.solve(back, head.constant)[:, None] / k, k, axis=1)
    else:
        columns = np.eye(k)
        level = np.maximum(problem.weights @ teacher, teacher.max() / n)
        start = np.broadcast_to(level, (n, k)).copy()
        gram = features.T @ (mass * features)
        w = np.linalg.solve(gram, features.T @ (mass * start))
    mu = float(start.mean())
    if isinstance(pairs, LeftPairs):
        spread = np.log(start) * counted - pairs.logs
        spread -= spread.min(axis=1, keepdims=True)
        mu = float((mass * start * (1.0 + spread)).sum()) / float(mass.sum()) / k
    return Task(features, mass, pairs, columns, start, w, mu, float(start.mean()))


def _student(path: Path, *, simplex: bool) -> tuple[Predictions, Logs]:
    """Return predictions, read off the prices where a point has weight, and on the left their logs.

    Elsewhere they are Φ W, cut at 0, and wherever rounding moves that less: on the right Φ W by
    EPS / Φ W of itself, and g / (1 - z) by EPS / (1 - z).
    """
    task = path.task
    z = _projected(path, simplex=simplex)
    plain = np.maximum(task.features @ path.head, 0.0)
    with np.errstate(all="ignore"):
        if isinstance(task.pairs, LeftPairs):
            logs = np.where(task.pairs.counted > 0.0, task.pairs.logs + z, np.log(plain))
            if simplex:
                logs -= scipy.special.logsumexp(logs, axis=1, keepdims=True)
            surer = _surer(path, plain, np.abs(task.pairs.logs) + np.abs(z))
            return np.where(surer, plain, np.exp(logs)), np.where(surer, np.log(plain), logs)
        priced = task.pairs.predicted(z, 0.0)
        known = (task.pairs.counted * task.pairs.teacher > 0.0) & (priced > 0.0)
        known &= np.isfinite(priced) & (plain <= task.pairs.counted - z)
        found = np.where(known, priced, plain)
    if simplex:
        found /= found.sum(axis=1, keepdims=True)
    return found, None


def _surer(path: Path, plain: Predictions, size: Predictions) -> Bool[np.ndarray, "n k"]:
    """Tell where rounding moves Φ W less than g e^z over its row's sum.

    Φ W by EPS times the largest terms of the row, since W is known to that; g e^z by some EPS of
    itself times its ``size`` |log g| + |z|, and the row's sum by the mean of these.
    """
    terms = len(path.head) * (np.abs(path.task.features) @ np.abs(path.head))
    moved = size + (plain * size).sum(axis=1, keepdims=True)
    return np.asarray(ENTRY_ULPS * plain * moved > terms.max(axis=1, keepdims=True))


def _projected(path: Path, *, simplex: bool) -> Predictions:
    """Return the prices less their part that is no multiplier, by least squares, twice."""
    task = path.task
    z = path.z
    gram = task.features.T @ (task.mass * task.features)
    for _ in range(2):
        residual: Heads = task.features.T @ (task.mass * z)
        if simplex:
            residual = residual - residual.mean(axis=1, keepdims=True)
        z = z - task.features @ np.linalg.solve(gram, residual)
    return z


def _least_squares(problem: Problem, head: LinearHead) -> Candidate:
    """Return the projection in the weighted norm; points without weight follow by their features.

    Where the points with weight leave W free, the head of least norm is taken.
    """
    from scipy.linalg import lstsq

    roots = np.sqrt(problem.weights)[:, None]
    features, teacher = roots * head.features, problem.teacher
    units = np.abs(features).max(axis=0)
    units = np.where(units > 0.0, units, 1.0)
    found = np.zeros((features.shape[1], teacher.shape[1]))
    for _ in range(2):
        rest = roots * (teacher - head.features @ found)
        found += lstsq(features / units, rest, lapack_driver="gelsy")[0] / units[:, None]
    return problem.candidate(found.ravel(), head.features @ found)
