"""certify(): from a solved instance to a certificate."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Predictions, as_predictions, as_real, same_shape
from kl_regression.certify.certificate import Certificate, seal
from kl_regression.certify.claims import default_claims
from kl_regression.certify.hulls import LOSSES, Table, hull_fields
from kl_regression.certify.quantise import Quantised, distributions, point_weights, reals
from kl_regression.classes.hull import Hull
from kl_regression.divergences import KL
from kl_regression.errors import InputError
from kl_regression.instance import Outcome
from kl_regression.verify import TRUTH

MOST_BITS = 4000
"""Bits of a weight in a certificate."""


def certify(
    outcome: Outcome, *, bits: int = 256, truths: Mapping[str, Any] | None = None
) -> Certificate:
    """Return a certificate of an outcome, which is checked without solver or floating point.

    The arrays become integers (what that changed is in the provenance), the student is polished to
    ``bits`` bits, and the checker has verified every claim before this returns.

    Args:
        outcome: a solved instance.
        bits: the student's; 256 give every quantity to about 37 digits.
        truths: targets by name, beside the outcome's own, "truth": predictions of shape (n, k), or
            weights of a mixture of the hull's models, shape (m,).

    Raises:
        InputError: for a class, loss or side that no certificate covers.
        SolverError: when the student cannot be polished; the message says why.
    """
    if not isinstance(bits, int) or isinstance(bits, bool) or not 53 <= bits <= MOST_BITS:
        raise InputError("bits", f"is {bits!r}", f"Give a number from 53 to {MOST_BITS}")
    instance, sources = outcome.instance, dict(truths or {})
    if instance.truth is not None:
        sources.setdefault("truth", instance.truth)
    _check_names(sources)
    fields, changes = _fields(outcome, sources, bits)
    fields["provenance"] = {
        "software": f"kl_regression {version('kl_regression')}",
        "solver": outcome.student.solver,
        "bits": bits,
        **changes,
    }
    names = [*fields.get("truths", {}), *fields.get("members", {})]
    return seal(fields, default_claims(fields["theorem"], names))


def _fields(
    outcome: Outcome, sources: dict[str, Any], bits: int
) -> tuple[dict[str, Any], dict[str, str]]:
    instance = outcome.instance
    students = instance.students
    if not isinstance(students, Hull) or instance.loss not in LOSSES:
        raise InputError(
            "outcome", f"is of {students!r} under {instance.loss}", "Certify hulls under KL"
        )
    tables = {"teacher": instance.teacher, "models": students.flat.reshape(-1, students.models.shape[2])}
    tables |= {name: as_predictions(x, name, instance.loss.domain) for name, x in sources.items() if np.ndim(x) == 2}
    for name in sources:
        if name in tables:
            same_shape(tables[name], f"truths[{name!r}]", instance.teacher.shape, "the teacher")
    if instance.loss is KL:
        unit, found = 1, {name: distributions(table, name) for name, table in tables.items()}
    else:
        unit, listed = reals(list(tables.values()), positive=instance.loss.domain.low == 0)
        found = dict(zip(tables, listed, strict=True))
    n = len(instance.teacher)
    models = found["models"].rows
    fields = hull_fields(
        [models[j : j + n] for j in range(0, len(models), n)],
        found["teacher"].rows,
        point_weights(instance.weights),
        loss=instance.loss,
        side=instance.side,
        unit=unit,
        bits=bits,
    )
    rows = {name: found[name].rows for name in sources if name in found}
    members = {name: _mixture(x, name, len(students.models)) for name, x in sources.items() if name not in found}
    fields |= {"truths": rows} if rows else {}
    fields |= {"members": members} if members else {}
    return fields, {f"changed {name}": str(quantised) for name, quantised in found.items()}


def _mixture(weights: Any, name: str, count: int) -> list[str]:
    array = as_real(weights, f"truths[{name!r}]")[0]
    if array.shape != (count,) or array.min() < 0 or not array.any():
        raise InputError(f"truths[{name!r}]", f"has shape {array.shape}", f"Pass {count} weights >= 0, or (n, k)")
    return [hex(w) for w in point_weights(array)]


def _check_names(sources: dict[str, Any]) -> None:
    for name in sources:
        if not (isinstance(name, str) and TRUTH.fullmatch(name)):
            raise InputError("truths", f"has the name {name!r}", "Use small letters, digits and _, but not teacher")
