"""``python -m kl_regression.figure [NAME ...]``: make figures, print their numbers, write files."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from kl_regression.errors import InputError, KlRegressionError
from kl_regression.figure.registry import FIGURES, Entry, Summary, Watch, chosen
from kl_regression.progress import silence

FORMATS = ("svg", "png", "pdf")
NARROWEST = 140
"""Columns of a table that is read from a file or a pipe."""

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def main(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Figures; see --list.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Make every figure.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Say which figures there are.")] = False,
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("figures"),
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of the data.")] = 0,
    formats: Annotated[
        str, typer.Option("--format", help="Any of svg, png, pdf; commas between.")
    ] = "svg,png",
) -> None:
    """Make figures from exact students: NAME.svg, NAME.png and NAME.json, the numbers in them."""
    console = _console()
    if listed:
        for entry in FIGURES:
            console.print(f"{entry.name}: {entry.caption}", highlight=False)
        return
    try:
        suffixes = _suffixes(formats)
        entries = chosen(names or (), everything=everything)
        folder = _folder(out)
        paths = [
            path for entry in entries for path in _make(entry, folder, seed, suffixes, console)
        ]
    except KlRegressionError as error:
        Console(stderr=True, soft_wrap=True).print(str(error), markup=False, highlight=False)
        raise typer.Exit(2) from error
    for path in paths:
        console.print(str(path), markup=False, highlight=False, soft_wrap=True)


def _make(
    entry: Entry, folder: Path, seed: int, suffixes: Sequence[str], console: Console
) -> list[Path]:
    """Compute, draw and write one figure; every file is rendered before the first is written."""
    start = time.perf_counter()
    with _progress(entry.name, console) as watch:
        from kl_regression.figure import record, style

        module = entry.load()
        data = module.compute(seed, watch=watch)
        figure = module.draw(data)
        files = {
            folder / f"{entry.name}.{suffix}": style.render(figure, suffix) for suffix in suffixes
        }
        seconds = time.perf_counter() - start
        numbers = record.document(entry.name, seed=seed, seconds=seconds, data=data)
        files[folder / f"{entry.name}.json"] = numbers
    for path, content in files.items():
        record.write_whole(path, content)
    console.print(_table(entry.name, module.summary(data)))
    return list(files)


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=NARROWEST)


@contextmanager
def _progress(name: str, console: Console) -> Iterator[Watch]:
    """Show a bar on a terminal while a figure is made, and nothing elsewhere."""
    columns = (TextColumn(f"{name}: {{task.description}}"), BarColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with silence(), bar:
        task = bar.add_task("loading libraries", total=1.0)

        def watch(done: float, following: str) -> None:
            bar.update(task, completed=done, description=following)

        yield watch


def _table(name: str, summary: Summary) -> Table:
    table = Table(title=f"{name}: {summary.title}", title_justify="left")
    for place, column in enumerate(summary.columns):
        numeric = all(_is_number(row[place]) for row in summary.rows)
        table.add_column(column, justify="right" if numeric else "left")
    for row in summary.rows:
        table.add_row(*row)
    return table


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _suffixes(formats: str) -> list[str]:
    """Return the formats asked for, each once."""
    found = [part.strip().lower() for part in formats.split(",") if part.strip()]
    for part in found:
        if part not in FORMATS:
            raise InputError("--format", f"is {part!r}", f"Use any of: {', '.join(FORMATS)}")
    return list(dict.fromkeys(found))


def _folder(out: Path) -> Path:
    """Return the folder to write to, made if there is none."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            "--out", f"{out} cannot be made ({error})", "Use another folder"
        ) from error
    return out


if __name__ == "__main__":
    app()
