"""``python -m kl_regression.cite FILE...``: how to cite certificates, and this software."""

from pathlib import Path
from typing import Annotated

import typer

from kl_regression.certify.certificate import Certificate
from kl_regression.cite import COLUMNS, bibtex, macro, rounding, sources, table_row
from kl_regression.errors import InputError

Files = Annotated[list[Path], typer.Argument(help="Certificates, which are verified first.")]


def main(paths: Files) -> None:
    """Print BibTeX of certificates and their sources, a LaTeX macro and a booktabs row of each."""
    try:
        found = [Certificate.load(path) for path in paths]
    except InputError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    entries = dict.fromkeys([*map(bibtex, found), *(entry for c in found for entry in sources(c))])
    typer.echo("% BibTeX\n" + "\n".join(entries))
    typer.echo("% what rounding to integers changed\n" + "".join(rounding(c) for c in found))
    typer.echo("% a macro, for the text\n" + "".join(macro(c) for c in found))
    typer.echo(f"% a booktabs row: {' & '.join(COLUMNS)}\n" + "".join(table_row(c) for c in found))


if __name__ == "__main__":
    typer.run(main)
