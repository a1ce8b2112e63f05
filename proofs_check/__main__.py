"""python -m proofs_check: one table for the whole theory; exit status 1 if anything fails."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from proofs_check.checking.entry import Entry
from proofs_check.checking.run import Row, run
from proofs_check.checking.table import markdown, rich_table
from proofs_check.sections import SECTIONS, Section
from proofs_check.theory import THEORY

QUICK, THOROUGH = 400, 20_000
"""Random outcomes that each theorem is tried on."""
WIDTH = 170
"""Columns of the table where the output is no terminal."""


def check_all(
    entries: Sequence[Entry],
    sections: Sequence[Section],
    console: Console,
    *,
    count: int,
    as_markdown: bool = False,
) -> bool:
    """Print the table and every section, and tell whether nothing failed."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("checking the theory", total=count + len(entries))
        rows = run(entries, count, lambda: progress.advance(task))
    if as_markdown:
        console.print(markdown(rows), markup=False, soft_wrap=True, highlight=False)
    else:
        console.print(rich_table(rows, f"{len(rows)} theorems, {count} random outcomes"))
    _print_failures(rows, console)
    return all([not any(row.failures for row in rows), *(part(console) for part in sections)])


def _print_failures(rows: Sequence[Row], console: Console) -> None:
    for row in rows:
        for failure in row.failures:
            console.print(f"{row.entry.theorem.key}: {failure}", style="red", markup=False)


def main(
    *,
    thorough: Annotated[bool, typer.Option(help="Fifty times as many random instances.")] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the table as Markdown.")
    ] = False,
) -> None:
    """Check the theory: steps by algebra, random instances, sharpness, and every hypothesis."""
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    count = THOROUGH if thorough else QUICK
    if not check_all(THEORY, SECTIONS, console, count=count, as_markdown=as_markdown):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
