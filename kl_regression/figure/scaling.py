"""How long a student takes: structured solvers and cvxpy against the number of sample points.

Nothing is timed here: the times are those of the benchmarks of the repository, on one thread, each
the least of a few rounds. Above: seconds against n, with the slope of each curve in logarithms.
Below: our certified gap of the point that came back, for a time says nothing of a wrong point.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from kl_regression.errors import InputError
from kl_regression.figure import style
from kl_regression.figure.registry import Summary, Watch

RESULTS = Path("tests/benchmarks/results.json")
"""Where ``python -m tests.benchmarks`` writes, in a checkout of the repository."""
PREFIX = "scaling-"
ENDED = re.compile(r"TimeoutError: ended after (\d+) s")
UNTRIED = "not tried"
"""How the note of a size begins that was left out, since a smaller one took long or failed."""
REMEDY = (
    "Run in a checkout after `python -m tests.benchmarks --only scaling`,"
    " or draw figures/scaling.json with --from-json"
)
LARGEST = 3
"""Sizes from the largest down that a slope is fitted to: small ones time the call, not the work."""
NAMES = {"structured": "structured", "cvxpy CLARABEL": "Clarabel"}
"""What the benchmark's methods are called in the figures' one style."""
LINE: dict[str, Any] = {"lw": 0.9, "ms": 3.0, "mew": 0.7}
ENDS: dict[str, dict[str, Any]] = {
    "ended": {"ls": "none", "marker": "^", "ms": 3.6, "mew": 0.0},
    "failed": {"ls": "none", "marker": "x", "ms": 3.6, "mew": 0.8, "clip_on": False},
}
"""How sizes look at which a method was ended, at its limit, or failed, on the lower edge."""
ROOM = 60.0
"""How much higher than its marks an axis of seconds goes, for the slopes."""


@dataclass(frozen=True)
class Curve:
    """One method on one class of students: sizes that it finished, was ended at, or failed at.

    Args:
        method: its name, as in ``style.SOLVERS``.
        size: n, shape (s,).
        seconds: least wall time, shape (s,).
        gap: certified, of the returned point, shape (s,).
        slope: of log seconds on log n over the largest sizes, least squares; NaN of one size.
        ended: sizes at which it was ended, shape (u,).
        limit: seconds after which, shape (u,).
        failed: sizes at which it returned no point otherwise, shape (v,).
    """

    method: str
    size: Int[np.ndarray, " s"]
    seconds: Float[np.ndarray, " s"]
    gap: Float[np.ndarray, " s"]
    slope: float
    ended: Int[np.ndarray, " u"]
    limit: Float[np.ndarray, " u"]
    failed: Int[np.ndarray, " v"]


@dataclass(frozen=True)
class Panel:
    """A class of students and a side: a curve a method."""

    title: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class ScalingData:
    """Everything that the figure shows.

    Args:
        results: path of the benchmark's JSON.
        results_sha256: of its bytes.
        quick: whether it was a quick run, which stops at small sizes.
        machine: that it ran on.
        load: averages over 1, 5 and 15 minutes at its end.
        libraries: their versions in that run.
        panels: one a benchmark.
    """

    results: str
    results_sha256: str
    quick: bool
    machine: str
    load: tuple[float, ...]
    libraries: dict[str, str]
    panels: tuple[Panel, ...]


def compute(
    seed: int = 0, *, watch: Watch = lambda _done, _next: None, results: Path = RESULTS
) -> ScalingData:
    """Read the times of a benchmark run and fit the slopes; nothing is timed.

    Args:
        seed: taken like every figure's, and not used.
        watch: told how much is done.
        results: the JSON of ``python -m tests.benchmarks``.

    Raises:
        InputError: where it cannot be read, or holds no times of several sizes.
    """
    del seed
    watch(0.0, f"reading {results}")
    try:
        raw = results.read_bytes()
        found = json.loads(raw)
        about, lines = found["about"], found["lines"]
        chosen = [line for line in lines if line["benchmark"].startswith(PREFIX)]
        panels = tuple(_panel(work, chosen) for work in dict.fromkeys(ln["work"] for ln in chosen))
    except OSError as error:
        raise InputError(str(results), f"cannot be read ({error.strerror})", REMEDY) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(str(results), f"is no benchmark ({error!r})", REMEDY) from error
    if not panels:
        raise InputError(str(results), f"has no line of a benchmark {PREFIX}...", REMEDY)
    return ScalingData(
        results=results.as_posix(),
        results_sha256=hashlib.sha256(raw).hexdigest(),
        quick=about["quick"],
        machine=about["machine"],
        load=tuple(about["load"]),
        libraries=about["libraries"],
        panels=panels,
    )


def _panel(work: str, lines: Iterable[dict[str, Any]]) -> Panel:
    own = [line for line in lines if line["work"] == work]
    methods = dict.fromkeys(line["method"] for line in own)
    return Panel(
        work, tuple(_curve(m, [line for line in own if line["method"] == m]) for m in methods)
    )


def _curve(method: str, lines: Sequence[dict[str, Any]]) -> Curve:
    lines = sorted(lines, key=lambda line: int(line["size"]))
    timed = [line for line in lines if line["seconds"] is not None and line["gap"] is not None]
    others = [line for line in lines if line not in timed]
    ended = [(ln["size"], float(m[1])) for ln in others if (m := ENDED.match(ln["note"]))]
    failed = [ln["size"] for ln in others if not re.match(f"{ENDED.pattern}|{UNTRIED}", ln["note"])]
    size = np.array([line["size"] for line in timed], dtype=np.int64)
    seconds = np.array([line["seconds"] for line in timed], dtype=np.float64)
    return Curve(
        method=NAMES[method],
        size=size,
        seconds=seconds,
        gap=np.array([line["gap"] for line in timed], dtype=np.float64),
        slope=slope(size[-LARGEST:], seconds[-LARGEST:]),
        ended=np.array([at for at, _ in ended], dtype=np.int64),
        limit=np.array([limit for _, limit in ended], dtype=np.float64),
        failed=np.array(failed, dtype=np.int64),
    )


def slope(size: Int[np.ndarray, " s"], seconds: Float[np.ndarray, " s"]) -> float:
    """Return the exponent a of the least squares fit seconds ~ size^a; NaN for fewer than two."""
    if len(size) < 2:
        return float("nan")
    return float(np.polyfit(np.log(size), np.log(seconds), 1)[0])


def draw(data: ScalingData) -> Figure:
    """Return the figure: a column a class of students, seconds above, gaps below."""
    with style.house():
        figure = style.new_figure(style.PAGE, 3.3)
        grid = figure.subplots(2, len(data.panels), squeeze=False, sharex=True, sharey="row")
        for column, panel in enumerate(data.panels):
            _draw_seconds(grid[0, column], panel)
            _draw_gaps(grid[1, column], panel)
            grid[0, column].set_title(panel.title.replace(", ", "\n", 1), linespacing=1.25)
            grid[1, column].set_xlabel("n")
        for axes, label in zip(grid[:, 0], ("seconds", "gap (nats)"), strict=True):
            style.log_scale(axes, "x")
            style.log_scale(axes, "y")
            axes.set_ylabel(label)
            axes.xaxis.set_major_locator(LogLocator(numticks=4))
        top = grid[0, 0].get_ylim()[1]
        grid[0, 0].set_ylim(top=top * ROOM)
        figure.legend(
            handles=_handles(data), loc="lower center", bbox_to_anchor=(0.5, 0.045), ncols=4
        )
        figure.text(0.5, 0.02, _note(data), ha="center", fontsize=6.0)
        figure.subplots_adjust(
            left=0.08, right=0.99, top=0.88, bottom=0.22, wspace=0.12, hspace=0.14
        )
    return figure


def _draw_seconds(axes: Axes, panel: Panel) -> None:
    for line, curve in enumerate(panel.curves):
        look = style.SOLVERS[curve.method]
        axes.plot(curve.size, curve.seconds, **LINE, **look)
        axes.plot(curve.ended, curve.limit, color=look["color"], **ENDS["ended"])
        bottom = np.zeros(len(curve.failed))
        across = axes.get_xaxis_transform()
        axes.plot(curve.failed, bottom, color=look["color"], transform=across, **ENDS["failed"])
        if np.isfinite(curve.slope):
            place: dict[str, Any] = {"transform": axes.transAxes, "va": "top", "fontsize": 6.0}
            words = f"{style.GLYPHS[look['marker']]} slope {curve.slope:.2f}"
            axes.text(0.05, 0.98 - 0.13 * line, words, color=look["color"], **place)


def _draw_gaps(axes: Axes, panel: Panel) -> None:
    for curve in panel.curves:
        axes.plot(curve.size, curve.gap, **LINE, **style.SOLVERS[curve.method])


def _handles(data: ScalingData) -> list[Any]:
    curves = [curve for panel in data.panels for curve in panel.curves]
    methods = dict.fromkeys(curve.method for curve in curves)
    handles = [_handle(method) for method in methods]
    limits = sorted({f"{limit:.0f}" for curve in curves for limit in curve.limit})
    words = {"ended": f"ended after {' or '.join(limits)} s", "failed": "failed"}
    shown = [name for name in words if any(len(getattr(curve, name)) for curve in curves)]
    return handles + [
        Line2D([], [], color=style.QUIET, label=words[name], **ENDS[name]) for name in shown
    ]


def _handle(name: str) -> Line2D:
    label = f"{name} solver" if name == "structured" else f"cvxpy, {name}"
    return Line2D([], [], label=label, **LINE, **style.SOLVERS[name])


def _note(data: ScalingData) -> str:
    kind = "quick run, " if data.quick else ""
    return (
        f"{kind}{data.machine}, one thread, load {data.load[0]:.1f}; the least of a few rounds;"
        f" slopes: of the {LARGEST} largest sizes"
    )


def summary(data: ScalingData) -> Summary:
    """Return for each curve its largest size, the time there, its slope and its largest gap."""
    columns = ("students", "method", "largest n", "seconds", "slope", "largest gap", "ended at n")
    rows = tuple(
        (
            panel.title,
            curve.method,
            str(curve.size[-1]) if len(curve.size) else "",
            f"{curve.seconds[-1]:.3g}" if len(curve.size) else "",
            f"{curve.slope:.2f}",
            f"{curve.gap.max():.0e}" if len(curve.size) else "",
            ", ".join(map(str, curve.ended)),
        )
        for panel in data.panels
        for curve in panel.curves
    )
    return Summary(f"times read from {data.results}", columns, rows)


def settings(data: ScalingData) -> str:
    """Return what the figure was made with."""
    versions = ", ".join(f"{name} {version}" for name, version in data.libraries.items())
    return (
        f"times of {data.results} (sha256 {data.results_sha256[:12]}), written by"
        f" `python -m tests.benchmarks`; {_note(data)}; {versions}"
    )
