"""The gallery of counterexamples: what fails when a hypothesis is dropped, each certified.

One small panel a certificate of proofs_check/certificates, read from its file and verified again
before it is drawn: the integers of the instance, and the number whose sign is proved. One point,
three classes are drawn on the simplex; two classes on a line; calibration as scores of class 1,
point by point.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kl_regression.arrays import Predictions
from kl_regression.divergences import KL
from kl_regression.errors import InputError
from kl_regression.figure import style
from kl_regression.figure.registry import Summary, Watch
from kl_regression.figure.simplex import flat
from kl_regression.verify import check, parse

FOLDER = Path("proofs_check/certificates")
SLACK = "D(f,teacher)-D(f,student)-D(student,teacher)"
GAIN = "D(f,teacher)-D(f,student)"
MCE = "MCE(labels,computed)-MCE(labels,teacher)-BH(computed,teacher)"
SHOWN: dict[str, tuple[str, str, str]] = {
    "gain-needs-convexity": (SLACK, "gain - misfit", "V not convex:\ntwo functions"),
    "gain-needs-a-truth-in-the-class": (GAIN, "gain", "truth outside V"),
    "right-gain-below-both-misfits": (SLACK, "gain - misfit", "side right:\ngain < misfit"),
    "right-gain-of-nothing": (GAIN, "gain", "side right: no\nmultiple of the misfit"),
    "right-has-no-pythagoras-in-the-other-risk": (
        "D(teacher,f)-D(teacher,student)-D(student,f)",
        "slack",
        "side right, risk KL(., f):\nnot by KL(teacher, student)",
    ),
    "right-raises-the-other-risk": (
        "D(teacher,f)-D(student,f)",
        "gain",
        "side right, risk KL(., f):\nno gain",
    ),
    "left-raises-the-other-risk": (
        "D(teacher,f)-D(student,f)",
        "gain",
        "side left, risk KL(., f):\nno gain",
    ),
    "softmax-right-on-a-grid": (GAIN, "gain", "softmax layer, right,\nrisk KL(f, .)"),
    "softmax-left-on-a-grid": (GAIN, "gain", "softmax layer, left,\nrisk KL(f, .)"),
    "calibration-by-own-scores": (MCE, "beyond the bound", "calibration given\nown scores"),
    "calibration-of-two-points": (
        MCE,
        "beyond the bound",
        "calibration given own\nscores: two points",
    ),
    "calibration-of-injective-scores": (
        MCE,
        "beyond the bound",
        "calibration: scores all\ndifferent, three classes",
    ),
}
"""Certificate: the quantity whose sign is proved, what it is called, what fails."""
COLUMNS = 4
MARKS: dict[str, dict[str, Any]] = {
    "teacher": {"color": style.TEACHER, "marker": "s", "ms": 4.0},
    "truth": {"color": style.TRUTH, "marker": "D", "ms": 3.4},
    "student": {"color": style.STUDENT, "marker": "o", "ms": 4.0},
}


@dataclass(frozen=True)
class Panel:
    """A certified instance: m models, n points, k classes.

    Args:
        name: of its file.
        title: what fails.
        quantity: in the checker's words.
        word: in ours.
        least: the lower end of the proved enclosure.
        most: its upper end.
        convex: whether V holds the mixtures of its models.
        models: shape (m, n, k).
        teacher: shape (n, k).
        truth: shape (n, k).
        student: of the file, shape (n, k).
    """

    name: str
    title: str
    quantity: str
    word: str
    least: float
    most: float
    convex: bool
    models: Float[np.ndarray, "m n k"]
    teacher: Float[np.ndarray, "n k"]
    truth: Float[np.ndarray, "n k"]
    student: Float[np.ndarray, "n k"]


@dataclass(frozen=True)
class CounterexampleData:
    """Everything that the figure shows, with the ids of its certificates."""

    panels: tuple[Panel, ...]
    certificates: dict[str, str]


def compute(
    seed: int = 0, *, watch: Watch = lambda _done, _next: None, folder: Path = FOLDER
) -> CounterexampleData:
    """Read and verify every certificate; nothing is random.

    Args:
        seed: taken like every figure's, and not used.
        watch: told how much is done.
        folder: of the gallery, in a checkout of the repository.

    Raises:
        InputError: where a file is missing or does not verify.
    """
    del seed
    panels, ids = [], {}
    for done, name in enumerate(SHOWN):
        watch(done / len(SHOWN), f"verifying {name}")
        path = folder / f"{name}.json"
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise InputError(
                str(path), f"cannot be read ({error.strerror})", "Run in a checkout"
            ) from error
        verdict, ids[name], _ = check(raw, folder)
        if verdict != "verified":
            raise InputError(str(path), f"is {verdict}", "Restore the file")
        panels.append(_panel(name, parse(raw)[0]))
    return CounterexampleData(tuple(panels), ids)


def _panel(name: str, fields: dict[str, Any]) -> Panel:
    quantity, word, title = SHOWN[name]
    models = _rows(fields["models"])
    teacher = _rows(fields["teacher"])
    weights = np.array([float(int(h, 16)) for h in fields["student"]])
    low, high = (float(end) for end in fields["claims"][quantity])
    return Panel(
        name=name,
        title=title,
        quantity=quantity,
        word=word,
        least=low,
        most=high,
        convex="parts" not in fields,
        models=models,
        teacher=teacher,
        truth=_truth(fields, models),
        student=_student(fields, models, teacher, weights),
    )


def _rows(table: Any) -> Float[np.ndarray, "..."]:
    integers = np.array(table, dtype=np.float64)
    return integers / integers.sum(axis=-1, keepdims=True)


def _truth(fields: dict[str, Any], models: Float[np.ndarray, "m n k"]) -> Predictions:
    if "truths" in fields:
        return _rows(next(iter(fields["truths"].values())))
    weights = np.array([float(int(h, 16)) for h in fields["members"]["f"]])
    return np.tensordot(weights / weights.sum(), models, 1)


def _student(
    fields: dict[str, Any],
    models: Float[np.ndarray, "m n k"],
    teacher: Predictions,
    weights: Float[np.ndarray, " m"],
) -> Predictions:
    """Return the mixture, or of a union the model of least objective."""
    if "parts" not in fields:
        return np.tensordot(weights / weights.sum(), models, 1)
    right = "RIGHT" in fields["theorem"]
    objectives = [KL.divergence(teacher, m) if right else KL.divergence(m, teacher) for m in models]
    return np.asarray(models[int(np.argmin(objectives))])


def draw(data: CounterexampleData) -> Figure:
    """Return the figure: small panels, each with what fails, its number and its certificate."""
    with style.house():
        rows = -(-len(data.panels) // COLUMNS)
        figure = style.new_figure(style.PAGE, 0.35 + 1.85 * rows)
        grid = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
        for axes, panel in zip(grid, data.panels, strict=False):
            _draw_panel(axes, panel, data.certificates[panel.name][:17])
        for axes in grid[len(data.panels) :]:
            axes.set_axis_off()
        handles = [Line2D([], [], ls="none", label=name, **look) for name, look in MARKS.items()]
        handles.append(Line2D([], [], color=style.CLASS, lw=3.0, label="V"))
        figure.legend(handles=handles, loc="lower center", ncols=4)
        figure.subplots_adjust(
            left=0.01, right=0.99, top=0.945, bottom=0.095, wspace=0.08, hspace=0.42
        )
    return figure


def _draw_panel(axes: Axes, panel: Panel, identity: str) -> None:
    axes.set_title(panel.title, fontsize=6.5, linespacing=1.1, pad=2.0)
    axes.set_axis_off()
    if len(panel.teacher) > 1:
        _draw_scores(axes, panel)
    else:
        _draw_simplex(axes, panel)
    words = f"{panel.word} = {_number(panel)}\n{identity}"
    axes.text(0.5, -0.02, words, transform=axes.transAxes, ha="center", va="top", fontsize=5.8)


def _number(panel: Panel) -> str:
    """Return the proved number; KL in nats, calibration errors without a unit."""
    unit = "" if panel.quantity == MCE else " nats"
    if panel.least <= 0.0 <= panel.most:
        return f"0 within {panel.most:.1e}{unit}"
    return f"{0.5 * (panel.least + panel.most):.4f}{unit}".replace("-", "−")


def _draw_simplex(axes: Axes, panel: Panel) -> None:
    """Draw one point: three classes on the triangle, two on its lower side."""
    axes.set_aspect("equal")
    axes.set_xlim(-0.15, 1.15)
    axes.set_ylim(-0.1, 0.95)
    corners = 3 if panel.models.shape[-1] > 2 else 2
    axes.fill(*flat(np.eye(3)[:corners]), facecolor="none", edgecolor="#404040", lw=0.8)
    models = _padded(panel.models[:, 0])
    if panel.convex:
        axes.fill(*flat(models), facecolor="none", edgecolor=style.CLASS, lw=2.0)
    else:
        size = 8.0 if len(models) == 2 else 2.4
        axes.plot(*flat(models), ls="none", marker="o", ms=size, mew=0, color=style.CLASS)
    for name in ("teacher", "truth", "student"):
        row = _padded(getattr(panel, name))
        axes.plot(*flat(row), mec="white", mew=0.5, zorder=4, **MARKS[name])


def _padded(rows: Float[np.ndarray, "r k"]) -> Float[np.ndarray, "r 3"]:
    return np.pad(rows, ((0, 0), (0, 3 - rows.shape[1])))


def _draw_scores(axes: Axes, panel: Panel) -> None:
    """Draw the scores of class 1, point by point, with the labels at 0 and 1."""
    points = np.arange(len(panel.teacher))
    axes.set_xlim(-0.8, len(points) - 0.2)
    axes.set_ylim(-0.12, 1.12)
    axes.text(-0.4, 0.5, "score of class 1", fontsize=5.5, va="center", ha="right", rotation=90)
    for level in (0.0, 1.0):
        axes.plot([-0.5, len(points) - 0.5], [level, level], color=style.QUIET, lw=0.6, zorder=1)
        axes.text(-0.58, level, f"{level:.0f}", fontsize=5.5, va="center", ha="right")
    for name, shift in (("truth", 0.0), ("teacher", -0.08), ("student", 0.08)):
        values = getattr(panel, name)[:, 0]
        axes.plot(points + shift, values, ls="none", mec="white", mew=0.5, **MARKS[name])


def summary(data: CounterexampleData) -> Summary:
    """Return what was proved of each."""
    columns = ("certificate", "instance", "quantity", "proved")
    rows = tuple(
        (
            data.certificates[panel.name][:17],
            panel.name,
            panel.quantity,
            "0 to its digits" if panel.least <= 0.0 <= panel.most else f"{panel.least:.6f}",
        )
        for panel in data.panels
    )
    return Summary("every file verified again", columns, rows)


def settings(data: CounterexampleData) -> str:
    """Return what the figure was made with."""
    count = len(data.panels)
    return f"{count} certificates of proofs_check/certificates, each verified before it is drawn"
