"""``python -m kl_regression.sweep CONFIG.toml``: run what is missing, then table and figure."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kl_regression.errors import KlRegressionError
from kl_regression.sweep.config import read
from kl_regression.sweep.executors import executor
from kl_regression.sweep.running import run
from kl_regression.writing import write_whole

GO_ON = "What is finished is on disk: run the same command again to go on"

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def main(
    config: Annotated[Path, typer.Argument(help="a TOML file: grid, instances, seed, chunk")],
    out: Annotated[Path, typer.Option(help="folder of the results")] = Path("sweep"),
    workers: Annotated[int, typer.Option(min=1, help="processes")] = os.cpu_count() or 1,
    scheduler: Annotated[str, typer.Option(help="address of a Dask scheduler instead")] = "",
    *,
    figure: Annotated[bool, typer.Option(help="draw the figure")] = True,
) -> None:
    """Run a sweep, or the rest of one: results.parquet, a table, a figure."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    try:
        sweep = read(config)
        with executor(workers, scheduler) as pool, _progress() as tell:
            path = run(sweep, out, pool, tell=tell)
        report(path, console, figure=figure)
    except KlRegressionError as error:
        raise _ended(f"error: {error}", 2) from None
    except OSError as error:
        raise _ended(f"error: {error}. {GO_ON}", 2) from None
    except KeyboardInterrupt:
        raise _ended(f"interrupted. {GO_ON}", 130) from None


def _ended(message: str, code: int) -> typer.Exit:
    Console(stderr=True).print(message, markup=False, highlight=False, soft_wrap=True)
    return typer.Exit(code)


def report(path: Path, console: Console, *, figure: bool) -> None:
    """Print the table of a sweep's results, columns of shape (rows,), and draw its figure."""
    from kl_regression.sweep.summary import summary

    console.print(summary(path))
    if figure:
        from kl_regression.figure import style
        from kl_regression.sweep.picture import picture

        image = path.with_name("sweep.png")
        write_whole(image, style.render(picture(path), "png"))
        console.print(f"{path}, {image}", highlight=False)


@contextmanager
def _progress() -> Iterator[Any]:
    """Show chunks done on a terminal; be silent elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("chunks"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("chunks", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


if __name__ == "__main__":
    app()
