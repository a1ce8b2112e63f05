"""The tasks of charikar:24, measured on fresh points and on those of the projection itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import solve_triangular
from scipy.stats import spearmanr

from kl_regression.classes.linear_head import LinearHead
from kl_regression.data import charikar, networks
from kl_regression.data.charikar import KINDS, Kind, Sample, World
from kl_regression.divergences import SquaredError
from kl_regression.instance import Instance


@dataclass(frozen=True)
class Series:
    """The tasks of a seed in a panel, t of them, on fresh points.

    Args:
        seed: of the representations and tasks.
        teacher_error: squared error of the teacher, shape (t,).
        gain: teacher's error minus student's, shape (t,).
        misfit: squared distance of student and teacher, shape (t,).
        leverage: largest of the fresh points, in the features of either model, shape (t,). No point
            of the fit has more than 1; a fresh point that does is one where a head extrapolates.
        rarest: fewest points of the fit at which a strong unit is active that is not always 0,
            shape (t,).
        dead: units of the true, the strong and the weak representation that are 0 everywhere.
        above: the share of tasks with misfit > gain.
        better: the share of tasks whose student beats its teacher.
        r: correlation of gain and misfit.
        rank_r: that of their ranks, which one task cannot turn round.
        inside: the tasks whose fresh points have leverage at most 1, how many.
        inside_r: correlation of gain and misfit over those; NaN for fewer than three.
        slope: of misfit on gain, least squares.
    """

    seed: int
    teacher_error: Float[np.ndarray, " t"]
    gain: Float[np.ndarray, " t"]
    misfit: Float[np.ndarray, " t"]
    leverage: Float[np.ndarray, " t"]
    rarest: Int[np.ndarray, " t"]
    dead: tuple[int, ...]
    above: float
    better: float
    r: float
    rank_r: float
    inside: int
    inside_r: float
    slope: float


@dataclass(frozen=True)
class Heads:
    """Gain and misfit on the points of the projection itself, realizable, shape (t,) each."""

    name: str
    teacher_error: Float[np.ndarray, " t"]
    gain: Float[np.ndarray, " t"]
    misfit: Float[np.ndarray, " t"]


def series(
    world: World, index: int, kind: Kind, tasks: int, points: int, gaps: list[float]
) -> Series:
    """Return the tasks of one seed in one panel, and note the gap of every projection."""
    pair = world.pair(index, kind)
    rng = np.random.default_rng([world.seeds[index], len(KINDS) + KINDS.index(kind)])
    rows = [_task(pair, rng, points, gaps) for _ in range(tasks)]
    teacher_error, student_error, misfit, largest, rarest = np.array(rows).T
    gain, inside = teacher_error - student_error, largest <= 1.0
    x = charikar.inputs(rng, points)
    dead = tuple(int((~networks.represent(s, x)[0].any(axis=0)).sum()) for s in pair)
    return Series(
        seed=world.seeds[index],
        teacher_error=teacher_error,
        gain=gain,
        misfit=misfit,
        leverage=largest,
        rarest=rarest.astype(np.int64),
        dead=dead,
        above=float(np.mean(misfit > gain)),
        better=float(np.mean(gain > 0.0)),
        r=_correlation(gain, misfit),
        rank_r=float(spearmanr(gain, misfit).statistic),
        inside=int(inside.sum()),
        inside_r=_correlation(gain[inside], misfit[inside]),
        slope=float(np.polyfit(gain, misfit, 1)[0]),
    )


def _task(
    pair: tuple[Any, Any, Any], rng: np.random.Generator, points: int, gaps: list[float]
) -> tuple[float, ...]:
    """Return both errors, the misfit, the largest leverage and the fewest active of a new task."""
    head = networks.new_layer(rng, charikar.WIDTH, 1)
    fit, first, second = (charikar.sample(pair, head, rng, points) for _ in range(3))
    teacher = _projected(fit.weak, fit.truth, gaps)
    student = _projected(fit.strong, fit.weak @ teacher, gaps)
    active, fresh = (fit.strong != 0.0).sum(axis=0), (first, second)
    return (
        _mse(first.weak @ teacher, first.truth),
        _mse(first.strong @ student, first.truth),
        _mse(second.strong @ student, second.weak @ teacher),
        max(
            *(leverage(fit.strong, x.strong) for x in fresh),
            *(leverage(fit.weak, x.weak) for x in fresh),
        ),
        float(active[active > 0].min()),
    )


def leverage(fit: Float[np.ndarray, "n h"], fresh: Float[np.ndarray, "p h"]) -> float:
    """Return the largest x' (F'F)^-1 x of fresh points x, F the independent features of the fit."""
    kept = charikar.independent(fit)
    factor = np.linalg.qr(fit[:, kept], mode="r")
    solved = solve_triangular(factor, fresh[:, kept].T, trans="T")
    return float(np.square(solved).sum(axis=0).max())


def _correlation(gain: Float[np.ndarray, " t"], misfit: Float[np.ndarray, " t"]) -> float:
    return float(np.corrcoef(gain, misfit)[0, 1]) if len(gain) > 2 else float("nan")


def _projected(
    features: Float[np.ndarray, "n h"], target: Float[np.ndarray, "n 1"], gaps: list[float]
) -> Float[np.ndarray, "h 1"]:
    """Return a head whose outputs are the projection of a target; dependent units get weight 0."""
    kept = charikar.independent(features)
    outcome = Instance(
        teacher=target, students=LinearHead(features[:, kept], outputs=1), loss=SquaredError
    ).solve()
    gaps.append(outcome.gap)
    head = np.zeros((features.shape[1], 1))
    head[kept, 0] = outcome.student.coordinates
    return head


def _mse(a: Float[np.ndarray, "n 1"], b: Float[np.ndarray, "n 1"]) -> float:
    return float(np.square(a - b).mean())


def both_heads(
    world: World, tasks: int, points: int, epochs: int, told: Callable[[float], None]
) -> tuple[Heads, ...]:
    """Fit teacher and student of the first seed's realizable tasks twice: exactly, and by AdamW."""
    pair = world.pair(0, "realizable")
    rng = np.random.default_rng([world.seeds[0], 2 * len(KINDS)])
    heads = [networks.new_layer(rng, charikar.WIDTH, 1) for _ in range(tasks)]
    samples = [charikar.sample(pair, head, rng, points) for head in heads]
    exact = []
    for s in samples:
        teacher = s.weak @ _projected(s.weak, s.truth, [])
        exact.append((teacher, s.strong @ _projected(s.strong, teacher, [])))
    weak, strong = (
        np.stack([getattr(s, name)[:, :-1] for s in samples]).astype(np.float32)
        for name in ("weak", "strong")
    )
    truth = np.stack([s.truth for s in samples]).astype(np.float32)
    new = [networks.new_layer(rng, charikar.WIDTH, 1) for _ in range(2 * tasks)]
    first = networks.train_heads(
        weak, truth, networks.stacked(new[:tasks]), rng, epochs=epochs, watch=lambda d: told(d / 2)
    )
    taught = networks.head_values(first, weak)
    second = networks.train_heads(
        strong,
        taught.astype(np.float32),
        networks.stacked(new[tasks:]),
        rng,
        epochs=epochs,
        watch=lambda d: told(0.5 + d / 2),
    )
    learnt = networks.head_values(second, strong)
    return (
        _measured("exact heads", samples, exact),
        _measured("AdamW heads", samples, list(zip(taught, learnt, strict=True))),
    )


def _measured(name: str, samples: Sequence[Sample], found: Sequence[tuple[Any, Any]]) -> Heads:
    teacher_error = np.array([_mse(g, s.truth) for (g, _), s in zip(found, samples, strict=True)])
    student_error = np.array([_mse(h, s.truth) for (_, h), s in zip(found, samples, strict=True)])
    misfit = np.array([_mse(h, g) for g, h in found])
    return Heads(name, teacher_error, teacher_error - student_error, misfit)
