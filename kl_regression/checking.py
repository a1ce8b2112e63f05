"""check(): what each theorem claims about an outcome, what was computed, and the verdict."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import Any

from kl_regression.errors import InputError
from kl_regression.instance import Outcome, require_outcome
from kl_regression.theorems.base import Check, Verdict
from kl_regression.theorems.catalogue import THEOREMS
from kl_regression.theorems.direction import Direction
from kl_regression.theorems.directions import of_instance

COLUMNS = ("theorem", "claim", "smaller side", "larger side", "slack", "gap", "verdict")
COLOURS = {
    Verdict.HOLDS: "green",
    Verdict.VIOLATED: "red",
    Verdict.UNDECIDED: "yellow",
}


@dataclass(frozen=True)
class Report:
    """Theorems checked on one outcome; prints as a table, in a notebook too.

    Args:
        outcome: what was checked.
        checks: one a theorem.
    """

    outcome: Outcome
    checks: tuple[Check, ...]

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def __getitem__(self, key: str) -> Check:
        """Return the check of the theorem with this key."""
        for found in self.checks:
            if found.theorem.key == key:
                return found
        known = ", ".join(found.theorem.key for found in self.checks)
        raise InputError("key", f"is {key!r}", f"Use one of: {known}")

    @property
    def directions(self) -> tuple[Direction, ...]:
        """What is guaranteed for this side, class and loss, and what is false: one a risk order."""
        return of_instance(self.outcome.instance)

    def __str__(self) -> str:
        """Return the table as plain text."""
        from rich.console import Console

        buffer = StringIO()
        Console(file=buffer, width=140, color_system=None).print(self)
        return buffer.getvalue().rstrip()

    def __rich__(self) -> Any:
        """Return the table for a rich console."""
        from rich.console import Group
        from rich.table import Table

        table = Table(title=repr(self.outcome), title_justify="left")
        for column in COLUMNS:
            table.add_column(column, justify="right" if column in COLUMNS[2:6] else "left")
        for found in self.checks:
            if not found.unmet:
                table.add_row(*_cells(found), style=COLOURS[found.verdict])
        return Group(table, *_unmet_lines(self.checks), *_direction_lines(self))

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(column)}</th>" for column in COLUMNS)
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _cells(found)) + "</tr>"
            for found in self.checks
            if not found.unmet
        )
        lines = [*_unmet_lines(self.checks), *_direction_lines(self)]
        notes = "".join(f"<p>{escape(line)}</p>" for line in lines)
        caption = escape(repr(self.outcome))
        return f"<table><caption>{caption}</caption><tr>{head}</tr>{rows}</table>{notes}"

    def to_json(self) -> str:
        """Return the report as JSON; infinities are the strings "inf" and "-inf"."""
        rows = []
        for found in self.checks:
            row: dict[str, Any] = {
                "theorem": found.theorem.key,
                "statement": found.theorem.statement,
                "latex": found.theorem.latex,
                "source": found.theorem.source,
                "constants": found.theorem.constants,
                "kind": found.theorem.kind.value,
                "verdict": found.verdict.value,
                "unmet": list(found.unmet),
            }
            if found.terms is not None:
                row |= {
                    "smaller": _number(found.terms.smaller),
                    "larger": _number(found.terms.larger),
                    "slack": _number(found.terms.slack),
                    "rounding": _number(found.terms.rounding),
                    "gap": _number(found.terms.gap),
                    "parts": {name: _number(part) for name, part in found.terms.parts.items()},
                }
            rows.append(row)
        return json.dumps(
            {
                "outcome": repr(self.outcome),
                "checks": rows,
                "directions": [str(row) for row in self.directions],
            },
            indent=1,
            allow_nan=False,
        )


def check(outcome: Outcome) -> Report:
    """Check every theorem on an outcome: claimed, computed, verdict, or which hypothesis is unmet.

    Args:
        outcome: a solved instance with predictions of shape (n, k).
    """
    require_outcome("outcome", outcome)
    return Report(outcome, tuple(theorem.check(outcome) for theorem in THEOREMS))


def _cells(found: Check) -> tuple[str, ...]:
    theorem, terms = found.theorem, found.terms
    if terms is None:
        return (theorem.key, theorem.statement, "", "", "", "", found.verdict.value)
    return (
        theorem.key,
        theorem.statement,
        f"{terms.smaller:.6g}",
        f"{terms.larger:.6g}",
        f"{terms.slack:.2e}",
        f"{terms.gap:.1e}",
        found.verdict.value,
    )


def _unmet_lines(checks: tuple[Check, ...]) -> list[str]:
    """Return a line for each unmet hypothesis: why, and the theorems that do not apply for it."""
    groups: dict[str, list[str]] = {}
    for found in checks:
        for reason in found.unmet:
            groups.setdefault(reason, []).append(found.theorem.key)
    return [f"not applicable, {reason}: {', '.join(keys)}" for reason, keys in groups.items()]


def _direction_lines(report: Report) -> list[str]:
    """Return what is guaranteed for the outcome's combination, and what no theorem can say."""
    asked = report.outcome.instance
    return [f"guaranteed, side {asked.side}, {asked.loss}, {row}" for row in report.directions]


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
