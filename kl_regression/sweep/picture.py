"""The figure of a sweep: where gains lie against misfits, and the line that the theorem draws."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from kl_regression.figure import style
from kl_regression.sweep.reading import read

BINS = 90
HEIGHT = 2.8
"""Inches of a row of panels."""


def picture(path: Path) -> Figure:
    """Return gain against misfit as a density of rows: a panel for each class, loss and side.

    Args:
        path: of a sweep's results, columns of shape (rows,).
    """
    rows = read(path, ["kind", "loss", "side", "gain", "misfit"])
    found = np.isfinite(rows["gain"])
    rows = {name: column[found] for name, column in rows.items()}
    names = list(dict.fromkeys(zip(rows["kind"], rows["loss"], strict=True)))
    sides = [side for side in ("left", "right") if (rows["side"] == side).any()]
    with style.house():
        figure = style.new_figure(style.PAGE, HEIGHT * max(len(names), 1))
        for place, ((kind, loss), side) in enumerate(product(names, sides)):
            chosen = (rows["kind"] == kind) & (rows["loss"] == loss) & (rows["side"] == side)
            axes = figure.add_subplot(len(names), len(sides), place + 1)
            misfit, gain = rows["misfit"][chosen], rows["gain"][chosen]
            axes.set_title(f"{kind}, {loss}, student on the {side}: {len(gain)} instances")
            _panel(figure, axes, np.maximum(misfit, 0.0), gain)
        figure.tight_layout()
    return figure


def _panel(figure: Figure, axes: Any, misfit: Any, gain: Any) -> None:
    high = max(float(np.max(misfit)), float(np.max(gain)))
    low = min(0.0, float(np.min(gain)))
    extent = [[0.0, high], [low, high]]
    image = axes.hist2d(misfit, gain, bins=BINS, range=extent, norm=LogNorm(), cmap="cividis")[3]
    axes.plot([0.0, high], [0.0, high], color=style.QUIET, lw=0.6, label="gain = misfit")
    axes.legend(loc="lower right")
    axes.axhline(0.0, color=style.TRUTH, lw=0.5)
    axes.set_xlabel("misfit D(student, teacher)")
    axes.set_ylabel("gain D(truth, teacher) - D(truth, student)")
    figure.colorbar(image, ax=axes, label="instances")
