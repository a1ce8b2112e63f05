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

from kl_regression.errors import InputError
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

    @property
    def changes(self) -> dict[str, str]:
        """What rounding to integers changed, by array, as its issuer said: the provenance's."""
        provenance = self.fields.get("provenance", {}).items()
        head = "changed "
        return {key.removeprefix(head): str(x) for key, x in provenance if key.startswith(head)}

    @classmethod
    def load(cls, path: str | Path) -> "Certificate":
        """Return the certificate in a file, with its sidecar, after the checker verified it.

        Raises:
            InputError: when the file is missing, is no certificate, or does not verify.
        """
        from kl_regression.verify import check

        where = Path(path)
        try:
            content = where.read_bytes()
            verdict = check(content, where.parent)[0]
            models = json.loads(content).get("models")
            beside = where.with_name(models["sidecar"]) if isinstance(models, dict) else None
            sidecar = beside.read_bytes() if beside else b""
        except OSError as error:
            raise InputError(
                str(where), f"is no certificate ({error})", "Check the path"
            ) from error
        except ValueError as error:
            remedy = "Get it again, whole, with the sidecar that lies beside it, if it has one"
            raise InputError(str(where), f"is no certificate ({error})", remedy) from error
        if verdict != "verified":
            raise InputError(str(where), f"is {verdict}", "Only verified certificates are read")
        return cls(content, sidecar)

    def save(self, path: str | Path) -> Path:
        """Write the file, and its sidecar beside it, each whole or not at all; return the path.

        The folder has to be there. More than a million entries of models stand in a sidecar, a
        file of little-endian int64 without which this one is rejected.
        """
        where = Path(path)
        if self.sidecar:
            write_whole(where.parent / self.fields["models"]["sidecar"], self.sidecar)
        write_whole(where, self.content)
        return where

    def __repr__(self) -> str:
        claimed = ", ".join(self.claims)
        return f"Certificate({self.short_id}, {self.fields['theorem']}, {claimed})"

    def _repr_html_(self) -> str:
        fields = self.fields
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{shown(low)}</td><td>{shown(high)}</td></tr>"
            for name, (low, high) in fields["claims"].items()
        )
        head = "<tr><th>quantity</th><th>at least</th><th>at most</th></tr>"
        said = [f"{self.id}, {fields['theorem']}, n = {fields['points']}, k = {fields['classes']}"]
        said += [f"rounding changed {name}: {told}" for name, told in self.changes.items()]
        caption = "<br>".join(map(escape, said))
        return f"<table><caption>{caption}</caption>{head}{rows}</table>"


def shown(decimal: str) -> str:
    """Return a claim's decimal such as "-125e-40" with a point, "-1.25e-38": no digit is lost."""
    mantissa, power = decimal.split("e")
    digits = mantissa.lstrip("-")
    whole = int(power) + len(digits) - 1
    places = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{mantissa[: -len(digits)]}{digits[0]}{places}" + (f"e{whole}" if whole else "")


def canonical(fields: dict[str, Any]) -> bytes:
    """Return the bytes of a certificate: sorted keys, no spaces, one newline."""
    return (json.dumps(fields, sort_keys=True, separators=(",", ":")) + "\n").encode("ascii")


def rational(decimal: str) -> Fraction:
    """Return a claim's decimal such as "-12e-40" as a fraction."""
    mantissa, power = decimal.split("e")
    return Fraction(int(mantissa)) * Fraction(10) ** int(power)
