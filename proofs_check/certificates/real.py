"""Real data: predictions of weak teachers and strong models on data sets that ship with libraries.

The data of these instances are the integers in their files. Training depends on linear algebra
libraries in its last digits, so that it is not repeated: rebuilding takes the integers from the
file, and computes student, gap and claims anew. ``trained`` is how they were made at first.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.certify.hulls import hull_fields
from kl_regression.divergences import KL, GeneralizedKL, Loss, SquaredError
from proofs_check.certificates.entry import Entry, Fields, Table

HERE = Path(__file__).parent
TOTAL = 10**6
"""What rows of predictions sum to: six decimals, of which none is the training's noise."""

POINTS = 40


def rounded(rows: Float[np.ndarray, "n k"]) -> Table:
    """Return distributions, shape (n, k), as integers over TOTAL, none of a positive entry 0."""
    found = []
    for row in rows:
        whole = [max(round(float(x) * TOTAL), int(x > 0)) for x in row]
        whole[int(np.argmax(row))] += TOTAL - sum(whole)
        found.append(whole)
    return found


def trained(data: str, loss: Loss, teacher: int) -> Fields:
    """Return teacher, models and truth of a real case, as they are trained on this machine."""
    from kl_regression.data.instances import load

    case = load(data, loss=None if loss is KL else loss)
    part = case.transfer
    integers: Callable[[Any], Table] = rounded
    if loss is not KL:
        integers = lambda rows: [[round(float(x) * 100) for x in row] for row in rows]  # noqa: E731
    models = [integers(model[:POINTS]) for model in part.models]
    return {
        "models": models,
        "teacher": integers(part.teachers[teacher][:POINTS]),
        "truths": {"labels": [[int(x) for x in row] for row in part.labels[:POINTS].tolist()]}
        if loss is KL
        else {"target": integers(part.labels[:POINTS])},
        "members": {"ceiling": [hex(int(j == case.ceiling)) for j in range(len(models))]},
    }


def real(name: str, data: str, loss: Loss, side: str, teacher: int) -> Fields:
    """Return the fields of a real case: its data from the file, or trained where there is none."""
    path = HERE / f"{name}.json"
    source = json.loads(path.read_bytes()) if path.exists() else trained(data, loss, teacher)
    weights = [1] * len(source["teacher"])
    fields = hull_fields(
        source["models"],
        source["teacher"],
        weights,
        loss=loss,
        side=side,
        unit=1 if loss is KL else 100,
    )
    return fields | {"truths": source["truths"], "members": source["members"]}


CASES = (
    ("digits", KL, "left", 0),
    ("digits", KL, "right", 0),
    ("wine", KL, "left", 0),
    ("wine", KL, "right", 1),
    ("breast cancer", KL, "left", 0),
    ("breast cancer", KL, "right", 1),
    ("diabetes", SquaredError, "left", 0),
    ("diabetes", GeneralizedKL, "left", 0),
)


def _name(data: str, loss: Loss, side: str) -> str:
    words = [data.replace(" ", "-"), side]
    words += ["generalized-kl"] if loss is GeneralizedKL else []
    return "-".join(words)


ENTRIES = tuple(
    Entry(
        _name(data, loss, side),
        f"{POINTS} points of {data}: the {side} student among strong models, under {loss}",
        partial(real, _name(data, loss, side), data, loss, side, teacher),
    )
    for data, loss, side, teacher in CASES
)
