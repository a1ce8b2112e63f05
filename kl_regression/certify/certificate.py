"""The certificate: canonical bytes, id, claims; it has passed the checker before it exists.

The checker, its format and its theorems are kl_regression/verify.py. A claim is the checker's own
enclosure rounded outward to decimals, so that it verifies at the precision that it was made with.
"""

import json
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from flint import arb, ctx

from kl_regression.errors import SolverError
from kl_regression.verify import check, parse
from kl_regression.writing import write_whole

SCHEMA = "kl-regression/certificate/1"
BOUNDS = ("gap", "radius")
WIDE = ["-1e1999", "1e1999"]
DIGITS = 45
"""Significant digits of a claim whose enclosure is narrower."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """A certificate that the checker has verified: data, student and claims in integers.

    Args:
        content: the file's bytes.
        sidecar: the models' bytes where they stand in a file of their own, else empty.
    """

    content: bytes
    sidecar: bytes = b""

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The file as a dictionary."""
        return json.loads(self.content)

    @cached_property
    def id(self) -> str:
        """klc1- and the SHA-256 of the bytes without provenance."""
        return parse(self.content)[1]

    @property
    def short_id(self) -> str:
        """The id's first twelve hexadecimals: enough to name it in a paper."""
        return self.id[:17]

    @property
    def claims(self) -> dict[str, tuple[Fraction, Fraction]]:
        """What is proved: for each quantity the two ends that enclose it."""
        return {
            name: (rational(low), rational(high))
            for name, (low, high) in self.fields["claims"].items()
        }

    def save(self, path: str | Path) -> Path:
        """Write the file, and its sidecar beside it, each whole or not at all; return the path."""
        where = Path(path)
        if self.sidecar:
            write_whole(where.with_name(self.fields["models"]["sidecar"]), self.sidecar)
        write_whole(where, self.content)
        return where

    def __repr__(self) -> str:
        claimed = ", ".join(self.claims)
        return f"Certificate({self.short_id}, {self.fields['theorem']}, {claimed})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{low}</td><td>{high}</td></tr>"
            for name, (low, high) in self.fields["claims"].items()
        )
        head = "<tr><th>quantity</th><th>at least</th><th>at most</th></tr>"
        return f"<table><caption>{self.id}, {self.fields['theorem']}</caption>{head}{rows}</table>"


def canonical(fields: dict[str, Any]) -> bytes:
    """Return the bytes of a certificate: sorted keys, no spaces, one newline."""
    return (json.dumps(fields, sort_keys=True, separators=(",", ":")) + "\n").encode("ascii")


def seal(fields: dict[str, Any], quantities: list[str], sidecar: bytes = b"") -> Certificate:
    """Return the certificate that claims these quantities, after the checker verified it.

    Args:
        fields: everything but schema and claims.
        quantities: what is claimed; what is not finite is left out.
        sidecar: the bytes of the models, where ``fields`` names a sidecar.

    Raises:
        SolverError: when the checker does not verify what was made.
    """
    with tempfile.TemporaryDirectory() as folder:
        if sidecar:
            (Path(folder) / fields["models"]["sidecar"]).write_bytes(sidecar)
        draft = {"schema": SCHEMA, **fields}
        for _ in range(2):
            wide = {q: ["0e0", WIDE[1]] if q in BOUNDS else WIDE for q in quantities}
            balls = check(canonical({**draft, "claims": wide}), folder)[2]
            quantities = [q for q, ball in balls.items() if ball.is_finite()]
            if not quantities:
                raise SolverError("no quantity is finite: the true student is not pinned down")
        found = {q: balls[q] for q in quantities}
        claims = {q: enclosure(ball, bound=q in BOUNDS) for q, ball in found.items()}
        content = canonical({**draft, "claims": claims})
        verdict, _, balls = check(content, folder)
    if verdict != "verified":
        told = ", ".join(f"{q} = {ball.str(10)}" for q, ball in balls.items())
        raise SolverError(f"the checker finds the certificate {verdict}: {told}")
    return Certificate(content, sidecar)


def enclosure(ball: arb, *, bound: bool) -> list[str]:
    """Return a ball rounded outward to decimals, by a unit of its radius' second digit."""
    size = abs(ball).upper()
    before, ctx.prec = ctx.prec, ctx.prec + 4 * DIGITS
    try:
        radius = ball.rad().max(size * arb(10) ** -(2 if bound else DIGITS))
        if not radius > 0:
            return ["0e0", "0e0"]
        digits = 1 - int((radius.log() / arb(10).log()).floor().mid().unique_fmpz())
        unit = arb(10) ** digits
        low = int((ball.lower() * unit).floor().mid().unique_fmpz()) - 1
        high = int((ball.upper() * unit).ceil().mid().unique_fmpz()) + 1
    finally:
        ctx.prec = before
    return ["0e0" if bound else f"{low}e{-digits}", f"{high}e{-digits}"]


def rational(decimal: str) -> Fraction:
    """Return a claim's decimal such as "-12e-40" as a fraction."""
    mantissa, power = decimal.split("e")
    return Fraction(int(mantissa)) * Fraction(10) ** int(power)
