"""Teacher, truth, student and V on the simplex: one point, three classes, drawn exactly.

The instance is made so that the right angle of the Pythagorean theorem (csiszar:75) is a right
angle to the eye. The student is the centre of the simplex, where the metric of KL is that of the
paper; the teacher (9, 3, 1)/13 has log teacher proportional to (2, 1, 0) up to a constant, so the
direction (1, -2, 1) of V's edge is orthogonal to the path from the student to its teacher. Left:
the truth is on that edge, and gain = misfit. Right: it is elsewhere in V, and gain > misfit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kl_regression.checking import check
from kl_regression.classes.hull import Hull
from kl_regression.divergences import KL
from kl_regression.figure import style
from kl_regression.figure.registry import Summary, Watch
from kl_regression.instance import Instance, Outcome

TEACHER = np.array([9.0, 3.0, 1.0]) / 13.0
MODELS = np.array([[9, 2, 9], [3, 14, 3], [1, 14, 5], [1, 5, 14], [5, 1, 14]]) / 20.0
TRUTHS = {
    "truth on the student's edge of V": np.array([4.0, 12.0, 4.0]) / 20.0,
    "truth elsewhere in V": np.array([5.0, 3.0, 12.0]) / 20.0,
}
ANGLES = 361
STEPS = 61
HALVINGS = 60
MARK = 0.045
"""Side of the mark of a right angle, in units of the triangle's side."""
HEIGHT = float(np.sqrt(0.75))
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, HEIGHT]])
"""Where class 1, class 2 and class 3 have probability 1."""

Curve = Float[np.ndarray, "v 3"]
Word = tuple[str, tuple[float, float], str, str]

WORDS: tuple[tuple[Word, ...], ...] = (
    (
        ("truth", (0.711, 0.137), "center", "top"),
        ("student", (0.497, 0.316), "left", "bottom"),
        ("misfit", (0.375, 0.175), "right", "center"),
        ("error\n(student)", (0.627, 0.233), "left", "bottom"),
        ("error (teacher)", (0.525, 0.088), "center", "top"),
    ),
    (
        ("truth", (0.45, 0.545), "center", "bottom"),
        ("student", (0.527, 0.3), "left", "center"),
        ("misfit", (0.425, 0.16), "left", "center"),
        ("error\n(student)", (0.492, 0.415), "left", "center"),
        ("error\n(teacher)", (0.297, 0.19), "right", "center"),
    ),
)
"""Where the words of each scene stand, in the plane of the paper, clear of every line."""


@dataclass(frozen=True)
class Scene:
    """One truth: the errors that its triangle shows, and the verdict of the gain theorem."""

    title: str
    truth: Float[np.ndarray, " 3"]
    teacher_error: float
    student_error: float
    gain: float
    misfit: float
    slack: float
    gap: float
    verdict: str


@dataclass(frozen=True)
class TriangleData:
    """Everything that the figure shows, in probabilities of the three classes."""

    teacher: Float[np.ndarray, " 3"]
    student: Float[np.ndarray, " 3"]
    models: Float[np.ndarray, "m 3"]
    path: Float[np.ndarray, "v 3"]
    ball: Float[np.ndarray, "b 3"]
    """The boundary of {f : KL(f, teacher) <= misfit}, cut off by the simplex."""
    scenes: tuple[Scene, ...]


def compute(seed: int = 0, *, watch: Watch = lambda _done, _next: None) -> TriangleData:
    """Project the teacher onto V and measure both triangles; nothing here is random.

    Args:
        seed: taken like every figure's, and not used.
        watch: told how much is done.
    """
    del seed
    watch(0.0, "projecting")
    outcomes = {
        title: Instance(
            teacher=TEACHER[None], truth=f[None], students=Hull(MODELS[:, None])
        ).solve()
        for title, f in TRUTHS.items()
    }
    first = next(iter(outcomes.values()))
    student = first.student.predictions[0]
    watch(1.0, "drawing")
    return TriangleData(
        teacher=TEACHER,
        student=student,
        models=MODELS,
        path=_path(student, TEACHER),
        ball=_ball(first.misfit),
        scenes=tuple(_scene(title, outcome) for title, outcome in outcomes.items()),
    )


