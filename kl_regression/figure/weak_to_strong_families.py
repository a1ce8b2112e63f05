"""Teachers and students of growing capacity, as in burns:23, every student an exact projection.

Teachers are trees of growing depth, students softmax layers on more and more kernel features. For
each depth and size: the share of test points that the student gets wrong and its smooth calibration
error, beside the teacher's, and the performance gap recovered, (student - teacher) / (ceiling -
teacher) in accuracy, where the ceiling is the student's class trained on labels. The student is the
projection on the right, argmin KL(teacher, student).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kl_regression.arrays import Predictions
from kl_regression.calibration import smooth_error
from kl_regression.classes.log_linear import LogLinear
from kl_regression.data import families
from kl_regression.data.sources import Source, load_source
from kl_regression.figure import style
from kl_regression.figure.registry import Summary, Watch
from kl_regression.projection import project

CASE = "digits"
DEPTHS = (2, 3, 4, 5, 6, 8)
SIZES = (4, 8, 16, 32, 64)
TITLES = {
    "error": "(a) share of wrong classes, test set",
    "smooth": "(b) smooth calibration error",
    "recovered": "(c) performance gap recovered",
}


@dataclass(frozen=True)
class FamilyData:
    """Everything that the figure shows, t sizes of teachers by s sizes of students.

    Args:
        seed: of the data and of the features.
        name: of the data set.
        data_sha256: of features, targets and split.
        teachers: depths of the trees, shape (t,).
        students: numbers of landmarks, shape (s,).
        teacher_error: on the test set, shape (t,).
        teacher_smooth: smooth calibration error on the test set, shape (t,).
        ceiling_error: of each student's class trained on labels, on the test set, shape (s,).
        error: of the students on the test set, shape (t, s).
        smooth: their smooth calibration errors, shape (t, s).
        recovered: performance gap recovered, shape (t, s); NaN where the ceiling is no better.
        gap: certified, of the projection, shape (t, s).
    """

    seed: int
    name: str
    data_sha256: str
    teachers: Int[np.ndarray, " t"]
    students: Int[np.ndarray, " s"]
    teacher_error: Float[np.ndarray, " t"]
    teacher_smooth: Float[np.ndarray, " t"]
    ceiling_error: Float[np.ndarray, " s"]
    error: Float[np.ndarray, "t s"]
    smooth: Float[np.ndarray, "t s"]
    recovered: Float[np.ndarray, "t s"]
    gap: Float[np.ndarray, "t s"]


def compute(
    seed: int = 0,
    *,
    watch: Watch = lambda _done, _next: None,
    name: str = CASE,
    teachers: Sequence[int] = DEPTHS,
    students: Sequence[int] = SIZES,
    limit: int | None = None,
) -> FamilyData:
    """Train every teacher and ceiling, project every teacher onto every student's class.

    Args:
        seed: of the data and of the features.
        watch: told how much is done.
        name: of a classification data set.
        teachers: depths of the trees.
        students: numbers of landmarks.
        limit: use this many points at most.
    """
    source = load_source(name, np.random.default_rng(seed), limit=limit)
    sizes = families.sizes_of(source, students, seed)
    rows, own = [], []
    for i, depth in enumerate(teachers):
        transfer, test = families.tree(source, depth, seed)
        own.append(_measure(test, source.test.labels))
        row = []
        for j, size in enumerate(sizes):
            done = (i + j / len(sizes)) / len(teachers)
            watch(done, f"tree of depth {depth}, student on {size.landmarks} landmarks")
            row.append(_student(size, transfer, source))
        rows.append(row)
    labels = source.test.labels
    ceiling = np.array([_measure(families.ceiling(size, source), labels)[0] for size in sizes])
    error, smooth, gap = np.moveaxis(np.array(rows), -1, 0)
    teacher_error, teacher_smooth = np.array(own).T
    return FamilyData(
        seed=seed,
        name=name,
        data_sha256=source.digest,
        teachers=np.array(teachers),
        students=np.array(students),
        teacher_error=teacher_error,
        teacher_smooth=teacher_smooth,
        ceiling_error=ceiling,
        error=error,
        smooth=smooth,
        recovered=_recovered(teacher_error, error, ceiling),
        gap=gap,
    )


def _recovered(
    teacher: Float[np.ndarray, " t"],
    student: Float[np.ndarray, "t s"],
    ceiling: Float[np.ndarray, " s"],
) -> Float[np.ndarray, "t s"]:
    """Return the part of the gap in errors that students recover; NaN where there is none."""
    room = teacher[:, None] - ceiling
    found = np.full(student.shape, np.nan)
    np.divide(teacher[:, None] - student, room, out=found, where=room > 0)
    return found


def _student(
    size: families.Size, teacher: Predictions, source: Source
) -> tuple[float, float, float]:
    """Return test error, smooth calibration error and gap of a teacher's projection."""
    head = LogLinear(size.features(source.transfer), classes=teacher.shape[1])
    student = project(teacher, head, side="right")
    tested = LogLinear(size.features(source.test), classes=teacher.shape[1])
    predictions = np.exp(tested.log_predictions(student.coordinates))
    return *_measure(predictions, source.test.labels), student.gap


