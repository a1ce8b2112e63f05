"""Gain against misfit on real data: one panel a data set and loss, transfer set above test set.

Fifteen weak teachers, each projected exactly onto the hull of twelve strong models over the
transfer set. Where the truth is in the hull (the strong ceiling) the gain theorem (charikar:24,
yao:25, mulgund:25) puts every point of the transfer set on or above the line gain = misfit. It
promises nothing for the labels, which are no mixture of models, nor on the test set, where the
mixture weights found on the transfer set are used.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from kl_regression.certify.issue import certify
from kl_regression.data.instances import load
from kl_regression.data.sources import LOSSES
from kl_regression.divergences import Loss
from kl_regression.figure import style
from kl_regression.figure.points import PARTS, TRUTHS, Panel, measure
from kl_regression.figure.registry import Summary, Watch

CASES: tuple[tuple[str, Loss], ...] = tuple(
    (name, loss) for name, losses in LOSSES.items() for loss in losses
)
MARKERS: dict[str, dict[str, Any]] = {
    "ceiling": {"marker": "o", "color": style.STUDENT, "markersize": 3.2, "markeredgewidth": 0.0},
    "labels": {
        "marker": "^",
        "color": "none",
        "markeredgecolor": style.LABELS,
        "markersize": 4.2,
        "markeredgewidth": 0.8,
    },
}
LEGEND = {
    "ceiling": "truth in V: the strong ceiling",
    "labels": "truth outside V: the labels",
}


@dataclass(frozen=True)
class GainData:
    """Everything that the figure shows."""

    seed: int
    limit: int | None
    panels: tuple[Panel, ...]
    certificates: dict[str, str]
    """Ids of certificates: of each panel the instance of largest gain, its truth the ceiling."""


def compute(
    seed: int = 0,
    *,
    watch: Watch = lambda _done, _next: None,
    cases: Sequence[tuple[str, Loss]] = CASES,
    limit: int | None = None,
) -> GainData:
    """Train, project every teacher, and measure on the transfer set and on the test set.

    Args:
        seed: of the data.
        watch: told how much is done.
        cases: pairs of a data set and a loss.
        limit: use this many points of each data set at most.
    """
    panels, certificates = [], {}
    for done, (name, loss) in enumerate(cases):
        watch(done / len(cases), f"{name}: training teachers and strong models")
        case = load(name, loss=loss, seed=seed, limit=limit)
        watch((done + 0.8) / len(cases), f"{name}: projecting {len(case.teachers)} teachers")
        panels.append(measure(case))
        best = _largest_gain(panels[-1])
        watch((done + 0.9) / len(cases), f"{name}: certifying {best}")
        outcome = case.instance(case.teachers.index(best)).solve()
        certificates[f"{name}, {loss}: {best}"] = certify(outcome).id
    watch(1.0, "drawing")
    return GainData(seed, limit, tuple(panels), certificates)


def _largest_gain(panel: Panel) -> str:
    """Return the teacher whose student gains most on the transfer set, the truth in V."""
    found = [p for p in panel.points if (p.part, p.truth) == ("transfer", "ceiling")]
    return max(found, key=lambda point: point.gain).teacher


def draw(data: GainData) -> Figure:
    """Return the figure: a column of panels a data set and loss, gain over misfit."""
    with style.house():
        count = len(data.panels)
        figure = style.new_figure(style.PAGE, 3.6)
        grid = figure.subplots(2, count, squeeze=False, sharex="col", sharey="col")
        for (row, part), (column, panel) in product(enumerate(PARTS), enumerate(data.panels)):
            _draw_panel(grid[row, column], panel, part)
        for column, panel in enumerate(data.panels):
            grid[0, column].set_title(panel.title, linespacing=1.25)
            grid[1, column].set_xlabel("misfit")
        for row, part in enumerate(PARTS):
            grid[row, 0].set_ylabel(f"{part} set\ngain", linespacing=1.5)
        figure.legend(
            handles=_handles(),
            loc="lower center",
            bbox_to_anchor=(0.5, 0.075),
            ncols=4,
            columnspacing=1.8,
            handletextpad=0.5,
        )
        figure.text(0.5, 0.015, _note(data), ha="center", fontsize=6.2, linespacing=1.4)
        figure.subplots_adjust(
            left=0.08, right=0.993, top=0.89, bottom=0.245, wspace=0.36, hspace=0.14
        )
    return figure


def _draw_panel(axes: Axes, panel: Panel, part: str) -> None:
    right, low, high = panel.limits
    axes.set_xlim(0.0, right)
    axes.set_ylim(low, high)
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    if part == "transfer":
        axes.fill([0.0, right, right, 0.0], [0.0, right, low, low], color=style.FAINT, lw=0)
    axes.plot([0.0, right], [0.0, right], color=style.QUIET, lw=0.8, zorder=1)
    for truth in TRUTHS:
        found = [p for p in panel.points if (p.part, p.truth) == (part, truth)]
        shown = [p for p in found if np.isfinite(p.gain) and np.isfinite(p.misfit)]
        axes.plot(
            [p.misfit for p in shown],
            [p.gain for p in shown],
            linestyle="none",
            clip_on=False,
            zorder=3,
            **MARKERS[truth],
        )


def _note(data: GainData) -> str:
    models, teachers = len(data.panels[0].models), len(data.panels[0].students)
    return (
        f"V: all mixtures of {models} strong models. Each mark: one of {teachers} weak teachers;"
        " its student is its projection onto V over the transfer set.\n"
        "Generalized KL in nats; real targets in units of their mean."
    )


def _handles() -> list[Any]:
    line = Line2D([], [], color=style.QUIET, lw=0.8, label="gain = misfit")
    marks = [
        Line2D([], [], linestyle="none", label=LEGEND[truth], **MARKERS[truth]) for truth in TRUTHS
    ]
    return [*marks, line, Patch(color=style.FAINT, lw=0, label="ruled out for a truth in V")]


def summary(data: GainData) -> Summary:
    """Return medians over the teachers on the transfer set, a row a data set, loss and truth."""
    columns = (
        "data set",
        "loss",
        "truth",
        "teacher error",
        "student error",
        "gain",
        "misfit",
        "slack",
        "largest gap",
        "gain theorem",
    )
    rows = [_row(panel, truth) for panel in data.panels for truth in TRUTHS]
    return Summary("transfer set, medians over the teachers", columns, tuple(rows))


def _row(panel: Panel, truth: str) -> tuple[str, ...]:
    found = [p for p in panel.points if (p.part, p.truth) == ("transfer", truth)]
    names = ("teacher_error", "student_error", "gain", "misfit", "slack")
    medians = [f"{np.median([getattr(p, name) for p in found]):.4f}" for name in names]
    verdicts = Counter(p.verdict for p in found)
    said = ", ".join(f"{verdict} {times}/{len(found)}" for verdict, times in verdicts.items())
    gap = max(student.gap for student in panel.students)
    return (panel.name, panel.loss, truth, *medians, f"{gap:.0e}", said)


def settings(data: GainData) -> str:
    """Return what the figure was made with."""
    sets = ", ".join(f"{panel.name} ({panel.loss})" for panel in data.panels)
    cited = "; ".join(f"{of}: {name[:17]}" for of, name in data.certificates.items())
    note = " ".join(_note(data).split())
    return f"data seed {data.seed}; {sets}; {note} Certified: {cited}"
