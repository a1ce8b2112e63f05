"""One look for all figures: colours, fonts, sizes; nothing global is changed.

The colours are Okabe and Ito's, which colour-blind readers tell apart; roles differ in lightness
and marker too, so that they survive a grey print.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

COLUMN = 3.4
"""Width of one column of a paper, in inches."""
PAGE = 7.0
"""Width of two columns, in inches."""

TEACHER = "#D55E00"
TRUTH = "#000000"
STUDENT = "#0072B2"
CLASS = "#56B4E9"
LABELS = "#E69F00"
QUIET = "#8C8C8C"
FAINT = "#ECECEC"

SOLVERS: dict[str, dict[str, Any]] = {
    "Clarabel": {"color": STUDENT, "marker": "o", "mfc": "none"},
    "SCS": {"color": LABELS, "marker": "^", "mfc": "none"},
    "structured": {"color": TRUTH, "marker": "*", "mfc": TRUTH},
}
"""How each solver's marks look, in every figure."""
GLYPHS = {"o": "○", "^": "△", "*": "★"}
"""The letters of those marks, for words beside them."""

NARROW = 60.0
"""Ratio of an axis's ends below which 1, 2 and 5 of each decade are labelled."""

DPI = 300
SALT = "kl_regression"

SETTINGS: Any = {
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.size": 7.0,
    "axes.titlesize": 7.5,
    "axes.labelsize": 7.0,
    "xtick.labelsize": 6.0,
    "ytick.labelsize": 6.0,
    "legend.fontsize": 6.5,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "#404040",
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2.0,
    "ytick.major.size": 2.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "lines.linewidth": 1.0,
    "mathtext.fontset": "dejavusans",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "svg.hashsalt": SALT,
    "savefig.dpi": DPI,
}


@contextmanager
def house() -> Iterator[None]:
    """Draw or save in the house style; matplotlib's own settings are back afterwards."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


def log_scale(axes: Axes, which: Literal["x", "y"]) -> None:
    """Make an axis logarithmic with a few plain labels; call after its data are drawn."""
    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axis.get_view_interval()
    short = high < low * NARROW
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if short else (1.0,), numticks=6))
    if short:
        axis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of ``width`` by ``height`` inches, outside pyplot's registry."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def render(figure: Figure, suffix: str) -> bytes:
    """Return the bytes of a figure as "svg", "png" or "pdf": the same for the same figure."""
    undated: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    buffer = BytesIO()
    with house():
        figure.savefig(buffer, format=suffix, metadata=undated.get(suffix))
    return buffer.getvalue()
