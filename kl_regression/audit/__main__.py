"""``python -m kl_regression.audit``: read, answer, print, write report.json and report.html."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from typer.core import TyperCommand
from typing_extensions import override

from kl_regression.audit import flags
from kl_regression.audit.findings import Findings, Watch, answer
from kl_regression.audit.options import Options
from kl_regression.audit.question import ask
from kl_regression.audit.table import table
from kl_regression.audit.writing import folder_for, may_replace, write
from kl_regression.errors import InputError, KlRegressionError

NARROWEST = 140
"""Columns of a table that is read from a file or a pipe."""

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


class ManyModels(TyperCommand):
    """A command whose --models takes every value up to the next flag."""

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, spread(args))


def spread(args: Sequence[str]) -> list[str]:
    """Return ``--models a b c`` as ``--models a --models b --models c``."""
    found: list[str] = []
    taking = False
    for arg in args:
        if arg.startswith("-"):
            taking = arg == "--models"
            found += [] if taking else [arg]
        else:
            found += ["--models", arg] if taking else [arg]
    return found


@app.command(cls=ManyModels)
def main(
    *,
    teacher: flags.Teacher = "",
    models: flags.Models = None,
    truth: flags.Truth = None,
    labels: flags.Labels = None,
    weights: flags.Weights = None,
    features: flags.Features = None,
    students: flags.Students = None,
    constant: flags.Constant = None,
    loss: flags.LossName = "kl",
    side: flags.SideName = "left",
    logits: flags.Logits = False,
    normalize: flags.Normalize = False,
    confidence: flags.Confidence = 0.95,
    seed: flags.Seed = 0,
    out: flags.Out = Path("audit"),
    example: flags.Example = None,
) -> None:
    """Audit saved predictions: gain, misfit, every theorem's verdict, calibration.

    Files are .npy, .npz (PATH.npz:NAME), .csv or Parquet: probabilities, or logits with --logits.
    """
    options = Options(
        teacher=teacher,
        models=tuple(models or ()),
        truth=truth,
        labels=labels,
        weights=weights,
        features=features,
        students=students,
        constant=constant,
        loss=loss,
        side=side,
        logits=logits,
        normalize=normalize,
        confidence=confidence,
        seed=seed,
    )
    with _one_message():
        _run(options, out, example)


@contextmanager
def _one_message() -> Iterator[None]:
    """End in one line on the error stream and exit status 2 where the input cannot be used."""
    try:
        yield
    except KlRegressionError as error:
        Console(stderr=True, soft_wrap=True).print(str(error), markup=False, highlight=False)
        raise typer.Exit(2) from error


def _run(options: Options, out: Path, example: str | None) -> None:
    console = Console()
    console = console if console.is_terminal else Console(width=NARROWEST)
    if not options.teacher and example is None:
        raise InputError("--teacher", "is missing", "Name a file, or try --example digits")
    folder = folder_for(out)
    paths = folder / "report.json", folder / "report.html"
    for path in paths:
        may_replace(path)
    with _progress(console) as watch:
        if example is not None:
            options = _example(options, example, folder, watch)
        command = command_of(options, out)
        watch(0.05, "reading files")
        found = answer(ask(options), watch=watch)
        watch(0.85, "drawing")
        contents = _contents(found, command)
    for path, content in zip(paths, contents, strict=True):
        write(path, content)
    if example is not None:
        console.print(f"$ {command}", markup=False, highlight=False, soft_wrap=True)
    console.print(table(found), highlight=False, markup=False)
    for path in paths:
        console.print(str(path), markup=False, highlight=False, soft_wrap=True)


def _example(options: Options, name: str, folder: Path, watch: Watch) -> Options:
    """Save the example's arrays and return the options that audit them."""
    if options.teacher or options.models:
        raise InputError("--example", "brings its own files", "Leave out --teacher and --models")
    from kl_regression.audit.example import save_example

    watch(0.0, f"training the models of {name}")
    return save_example(name, folder, seed=options.seed)


def _contents(found: Findings, command: str) -> tuple[bytes, bytes]:
    """Return report.json and report.html, both rendered before either is written."""
    from kl_regression.audit.document import document
    from kl_regression.audit.page import page

    return document(found, command), page(found, command)


def command_of(options: Options, out: Path) -> str:
    """Return the command line that asks for these options, in full."""
    default = Options(teacher="")
    words = ["python", "-m", "kl_regression.audit", "--teacher", options.teacher]
    if options.models:
        words += ["--models", *options.models]
    for name, value in vars(options).items():
        if name in ("teacher", "models") or value == getattr(default, name):
            continue
        flag = "--class" if name == "students" else f"--{name}"
        words += [flag] if value is True else [flag, str(value)]
    return shlex.join([*words, "--out", str(out)])


@contextmanager
def _progress(console: Console) -> Iterator[Watch]:
    """Show a bar on a terminal while the audit works, and nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("loading libraries", total=1.0)

        def watch(done: float, following: str) -> None:
            bar.update(task, completed=done, description=following)

        yield watch


if __name__ == "__main__":
    app()
