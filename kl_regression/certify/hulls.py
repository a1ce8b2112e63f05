"""Certificates of mixtures and of unions of mixtures: data in integers, the student polished."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import fmpz_mat
from jaxtyping import Int

from kl_regression.certify.polish import Mixtures, polish_hull
from kl_regression.classes.hull import Hull
from kl_regression.divergences import KL, GeneralizedKL, Loss, SquaredError
from kl_regression.projection import project

LOSSES: dict[Loss, str] = {KL: "KL", GeneralizedKL: "GKL", SquaredError: "SQUARED"}

Table = list[list[int]]

GUARD = 16
"""Bits beyond those asked for, with two more for each doubling of n k: single entries of the true
student are known less well than the gap says of all of them together."""


def hull_fields(
    models: Any,
    teacher: Table,
    weights: list[int],
    *,
    loss: Loss = KL,
    side: str = "left",
    unit: int = 1,
    parts: Sequence[int] = (),
    bits: int = 256,
) -> dict[str, Any]:
    """Return the fields of a certificate for the hull of the models, or for a union of hulls.

    Args:
        models: m tables of n rows of k integers, shape (m, n, k), all rows of one total.
        teacher: n rows of k integers.
        weights: n integers.
        loss: KL, GeneralizedKL or SquaredError.
        side: where the student stands.
        unit: what entries are divided by where rows are no distributions.
        parts: how many models each part of a union has; empty for one hull.
        bits: the student's.
    """
    whole: Int[np.ndarray, "m n k"] = np.asarray(models, dtype=np.int64)
    student: list[int] = []
    first = 0
    for count in parts or [len(whole)]:
        part = whole[first : first + count]
        student += _student(part, teacher, weights, loss=loss, side=side, unit=unit, bits=bits)
        first += count
    kind = f"{'UNION' if parts else 'HULL'}{'-RIGHT' if side == 'right' else ''}"
    fields: dict[str, Any] = {
        "theorem": f"{LOSSES[loss]}-{kind}/1",
        "points": len(teacher),
        "classes": len(teacher[0]),
        "point_weights": weights,
        "teacher": teacher,
        "models": whole,
        "student": [hex(a) for a in student],
    }
    if parts:
        fields["parts"] = list(parts)
    if loss is not KL:
        fields["unit"] = unit
    return fields


def _student(
    models: Int[np.ndarray, "m n k"],
    teacher: Table,
    weights: list[int],
    *,
    loss: Loss,
    side: str,
    unit: int,
    bits: int,
) -> list[int]:
    if len(models) == 1:
        return [1]
    total = int(models[0, 0].sum()) if loss is KL else unit
    units = [sum(row) if loss is KL else unit for row in teacher]
    floats = models / total
    p = np.array(weights, dtype=float)
    g = np.array(teacher, dtype=float) / np.array(units, dtype=float)[:, None]
    found = project(
        g, Hull(floats), weights=p / p.sum(), loss=loss, side=side, normalize=loss is KL
    )
    size = models[0].size
    integers = Mixtures(
        models=[fmpz_mat(1, size, model.ravel().tolist()) for model in models],
        floats=floats.reshape(len(models), size),
        teacher=[x for row in teacher for x in row],
        units=units,
        weights=weights,
        total=total,
        loss=LOSSES[loss],
        right=side == "right",
    )
    return polish_hull(integers, found.coordinates, bits + GUARD + 2 * size.bit_length())
