"""``python -m kl_regression.figure [NAME ...]``: make figures, print their numbers, write files."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kl_regression.errors import InputError, KlRegressionError
from kl_regression.figure.jobs import make_all
from kl_regression.figure.record import read
from kl_regression.figure.registry import FIGURES, Entry, Summary, chosen
from kl_regression.figure.restore import count_numbers, differences
from kl_regression.figure.work import Made, Order
from kl_regression.writing import write_whole

FORMATS = ("svg", "png", "pdf")
NARROWEST = 140
"""Columns of a table that is read from a file or a pipe."""
SHOWN = 5
"""Differences of a figure that --check prints."""

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def main(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Figures; see --list.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Make every figure.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Say which figures there are.")] = False,
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("figures"),
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of the data.")] = 0,
    formats: Annotated[
        str, typer.Option("--format", help="Any of svg, png, pdf; commas between.")
    ] = ",".join(FORMATS),
    stored: Annotated[
        bool, typer.Option("--from-json", help="Draw NAME.json again without computing.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Compute again, compare with NAME.json, write nothing.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Figures made at once.")] = 1,
) -> None:
    """Make figures from exact students: NAME.svg, .png, .pdf, and NAME.json, their numbers.

    Without a NAME the default ones are made: gain and triangle. What long figures compute on the
    way is kept in $KL_REGRESSION_CACHE, else in ~/.cache/kl_regression, until settings or code
    change; Ctrl-C leaves whole files only.
    """
    console = _console()
    if listed:
        for entry in FIGURES:
            console.print(f"{entry.name}: {entry.caption}", highlight=False, soft_wrap=True)
        return
    try:
        entries = chosen(names or (), everything=everything)
        if not stored:
            entries = _at_hand(entries, console, all_asked=everything)
        orders = _orders(entries, out, seed, formats, stored=stored, check=check)
        made = make_all(orders, jobs=jobs, console=console)
        agree = _compare(made, out, console) if check else _write(made, out, console)
    except KlRegressionError as error:
        Console(stderr=True, soft_wrap=True).print(str(error), markup=False, highlight=False)
        raise typer.Exit(2) from error
    if not agree:
        raise typer.Exit(1)


def _at_hand(entries: Sequence[Entry], console: Console, *, all_asked: bool) -> tuple[Entry, ...]:
    """Return the figures whose files are here; of --all the others are left out, and said to be."""
    lacking = [entry for entry in entries if entry.reads and not Path(entry.reads).exists()]
    for entry in lacking:
        problem = f"reads {entry.reads}, which is not here"
        if not all_asked:
            remedy = "Run in a checkout of the repository, or draw its JSON with --from-json"
            raise InputError(entry.name, problem, remedy)
        console.print(f"{entry.name} left out: it {problem}", highlight=False, soft_wrap=True)
    return tuple(entry for entry in entries if entry not in lacking)


def _orders(
    entries: Sequence[Entry], out: Path, seed: int, formats: str, *, stored: bool, check: bool
) -> list[Order]:
    """Return what is to be made; --check computes again with the seed of the stored JSON."""
    if stored and check:
        raise InputError("--check", "came with --from-json", "Use one of the two")
    if check:
        return [Order(entry.name, read(entry, out)["seed"], out, ()) for entry in entries]
    suffixes = _suffixes(formats)
    folder = out if stored else _folder(out)
    return [Order(entry.name, seed, folder, suffixes, stored) for entry in entries]


def _write(made: Iterable[Made], folder: Path, console: Console) -> bool:
    """Write each figure's files once all of them are rendered, then the page about the folder."""
    from kl_regression.figure.index import index

    paths, times = [], []
    for figure in made:
        for path, content in figure.files.items():
            write_whole(path, content)
        console.print(_table(figure.name, figure.summary))
        paths += list(figure.files)
        times.append((figure.name, f"{figure.seconds:.1f}", f"{figure.cpu:.1f}"))
    write_whole(folder / "README.md", index(folder))
    console.print(_table("time", Summary("seconds", ("figure", "wall", "CPU"), tuple(times))))
    for path in [*paths, folder / "README.md"]:
        console.print(str(path), markup=False, highlight=False, soft_wrap=True)
    return True


def _compare(made: Iterable[Made], folder: Path, console: Console) -> bool:
    """Print how the numbers computed now differ from the stored ones; tell whether they agree."""
    agree = True
    for figure in made:
        entry = next(entry for entry in FIGURES if entry.name == figure.name)
        stored = read(entry, folder)["data"]
        found = list(differences(stored, figure.numbers, entry.within))
        agree &= not found
        word = "differ" if found else "agree"
        within = f"relative {entry.within.relative:g}, absolute {entry.within.absolute:g}"
        console.print(
            f"{figure.name}: {count_numbers(stored)} numbers {word} within {within}",
            highlight=False,
        )
        for place in found[:SHOWN]:
            console.print(
                f"  {place.place}: stored {place.stored}, now {place.fresh}", highlight=False
            )
        if len(found) > SHOWN:
            console.print(f"  and {len(found) - SHOWN} more", highlight=False)
    return agree


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=NARROWEST)


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


def _suffixes(formats: str) -> Sequence[str]:
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
