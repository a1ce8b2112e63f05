"""``python -m kl_regression.falsify``: hunt counterexamples to conjectures, by name or from a file.

NAME is a conjecture with a known answer, or its beginning; ``all-false`` and ``all-true`` stand for
all of them. PATH.py:OBJECT is a Conjecture of your own. Exit code 1: something was refuted;
130: interrupted.
"""

import importlib.util
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from kl_regression.errors import InputError, KlRegressionError
from kl_regression.falsify.conjecture import Conjecture
from kl_regression.falsify.hunt import falsify
from kl_regression.falsify.known.catalogue import KNOWN
from kl_regression.falsify.results import Refuted, Result

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def main(
    what: Annotated[str, typer.Argument(help="a NAME, PATH.py:OBJECT, all-false or all-true")] = "",
    budget: Annotated[int, typer.Option(help="instances that count to look at")] = 1_000_000,
    seconds: Annotated[float, typer.Option(help="stop each hunt after this time")] = math.inf,
    seed: Annotated[int, typer.Option(help="of everything random")] = 0,
    save: Annotated[Path | None, typer.Option(help="folder for certificates")] = None,
) -> None:
    """Hunt a counterexample; prove it in ball arithmetic before saying so."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    if not what:
        console.print("\n".join(f"{name}" for name in KNOWN), markup=False, highlight=False)
        return
    refuted = False
    rows = []
    try:
        for name, conjecture in chosen(what):
            begin = time.process_time()
            with _progress(name) as tell:
                result = falsify(conjecture, budget=budget, seconds=seconds, seed=seed, tell=tell)
            console.print(str(result), markup=False, highlight=False, soft_wrap=True)
            refuted |= result.refuted
            rows.append(_row(name, result, time.process_time() - begin))
            _save(result, save, len(rows))
    except KlRegressionError as error:
        stderr = Console(stderr=True)
        stderr.print(f"error: {error}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        told = f"interrupted after {len(rows)} hunts; what was refuted stands above"
        Console(stderr=True).print(told, highlight=False, soft_wrap=True)
        raise typer.Exit(130) from None
    if len(rows) > 1:
        console.print(_table(rows))
    raise typer.Exit(int(refuted))


def chosen(what: str) -> list[tuple[str, Conjecture]]:
    """Return the conjectures that a name, a beginning, or PATH.py:OBJECT stands for; no arrays.

    Raises:
        InputError: where there is no such conjecture.
    """
    if what in {"all-false", "all-true"}:
        wanted = what == "all-true"
        return [(name, k.conjecture) for name, k in KNOWN.items() if k.true is wanted]
    if what in KNOWN:
        return [(what, KNOWN[what].conjecture)]
    path, name = (what, "") if what.endswith(".py") else what.rpartition(":")[::2]
    if path.endswith(".py"):
        return [(name, load(Path(path), name))]
    found = [(name, k.conjecture) for name, k in KNOWN.items() if name.startswith(what)]
    if not found:
        raise InputError("name", f"is {what!r}", "Run it without a name to see all of them")
    return found


def load(path: Path, name: str) -> Conjecture:
    """Return the conjecture called ``name`` in a Python file; it takes no arrays.

    Raises:
        InputError: where there is no such file or no such conjecture.
    """
    if not path.is_file():
        raise InputError("path", f"{path} is no file", "Give PATH.py:OBJECT")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise InputError("path", f"{path} is no Python file", "Give PATH.py:OBJECT")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = getattr(module, name, None)
    if not isinstance(found, Conjecture):
        names = [key for key, value in vars(module).items() if isinstance(value, Conjecture)]
        raise InputError(
            "object", f"{name!r} is no Conjecture in {path}", f"There are: {', '.join(names)}"
        )
    return found


@contextmanager
def _progress(name: str) -> Iterator[Any]:
    """Show instances a second and the least slack on a terminal; be silent elsewhere."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    begin = time.perf_counter()
    with Progress(
        *columns, console=console, disable=not console.is_terminal, transient=True
    ) as bar:
        task = bar.add_task(name)

        def tell(instances: int, least: float) -> None:
            rate = instances / max(time.perf_counter() - begin, 1 / 1024)
            told = f"{name}: {instances} instances, {rate:.0f}/s, least slack {least:.3g}"
            bar.update(task, description=told)

        yield tell


def _save(result: Result, folder: Path | None, number: int) -> None:
    if folder is not None and isinstance(result, Refuted):
        folder.mkdir(parents=True, exist_ok=True)
        result.save(folder / f"refuted-{number}.json")


def _row(name: str, result: Result, cpu: float) -> tuple[str, ...]:
    by = getattr(result, "strategy", "-")
    slack = result.proof.highest if isinstance(result, Refuted) else result.least
    proven = "proven false" if result.refuted else "searched"
    times = (f"{result.seconds:.2f}", f"{cpu:.2f}")
    return (name, proven, by, str(result.instances), f"{slack:.3g}", *times)


def _table(rows: list[tuple[str, ...]]) -> Table:
    table = Table("conjecture", "answer", "by", "instances", "slack", "seconds", "CPU seconds")
    for row in rows:
        table.add_row(*row)
    return table


if __name__ == "__main__":
    app()
