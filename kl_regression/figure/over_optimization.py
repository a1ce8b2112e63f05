"""A student optimised longer and longer on its teacher's labels (yao:25).

A softmax layer on kernel features follows gradient descent on KL(teacher, student). On the way to
its teacher d falls; the student's risk falls below the teacher's, and rises back to it: what is
left to learn is the teacher's mistakes. The bound on the difference of risks closes with d, and
with it the room for improvement. Accuracy and calibration along the same path. The truth is the
labels of the transfer set, which the student never sees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kl_regression.arrays import Predictions
from kl_regression.calibration import bins, marginal_error, smooth_error
from kl_regression.classes.log_linear import LogLinear
from kl_regression.data import path
from kl_regression.data.instances import load
from kl_regression.data.sources import load_source
from kl_regression.figure import style
from kl_regression.figure.registry import Summary, Watch
from kl_regression.figure.store import remember
from kl_regression.instance import Instance
from kl_regression.theorems.risk import RISK_BOUND

CASES = (("digits", "tree of depth 6", 20_000), ("breast cancer", "tree of depth 4", 100_000))
"""A data set, a weak teacher whose mistakes are not the student's, and steps of descent."""
LINES: dict[str, dict[str, Any]] = {
    "risk": {"color": style.STUDENT, "marker": "o", "ms": 2.0},
    "accuracy": {"color": style.STUDENT, "marker": "o", "ms": 2.0},
    "smooth": {"color": style.STUDENT, "marker": "o", "ms": 2.0},
    "binned": {"color": style.LABELS, "marker": "^", "ms": 2.2},
}
ROWS = ("risk (nats)", "difference of\nrisks (nats)", "accuracy", "calibration\nerror")
LANDMARKS, STOPS, BINS = 400, 41, 10


@dataclass(frozen=True)
class Panel:
    """The path of a student, t stops.

    Args:
        name: of the data set.
        data_sha256: of features, targets and split.
        teacher: its name.
        steps: of gradient descent at each stop, shape (t,).
        d: the smaller of KL(teacher, student) and KL(student, teacher), shape (t,).
        risk: KL(labels, student), shape (t,).
        bound: on the difference of risks, the smaller of both forms, shape (t,).
        accuracy: shape (t,).
        smooth: smooth calibration error, the sum over classes, shape (t,).
        binned: marginal calibration error in bins of the teacher's score, shape (t,).
        of_teacher: the teacher's "risk", "accuracy", "smooth" and "binned".
        violated: stops at which the risk bound does not hold: none.
    """

    name: str
    data_sha256: str
    teacher: str
    steps: Int[np.ndarray, " t"]
    d: Float[np.ndarray, " t"]
    risk: Float[np.ndarray, " t"]
    bound: Float[np.ndarray, " t"]
    accuracy: Float[np.ndarray, " t"]
    smooth: Float[np.ndarray, " t"]
    binned: Float[np.ndarray, " t"]
    of_teacher: dict[str, float]
    violated: int


@dataclass(frozen=True)
class PathData:
    """Everything that the figure shows."""

    seed: int
    landmarks: int
    panels: tuple[Panel, ...]


def compute(
    seed: int = 0,
    *,
    watch: Watch = lambda _done, _next: None,
    cases: Sequence[tuple[str, str, int]] = CASES,
    stops: int = STOPS,
    landmarks: int = LANDMARKS,
) -> PathData:
    """Train a student on each teacher's predictions and measure it at every stop.

    Args:
        seed: of the data and of the kernel's landmarks.
        watch: told how much is done.
        cases: a data set, the name of a teacher, and the steps of gradient descent.
        stops: how many times it is measured, at logarithmic distances.
        landmarks: of the kernel.
    """
    panels = []
    for index, (name, teacher, steps) in enumerate(cases):
        done = partial(_tell, watch, index, len(cases), f"{name}: gradient descent")
        done(0.0)
        marks = tuple(int(stop) for stop in np.unique(np.geomspace(1, steps, stops).round()))
        panels.append(_panel(name, teacher, seed, marks, landmarks, done))
    watch(1.0, "drawing")
    return PathData(seed, landmarks, tuple(panels))


def _tell(watch: Watch, index: int, count: int, what: str, done: float) -> None:
    watch((index + done) / count, what)


def _panel(
    name: str, teacher: str, seed: int, stops: tuple[int, ...], landmarks: int, told: Any
) -> Panel:
    case = load(name, seed=seed)
    source = load_source(name, np.random.default_rng(seed))
    g, labels = case.transfer.teachers[case.teachers.index(teacher)], case.transfer.labels
    features = path.rich_features(source, seed, landmarks=landmarks)
    run = partial(_descent, watch=told)
    logs = remember(run, uses=(path,), features=features, teacher=g, stops=stops)
    instance = Instance(
        teacher=g, truth=labels, students=LogLinear(features, classes=g.shape[1]), side="right"
    )
    rows, violated = [], 0
    for student in logs:
        outcome = instance.measure(np.exp(student), log_student=student)
        check = RISK_BOUND.check(outcome)
        violated += check.verdict == "violated"
        d = min(outcome.misfit, outcome.student.objective)
        bound = np.nan if check.terms is None else check.terms.larger
        measured = _measure(np.exp(student), labels, g)
        rows.append((d, outcome.student_error, bound, *measured))
    own = (instance.measure(g).student_error, *_measure(g, labels, g))
    words = ("risk", "accuracy", "smooth", "binned")
    series = ("d", "risk", "bound", *words[1:])
    columns: dict[str, Any] = dict(zip(series, np.array(rows).T, strict=True))
    return Panel(
        name=name,
        data_sha256=case.data_digest,
        teacher=teacher,
        steps=np.array(stops),
        of_teacher=dict(zip(words, own, strict=True)),
        violated=violated,
        **columns,
    )


