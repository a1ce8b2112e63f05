"""Reliability diagrams of teacher and student: in bins of each one's own score, shared, smooth."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from kl_regression.audit.inline import QUIET
from kl_regression.audit.pictures import label, legend, new_axes
from kl_regression.audit.reliability import Curve
from kl_regression.figure import style

MODELS = (("teacher", style.TEACHER, "s"), ("student", style.STUDENT, "o"))
LARGEST = 60.0
LEAST = 6.0
"""Areas of the marks of a bin that holds everything, and of one that holds nothing."""


def binned(curves: Sequence[Curve], x: str) -> Figure:
    """Draw bins of teacher and student, a mark's area in proportion to the bin's mass."""
    with style.house():
        figure, axes = new_axes(2.7, 0.72, 0.55)
        axes.plot([0, 1], [0, 1], color=QUIET, linewidth=0.8, label="calibrated")
        for curve, (name, colour, marker) in zip(curves, MODELS, strict=True):
            axes.plot(curve.confidence, curve.frequency, color=colour, linewidth=0.7, alpha=0.6)
            axes.scatter(
                curve.confidence,
                curve.frequency,
                s=LEAST + LARGEST * curve.mass,
                marker=marker,
                color=colour,
                linewidths=0,
                clip_on=False,
                label=name,
                zorder=3,
            )
        _finish(figure, axes, x)
    return figure


def smooth(curves: Sequence[Curve], x: str) -> Figure:
    """Draw smoothed frequencies, a line's width in proportion to the local mass."""
    with style.house():
        figure, axes = new_axes(2.7, 0.72, 0.55)
        axes.plot([0, 1], [0, 1], color=QUIET, linewidth=0.8, label="calibrated")
        for curve, (name, colour, _) in zip(curves, MODELS, strict=True):
            dashes = "--" if name == "teacher" else "-"
            axes.plot(curve.confidence, curve.frequency, dashes, color=colour, label=name)
        _finish(figure, axes, x)
    return figure


def _finish(figure: Figure, axes: object, x: str) -> None:
    ticks = np.linspace(0.0, 1.0, 6)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=ticks, yticks=ticks)  # type: ignore[attr-defined]
    label(axes, x, "frequency")
    legend(figure, axes, 3)