def _measure(predictions: Predictions, labels: Predictions) -> tuple[float, float]:
    wrong = predictions.argmax(axis=1) != labels.argmax(axis=1)
    rows = predictions / predictions.sum(axis=1, keepdims=True)
    return float(wrong.mean()), smooth_error(rows, labels).value


def draw(data: FamilyData) -> Figure:
    """Return the figure: three heat maps, teachers by students, with the teachers' own column."""
    with style.house():
        figure = style.new_figure(style.PAGE, 2.7)
        grid = figure.subplots(1, 3)
        own = {"error": data.teacher_error, "smooth": data.teacher_smooth}
        for axes, (name, title) in zip(grid, TITLES.items(), strict=True):
            values = getattr(data, name)
            _heat(axes, data, values, own.get(name))
            axes.set_title(title)
            axes.set_xlabel("landmarks of the student")
        grid[0].set_ylabel("depth of the teacher")
        words = "blank: the ceiling is no better than the teacher"
        figure.text(0.99, 0.02, words, ha="right", fontsize=6.0)
        figure.subplots_adjust(left=0.06, right=0.99, top=0.91, bottom=0.215, wspace=0.16)
    return figure


def _heat(
    axes: Axes,
    data: FamilyData,
    values: Float[np.ndarray, "t s"],
    own: Float[np.ndarray, " t"] | None,
) -> None:
    """Draw cells with their numbers, the teachers' own to the left; shades end at -1."""
    columns = [] if own is None else ["teacher"]
    table = values if own is None else np.column_stack([own, values])
    low, high = max(float(np.nanmin(table)), -1.0), float(np.nanmax(table))
    axes.imshow(table, cmap="cividis", vmin=low, vmax=high, aspect="auto", origin="lower")
    for (i, j), value in np.ndenumerate(table):
        dark = value < 0.5 * (low + high)
        text = "" if np.isnan(value) else f"{value:.2f}"
        axes.text(
            j, i, text, ha="center", va="center", fontsize=5.5, color="white" if dark else "black"
        )
    if own is not None:
        axes.axvline(0.5, color="white", lw=2.0)
    names = columns + [str(size) for size in data.students]
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(data.teachers)), [str(size) for size in data.teachers])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def summary(data: FamilyData) -> Summary:
    """Return errors of teachers and students, a row a teacher."""
    columns = ("teacher", "teacher's", *(f"student {size}" for size in data.students))
    rows = [
        (str(size), f"{data.teacher_error[i]:.3f}", *(f"{value:.3f}" for value in data.error[i]))
        for i, size in enumerate(data.teachers)
    ]
    rows.append(("ceiling", "", *(f"{value:.3f}" for value in data.ceiling_error)))
    return Summary(
        f"{data.name}, share of wrong classes; largest gap {data.gap.max():.0e}",
        columns,
        tuple(rows),
    )


def settings(data: FamilyData) -> str:
    """Return what the figure was made with."""
    return (
        f"data seed {data.seed}; {data.name}; sizes are depths of trees and numbers of kernel"
        " landmarks; students projected over the transfer set, side right; measured on the test set"
    )
