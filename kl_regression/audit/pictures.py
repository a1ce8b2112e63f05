"""Pictures of the gain: at every model, on the truth, and as the truth leaves the class."""

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from kl_regression.audit.distance import Price
from kl_regression.audit.findings import Findings
from kl_regression.audit.inline import FAINT, INK, MISFIT, QUIET
from kl_regression.figure import style

WIDTH = style.COLUMN
MOST_NAMED = 16
"""Models that a picture names; more are drawn as marks only."""

STEPS = 201
LONGEST = 22
FONT = 8.0


def new_axes(height: float, bottom: float, left: float) -> tuple[Figure, Any]:
    """Return a figure and its axes; ``bottom`` and ``left`` are margins in inches."""
    figure = style.new_figure(WIDTH, height)
    right, top = 0.12, 0.08
    axes = figure.add_axes(
        (
            left / WIDTH,
            bottom / height,
            (WIDTH - left - right) / WIDTH,
            (height - bottom - top) / height,
        )
    )
    axes.tick_params(labelsize=FONT, colors=INK, width=0.5)
    for spine in axes.spines.values():
        spine.set_color(QUIET)
    return figure, axes


def label(axes: Any, x: str, y: str = "") -> None:
    """Name the axes."""
    axes.set_xlabel(x, fontsize=FONT, color=INK)
    axes.set_ylabel(y, fontsize=FONT, color=INK)


def legend(figure: Figure, axes: Any, columns: int) -> None:
    """Put the legend below the axes, in rows of ``columns`` entries."""
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="lower center",
        ncols=columns,
        fontsize=FONT,
        labelcolor=INK,
        handlelength=1.4,
        columnspacing=1.2,
        borderpad=0.1,
    )


def gains(found: Findings) -> Figure | None:
    """Draw T_j, the gain if the truth were model j, against the misfit; None without a hull."""
    values = found.without_truth.at_models
    if values is None or not np.isfinite(values).all():
        return None
    names, weights = found.question.models, found.outcome.student.coordinates
    order = np.argsort(values, kind="stable")
    named = len(values) <= MOST_NAMED
    rows = np.arange(len(values))
    body = 0.17 * len(values) if named else 1.6
    with style.house():
        figure, axes = new_axes(body + 0.95, 0.85, 1.35 if named else 0.35)
        axes.hlines(rows, 0.0, values[order], color=FAINT, linewidth=1.0, zorder=1)
        used = weights[order] > 0
        axes.plot(
            values[order][~used],
            rows[~used],
            "o",
            markersize=4.0,
            markerfacecolor="none",
            color=style.CLASS,
            label="model, weight 0",
        )
        axes.plot(
            values[order][used],
            rows[used],
            "o",
            markersize=4.5,
            color=style.CLASS,
            label="model in the student",
        )
        axes.axvline(0.0, color=QUIET, linewidth=0.6)
        axes.axvline(found.outcome.misfit, color=MISFIT, label="misfit")
        if found.outcome.instance.truth is not None and math.isfinite(found.outcome.gain):
            axes.axvline(found.outcome.gain, color=INK, linestyle="--", label=_truth_word(found))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_yticks(rows if named else [], [_short(names[j]) for j in order] if named else [])
        label(axes, "gain if this model were the truth, nats")
        legend(figure, axes, 2)
    return figure


def _truth_word(found: Findings) -> str:
    return "gain on the labels" if found.question.labels is not None else "gain on the truth"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def errors(found: Findings) -> Figure | None:
    """Draw the teacher's error as student's error, misfit and slack; None without the truth."""
    outcome = found.outcome
    if outcome.instance.truth is None or not math.isfinite(outcome.teacher_error):
        return None
    parts = (
        ("student's error", outcome.student_error, style.STUDENT),
        ("misfit", outcome.misfit, MISFIT),
    )
    with style.house():
        figure, axes = new_axes(1.35, 0.72, 0.65)
        axes.barh(
            1, outcome.teacher_error, height=0.6, color=style.TEACHER, label="teacher's error"
        )
        start = 0.0
        for name, size, colour in parts:
            axes.barh(0, size, left=start, height=0.6, color=colour, label=name)
            start += size
        axes.axvline(outcome.teacher_error, color=INK, linewidth=0.8, linestyle="--")
        axes.set_yticks([1, 0], ["teacher", "student"])
        axes.set_xlim(0.0, 1.04 * max(start, outcome.teacher_error))
        label(axes, "nats")
        legend(figure, axes, 3)
    return figure


def remaining(found: Findings) -> Figure | None:
    """Draw the gain that remains sure at a distance of the truth from the class."""
    price = found.without_truth.price
    if not isinstance(price, Price) or price.guaranteed <= 0:
        return None
    end = min(1.25 * price.vanishes, 1.0)
    distances = np.linspace(0.0, end, STEPS)
    with style.house():
        figure, axes = new_axes(2.0, 0.75, 0.6)
        axes.plot(
            distances,
            [price.remains(t) for t in distances],
            color=style.STUDENT,
            label="misfit - gap - price(t)",
        )
        axes.plot(
            distances,
            price.guaranteed - price.steepest * distances,
            ":",
            color=style.TEACHER,
            label="with max osc × t",
        )
        axes.axhline(0.0, color=QUIET, linewidth=0.6)
        axes.set_xlim(0.0, end)
        axes.set_ylim(-0.35 * price.guaranteed, 1.1 * price.guaranteed)
        label(axes, "t, distance of the truth from the class", "gain at least, nats")
        legend(figure, axes, 2)
    return figure
