"""Claims: the checker's own enclosures, rounded outward to decimals, and verified as they stand."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from flint import arb, ctx

from kl_regression.certify.certificate import Certificate, canonical
from kl_regression.certify.refusals import TIED, UNKNOWN
from kl_regression.certify.rounding import floored
from kl_regression.errors import InputError, SolverError
from kl_regression.verify import check

SCHEMA = "kl-regression/certificate/1"
BOUNDS = ("gap", "radius")
WIDE = ["-1e1999", "1e1999"]
DIGITS = 45
"""Significant digits of a claim whose enclosure is narrower."""

DECIMAL = 512
"""Bits in which an end becomes a decimal: many more than it keeps."""

INLINE = 10**6
"""Entries of all models up to which they stand in the file itself: 17 megabytes."""


def seal(fields: dict[str, Any], quantities: list[str]) -> Certificate:
    """Return the certificate that claims these quantities, after the checker verified it.

    Args:
        fields: everything but schema and claims.
        quantities: what is claimed; what is not finite is left out.

    Raises:
        InputError: when it is beyond the limits of the format.
        SolverError: when the checker does not verify what was made.
    """
    try:
        return _sealed(fields, quantities)
    except ValueError as error:
        remedy = "Take fewer points, models or truths, or fewer bits"
        raise InputError("outcome", f"does not fit into a certificate: {error}", remedy) from error


def _sealed(fields: dict[str, Any], quantities: list[str]) -> Certificate:
    fields, sidecar = _placed(fields)
    with tempfile.TemporaryDirectory() as folder:
        if sidecar:
            (Path(folder) / fields["models"]["sidecar"]).write_bytes(sidecar)
        draft = {"schema": SCHEMA, **fields}
        for _ in range(2):
            wide = {q: ["0e0", WIDE[1]] if q in BOUNDS else WIDE for q in quantities}
            balls = check(canonical({**draft, "claims": wide}), folder)[2]
            if fields.get("parts") and "gap" in balls and not balls["gap"].is_finite():
                raise SolverError(TIED)
            quantities = [q for q, ball in balls.items() if ball.is_finite()]
            if not quantities:
                raise SolverError(UNKNOWN)
        found = {q: balls[q] for q in quantities}
        claims = {q: enclosure(ball, bound=q in BOUNDS) for q, ball in found.items()}
        content = canonical({**draft, "claims": claims})
        verdict, _, balls = check(content, folder)
    if verdict != "verified":
        told = ", ".join(f"{q} = {ball.str(10)}" for q, ball in balls.items())
        raise SolverError(f"the checker finds the certificate {verdict}: {told}")
    return Certificate(content, sidecar)


def _placed(fields: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the fields with models as lists, or with the name of a sidecar and its bytes."""
    models = fields.get("models")
    if not isinstance(models, np.ndarray):
        return fields, b""
    if models.size <= INLINE:
        return fields | {"models": models.tolist()}, b""
    content = models.astype("<i8").tobytes()
    digest = hashlib.sha256(content).hexdigest()
    place = {"sidecar": f"{digest[:12]}.int64", "sha256": digest, "models": len(models)}
    return fields | {"models": place}, content


def enclosure(ball: arb, *, bound: bool) -> list[str]:
    """Return a ball rounded outward to decimals, by a unit of its radius' second digit."""
    with ctx.workprec(DECIMAL):
        size = abs(ball).upper()
        radius = ball.rad().max(size * arb(10) ** -(2 if bound else DIGITS))
        if not radius > 0:
            return ["0e0", "0e0"]
        digits = 1 - floored(radius.log() / arb(10).log())
        unit = arb(10) ** digits
        low = floored(ball.lower() * unit) - 1
        high = floored(ball.upper() * unit) + 2
    return ["0e0" if bound else f"{low}e{-digits}", f"{high}e{-digits}"]
