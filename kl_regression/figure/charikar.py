"""The synthetic regression experiment of charikar:24, its heads found exactly.

A teacher is a head on the weak representation, fitted to the truth; its student a head on the
strong one, projected from the teacher's outputs. Gain and misfit are measured on fresh points, as
in the paper, so that even in the realizable panel they agree only up to sampling. On the points of
the projection itself a linear head is an affine class and gain = misfit to rounding, but only if
the head is the projection: panel (d) shows what AdamW's heads make of the equality.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kl_regression.data import adamw, charikar, networks
from kl_regression.data.charikar import KINDS, Kind
from kl_regression.figure import style
from kl_regression.figure.known import DEPARTURES, Comparison, compare
from kl_regression.figure.registry import Summary, Watch
from kl_regression.figure.store import remember
from kl_regression.figure.tasks import Heads, Series, both_heads, series

SEEDS = (112233445, 1, 2, 3, 4)
"""The notebook's seed, and four more."""
TASKS, POINTS, EPOCHS = 100, 2000, 1000
MARKERS = ("o", "s", "^", "v", "D")
TITLES: dict[Kind, str] = {
    "realizable": "(a) realizable",
    "pretrained": "(b) pretrained",
    "perturbed": "(c) perturbed",
}
HIGHEST = 1.4
EDGE = -0.35
"""Largest misfit and least gain that are shown, in units of the teacher's error; marks beyond them
stand on these edges."""


@dataclass(frozen=True)
class CharikarData:
    """Everything that the figure shows, and the known outcomes beside it.

    Args:
        tasks: a seed and panel.
        points: a task.
        epochs: of pretraining, and of AdamW's heads.
        losses: final sums of the pretraining tasks' errors, "strong" and "weak", one a seed.
        panels: the tasks of each seed, by panel.
        heads: exact and AdamW heads on the points of the fit.
        largest_gap: of all projections.
        known: outcomes that are known of this experiment, beside what was found here.
        departures: from the notebook's settings.
    """

    tasks: int
    points: int
    epochs: int
    losses: dict[str, Float[np.ndarray, " s"]]
    panels: dict[str, tuple[Series, ...]]
    heads: tuple[Heads, ...]
    largest_gap: float
    known: tuple[Comparison, ...]
    departures: tuple[str, ...]


def compute(
    seed: int = 0,
    *,
    watch: Watch = lambda _done, _next: None,
    seeds: Sequence[int] = SEEDS,
    tasks: int = TASKS,
    points: int = POINTS,
    epochs: int = EPOCHS,
) -> CharikarData:
    """Pretrain the representations, fit and project the heads of every task, and measure.

    Args:
        seed: added to every seed of the experiment.
        watch: told how much is done.
        seeds: one a repetition.
        tasks: new heads a seed and panel.
        points: a task.
        epochs: of pretraining, and of AdamW's heads.
    """
    own = tuple(s + seed for s in seeds)
    pretrain = partial(charikar.world, watch=lambda done, what: watch(0.6 * done, what))
    world = remember(
        pretrain, uses=(charikar, networks, adamw), seeds=own, epochs=epochs, points=points
    )
    panels: dict[str, list[Series]] = {kind: [] for kind in KINDS}
    gaps = [0.0]
    rounds = [(kind, index) for kind in KINDS for index in range(len(own))]
    for done, (kind, index) in enumerate(rounds):
        watch(0.6 + 0.3 * done / len(rounds), f"{kind}, seed {own[index]}: {tasks} tasks")
        panels[kind].append(series(world, index, kind, tasks, points, gaps))
    watch(0.9, f"AdamW heads of {tasks} tasks")
    heads = both_heads(
        world, tasks, points, epochs, lambda done: watch(0.9 + 0.1 * done, "AdamW heads")
    )
    found = {kind: tuple(rows) for kind, rows in panels.items()}
    return CharikarData(
        tasks=tasks,
        points=points,
        epochs=epochs,
        losses=world.losses,
        panels=found,
        heads=heads,
        largest_gap=max(gaps),
        known=compare(found["pretrained"], heads[0], world.losses),
        departures=DEPARTURES,
    )


def draw(data: CharikarData) -> Figure:
    """Return the figure: misfit over gain in units of the teacher's error, four panels."""
    with style.house():
        figure = style.new_figure(style.PAGE, 2.55)
        grid = figure.subplots(1, len(KINDS) + 1, squeeze=False, sharey=True)[0]
        for axes, kind in zip(grid, KINDS, strict=False):
            _frame(axes, TITLES[kind])
            for found, marker in zip(data.panels[kind], MARKERS, strict=False):
                _marks(axes, found, color=style.STUDENT, marker=marker, ms=2.2)
            _words(axes, data.panels[kind])
        _frame(grid[-1], "(d) as (a), points of the fit")
        adamw_heads, exact = data.heads[1], data.heads[0]
        _marks(grid[-1], adamw_heads, color=style.LABELS, marker="x", ms=3.0)
        _marks(grid[-1], exact, color=style.STUDENT, marker="o", ms=2.2)
        grid[0].set_ylabel("misfit / teacher error")
        figure.supxlabel("gain / teacher error", fontsize=7.0, y=0.145)
        figure.legend(handles=_handles(data), loc="lower center", ncols=9, columnspacing=1.1,
                      handletextpad=0.1, bbox_to_anchor=(0.5, -0.005))  # fmt: skip
        figure.subplots_adjust(left=0.065, right=0.99, top=0.91, bottom=0.27, wspace=0.1)
    return figure