def _scene(title: str, outcome: Outcome) -> Scene:
    return Scene(
        title=title,
        truth=outcome.truth[0],
        teacher_error=outcome.teacher_error,
        student_error=outcome.student_error,
        gain=outcome.gain,
        misfit=outcome.misfit,
        slack=outcome.slack,
        gap=outcome.gap,
        verdict=check(outcome)["gain"].verdict.value,
    )


def _path(start: Float[np.ndarray, " 3"], end: Float[np.ndarray, " 3"]) -> Curve:
    """Return the exponential family from start to end: the KL geodesic of an I-projection."""
    share = np.linspace(0.0, 1.0, STEPS)[:, None]
    curve = start ** (1.0 - share) * end**share
    return curve / curve.sum(axis=1, keepdims=True)


def _ball(radius: float) -> Curve:
    """Return the boundary of a KL ball around the teacher, cut off by the simplex.

    Along a ray from the teacher the divergence grows, so each crossing is found by bisection.
    """
    angles = np.linspace(0.0, 2.0 * np.pi, ANGLES)
    plane = np.stack([np.cos(angles), np.sin(angles), np.zeros(ANGLES)])
    rays = np.linalg.solve(np.vstack([CORNERS.T, np.ones(3)]), plane).T
    with np.errstate(divide="ignore", invalid="ignore"):
        high = np.where(rays < 0, TEACHER / -rays, np.inf).min(axis=1)
        low = np.zeros(ANGLES)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            points = np.maximum(TEACHER + middle[:, None] * rays, 0.0)
            inside = KL.entries(points, np.tile(TEACHER, (ANGLES, 1)))[0].sum(axis=1) <= radius
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return np.maximum(TEACHER + low[:, None] * rays, 0.0)


def draw(data: TriangleData) -> Figure:
    """Return the figure: the same V, teacher and student twice, with two truths."""
    with style.house():
        figure = style.new_figure(style.PAGE, 3.3)
        grid = figure.subplots(1, len(data.scenes), squeeze=False)
        for axes, scene, letter in zip(grid[0], data.scenes, "ab", strict=True):
            _draw_scene(axes, data, scene)
            _draw_words(axes, data, scene, WORDS["ab".index(letter)])
            axes.set_title(f"({letter}) {scene.title}", pad=3.0)
        figure.subplots_adjust(left=0.0, right=1.0, top=0.94, bottom=0.0, wspace=0.0)
    return figure


def _draw_scene(axes: Axes, data: TriangleData, scene: Scene) -> None:
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_xlim(-0.13, 1.13)
    axes.set_ylim(-0.21, 0.92)
    axes.fill(*_flat(data.ball), facecolor=style.TEACHER, alpha=0.08, lw=0)
    axes.plot(*_flat(data.ball), color=style.TEACHER, lw=0.7)
    axes.fill(*_flat(np.eye(3)), facecolor="none", edgecolor="#404040", lw=1.2, zorder=2.5)
    axes.fill(*_flat(data.models), facecolor=style.CLASS, alpha=0.3, lw=0)
    axes.fill(*_flat(data.models), facecolor="none", edgecolor=style.STUDENT, lw=0.6)
    _draw_sides(axes, data, scene)


