"""The figure of a sweep: where gains lie against misfits, and the line that the theorem draws."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from kl_regression.figure import style
from kl_regression.sweep.reading import read

BINS = 90


def picture(path: Path) -> Figure:
    """Return gain against misfit for each side, as a density of rows.

    Args:
        path: of a sweep's results, columns of shape (rows,).
    """
    rows = read(path, ["side", "gain", "misfit"])
    sides = [side for side in ("left", "right") if (rows["side"] == side).any()]
    with style.house():
        figure = style.new_figure(style.PAGE, 3.0)
        for place, side in enumerate(sides):
            chosen = rows["side"] == side
            axes = figure.add_subplot(1, len(sides), place + 1)
            _panel(figure, axes, rows["misfit"][chosen], rows["gain"][chosen], side)
        figure.tight_layout()
    return figure


def _panel(figure: Figure, axes: Any, misfit: Any, gain: Any, side: str) -> None:
    high = max(float(np.max(misfit)), float(np.max(gain)))
    low = min(0.0, float(np.min(gain)))
    extent = [[0.0, high], [low, high]]
    image = axes.hist2d(misfit, gain, bins=BINS, range=extent, norm=LogNorm(), cmap="cividis")[3]
    axes.plot([0.0, high], [0.0, high], color=style.QUIET, lw=0.6, label="gain = misfit")
    axes.legend(loc="lower right")
    axes.axhline(0.0, color=style.TRUTH, lw=0.5)
    axes.set_title(f"student on the {side}, {len(gain)} instances")
    axes.set_xlabel("misfit D(student, teacher)")
    axes.set_ylabel("gain D(truth, teacher) - D(truth, student)")
    figure.colorbar(image, ax=axes, label="instances")
