"""Teacher, truth, student and V on the simplex, drawn exactly: both sides, two truths each.

One point, three classes. The instance is made so that the right angle of the Pythagorean theorem
(csiszar:75) is a right angle to the eye: on the left the student is the centre of the simplex,
where the metric of KL is that of the paper, and the teacher (9, 3, 1)/13 has log teacher
proportional to (2, 1, 0) up to a constant, so the direction (1, -2, 1) of V's edge is orthogonal to
the path from the student to its teacher. With the truth on the student's face of V gain = misfit;
with the truth inside V gain > misfit. On the right the student is another point of the same face:
the truth's average m of teacher/student is 1 on the face and less inside, and the gain is
nonnegative, but no multiple of the objective bounds it from below.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from kl_regression.arrays import Side
from kl_regression.certify.issue import certify
from kl_regression.checking import check
from kl_regression.classes.hull import Hull
from kl_regression.figure import simplex, style
from kl_regression.figure.registry import Summary, Watch
from kl_regression.figure.scene import WORDS, Scene, View, draw_scene
from kl_regression.instance import Instance, Outcome

TEACHER = np.array([9.0, 3.0, 1.0]) / 13.0
MODELS = np.array([[9, 2, 9], [3, 14, 3], [1, 14, 5], [1, 5, 14], [5, 1, 14]]) / 20.0
TRUTHS = {
    "truth on the student's face of V": np.array([4.0, 12.0, 4.0]) / 20.0,
    "truth inside V": np.array([5.0, 3.0, 12.0]) / 20.0,
}
SIDES: tuple[Side, ...] = ("left", "right")
THEOREMS = {"left": "gain", "right": "right: gain"}


@dataclass(frozen=True)
class TriangleData:
    """Everything that the figure shows, in probabilities of the three classes."""

    teacher: Float[np.ndarray, " 3"]
    models: Float[np.ndarray, "m 3"]
    views: tuple[View, ...]
    scenes: tuple[Scene, ...]
    certificates: dict[str, str]
    """Ids of the certificates of the scenes."""


def compute(seed: int = 0, *, watch: Watch = lambda _done, _next: None) -> TriangleData:
    """Project the teacher onto V on both sides and measure the triangles; nothing is random.

    Args:
        seed: taken like every figure's, and not used.
        watch: told how much is done.
    """
    del seed
    watch(0.0, "projecting")
    outcomes = {
        (side, title): Instance(
            teacher=TEACHER[None], truth=f[None], students=Hull(MODELS[:, None]), side=side
        ).solve()
        for side, (title, f) in product(SIDES, TRUTHS.items())
    }
    views = tuple(_view(side, outcomes[side, next(iter(TRUTHS))]) for side in SIDES)
    watch(0.5, "certifying")
    certificates = {f"{side}, {title}": certify(o).id for (side, title), o in outcomes.items()}
    watch(1.0, "drawing")
    return TriangleData(
        teacher=TEACHER,
        models=MODELS,
        views=views,
        scenes=tuple(_scene(title, outcome) for (_, title), outcome in outcomes.items()),
        certificates=certificates,
    )


def _view(side: Side, outcome: Outcome) -> View:
    student = outcome.student.predictions[0]
    return View(
        side=side,
        student=student,
        path=simplex.geodesic(student, TEACHER, side),
        ball=simplex.ball(TEACHER, outcome.student.objective, side),
    )


def _scene(title: str, outcome: Outcome) -> Scene:
    side, truth = outcome.instance.side, outcome.truth[0]
    student = outcome.student.predictions[0]
    return Scene(
        side=side,
        title=title,
        truth=truth,
        teacher_error=outcome.teacher_error,
        student_error=outcome.student_error,
        gain=outcome.gain,
        misfit=outcome.misfit,
        objective=outcome.student.objective,
        four_points=float((truth * TEACHER / student).sum()),
        slack=outcome.slack,
        gap=outcome.gap,
        verdict=check(outcome)[THEOREMS[side]].verdict.value,
    )


def draw(data: TriangleData) -> Figure:
    """Return the figure: the same V, teacher and truths, on the left above, on the right below."""
    with style.house():
        figure = style.new_figure(style.PAGE, 6.95)
        grid = figure.subplots(2, 2).ravel()
        for axes, scene, letter, words in zip(grid, data.scenes, "abcd", WORDS, strict=True):
            (view,) = (view for view in data.views if view.side == scene.side)
            draw_scene(axes, view, scene, teacher=data.teacher, models=data.models, words=words)
            axes.set_title(f"({letter}) side {scene.side}: {scene.title}", pad=3.0)
        figure.subplots_adjust(left=0.0, right=1.0, top=0.97, bottom=0.0, wspace=0.0, hspace=0.05)
    return figure


def summary(data: TriangleData) -> Summary:
    """Return the triangles, a row each."""
    columns = (
        *("side", "truth", "teacher error", "student error", "gain", "misfit", "objective", "m"),
        *("slack", "gap", "theorem"),
    )
    rows = tuple(
        (
            scene.side,
            scene.title,
            f"{scene.teacher_error:.4f}",
            f"{scene.student_error:.4f}",
            f"{scene.gain:.4f}",
            f"{scene.misfit:.4f}",
            f"{scene.objective:.4f}",
            f"{scene.four_points:.4f}",
            f"{scene.slack:z.4f}",
            f"{scene.gap:.0e}",
            scene.verdict,
        )
        for scene in data.scenes
    )
    return Summary("one point, three classes, KL in nats", columns, rows)


def settings(data: TriangleData) -> str:
    """Return what the figure was made with."""
    teacher = ", ".join(f"{value:.4g}" for value in data.teacher)
    cited = "; ".join(f"{of}: {name[:17]}" for of, name in data.certificates.items())
    return (
        f"one point, three classes; teacher ({teacher}); V: the hull of {len(data.models)} models."
        f" Certified: {cited}"
    )
