"""``python -m proofs_check.coq FILE``: a hull certificate becomes a theorem that Coq proves."""

import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kl_regression.errors import InputError, KlRegressionError
from proofs_check.coq.development import CoqError, build, run
from proofs_check.coq.hull_file import HullFile, read
from proofs_check.coq.vernacular import Exported, export
from proofs_check.coq.witness import witness

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def main(
    file: Annotated[Path, typer.Argument(help="A certificate of theorem KL-HULL/1.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the Coq file.")] = Path(),
) -> None:
    """Write a certificate as a Coq theorem named after its id, once Coq has proved it."""
    console, errors = Console(soft_wrap=True, highlight=False), Console(stderr=True, soft_wrap=True)
    try:
        certificate = read(file)
        exported = export(certificate, witness(certificate))
        seconds = prove(certificate, exported, errors)
        target = write(exported, out / f"{certificate.theorem}.v")
    except CoqError as error:
        false = "eq_refl" in str(error)
        reason = "its claims do not follow from its data" if false else error
        errors.print(f"Coq refuses {file}: {reason}", markup=False, highlight=False)
        raise typer.Exit(1) from error
    except KlRegressionError as error:
        errors.print(str(error), markup=False, highlight=False)
        raise typer.Exit(2) from error
    console.print(
        f"{target}: Theorem {certificate.theorem} proved in {seconds:.1f} s", markup=False
    )
    if exported.left_out:
        console.print(f"not restated: {', '.join(exported.left_out)}", markup=False)


def prove(certificate: HullFile, exported: Exported, console: Console) -> float:
    """Compile the theory where it is stale, then the certificate; return the latter's seconds."""
    with console.status("Coq: the theory") as status, tempfile.TemporaryDirectory() as folder:
        for _ in build(lambda name: status.update(f"Coq: {name}")):
            pass
        status.update(f"Coq: {certificate.logarithms} logarithms")
        path = Path(folder) / f"{certificate.theorem}.v"
        path.write_text(exported.text, "utf-8")
        start = time.perf_counter()
        run(path)
        return time.perf_counter() - start


def write(exported: Exported, target: Path) -> Path:
    """Write the Coq file whole or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(".draft")
        draft.write_text(exported.text, "utf-8")
        draft.replace(target)
    except OSError as error:
        reason = f"{target} cannot be written ({error})"
        raise InputError("--out", reason, "Use another folder") from error
    return target


if __name__ == "__main__":
    app()
