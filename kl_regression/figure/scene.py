"""One scene of the triangle figure: what it holds, and how it is drawn."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from kl_regression.figure import simplex, style
from kl_regression.figure.simplex import HEIGHT, flat

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
    (
        ("truth", (0.711, 0.137), "center", "top"),
        ("student", (0.44, 0.352), "left", "bottom"),
        ("objective", (0.385, 0.2), "left", "center"),
        ("error\n(student)", (0.6, 0.25), "left", "bottom"),
        ("error (teacher)", (0.45, 0.078), "center", "top"),
    ),
    (
        ("truth", (0.45, 0.545), "center", "bottom"),
        ("student", (0.452, 0.34), "left", "center"),
        ("objective", (0.385, 0.2), "left", "center"),
        ("error\n(student)", (0.45, 0.43), "left", "center"),
        ("error\n(teacher)", (0.292, 0.162), "right", "center"),
    ),
)
"""Where the words of each scene stand, in the plane of the paper, clear of every line."""
LEVELS = {
    "left": "KL(f, teacher)\n= misfit",
    "right": "KL(teacher, f)\n= objective",
}


@dataclass(frozen=True)
class View:
    """What the scenes of a side share: student, its path to the teacher, the teacher's ball."""

    side: str
    student: Float[np.ndarray, " 3"]
    path: Float[np.ndarray, "v 3"]
    ball: Float[np.ndarray, "b 3"]
    """The boundary of all f that the objective likes at least as well as the student."""


@dataclass(frozen=True)
class Scene:
    """One side and truth: what its triangle shows, and the verdict of the side's theorem.

    Args:
        side: "left" or "right".
        title: which truth.
        truth: its distribution.
        teacher_error: KL(truth, teacher).
        student_error: KL(truth, student).
        gain: their difference.
        misfit: KL(student, teacher).
        objective: what the student minimises: the misfit, or KL(teacher, student).
        four_points: m, the truth's average of teacher/student.
        slack: gain - misfit.
        gap: certified.
        verdict: of the gain theorem, or of right: gain.
    """

    side: str
    title: str
    truth: Float[np.ndarray, " 3"]
    teacher_error: float
    student_error: float
    gain: float
    misfit: float
    objective: float
    four_points: float
    slack: float
    gap: float
    verdict: str


def draw_scene(
    axes: Axes,
    view: View,
    scene: Scene,
    *,
    teacher: Float[np.ndarray, " 3"],
    models: Float[np.ndarray, "m 3"],
    words: tuple[Word, ...],
) -> None:
    """Draw V, the ball about the teacher, the three sides of the triangle, and the words."""
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_xlim(-0.13, 1.13)
    axes.set_ylim(-0.26, 0.92)
    axes.fill(*flat(view.ball), facecolor=style.TEACHER, alpha=0.08, lw=0)
    axes.plot(*flat(view.ball), color=style.TEACHER, lw=0.7)
    axes.fill(*flat(np.eye(3)), facecolor="none", edgecolor="#404040", lw=1.2, zorder=2.5)
    axes.fill(*flat(models), facecolor=style.CLASS, alpha=0.3, lw=0)
    axes.fill(*flat(models), facecolor="none", edgecolor=style.STUDENT, lw=0.6)
    _draw_sides(axes, teacher, view, scene)
    _draw_words(axes, view, scene, words)


def _draw_sides(axes: Axes, teacher: Float[np.ndarray, " 3"], view: View, scene: Scene) -> None:
    """Draw the three sides, on the left the right angle at the student, and the three points."""
    axes.plot(*flat(view.path), color=style.TEACHER, lw=1.4, solid_capstyle="round")
    axes.plot(*flat(np.stack([view.student, scene.truth])), color=style.STUDENT, lw=1.4)
    axes.plot(*flat(np.stack([teacher, scene.truth])), color=style.TRUTH, lw=1.0, ls=(0, (3, 1.5)))
    if view.side == "left":
        axes.plot(*simplex.right_angle(view.student, view.path[1]), color="#202020", lw=0.7)
    for point, colour, marker in (
        (teacher, style.TEACHER, "s"),
        (scene.truth, style.TRUTH, "D"),
        (view.student, style.STUDENT, "o"),
    ):
        axes.plot(*flat(point[None]), color=colour, marker=marker, ms=5, mec="white", mew=0.7)


def _draw_words(axes: Axes, view: View, scene: Scene, words: tuple[Word, ...]) -> None:
    own: tuple[Word, ...] = (
        ("class 1", (0.0, -0.02), "center", "top"),
        ("class 2", (1.0, -0.02), "center", "top"),
        ("class 3", (0.5, HEIGHT + 0.015), "center", "bottom"),
        ("teacher", (0.246, 0.067), "right", "center"),
        ("V", (0.585, 0.52), "center", "center"),
    )
    for text, place, horizontal, vertical in own + words:
        size = 9.0 if text == "V" else 6.0
        axes.text(
            *place, text, ha=horizontal, va=vertical, fontsize=size, linespacing=1.05, zorder=5
        )
    leftmost = np.array(flat(view.ball))[:, np.argmax(view.ball[:, 2] - view.ball[:, 1])]
    level = LEVELS[view.side]
    axes.annotate(
        f"all f with\n{level}",
        xy=(float(leftmost[0]), float(leftmost[1])),
        xytext=(0.03, 0.47),
        ha="center",
        va="bottom",
        fontsize=6.5,
        linespacing=1.15,
        arrowprops={"arrowstyle": "-", "lw": 0.5, "color": style.TEACHER, "shrinkB": 0},
    )
    below: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": 6.2, "linespacing": 1.4}
    axes.text(0.5, -0.115, f"{_errors(scene)}\n{_claim(scene)}", **below)


def _errors(scene: Scene) -> str:
    return (
        f"gain = error (teacher) − error (student) = {scene.teacher_error:.3f} −"
        f" {scene.student_error:.3f} = {scene.gain:.3f} nats"
    )


def _claim(scene: Scene) -> str:
    if scene.side == "left":
        relation = "=" if abs(scene.slack) <= scene.gap else ">"
        return f"misfit = {scene.misfit:.3f} nats: gain {relation} misfit"
    on_face = abs(scene.four_points - 1.0) <= scene.gap
    mean, least = ("1", "0") if on_face else (f"{scene.four_points:.3f}", "−log m")
    least += "" if on_face else f" = {-np.log(scene.four_points):.3f}"
    return (
        f"m = truth's mean of teacher/student = {mean}: gain ≥ {least}\n"
        f"objective = KL(teacher, student) = {scene.objective:.3f} nats"
    )