def _frame(axes: Axes, title: str) -> None:
    axes.set_title(title)
    axes.set_xlim(EDGE - 0.05, 1.05)
    axes.set_ylim(0.0, 2.05)
    axes.plot([0.0, 1.05], [0.0, 1.05], color=style.QUIET, lw=0.8, zorder=1)
    axes.axvline(0.0, ymax=0.74, color=style.FAINT, lw=0.8, zorder=0)


def _marks(axes: Axes, found: Series | Heads, **look: Any) -> None:
    """Draw the tasks; those beyond the panel stand on its edge, hollow."""
    gain, misfit = found.gain / found.teacher_error, found.misfit / found.teacher_error
    beyond = (gain < EDGE) | (misfit > HIGHEST)
    axes.plot(gain[~beyond], misfit[~beyond], ls="none", mew=0.5, alpha=0.55, **look)
    edge = np.maximum(gain[beyond], EDGE), np.minimum(misfit[beyond], HIGHEST)
    axes.plot(*edge, ls="none", mew=0.8, mfc="none", **look)


def _words(axes: Axes, panel: Sequence[Series]) -> None:
    lines = (
        f"misfit > gain: {_spread([s.above for s in panel], '.0%')}",
        f"student better: {_spread([s.better for s in panel], '.0%')}",
        f"r: {_spread([s.r for s in panel], '.2f')}",
        f"rank r: {_spread([s.rank_r for s in panel], '.2f')}",
    )
    axes.text(0.03, 0.985, "\n".join(lines), transform=axes.transAxes, va="top", fontsize=5.5,
              linespacing=1.3)  # fmt: skip


def _spread(values: Sequence[float], form: str) -> str:
    """Return the ends of some values, one where they read the same."""
    ends = dict.fromkeys(
        f"{value:{form}}".replace("-", "−") for value in (min(values), max(values))
    )
    return " to ".join(ends)


def _handles(data: CharikarData) -> list[Any]:
    look: dict[str, Any] = {"ls": "none", "mew": 0.5}
    panel = data.panels["realizable"]
    marks = [
        Line2D([], [], color=style.STUDENT, marker=m, ms=3.0, label=f"seed {s.seed}", **look)
        for s, m in zip(panel, MARKERS, strict=False)
    ]
    return [
        *marks,
        Line2D(
            [],
            [],
            color=style.STUDENT,
            marker="o",
            mfc="none",
            ms=3.0,
            ls="none",
            mew=0.8,
            label="beyond the edge",
        ),
        Line2D([], [], color=style.LABELS, marker="x", ms=3.0, label="AdamW (d)", **look),
        Line2D([], [], color=style.QUIET, lw=0.8, label=" misfit = gain"),
    ]


def summary(data: CharikarData) -> Summary:
    """Return each seed's share above the line, correlation and slope in every panel."""
    columns: tuple[str, ...] = (
        *("panel", "seed", "misfit > gain", "student better", "r", "rank r", "r inside"),
        *("tasks inside", "slope", "dead units"),
    )
    rows: list[tuple[str, ...]] = [
        (
            kind,
            str(s.seed),
            f"{s.above:.0%}",
            f"{s.better:.0%}",
            f"{s.r:.3f}",
            f"{s.rank_r:.3f}",
            f"{s.inside_r:.3f}",
            str(s.inside),
            f"{s.slope:.3f}",
            " ".join(map(str, s.dead)),
        )
        for kind, panel in data.panels.items()
        for s in panel
    ]
    for heads in data.heads:
        off = np.abs(heads.gain - heads.misfit) / heads.teacher_error
        blank = ("",) * (len(columns) - 3)
        rows.append((f"(d) {heads.name}", "", f"|gain - misfit| <= {off.max():.0e}", *blank))
    return Summary(f"{data.tasks} tasks a seed, exact heads", columns, tuple(rows))


def settings(data: CharikarData) -> str:
    """Return what the figure was made with."""
    seeds = ", ".join(str(s.seed) for s in data.panels["realizable"])
    return (
        f"seeds {seeds}; {data.tasks} tasks of {data.points} points; {data.epochs} epochs of AdamW;"
        f" {'; '.join(data.departures)}; marks beyond the edge of a panel stand on it, hollow."
        f" {_lowest(data)}"
    )


def _lowest(data: CharikarData) -> str:
    """Return what lies behind the least correlation of the pretrained panel."""
    least = min(data.panels["pretrained"], key=lambda series: series.r)
    worst = int(np.argmin(least.gain))
    return (
        f"The least r of (b), {least.r:.2f} of seed {least.seed}, is the work of one task, of gain"
        f" {least.gain[worst]:.1f} and misfit {least.misfit[worst]:.1f}: a strong unit is active at"
        f" {least.rarest[worst]} of its {data.points} points of the fit, and its fresh points have"
        f" leverage up to {least.leverage[worst]:.0f}, where a point of the fit has at most 1. Over"
        f" the {least.inside} tasks without such points r = {least.inside_r:.2f}; over all, the"
        f" correlation of ranks is {least.rank_r:.2f}"
    )
