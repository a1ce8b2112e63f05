"""Every goal of the solvers, measured: python -m tests.benchmarks [--quick] [--only NAME].

Own method against peer in one run, in turn, on one thread. Prints a table, writes JSON after every
benchmark. With --only the others' lines in the file stay; --resume leaves out what it has already.
"""

import json
import os
import platform
import sys
import time
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Annotated

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))

import typer  # noqa: E402, numpy reads the number of threads when it is first imported
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from tests.benchmarks import (  # noqa: E402
    curves,
    executors,
    heads,
    hulls,
    likelihoods,
    many,
    passes,
    shapes,
    start,
)
from tests.benchmarks.lines import Line  # noqa: E402

BENCHMARKS = {
    name: benchmark
    for module in (hulls, likelihoods, passes, heads, shapes, curves, many, start, executors)
    for name, benchmark in module.BENCHMARKS.items()
}
OUT = Path(__file__).with_name("results.json")
LIBRARIES = ("numpy", "scipy", "cvxpy", "clarabel", "scs", "ecos", "scikit-learn", "kl_regression")


def main(
    only: Annotated[list[str] | None, typer.Option(help="a name, or its beginning")] = None,
    out: Annotated[Path, typer.Option(help="where to write the JSON")] = OUT,
    *,
    quick: Annotated[bool, typer.Option(help="small sizes: does everything run?")] = False,
    resume: Annotated[bool, typer.Option(help="leave out what the JSON has already")] = False,
) -> None:
    """Measure every goal, or those asked for, and print own figures beside the peers'."""
    chosen = [
        name for name in BENCHMARKS if not only or any(name.startswith(part) for part in only)
    ]
    if not chosen:
        raise typer.BadParameter(f"no such benchmark; there are {', '.join(BENCHMARKS)}")
    console = Console(width=None if sys.stdout.isatty() else 200)
    lines, seconds = _read(out, quick=quick)
    for name in chosen:
        if resume and name in seconds:
            continue
        begin = time.perf_counter()
        console.print(f"[dim]{name} ...[/dim]")
        seconds.pop(name, None)
        try:
            found = list(BENCHMARKS[name](quick))
            seconds[name] = time.perf_counter() - begin
        except Exception as problem:  # noqa: BLE001, the others are measured; --resume tries again
            words = f"{type(problem).__name__}: {problem}".splitlines()[0]
            found = [Line(name, "failed", note=words)]
        lines = [line for line in lines if line["benchmark"] != name]
        lines += [{"benchmark": name, **asdict(line)} for line in found]
        lines.sort(key=lambda line: list(BENCHMARKS).index(line["benchmark"]))
        _write(out, lines, seconds, quick=quick)
    console.print(_table([line for line in lines if line["benchmark"] in chosen]))
    console.print(f"{out}: {sum(seconds.get(name, 0.0) for name in chosen):.0f} s")


def _read(out, *, quick):
    """Return the lines and seconds of an earlier run of the same kind."""
    if not out.exists():
        return [], {}
    found = json.loads(out.read_text("utf-8"))
    if found["about"]["quick"] != quick:
        return [], {}
    lines = [line for line in found["lines"] if line["benchmark"] in BENCHMARKS]
    return lines, {k: v for k, v in found["about"]["seconds"].items() if k in BENCHMARKS}


def _write(out, lines, seconds, *, quick):
    """Write what there is so far, so that an interrupted run keeps its figures."""
    about = {
        "quick": quick,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {_processor()}",
        "load": os.getloadavg(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES if _installed(name)},
        "seconds": seconds,
    }
    part = out.with_suffix(".part")
    part.write_text(json.dumps({"about": about, "lines": lines}, indent=1) + "\n", "utf-8")
    part.replace(out)


def _installed(name):
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _processor():
    info = Path("/proc/cpuinfo")
    names = [
        line.split(":")[1].strip()
        for line in (info.read_text("utf-8").splitlines() if info.exists() else [])
        if line.startswith("model name")
    ]
    return names[0] if names else platform.processor()


def _table(lines):
    table = Table("work", "n", "method", "seconds", "gap", "MB", "ratio", "goal", "met", "note")
    for line in lines:
        met = {True: "[green]yes[/green]", False: "[red]no[/red]", None: ""}[line["met"]]
        table.add_row(
            line["work"],
            _number(line["size"], ".0e"),
            line["method"],
            _number(line["seconds"], ".3g"),
            _number(line["gap"], ".1e"),
            _number(line["megabytes"], ".0f"),
            _number(line["ratio"], ".3g"),
            line["goal"],
            met,
            line["note"],
            end_section=False,
        )
    return table


def _number(value, form):
    return "" if value is None else format(value, form)


if __name__ == "__main__":
    typer.run(main)