def _descent(
    features: Float[np.ndarray, "n d"], teacher: Predictions, stops: tuple[int, ...], watch: Any
) -> Float[np.ndarray, "t n k"]:
    return np.stack(list(path.descent(features, teacher, stops, watch=watch)))


def _measure(
    student: Predictions, labels: Predictions, teacher: Predictions
) -> tuple[float, float, float]:
    """Return accuracy, smooth calibration error, and calibration error in the teacher's bins."""
    hits = student.argmax(axis=1) == labels.argmax(axis=1)
    rows = student / student.sum(axis=1, keepdims=True)
    shared = bins(np.linspace(0.0, 1.0, BINS + 1), of=teacher)
    return (
        float(hits.mean()),
        smooth_error(rows, labels).value,
        marginal_error(rows, labels, shared).value,
    )


def draw(data: PathData) -> Figure:
    """Return the figure: a column a data set; risk, accuracy and calibration against d."""
    with style.house():
        figure = style.new_figure(style.PAGE, 5.2)
        grid = figure.subplots(
            4, len(data.panels), squeeze=False, sharex="col", height_ratios=(1.6, 1.2, 1.0, 1.0)
        )
        for column, panel in enumerate(data.panels):
            _draw_risk(grid[0, column], panel)
            _draw_bound(grid[1, column], panel)
            for row, name in ((2, "accuracy"), (3, "smooth"), (3, "binned")):
                _draw_line(grid[row, column], panel, name)
            style.log_scale(grid[-1, column], "x")
            grid[-1, column].invert_xaxis()
            grid[-1, column].set_xlabel("d, the smaller KL of teacher and student (nats)")
        for row, label in enumerate(ROWS):
            grid[row, 0].set_ylabel(label)
        figure.legend(handles=_handles(), loc="lower center", ncols=3)
        figure.subplots_adjust(
            left=0.09, right=0.99, top=0.955, bottom=0.14, wspace=0.14, hspace=0.12
        )
    return figure


def _draw_risk(axes: Axes, panel: Panel) -> None:
    _draw_line(axes, panel, "risk")
    best = int(np.argmin(panel.risk))
    axes.plot(panel.d[best], panel.risk[best], marker="*", ms=7, color=style.TRUTH, mew=0)
    axes.set_ylim(0.0, 1.06 * float(panel.risk.max()))
    axes.set_title(f"{panel.name}; teacher: {panel.teacher}")


def _draw_bound(axes: Axes, panel: Panel) -> None:
    difference = np.abs(panel.risk - panel.of_teacher["risk"])
    axes.plot(panel.d, panel.bound, color=style.TRUTH, lw=1.0)
    axes.fill_between(panel.d, difference.min(), panel.bound, color=style.FAINT, lw=0)
    axes.plot(panel.d, difference, lw=0.9, **LINES["risk"])
    style.log_scale(axes, "y")


def _draw_line(axes: Axes, panel: Panel, name: str) -> None:
    axes.axhline(panel.of_teacher[name], color=LINES[name]["color"], lw=0.8, ls=(0, (3, 1.5)))
    axes.plot(panel.d, getattr(panel, name), lw=0.9, **LINES[name])


def _handles() -> list[Any]:
    quiet: dict[str, Any] = {"color": style.TRUTH, "lw": 0.8}
    return [
        Line2D([], [], label="student, trained longer to the right", **LINES["risk"]),
        Line2D([], [], ls=(0, (3, 1.5)), label="the same of the teacher", **quiet),
        Line2D([], [], ls="none", label="calibration: smooth", **LINES["smooth"]),
        Line2D([], [], label="bound on the difference", **quiet),
        Line2D([], [], ls="none", marker="*", ms=6, color=style.TRUTH, mew=0, label="least risk"),
        Line2D([], [], ls="none", label="calibration: teacher's bins", **LINES["binned"]),
    ]


def summary(data: PathData) -> Summary:
    """Return risk, accuracy and calibration of the teacher, at the least risk, and at the end."""
    columns = ("data set", "when", "steps", "d", "risk", "accuracy", "smooth", "binned")
    rows = []
    for panel in data.panels:
        own = panel.of_teacher
        cells = (f"{own[name]:.4f}" for name in ("risk", "accuracy", "smooth", "binned"))
        rows.append((panel.name, f"teacher: {panel.teacher}", "", "", *cells))
        for when, index in (("least risk", int(np.argmin(panel.risk))), ("last", -1)):
            series = (panel.d, panel.risk, panel.accuracy, panel.smooth, panel.binned)
            values = (f"{values[index]:.4f}" for values in series)
            rows.append((panel.name, when, str(panel.steps[index]), *values))
    broken = sum(panel.violated for panel in data.panels)
    return Summary(f"risk bound violated at {broken} stops", columns, tuple(rows))


def settings(data: PathData) -> str:
    """Return what the figure was made with."""
    steps = " and ".join(str(panel.steps[-1]) for panel in data.panels)
    return (
        f"data seed {data.seed}; a softmax layer on at most {data.landmarks} kernel landmarks;"
        f" {steps} steps of gradient descent with momentum on KL(teacher, student)"
    )
