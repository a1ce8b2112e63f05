"""Students that mix at most k strong models (mulgund:25), on real data.

Left: what few models cost, the excess KL(s_k, g) - KL(s, g) of the best mixture of at most k
models, against the bound log(1 + (c-1)/k) with c classes. Right: gain against misfit for each k.
The k-mixtures are no convex class, so that for k < m the gain may fall short of the misfit; with
all m models the class is the hull and no mark lies below the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from kl_regression.data.instances import load
from kl_regression.figure import style
from kl_regression.figure.registry import Summary, Watch
from kl_regression.instance import Instance
from kl_regression.theorems.mixtures import sparse_student

CASES = ("digits", "breast cancer", "wine")
SIZES = (1, 2, 5, 10, 12)
MARKERS = ("o", "s", "^", "D", "+")
FLOOR = 10.0**-5
"""Excess below this is drawn on the edge."""
SPREADS = (2.0, 3.4, 5.0, 6.0, 8.5)
"""Sizes of the marks of each k: hollow ones about smaller ones, so that none hides another."""
SHADES = ("#CC79A7", style.LABELS, style.TEACHER, style.CLASS, style.STUDENT)


@dataclass(frozen=True)
class Panel:
    """A data set: t teachers by the sizes k.

    Args:
        name: of the data set.
        classes: c.
        data_sha256: of features, targets and split.
        teachers: their names.
        excess: KL(s_k, g) - KL(s, g), shape (t, sizes).
        gain: of the best k-mixture, the truth being the strong ceiling, shape (t, sizes).
        misfit: KL(s_k, g), shape (t, sizes).
        gap: of the best k-mixture on the hull of its own models, shape (t, sizes).
        exhaustive: whether every subset of k models was tried, shape (t, sizes), 0 or 1.
    """

    name: str
    classes: int
    data_sha256: str
    teachers: tuple[str, ...]
    excess: Float[np.ndarray, "t z"]
    gain: Float[np.ndarray, "t z"]
    misfit: Float[np.ndarray, "t z"]
    gap: Float[np.ndarray, "t z"]
    exhaustive: Int[np.ndarray, "t z"]


@dataclass(frozen=True)
class MixtureData:
    """Everything that the figure shows."""

    seed: int
    sizes: Int[np.ndarray, " z"]
    bounds: dict[str, Float[np.ndarray, " z"]]
    panels: tuple[Panel, ...]


def compute(
    seed: int = 0,
    *,
    watch: Watch = lambda _done, _next: None,
    cases: Sequence[str] = CASES,
    sizes: Sequence[int] = SIZES,
    stride: int = 3,
    limit: int | None = None,
) -> MixtureData:
    """Find the best student of at most k models for every size, exactly where subsets allow.

    Args:
        seed: of the data.
        watch: told how much is done.
        cases: names of data sets.
        sizes: how many models may take part.
        stride: every which teacher is used.
        limit: use this many points of each data set at most.
    """
    panels = []
    for index, name in enumerate(cases):
        case = load(name, seed=seed, limit=limit)
        chosen = range(0, len(case.teachers), stride)
        rows = []
        for place, teacher in enumerate(chosen):
            done = (index + place / len(chosen)) / len(cases)
            watch(done, f"{name}: subsets of models for {case.teachers[teacher]}")
            instance = case.instance(teacher)
            rows.append([_measured(instance, size) for size in sizes])
        columns = {name: np.array([[r[name] for r in row] for row in rows]) for name in rows[0][0]}
        panels.append(
            Panel(
                name=name,
                classes=case.transfer.labels.shape[1],
                data_sha256=case.data_digest,
                teachers=tuple(case.teachers[t] for t in chosen),
                **columns,
            )
        )
    watch(1.0, "drawing")
    bounds = {p.name: np.log1p((p.classes - 1) / np.array(sizes)) for p in panels}
    return MixtureData(seed, np.array(sizes), bounds, tuple(panels))


def _measured(instance: Instance, size: int) -> dict[str, Any]:
    found = sparse_student(instance, size)
    return {
        "excess": found.excess,
        "gain": found.outcome.gain,
        "misfit": found.outcome.misfit,
        "gap": found.outcome.gap,
        "exhaustive": int(found.exhaustive),
    }


def draw(data: MixtureData) -> Figure:
    """Return the figure: a column a data set, excess above, gain against misfit below."""
    with style.house():
        figure = style.new_figure(style.PAGE, 4.2)
        grid = figure.subplots(2, len(data.panels), squeeze=False)
        for column, panel in enumerate(data.panels):
            _draw_excess(grid[0, column], data, panel)
            _draw_gain(grid[1, column], panel)
            grid[0, column].set_title(f"{panel.name}, {panel.classes} classes")
        grid[0, 0].set_ylabel("excess (nats)")
        grid[1, 0].set_ylabel("gain (nats)")
        figure.legend(handles=_handles(data), loc="lower center", ncols=8, columnspacing=1.2)
        figure.subplots_adjust(
            left=0.09, right=0.99, top=0.945, bottom=0.14, wspace=0.26, hspace=0.38
        )
    return figure


def _draw_excess(axes: Axes, data: MixtureData, panel: Panel) -> None:
    axes.plot(data.sizes, data.bounds[panel.name], color=style.TRUTH, lw=1.0)
    for row in np.maximum(panel.excess, FLOOR):
        axes.plot(data.sizes, row, color=style.STUDENT, lw=0.7, marker="o", ms=2.4, alpha=0.8)
    axes.set_ylim(bottom=FLOOR)
    style.log_scale(axes, "y")
    axes.yaxis.set_major_formatter(FuncFormatter(_excess_label))
    axes.set_xticks(data.sizes)
    axes.set_xlabel("k, models that may take part")


def _excess_label(value: float, _place: Any) -> str:
    power = f"$\\mathdefault{{10^{{{np.log10(value):.0f}}}}}$"
    return f"≤ {power}" if np.isclose(value, FLOOR) else power


def _draw_gain(axes: Axes, panel: Panel) -> None:
    widest = 1.06 * float(panel.misfit.max())
    axes.plot([0.0, widest], [0.0, widest], color=style.QUIET, lw=0.8, zorder=1)
    for index, (gain, misfit) in enumerate(zip(panel.gain.T, panel.misfit.T, strict=True)):
        axes.plot(misfit, gain, **_look(index))
    lost = int((~np.isfinite(panel.gain)).sum())
    if lost:
        words = f"and {lost} at gain −∞,\nk = 1"
        axes.text(0.97, 0.03, words, transform=axes.transAxes, ha="right", fontsize=6.0)
    axes.set_xlabel("misfit (nats)")


def _look(index: int) -> dict[str, Any]:
    shape = {"ls": "none", "marker": MARKERS[index], "ms": SPREADS[index]}
    return shape | {
        "color": SHADES[index],
        "mfc": SHADES[index] if index == 0 else "none",
        "mew": 0.7,
    }


def _handles(data: MixtureData) -> list[Any]:
    marks = [Line2D([], [], label=f"k = {k}", **_look(index)) for index, k in enumerate(data.sizes)]
    return [
        Line2D([], [], color=style.TRUTH, label="log(1 + (c-1)/k)"),
        Line2D([], [], color=style.STUDENT, lw=0.7, marker="o", ms=2.4, label="a teacher"),
        Line2D([], [], color=style.QUIET, lw=0.8, label="gain = misfit"),
        *marks,
    ]


def summary(data: MixtureData) -> Summary:
    """Return for each data set and k the largest excess, its bound, and the least gain - misfit."""
    columns = ("data set", "k", "largest excess", "bound", "least gain - misfit", "every subset")
    rows = [
        (
            panel.name,
            str(size),
            f"{panel.excess[:, i].max():.4f}",
            f"{data.bounds[panel.name][i]:.4f}",
            f"{(panel.gain - panel.misfit)[:, i].min():z.4f}",
            "yes" if panel.exhaustive[:, i].all() else "no",
        )
        for panel in data.panels
        for i, size in enumerate(data.sizes)
    ]
    return Summary("truth: the strong ceiling, transfer set", columns, tuple(rows))


def settings(data: MixtureData) -> str:
    """Return what the figure was made with."""
    counts = ", ".join(f"{panel.name} ({len(panel.teachers)} teachers)" for panel in data.panels)
    return f"data seed {data.seed}; {counts}; 12 strong models; every subset of k models tried"
