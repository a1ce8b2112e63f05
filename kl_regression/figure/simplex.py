"""The simplex of three classes on paper: corners, geodesics, balls, right angles."""

from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Side
from kl_regression.divergences import KL

ANGLES = 361
STEPS = 61
HALVINGS = 60
MARK = 0.045
"""Side of the mark of a right angle, in units of the triangle's side."""
HEIGHT = float(np.sqrt(0.75))
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, HEIGHT]])
"""Where class 1, class 2 and class 3 have probability 1."""

Point = Float[np.ndarray, " 3"]
Curve = Float[np.ndarray, "v 3"]


def flat(points: Curve) -> tuple[Any, Any]:
    """Return x and y, shapes (v,), of distributions over three classes."""
    x, y = (points @ CORNERS).T
    return x, y


def geodesic(start: Point, end: Point, side: Side) -> Curve:
    """Return the path of a projection from start to end, shape (v, 3).

    On the left it is the exponential family, log-linear; on the right the mixtures, a line.
    """
    share = np.linspace(0.0, 1.0, STEPS)[:, None]
    if side == "right":
        return np.asarray((1.0 - share) * start + share * end)
    curve = start ** (1.0 - share) * end**share
    return np.asarray(curve / curve.sum(axis=1, keepdims=True))


def ball(teacher: Point, radius: float, side: Side) -> Curve:
    """Return the boundary of {f : D <= radius} around the teacher, cut off by the simplex.

    D is KL(f, teacher) on the left, KL(teacher, f) on the right. Along a ray from the teacher
    either grows, so each crossing is found by bisection.
    """
    angles = np.linspace(0.0, 2.0 * np.pi, ANGLES)
    plane = np.stack([np.cos(angles), np.sin(angles), np.zeros(ANGLES)])
    rays = np.linalg.solve(np.vstack([CORNERS.T, np.ones(3)]), plane).T
    centre = np.tile(teacher, (ANGLES, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        high = np.where(rays < 0, teacher / -rays, np.inf).min(axis=1)
        low = np.zeros(ANGLES)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            points = np.maximum(teacher + middle[:, None] * rays, 0.0)
            pair = (points, centre) if side == "left" else (centre, points)
            inside = KL.entries(*pair)[0].sum(axis=1) <= radius
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return np.maximum(teacher + low[:, None] * rays, 0.0)


def right_angle(student: Point, towards: Point) -> tuple[Any, Any]:
    """Return x and y of the mark between a path that leaves the student and its normal."""
    corner, near = (np.column_stack(flat(p[None]))[0] for p in (student, towards))
    along = near - corner
    along = MARK * along / np.linalg.norm(along)
    across = np.array([-along[1], along[0]])
    corners = np.stack([corner + along, corner + along + across, corner + across])
    return corners[:, 0], corners[:, 1]
