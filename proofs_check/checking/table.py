"""The table: for a terminal, and as Markdown."""

from collections.abc import Iterable, Sequence

from rich.table import Table

from proofs_check.checking.run import Row

COLUMNS = (
    "theorem",
    "source",
    "constants",
    "hypotheses: needed?",
    "instances",
    "worst slack",
    "sharpness",
    "closest",
    "steps",
    "result",
)


def cells(row: Row) -> tuple[str, ...]:
    """Return a row's cells, in the order of ``COLUMNS``."""
    entry = row.entry
    return (
        entry.theorem.key,
        entry.theorem.source,
        entry.theorem.constants,
        "\n".join(f"{name}: {needed}" for name, needed in row.needed.items()),
        str(row.tried),
        f"{row.worst:.1e}",
        ", ".join(f"{ratio:.4g}" for ratio in row.ratios),
        f"{row.closest:.3g} (#{row.where})" if row.closest else "",
        str(len(entry.steps)),
        "FAILS" if row.failures else "holds",
    )


def rich_table(rows: Sequence[Row], title: str) -> Table:
    """Return the table for a rich console."""
    table = Table(title=title, title_justify="left", show_lines=True)
    right = {"instances", "worst slack", "sharpness", "closest", "steps"}
    for column in COLUMNS:
        table.add_column(column, justify="right" if column in right else "left")
    for row in rows:
        table.add_row(*cells(row), style="red" if row.failures else None)
    return table


def markdown(rows: Sequence[Row]) -> str:
    """Return the table as Markdown."""
    lines = [_line(COLUMNS), _line(["---"] * len(COLUMNS))]
    lines += [_line(cell.replace("\n", "; ") for cell in cells(row)) for row in rows]
    return "\n".join(lines)


def _line(parts: Iterable[str]) -> str:
    return "| " + " | ".join(part.replace("|", r"\|") for part in parts) + " |"
