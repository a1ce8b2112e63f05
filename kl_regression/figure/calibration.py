"""Calibration of teacher and student, where the bound holds and where it does not (yao:25).

Above: the difference of the calibration errors of student and teacher against the bound
min{2 sqrt(1 - e^-d), sqrt(2d)}, for conditionings common to both models: the point x, bins of the
teacher's score, and, with its constant 2, the smooth calibration error; and what happens to the
error with each model conditioned on its own score, exactly, when two scores that tie are moved
apart. Below: reliability diagrams of a teacher and its student, with their histograms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import kl_regression.calibration as measures
from kl_regression.arrays import Predictions
from kl_regression.data.instances import WeakToStrong, load
from kl_regression.figure import style
from kl_regression.figure.registry import Summary, Watch

CASE = "digits"
SHOWN = "tree of depth 6"
"""The teacher whose reliability is drawn."""
BINS = 10
KINDS: dict[str, dict[str, Any]] = {
    "given x": {"color": style.TEACHER, "marker": "s", "ms": 2.8, "mfc": "none"},
    "teacher's bins": {"color": style.LABELS, "marker": "^", "ms": 3.2, "mfc": "none"},
    "smooth, halved": {"color": style.STUDENT, "marker": "o", "ms": 2.8, "mew": 0.0},
}


@dataclass(frozen=True)
class Reliability:
    """Scores of one model, all classes together, in equal bins.

    Args:
        name: of the model.
        share: of the scores in each bin, shape (b,).
        confidence: mean score of each bin, shape (b,); NaN where it is empty.
        frequency: how often the scored class is the label, shape (b,).
        errors: "teacher's bins", "smooth" and "own score", sums over classes.
    """

    name: str
    share: Float[np.ndarray, " b"]
    confidence: Float[np.ndarray, " b"]
    frequency: Float[np.ndarray, " b"]
    errors: dict[str, float]


@dataclass(frozen=True)
class CalibrationData:
    """Everything that the figure shows, t teachers and e distances of the counterexample.

    Args:
        seed: of the data.
        name: of the data set.
        data_sha256: of features, targets and split.
        teachers: their names.
        bound: min{2 sqrt(1 - e^-d), sqrt(2d)}, shape (t,).
        differences: of the errors of teacher and student, a name a conditioning, shape (t,).
        apart: distances e of the counterexample, shape (e,).
        own_score: |MCE(student) - MCE(teacher)| with each conditioned on its own score, shape (e,).
        own_bound: the bound there, shape (e,).
        models: reliability of a teacher and of its student.
    """

    seed: int
    name: str
    data_sha256: str
    teachers: tuple[str, ...]
    bound: Float[np.ndarray, " t"]
    differences: dict[str, Float[np.ndarray, " t"]]
    apart: Float[np.ndarray, " e"]
    own_score: Float[np.ndarray, " e"]
    own_bound: Float[np.ndarray, " e"]
    models: tuple[Reliability, ...]


def compute(
    seed: int = 0,
    *,
    watch: Watch = lambda _done, _next: None,
    name: str = CASE,
    shown: str = SHOWN,
    limit: int | None = None,
) -> CalibrationData:
    """Measure every teacher and its student on the transfer set, against the labels.

    Args:
        seed: of the data.
        watch: told how much is done.
        name: of a classification data set.
        shown: the teacher whose reliability is drawn.
        limit: use this many points at most.
    """
    watch(0.0, f"{name}: training teachers and strong models")
    case = load(name, seed=seed, limit=limit)
    students = []
    for index, teacher in enumerate(case.teachers):
        watch(0.3 + 0.6 * index / len(case.teachers), f"calibration of {teacher} and its student")
        students.append(case.instance(index).solve().student.predictions)
    pairs = zip(case.transfer.teachers, students, strict=True)
    rows = [_compare(g, s, case.transfer.labels) for g, s in pairs]
    apart = np.geomspace(1 / 1024, 1 / 4, 9)
    moved = [_two_points(float(e)) for e in apart]
    return CalibrationData(
        seed=seed,
        name=name,
        data_sha256=case.data_digest,
        teachers=case.teachers,
        bound=np.array([row.pop("bound") for row in rows]),
        differences={kind: np.array([row[kind] for row in rows]) for kind in KINDS},
        apart=apart,
        own_score=np.array([pair[0] for pair in moved]),
        own_bound=np.array([pair[1] for pair in moved]),
        models=_shown(case, case.teachers.index(shown), students),
    )


def _bound(teacher: Predictions, student: Predictions) -> float:
    """Return min{2 sqrt(1 - e^-d), sqrt(2d)}, d the smaller divergence."""
    from kl_regression.divergences import KL

    d = min(KL.divergence(teacher, student), KL.divergence(student, teacher))
    return float(min(2.0 * np.sqrt(-np.expm1(-d)), np.sqrt(2.0 * d)))


def _compare(teacher: Predictions, student: Predictions, labels: Predictions) -> dict[str, float]:
    shared = measures.bins(np.linspace(0.0, 1.0, BINS + 1), of=teacher)

    def error(model: Predictions, given: Any) -> float:
        return measures.marginal_error(model, labels, given).value

    def smooth(model: Predictions) -> float:
        return measures.smooth_error(model, labels).value

    return {
        "bound": _bound(teacher, student),
        "given x": abs(error(teacher, measures.points()) - error(student, measures.points())),
        "teacher's bins": abs(error(teacher, shared) - error(student, shared)),
        "smooth, halved": abs(smooth(teacher) - smooth(student)) / 2.0,
    }


def _two_points(apart: float) -> tuple[float, float]:
    """Return the own-score difference and the bound: labels 0 and 1, g = 1/2, s = 1/2 ± e."""
    teacher = np.full((2, 2), 0.5)
    student = np.array([[0.5 - apart, 0.5 + apart], [0.5 + apart, 0.5 - apart]])
    labels = np.eye(2)
    own = measures.own_score()
    errors = [measures.marginal_error(m, labels, own).value for m in (teacher, student)]
    return abs(errors[0] - errors[1]), _bound(teacher, student)


def _shown(
    case: WeakToStrong, index: int, students: Sequence[Predictions]
) -> tuple[Reliability, ...]:
    teacher, labels = case.transfer.teachers[index], case.transfer.labels
    shared = measures.bins(np.linspace(0.0, 1.0, BINS + 1), of=teacher)
    found = []
    named = {f"teacher: {case.teachers[index]}": teacher, "its student": students[index]}
    for name, model in named.items():
        errors = {
            "teacher's bins": measures.marginal_error(model, labels, shared).value,
            "smooth": measures.smooth_error(model, labels).value,
            "own score": measures.marginal_error(model, labels, measures.own_score()).value,
        }
        found.append(_reliability(name, model, labels, errors))
    return tuple(found)


def _reliability(
    name: str, model: Predictions, labels: Predictions, errors: dict[str, float]
) -> Reliability:
    cell = np.minimum((model.ravel() * BINS).astype(int), BINS - 1)
    count = np.bincount(cell, minlength=BINS)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(cell, model.ravel(), BINS) / count
        frequency = np.bincount(cell, labels.ravel(), BINS) / count
    return Reliability(name, count / count.sum(), confidence, frequency, errors)


def draw(data: CalibrationData) -> Figure:
    """Return the figure: the bound and its counterexample above, reliability below."""
    with style.house():
        figure = style.new_figure(style.PAGE, 4.6)
        grid = figure.subplots(2, 2, squeeze=False)
        _draw_bound(grid[0, 0], data)
        _draw_counterexample(grid[0, 1], data)
        for axes, model in zip(grid[1], data.models, strict=True):
            _draw_reliability(axes, model)
        grid[1, 0].set_ylabel("frequency of the class")
        figure.subplots_adjust(
            left=0.075, right=0.985, top=0.95, bottom=0.085, wspace=0.2, hspace=0.42
        )
    return figure


def _draw_bound(axes: Axes, data: CalibrationData) -> None:
    widest = 1.05 * float(data.bound.max())
    axes.fill_between([0.0, widest], [0.0, widest], color=style.FAINT, lw=0, label="allowed")
    axes.plot([0.0, widest], [0.0, widest], color=style.TRUTH, lw=0.9, label="bound")
    for name, look in KINDS.items():
        axes.plot(data.bound, data.differences[name], ls="none", label=name, clip_on=False, **look)
    axes.set_xlim(0.0, widest)
    axes.set_ylim(0.0, widest)
    axes.set_xlabel("bound from the divergence of teacher and student")
    axes.set_ylabel("difference of calibration errors")
    axes.set_title(f"(a) common conditionings: the bound holds ({data.name})")
    axes.legend(loc="upper left")


def _draw_counterexample(axes: Axes, data: CalibrationData) -> None:
    look: dict[str, Any] = {"color": style.TEACHER, "marker": "D", "ms": 3.0, "lw": 0.9}
    axes.plot(data.apart, data.own_score, label="difference, each given its own score", **look)
    axes.plot(data.apart, data.own_bound, color=style.TRUTH, lw=0.9, label="bound")
    style.log_scale(axes, "x")
    axes.set_ylim(0.0, 1.08 * float(data.own_score.max()))
    axes.set_xlabel("e: two points, labels 0 and 1; teacher 1/2, student 1/2 ± e")
    axes.set_ylabel("difference of calibration errors")
    axes.set_title("(b) own scores: no bound of this form")
    axes.legend(loc="center left", bbox_to_anchor=(0.0, 0.5))


def _draw_reliability(axes: Axes, model: Reliability) -> None:
    edges = np.linspace(0.0, 1.0, BINS + 1)
    axes.bar(edges[:-1], model.share, 1.0 / BINS, align="edge", color=style.CLASS, alpha=0.4, lw=0)
    axes.plot([0.0, 1.0], [0.0, 1.0], color=style.QUIET, lw=0.8)
    teacher = model.name.startswith("teacher")
    colour, marker = (style.TEACHER, "s") if teacher else (style.STUDENT, "o")
    axes.plot(model.confidence, model.frequency, color=colour, marker=marker, ms=3.0, clip_on=False)
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.0)
    axes.set_xlabel("score, all classes together")
    axes.set_title(f"({'c' if teacher else 'd'}) reliability, {model.name}")
    words = "\n".join(f"{name}: {value:.3f}" for name, value in model.errors.items())
    axes.text(0.98, 0.04, f"calibration error\n{words}", ha="right", va="bottom", fontsize=6.0)
    bar = Line2D([], [], color=style.CLASS, alpha=0.4, lw=5, label="share of scores")
    axes.legend(handles=[bar], loc="upper left")


def summary(data: CalibrationData) -> Summary:
    """Return how much of the bound each conditioning uses, and the counterexample's ends."""
    rows = []
    for name, found in data.differences.items():
        rows.append((name, f"{found.max():.4f}", f"{(found / data.bound).max():.3f}"))
    worst = float((data.own_score / data.own_bound).max())
    rows.append(("own score, two points", f"{data.own_score.max():.4f}", f"{worst:.3f}"))
    columns = ("conditioning", "largest difference", "largest share of the bound")
    return Summary(f"{data.name}, {len(data.teachers)} teachers", columns, tuple(rows))


def settings(data: CalibrationData) -> str:
    """Return what the figure was made with."""
    return (
        f"data seed {data.seed}; {data.name}, {len(data.teachers)} teachers, transfer set;"
        f" truth: the labels; {BINS} equal bins; errors are sums over classes; half"
        " the smooth difference is drawn, since its bound has constant 2"
    )
