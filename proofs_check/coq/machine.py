"""What Coq does for ``python -m proofs_check``: build, assumptions, compiled certificates."""

import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from kl_regression.errors import KlRegressionError, MissingLibraryError
from proofs_check.coq import statements
from proofs_check.coq.development import build, coqc, run
from proofs_check.coq.hull_file import read
from proofs_check.coq.vernacular import export
from proofs_check.coq.witness import witness

INSTANCES = Path(__file__).parent / "instances"
GALLERY = Path(__file__).parents[1] / "certificates"
"""The certificates that the kept Coq files are made from."""


def print_machine(console: Console) -> bool:
    """Build everything, print what was proved on what grounds, tell whether all of it was.

    Without Coq it says how to install it, and nothing fails.
    """
    try:
        coqc()
    except MissingLibraryError as error:
        console.print(str(error), style="yellow")
        return True
    try:
        with Console(stderr=True).status("Coq") as status:
            files = Table("file", "seconds", title="Compiled by Coq", title_justify="left")
            for made in build(lambda name: status.update(f"Coq: {name}")):
                files.add_row(f"{made.name}.v", "fresh" if made.fresh else f"{made.seconds:.1f}")
            for name in examples():
                status.update(f"Coq: {name}")
                files.add_row(f"{name}.v", f"{compile_example(name):.1f}")
    except KlRegressionError as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        return False
    console.print(files)
    return print_assumptions(console)


def print_assumptions(console: Console) -> bool:
    """Print each theorem with what it rests on, and tell whether all of it is allowed."""
    proved, words = statements.proved(), statements.unproved()
    names = [proved[name] for name in statements.stated() if name in proved]
    title = "Proved by Coq, and on what grounds"
    table = Table("theorem", "rests on at most", title=title, title_justify="left")
    beyond = {}
    for name, found in statements.assumptions([*names, statements.SOUNDNESS]).items():
        table.add_row(name, grounds(found))
        beyond[name] = statements.excess(name, found)
    console.print(table)
    missing = set(statements.stated()) - set(proved)
    for name, axioms in beyond.items():
        if axioms:
            console.print(f"{name} rests on {', '.join(sorted(axioms))}", style="red")
    for name in sorted(missing):
        console.print(f"{name} is stated and not proved", style="red")
    for name, left in words.items():
        console.print(f"{name} holds {', '.join(left)}", style="red")
    return not (any(beyond.values()) or missing or words)


def grounds(axioms: set[str]) -> str:
    """Return in words what a set of axioms is."""
    parts = ["classical reals and functional extensionality"] * bool(axioms & statements.CLASSICAL)
    parts += ["primitive integers"] * any(a.startswith(statements.INTEGERS) for a in axioms)
    allowed = {a for a in axioms if a in statements.CLASSICAL or a.startswith(statements.INTEGERS)}
    return ", ".join([*parts, *sorted(axioms - allowed)]) or "nothing"


def examples() -> list[str]:
    """Return the names of the gallery's certificates that are kept as Coq files."""
    return sorted(path.stem for path in INSTANCES.glob("*.v"))


def exported(name: str) -> str:
    """Return the Coq file of a kept certificate, made anew."""
    certificate = read(GALLERY / f"{name}.json")
    return export(certificate, witness(certificate)).text


def compile_example(name: str) -> float:
    """Let Coq check a kept Coq file as it stands; return the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "Instance.v"
        path.write_text((INSTANCES / f"{name}.v").read_text("utf-8"), "utf-8")
        start = time.perf_counter()
        run(path)
        return time.perf_counter() - start