def _draw_sides(axes: Axes, data: TriangleData, scene: Scene) -> None:
    """Draw the three sides, the right angle at the student, and the three points."""
    axes.plot(*_flat(data.path), color=style.TEACHER, lw=1.4, solid_capstyle="round")
    student = np.stack([data.student, scene.truth])
    axes.plot(*_flat(student), color=style.STUDENT, lw=1.4)
    teacher = np.stack([data.teacher, scene.truth])
    axes.plot(*_flat(teacher), color=style.TRUTH, lw=1.0, ls=(0, (3, 1.5)))
    axes.plot(*right_angle(data), color="#202020", lw=0.7)
    for point, colour, marker in (
        (data.teacher, style.TEACHER, "s"),
        (scene.truth, style.TRUTH, "D"),
        (data.student, style.STUDENT, "o"),
    ):
        axes.plot(*_flat(point[None]), color=colour, marker=marker, ms=5, mec="white", mew=0.7)


def _draw_words(axes: Axes, data: TriangleData, scene: Scene, words: tuple[Word, ...]) -> None:
    own: tuple[Word, ...] = (
        ("class 1", (0.0, -0.02), "center", "top"),
        ("class 2", (1.0, -0.02), "center", "top"),
        ("class 3", (0.5, HEIGHT + 0.015), "center", "bottom"),
        ("teacher", (0.246, 0.067), "right", "center"),
        ("V", (0.585, 0.52), "center", "center"),
    )
    for text, place, horizontal, vertical in own + words:
        size = 9.0 if text == "V" else 6.5
        axes.text(
            *place, text, ha=horizontal, va=vertical, fontsize=size, linespacing=1.05, zorder=5
        )
    leftmost = np.array(_flat(data.ball))[:, np.argmax(data.ball[:, 2] - data.ball[:, 1])]
    axes.annotate(
        "all f with\nKL(f, teacher)\n= misfit",
        xy=(float(leftmost[0]), float(leftmost[1])),
        xytext=(0.03, 0.47),
        ha="center",
        va="bottom",
        fontsize=6.5,
        linespacing=1.15,
        arrowprops={"arrowstyle": "-", "lw": 0.5, "color": style.TEACHER, "shrinkB": 0},
    )
    relation = "=" if abs(scene.slack) <= scene.gap else ">"
    axes.text(
        0.5,
        -0.115,
        f"gain = error (teacher) − error (student) = {scene.teacher_error:.3f} −"
        f" {scene.student_error:.3f} = {scene.gain:.3f} nats\n"
        f"misfit = {scene.misfit:.3f} nats: gain {relation} misfit",
        ha="center",
        va="top",
        fontsize=6.5,
        linespacing=1.4,
    )


def _flat(points: Float[np.ndarray, "v 3"]) -> tuple[Any, Any]:
    """Return x and y, shapes (v,), of distributions over three classes."""
    x, y = (points @ CORNERS).T
    return x, y


def right_angle(data: TriangleData) -> tuple[Any, Any]:
    """Return x and y of the mark between V's edge and the path to the teacher, at the student."""
    student, near = (np.column_stack(_flat(p[None]))[0] for p in (data.student, data.path[1]))
    along = near - student
    along = MARK * along / np.linalg.norm(along)
    across = np.array([-along[1], along[0]])
    corners = np.stack([student + along, student + along + across, student + across])
    return corners[:, 0], corners[:, 1]


def summary(data: TriangleData) -> Summary:
    """Return both triangles, a row each."""
    columns = ("truth", "teacher error", "student error", "gain", "misfit", "slack", "gap")
    rows = tuple(
        (
            scene.title,
            f"{scene.teacher_error:.4f}",
            f"{scene.student_error:.4f}",
            f"{scene.gain:.4f}",
            f"{scene.misfit:.4f}",
            f"{scene.slack:z.4f}",
            f"{scene.gap:.0e}",
            scene.verdict,
        )
        for scene in data.scenes
    )
    return Summary("one point, three classes, KL in nats", (*columns, "gain theorem"), rows)


def settings(data: TriangleData) -> str:
    """Return what the figure was made with."""
    teacher = ", ".join(f"{value:.4g}" for value in data.teacher)
    return (
        f"one point, three classes; teacher ({teacher}); V: the hull of {len(data.models)} models"
    )
