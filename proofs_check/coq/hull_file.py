"""A hull certificate's file, read without trust: integers, mixtures and claims."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kl_regression.errors import InputError

MOST_LOGARITHMS = 2000
"""One for each point and class, and again for each truth that is named."""
DECIMAL = re.compile(r"(-?\d+)e(-?\d+)")
NAME = re.compile(r"[a-z][a-z0-9_]*")
Table = list[list[int]]


@dataclass(frozen=True)
class Decimal:
    """mantissa / 10^digits."""

    mantissa: int
    digits: int


@dataclass(frozen=True)
class HullFile:
    """What a certificate of theorem KL-HULL/1 says; a row of integers means itself over its sum.

    Args:
        identity: klc1- and the SHA-256 of the canonical bytes without provenance.
        weights: of the n points.
        teacher: n rows of k integers.
        models: m tables of n rows of k integers.
        student: the computed student's m weights.
        members: truths given by m weights, by name.
        tables: truths given by n rows of k integers, by name.
        claims: for each quantity the ends between which it lies.
    """

    identity: str
    weights: list[int]
    teacher: Table
    models: list[Table]
    student: list[int]
    members: dict[str, list[int]]
    tables: dict[str, Table]
    claims: dict[str, tuple[Decimal, Decimal]]

    @property
    def theorem(self) -> str:
        """The name of the Coq theorem: the short id, with an underscore for the dash."""
        return self.identity[:17].replace("-", "_")

    @property
    def truths(self) -> list[str]:
        """The truths' names, members first: the order in which Coq counts them."""
        return [*self.members, *self.tables]

    @property
    def logarithms(self) -> int:
        """How many logarithms the check takes."""
        return len(self.teacher) * len(self.teacher[0]) * (1 + len(self.truths))


def read(path: Path) -> HullFile:
    """Return a certificate's content.

    Raises:
        InputError: for a file that cannot be read, is of another theorem, or is too large.
    """
    try:
        fields = json.loads(path.read_text("ascii"))
        found = _parsed(fields)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{path} is no certificate ({type(error).__name__}: {error})"
        raise InputError(
            "FILE", reason, "Give a file made by klr.certify(outcome).save(...)"
        ) from error
    if fields["schema"] != "kl-regression/certificate/1" or fields["theorem"] != "KL-HULL/1":
        reason = f"{path} certifies {fields['theorem']}"
        raise InputError("FILE", reason, "The Coq checker covers KL-HULL/1: hulls, left, KL")
    if found.logarithms > MOST_LOGARITHMS:
        reason = f"{path} needs {found.logarithms} logarithms"
        raise InputError("FILE", reason, f"The Coq checker takes at most {MOST_LOGARITHMS}")
    return found


def _parsed(fields: dict[str, Any]) -> HullFile:
    if not isinstance(fields["models"], list):
        raise ValueError("its models stand in a sidecar: too large for Coq")  # noqa: TRY004
    if not all(map(NAME.fullmatch, [*fields.get("members", {}), *fields.get("truths", {})])):
        raise ValueError("a truth's name is not like a_name")
    core = {key: value for key, value in fields.items() if key != "provenance"}
    content = json.dumps(core, sort_keys=True, separators=(",", ":")) + "\n"
    return HullFile(
        "klc1-" + hashlib.sha256(content.encode("ascii")).hexdigest(),
        [int(w) for w in fields["point_weights"]],
        _table(fields["teacher"]),
        [_table(model) for model in fields["models"]],
        [int(a, 16) for a in fields["student"]],
        {name: [int(a, 16) for a in x] for name, x in fields.get("members", {}).items()},
        {name: _table(x) for name, x in fields.get("truths", {}).items()},
        {name: (_decimal(low), _decimal(high)) for name, (low, high) in fields["claims"].items()},
    )


def _table(rows: Any) -> Table:
    return [[int(entry) for entry in row] for row in rows]


def _decimal(text: str) -> Decimal:
    found = DECIMAL.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no decimal such as 12e-40")
    mantissa, power = int(found[1]), int(found[2])
    return Decimal(mantissa, -power) if power <= 0 else Decimal(mantissa * 10**power, 0)
