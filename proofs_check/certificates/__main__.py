"""``python -m proofs_check.certificates [NAME ...]``: make the gallery's files and index again."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from kl_regression.writing import write_whole
from proofs_check.certificates.gallery import ENTRIES, INDEX, index, path_of, print_gallery

Names = Annotated[list[str] | None, typer.Argument(help="Entries to make again; all by default.")]


def main(names: Names = None) -> None:
    """Make certificates, write the index, and verify all of the gallery."""
    wanted = [entry for entry in ENTRIES if not names or entry.name in names]
    unknown = set(names or []) - {entry.name for entry in ENTRIES}
    if unknown:
        typer.echo(f"no entry is called {', '.join(sorted(unknown))}", err=True)
        raise typer.Exit(2)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for entry in progress.track(wanted, description="making certificates"):
            entry.build().save(path_of(entry))
    write_whole(INDEX, index().encode())
    if not print_gallery(Console()):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
