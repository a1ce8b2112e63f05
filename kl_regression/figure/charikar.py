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
KNOWN = {
    "notebook's scatter, AdamW heads": {"share above the line": 0.77, "r": 0.94},
    "exact heads, seed 1": {"share above the line": 0.98},
    "exact heads, seed 2": {"share above the line": 0.76},
    "exact heads, seed 4": {"share above the line": 0.71},
}
"""What is known of the pretrained panel: read from the notebook, and from runs with exact heads."""
HIGHEST = 1.4
EDGE = -0.35
"""Largest misfit and least gain that are shown, in units of the teacher's error; marks beyond them
stand on these edges."""


@dataclass(frozen=True)
class CharikarData:
    """Everything that the figure shows, and the known outcomes beside it."""

    tasks: int
    points: int
    epochs: int
    losses: dict[str, Float[np.ndarray, " s"]]
    panels: dict[str, tuple[Series, ...]]
    heads: tuple[Heads, ...]
    largest_gap: float
    known: dict[str, dict[str, float]]


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
    return CharikarData(
        tasks=tasks,
        points=points,
        epochs=epochs,
        losses=world.losses,
        panels={kind: tuple(found) for kind, found in panels.items()},
        heads=heads,
        largest_gap=max(gaps),
        known=KNOWN,
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
        _frame(grid[-1], "(d) realizable, same points")
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
    axes.set_ylim(0.0, 1.85)
    axes.plot([0.0, 1.05], [0.0, 1.05], color=style.QUIET, lw=0.8, zorder=1)
    axes.axvline(0.0, color=style.FAINT, lw=0.8, zorder=0)


def _marks(axes: Axes, found: Series | Heads, **look: Any) -> None:
    gain, misfit = found.gain / found.teacher_error, found.misfit / found.teacher_error
    axes.plot(
        np.maximum(gain, EDGE), np.minimum(misfit, HIGHEST), ls="none", mew=0.5, alpha=0.55, **look
    )


def _words(axes: Axes, panel: Sequence[Series]) -> None:
    def spread(values: Sequence[float], form: str) -> str:
        return f"{min(values):{form}} to {max(values):{form}}"

    lines = (
        f"misfit > gain: {spread([s.above for s in panel], '.0%')}",
        f"student better: {spread([s.better for s in panel], '.0%')}",
        f"r: {spread([s.r for s in panel], '.2f')}",
    )
    axes.text(0.03, 0.985, "\n".join(lines), transform=axes.transAxes, va="top", fontsize=5.5,
              linespacing=1.3)  # fmt: skip


def _handles(data: CharikarData) -> list[Any]:
    look: dict[str, Any] = {"ls": "none", "mew": 0.5}
    panel = data.panels["realizable"]
    marks = [
        Line2D([], [], color=style.STUDENT, marker=m, ms=3.0, label=f"seed {s.seed}", **look)
        for s, m in zip(panel, MARKERS, strict=False)
    ]
    return [
        *marks,
        Line2D([], [], color=style.LABELS, marker="x", ms=3.0, label="AdamW heads (d)", **look),
        Line2D([], [], color=style.QUIET, lw=0.8, label=" misfit = gain"),
    ]


def summary(data: CharikarData) -> Summary:
    """Return each seed's share above the line, correlation and slope in every panel."""
    columns = ("panel", "seed", "misfit > gain", "student better", "r", "slope", "dead units")
    rows = [
        (
            kind,
            str(s.seed),
            f"{s.above:.0%}",
            f"{s.better:.0%}",
            f"{s.r:.3f}",
            f"{s.slope:.3f}",
            " ".join(map(str, s.dead)),
        )
        for kind, panel in data.panels.items()
        for s in panel
    ]
    for heads in data.heads:
        off = np.abs(heads.gain - heads.misfit) / heads.teacher_error
        rows.append(
            (f"(d) {heads.name}", "", f"|gain - misfit| <= {off.max():.0e}", "", "", "", "")
        )
    return Summary(f"{data.tasks} tasks a seed, exact heads", columns, tuple(rows))


def settings(data: CharikarData) -> str:
    """Return what the figure was made with."""
    seeds = ", ".join(str(s.seed) for s in data.panels["realizable"])
    return (
        f"seeds {seeds}; {data.tasks} tasks of {data.points} points; {data.epochs} epochs of AdamW;"
        " PyTorch's initialisation drawn by NumPy, so the notebook's own draws are not repeated;"
        " marks beyond the edge of a panel stand on it"
    )
