"""The certificate: canonical bytes, id, claims; it has passed the checker before it exists.

The checker, its format and its theorems are kl_regression/verify.py.
"""

import json
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from kl_regression.writing import write_whole


@dataclass(frozen=True, eq=False)
class Certificate:
    """A certificate that the checker has verified: arrays, student and claims in integers.

    Its fields, with their shapes, are described in kl_regression/verify.py.

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
        from kl_regression.verify import parse

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


def rational(decimal: str) -> Fraction:
    """Return a claim's decimal such as "-12e-40" as a fraction."""
    mantissa, power = decimal.split("e")
    return Fraction(int(mantissa)) * Fraction(10) ** int(power)
