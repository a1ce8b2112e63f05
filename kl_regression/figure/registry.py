"""Which figures there are. Their modules are imported when they are made, not before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast, get_type_hints, runtime_checkable

from kl_regression.errors import InputError
from kl_regression.figure.restore import COMPUTED, TRAINED, Agreement

Watch = Callable[[float, str], None]
"""Told how much of the work is done, from 0 to 1, and what comes next."""


@runtime_checkable
class Module(Protocol):
    """What the module of a figure offers."""

    def compute(self, seed: int, *, watch: Watch) -> Any:
        """Return the frozen data of the figure; the annotation says their type."""
        ...

    def draw(self, data: Any) -> Any:
        """Return the matplotlib figure of the data."""
        ...

    def summary(self, data: Any) -> "Summary":
        """Return the table to print when the figure is made."""
        ...

    def settings(self, data: Any) -> str:
        """Return what the data were made with, in a line."""
        ...


@dataclass(frozen=True)
class Summary:
    """A table of a figure's numbers, for the terminal.

    Args:
        title: what the rows are.
        columns: their headings.
        rows: cells as text, a tuple a row.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Entry:
    """A figure by name.

    Args:
        name: on the command line and of the files.
        caption: what it shows, in a sentence.
        within: how far its numbers may lie from the stored ones when computed again.
        default: whether it is made when no name is given.
        reads: a path of a checkout of the repository, without which it cannot be computed.
    """

    name: str
    caption: str
    within: Agreement
    default: bool = False
    reads: str = ""

    def load(self) -> Module:
        """Import and return the figure's module."""
        return cast("Module", import_module(f"kl_regression.figure.{self.name}"))

    def kind(self) -> Any:
        """Return the type of the figure's data."""
        return get_type_hints(self.load().compute)["return"]


FIGURES = (
    Entry(
        "gain",
        "On real data the student's gain is at least its misfit, for every weak teacher,"
        " where the truth is in the class.",
        TRAINED,
        default=True,
    ),
    Entry(
        "triangle",
        "Teacher, truth and student on the simplex, with the Pythagorean theorem's right angle.",
        COMPUTED,
        default=True,
    ),
    Entry(
        "charikar",
        "The synthetic regression experiment with exact heads: misfit against gain, and what"
        " inexact heads make of the equality.",
        TRAINED,
    ),
    Entry(
        "yao_regression",
        "The regression experiment with KL: where the theorem holds, where there is none, truths"
        " outside the class, finite samples.",
        COMPUTED,
    ),
    Entry(
        "risk_bounds",
        "The student's risk lies within the teacher's plus or minus a bound in their divergence.",
        TRAINED,
    ),
    Entry(
        "calibration",
        "Calibration errors of teacher and student differ by no more than the bound, given a common"
        " conditioning; given each model's own score they can.",
        TRAINED,
    ),
    Entry(
        "over_optimization",
        "A student trained longer and longer on its teacher: its risk falls below the teacher's and"
        " rises back to it, while the bound closes.",
        TRAINED,
    ),
    Entry(
        "mulgund",
        "Students that mix few strong models: what that costs, against its bound, and gain against"
        " misfit.",
        TRAINED,
    ),
    Entry(
        "slack",
        "The slack of the gain theorem is minus the gap to all digits, whatever the solver's"
        " tolerance.",
        COMPUTED,
    ),
    Entry(
        "scaling",
        "Solve time and certified gap against the number of sample points: structured solvers and"
        " cvxpy.",
        COMPUTED,
        reads="tests/benchmarks/results.json",
    ),
    Entry(
        "counterexamples",
        "What fails when a hypothesis is dropped: certified instances of small integers.",
        COMPUTED,
        reads="proofs_check/certificates",
    ),
    Entry(
        "weak_to_strong_families",
        "Teachers and students of growing capacity: error, calibration, and the performance gap"
        " recovered.",
        TRAINED,
    ),
)


def chosen(names: Sequence[str], *, everything: bool) -> tuple[Entry, ...]:
    """Return the figures asked for by name; all of them, or the default ones without a name.

    Raises:
        InputError: for a name that no figure has.
    """
    known = {entry.name: entry for entry in FIGURES}
    for name in names:
        if name not in known:
            raise InputError("NAME", f"{name!r} is no figure", f"Use one of: {', '.join(known)}")
    if everything:
        return FIGURES
    if names:
        return tuple(known[name] for name in dict.fromkeys(names))
    return tuple(entry for entry in FIGURES if entry.default)
