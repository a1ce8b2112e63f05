"""Certificates of polyhedral classes: constraints in integers, the student, its multipliers."""

from typing import Any

import numpy as np
from flint import arb, ctx
from jaxtyping import Float

from kl_regression.certify.newton import Newton
from kl_regression.certify.polyhedra import Polyhedral, exact_outputs, feasible, rounded, whole

Table = list[list[int]]

MULTIPLIER_BITS = 80
"""Bits of a multiplier beyond the student's: of constraints whose numbers are as large as 2^53."""


def polyhedral_fields(
    problem: Polyhedral,
    coordinates: Float[np.ndarray, "d k"],
    logs: Float[np.ndarray, "n k"],
    interior: list[int],
    *,
    bits: int = 256,
) -> dict[str, Any]:
    """Return the fields of a certificate for a polyhedral class.

    Args:
        problem: the projection in integers.
        coordinates: near the student's, shape (d, k).
        logs: logarithms of a near student, shape (n, k).
        interior: coordinates to mix with, off every inequality that is no equation.
        bits: the student's.
    """
    n, k, d = problem.shape
    newton = Newton(problem, coordinates, logs)
    before = ctx.prec
    try:
        newton.solve(bits)
        z, total = feasible(problem, *rounded(problem, newton.z, bits), interior)
        constraints, multipliers = _multipliers(newton, z, total, bits)
    finally:
        ctx.prec = before
    fields: dict[str, Any] = {
        "theorem": f"KL-POLY{'-RIGHT' if problem.right else ''}/1",
        "points": n,
        "classes": k,
        "point_weights": problem.weights,
        "teacher": problem.teacher,
        "constraints": constraints,
        "multipliers": [hex(x) for x in multipliers],
        "student": [[hex(x) for x in z[r * k : (r + 1) * k]] for r in range(d)],
    }
    if problem.features is not None:
        fields["features"] = problem.features
    return fields


def _multipliers(
    newton: Newton, z: list[int], total: int, bits: int
) -> tuple[list[list[int]], list[int]]:
    """Return the constraints, with f_e >= 0 of tiny entries, and multipliers over a total.

    A tiny entry e of the file's student is larger than the true one, so that its slope is too; the
    difference is what f_e >= 0 has to bear.
    """
    problem = newton.problem
    k, f = problem.shape[1], exact_outputs(problem, z)
    constraints = [list(c) for c in problem.constraints]
    found = [newton.active.get(r, arb(0)) for r in range(len(constraints))]
    for r in newton.free:
        row = constraints[r]
        opposite = [-row[0], *(x if i % 2 else -x for i, x in enumerate(row[1:], 1))]
        constraints.append(opposite)
        found.append(-found[r])
    for e, u in newton.tiny.items():
        g, unit = problem.ratios[e]
        weight = arb(problem.weights[e // k]) / sum(problem.weights)
        slope = (arb(f[e] * unit) / (g * total * problem.total)).log()
        constraints.append([0, e, 1])
        found.append(weight * (slope - u))
    many = bits + MULTIPLIER_BITS
    scaled = [max(0, whole(x, 1 << many)) * total >> many for x in found]
    return _stated(constraints, scaled)


def _stated(
    constraints: list[list[int]], multipliers: list[int]
) -> tuple[list[list[int]], list[int]]:
    """Return each constraint once, with the sum of its multipliers, f_e >= 0 only where needed.

    An equation is two constraints, of which one may be new; f_e >= 0 holds anyway.
    """
    found: dict[tuple[int, ...], int] = {}
    for row, times in zip(constraints, multipliers, strict=True):
        found[tuple(row)] = found.get(tuple(row), 0) + times
    kept = {
        row: times
        for row, times in found.items()
        if times or not (len(row) == 3 and row[0] <= 0 < row[2])
    }
    return [list(row) for row in kept], list(kept.values())
