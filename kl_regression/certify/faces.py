"""The part of a polyhedral class that holds its students: at finite divergence, with its equations.

On the left the divergence is infinite where a student has mass and the teacher none, at a point of
positive weight: these entries are constrained to 0, and nothing else changes for a student or for a
truth at finite divergence. What all members then meet with equality (ties, bounds that meet, zeros
that force zeros) is stated as two inequalities, so that it can be met exactly.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from scipy import sparse

from kl_regression.certify.polyhedra import Polyhedral, feasible, strict
from kl_regression.certify.refusals import EQUATIONS, THIN, VANISHING
from kl_regression.classes.polyhedron import Polyhedron
from kl_regression.errors import InfeasibleError, InputError, SolverError
from kl_regression.tolerance import LP_TOLERANCE

CLOSE = Fraction(1, 1 << 30)
"""How far the coordinates of a truth may move to those of the member that stands for it."""

ONE = 1 << 60
"""The row total of an interior point's coordinates, before its equations are solved."""


def faced(problem: Polyhedral) -> tuple[Polyhedral, list[int]]:
    """Return the problem on the part that matters, and coordinates in its relative interior.

    Raises:
        InputError: when that part has no such point in integers, or no student with a slope.
    """
    found = _restricted(problem)
    uniform = [1] * (found.shape[1] * found.shape[2])
    if not found.equal and strict(found, [uniform]):
        return found, uniform
    found, inner = _with_implied(found)
    if any(found.sloped[e] for e in found.vanishing):
        raise InputError("outcome", *VANISHING)
    try:
        one = [round(Fraction(float(x)) * ONE) for x in inner]
        interior = found.solved[0].solve(one, ONE)[0]
    except ValueError:
        raise InputError("outcome", *EQUATIONS) from None
    if strict(found, [interior]) is None:
        raise InputError("outcome", *THIN)
    return found, interior


def _restricted(problem: Polyhedral) -> Polyhedral:
    """Return the problem with the zeros of the teacher, and f >= 0 where no slope keeps it off."""
    k = problem.shape[1]
    constraints, equal = list(problem.constraints), set(problem.equal)
    for e, has in enumerate(problem.sloped):
        if has:
            continue
        constraints.append([0, e, 1])
        if problem.weights[e // k] and not problem.right:
            equal |= {len(constraints) - 1, len(constraints)}
            constraints.append([0, e, -1])
    return replace(problem, constraints=constraints, equal=frozenset(equal))


def _with_implied(problem: Polyhedral) -> tuple[Polyhedral, Float[np.ndarray, " z"]]:
    """Return the problem with all its equations stated as such, and a point off all else."""
    lift = problem.lift()
    bounds = np.array([float(c[0]) for c in problem.constraints])
    rows = problem.matrix() @ lift
    size = np.maximum(np.asarray(abs(rows).max(axis=1).todense()).ravel(), np.abs(bounds))
    size[size == 0.0] = 1.0
    held = sorted(problem.equal)
    free = [r for r in range(len(bounds)) if r not in problem.equal]
    _, k, d = problem.shape
    scaled, level = sparse.csr_matrix(sparse.diags(1.0 / size) @ rows), bounds / size
    sums = sparse.kron(sparse.identity(d), np.ones((1, k)), format="csr")
    point, off = _off_all(
        sparse.vstack([scaled[free], lift], format="csr"),
        np.concatenate([level[free], np.zeros(lift.shape[0])]),
        sparse.vstack([scaled[held], sums], format="csr"),
        np.concatenate([level[held], np.ones(d)]),
    )
    constraints, equal = list(problem.constraints), set(problem.equal)
    for i in map(int, np.flatnonzero(~off)):
        if i < len(free):
            equal.add(free[i])
        elif (e := i - len(free)) not in problem.vanishing:
            equal.add(len(constraints))
            constraints.append([0, e, 1])
    return replace(problem, constraints=constraints, equal=frozenset(equal)), point


def _off_all(
    rows: Any,
    bounds: Float[np.ndarray, " r"],
    equations: Any,
    values: Float[np.ndarray, " q"],
) -> tuple[Float[np.ndarray, " z"], Bool[np.ndarray, " r"]]:
    """Return a point of {rows z >= bounds, equations z = values} and which rows it is off.

    The rows that no point is off are the others: maximise Σ t over rows y - bounds τ >= t, t <= 1,
    τ >= 1, y = τ z, where a larger τ lets every t that can be positive reach 1 (freund:85).
    """
    count, size = rows.shape
    blank = sparse.csr_matrix((equations.shape[0], count))
    far = 1.0 / np.sqrt(LP_TOLERANCE)
    cone = Polyhedron(
        basis=sparse.csr_matrix((0, size + 1 + count)),
        rows=sparse.vstack(
            [
                sparse.hstack([rows, sparse.csr_matrix(-bounds[:, None]), -sparse.identity(count)]),
                sparse.hstack([equations, sparse.csr_matrix(-values[:, None]), blank]),
            ],
            format="csr",
        ),
        lower=np.zeros(count + len(values)),
        upper=np.concatenate([np.full(count, np.inf), np.zeros(len(values))]),
        low=np.concatenate([np.full(size, -np.inf), [1.0], np.zeros(count)]),
        high=np.concatenate([np.full(size, np.inf), [far], np.ones(count)]),
    )
    try:
        found = cone.solve(np.concatenate([np.zeros(size + 1), -np.ones(count)]))[0]
    except (InfeasibleError, SolverError):
        raise InputError("outcome", *THIN) from None
    return found[:size] / found[size], found[size + 1 :] > 1.0 / far


def nearby(problem: Polyhedral, z: list[int], interior: list[int]) -> list[int] | None:
    """Return coordinates of a member near a truth's, or None where it is not in the part."""
    one = sum(z[: problem.shape[1]])
    try:
        found, total = feasible(problem, *problem.solved[0].solve(z, one), interior)
    except SolverError:
        return None
    far = max(abs(Fraction(x, total) - Fraction(y, one)) for x, y in zip(found, z, strict=True))
    return found if far < CLOSE else None
