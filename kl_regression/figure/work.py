"""Making one figure: compute, draw, render; in this process or in another, with its progress."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kl_regression.figure.registry import FIGURES, Entry, Summary, Watch


@dataclass(frozen=True)
class Order:
    """What is asked of a figure.

    Args:
        name: of the figure.
        seed: of its data.
        folder: where its files are.
        suffixes: what to render: svg, png, pdf.
        stored: draw the numbers in the folder's JSON instead of computing.
    """

    name: str
    seed: int
    folder: Path
    suffixes: Sequence[str]
    stored: bool = False

    @property
    def entry(self) -> Entry:
        """The figure's entry in the registry."""
        return next(entry for entry in FIGURES if entry.name == self.name)


@dataclass(frozen=True)
class Made:
    """A figure that was made: its files, none of them written yet.

    Args:
        name: of the figure.
        files: the bytes of each path.
        summary: the table to print.
        numbers: the JSON data.
        seconds: wall time.
        cpu: seconds of this process and its threads on a processor, whatever else ran beside it.
    """

    name: str
    files: dict[Path, bytes]
    summary: Summary
    numbers: Any
    seconds: float
    cpu: float


def make(order: Order, watch: Watch) -> Made:
    """Compute or read the data of a figure, draw it, and render every file."""
    start, worked = time.perf_counter(), time.process_time()
    watch(0.0, "loading libraries")
    from kl_regression.figure import record, style

    entry = order.entry
    module = entry.load()
    if order.stored:
        data = record.data_of(entry, record.read(entry, order.folder))
    else:
        data = module.compute(order.seed, watch=watch)
    files: dict[Path, bytes] = {}
    if order.suffixes:
        figure = module.draw(data)
        for suffix in order.suffixes:
            files[order.folder / f"{entry.name}.{suffix}"] = style.render(figure, suffix)
    seconds = time.perf_counter() - start
    if order.suffixes and not order.stored:
        files[order.folder / f"{entry.name}.json"] = record.document(
            entry, seed=order.seed, seconds=seconds, data=data
        )
    watch(1.0, "done")
    cpu = time.process_time() - worked
    return Made(order.name, files, module.summary(data), record.plain(data), seconds, cpu)
