"""What "to solver precision" means: the slack of the gain theorem is minus the gap, to all digits.

Random hulls, solved by cone solvers at several tolerances and by the structured solver; the truth
is the model at which the certified gap is attained. There the three-point identity leaves nothing
but the gap: error(teacher) - error(student) - misfit = -gap (chen:93). A tolerance, on the other
hand, bounds nothing that the theorem speaks of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kl_regression.classes.base import Space
from kl_regression.classes.hull import Hull
from kl_regression.divergences import KL
from kl_regression.figure import style
from kl_regression.figure.registry import Summary, Watch
from kl_regression.gap import gradient
from kl_regression.instance import Instance, Outcome
from kl_regression.solvers import conic
from kl_regression.tolerance import EPS

POINTS, CLASSES, MODELS, COUNT = 60, 3, 6, 12
EXPONENTS = (3, 4, 5, 6, 7, 8, 9)
"""Tolerances asked for: 10 to minus these."""
OPTIONS = {
    "Clarabel": ("tol_gap_abs", "tol_gap_rel", "tol_feas"),
    "SCS": ("eps_abs", "eps_rel"),
}
"""The tolerances of each solver, all set to one value."""


@dataclass(frozen=True)
class Series:
    """One solver on i instances.

    Args:
        solver: its name.
        tolerance: asked for at each solve, shape (s,); 0 for the structured solver.
        gap: the certified gap, shape (s,).
        slack: of the gain theorem at the worst truth, shape (s,).
        rounding: a bound on the rounding of the slack, shape (s,).
    """

    solver: str
    tolerance: Float[np.ndarray, " s"]
    gap: Float[np.ndarray, " s"]
    slack: Float[np.ndarray, " s"]
    rounding: Float[np.ndarray, " s"]


@dataclass(frozen=True)
class SlackData:
    """Everything that the figure shows."""

    seed: int
    instances: int
    series: tuple[Series, ...]


def compute(
    seed: int = 0,
    *,
    watch: Watch = lambda _done, _next: None,
    count: int = COUNT,
    exponents: Sequence[int] = EXPONENTS,
) -> SlackData:
    """Solve random instances at every tolerance and measure the slack at the worst truth.

    Args:
        seed: of the instances.
        watch: told how much is done.
        count: how many instances.
        exponents: the tolerances are 10 to minus these.
    """
    rng = np.random.default_rng(seed)
    rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in style.SOLVERS}
    for done in range(count):
        watch(done / count, f"instance {done + 1} of {count}")
        instance = _instance(rng)
        rows["structured"].append(_row(instance.solve(), 0.0))
        for tolerance in (10.0**-exponent for exponent in exponents):
            for solver in OPTIONS:
                student = _raw(instance, solver, tolerance)
                rows[solver].append(_row(instance.measure(student), tolerance))
    series = tuple(Series(name, *np.array(found).T) for name, found in rows.items())
    return SlackData(seed, count, series)


def _instance(rng: np.random.Generator) -> Instance:
    logits = rng.normal(size=(MODELS + 1, POINTS, CLASSES))
    rows = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    return Instance(teacher=rows[0], students=Hull(rows[1:]))


def _raw(instance: Instance, solver: str, tolerance: float) -> Float[np.ndarray, "n k"]:
    """Return a cone solver's point as it is, its weights cleaned to a mixture, not polished."""
    space = Space.of(KL.domain, *instance.teacher.shape)
    program = conic.of_polyhedron(instance.students.polyhedron(space), space)
    goal = conic.objective(KL, "left", program.predictions, instance.teacher, instance.weights)
    names = (
        ("eps_abs", "eps_rel") if solver == "SCS" else ("tol_gap_abs", "tol_gap_rel", "tol_feas")
    )
    options = dict.fromkeys(names, tolerance)
    point, _ = conic.solve(program, goal, lambda _: 0.0, names=(solver.upper(),), options=options)
    return instance.students.member(point, space)[1]


def _row(outcome: Outcome, tolerance: float) -> tuple[float, ...]:
    """Return tolerance, gap, and the slack with its rounding at the truth where it is least."""
    slope = gradient(
        outcome.student.predictions,
        outcome.student.log_predictions,
        outcome.instance.teacher,
        loss=KL,
        side="left",
    )
    models = cast("Hull", outcome.instance.students).models
    gains = np.einsum("jic,ic,i->j", models, slope, outcome.instance.weights)
    worst = models[int(np.argmin(gains))]
    found = Outcome(replace(outcome.instance, truth=worst), outcome.student)
    return tolerance, outcome.gap, found.slack, found.slack_sum.rounding


def draw(data: SlackData) -> Figure:
    """Return the figure: minus the slack against the gap, and the gap against the tolerance."""
    with style.house():
        figure = style.new_figure(style.PAGE, 2.75)
        left, right = figure.subplots(1, 2)
        _draw_slack(left, data)
        _draw_tolerance(right, data)
        handles = [
            Line2D([], [], ls="none", ms=4, mew=0.7, label=name, **look)
            for name, look in style.SOLVERS.items()
        ]
        line = Line2D(
            [], [], color=style.QUIET, lw=0.8, label="(a) −slack = gap, (b) gap = tolerance"
        )
        handles.append(line)
        figure.legend(handles=handles, loc="lower center", ncols=len(handles))
        figure.subplots_adjust(left=0.085, right=0.985, top=0.92, bottom=0.245, wspace=0.25)
    return figure


def _draw_slack(axes: Axes, data: SlackData) -> None:
    for series in data.series:
        loss = np.maximum(-series.slack, EPS / 16)
        axes.plot(series.gap, loss, ls="none", ms=3.2, mew=0.6, **style.SOLVERS[series.solver])
    low = min(float(series.gap.min()) for series in data.series) / 3
    high = 3 * max(float(series.gap.max()) for series in data.series)
    axes.plot([low, high], [low, high], color=style.QUIET, lw=0.8, zorder=0)
    place: dict[str, Any] = {"transform": axes.transAxes, "fontsize": 6.0, "linespacing": 1.25}
    axes.text(0.13, 0.05, "slack 0 up to rounding,\nwhich the gap includes", **place)
    style.log_scale(axes, "x")
    style.log_scale(axes, "y")
    axes.set_xlabel("gap: certified, for every truth in V (nats)")
    axes.set_ylabel("−slack at the worst truth (nats)")
    axes.set_title("(a) slack = −gap")


def _draw_tolerance(axes: Axes, data: SlackData) -> None:
    conic_series = [series for series in data.series if series.solver in OPTIONS]
    for series in conic_series:
        axes.plot(
            series.tolerance, series.gap, ls="none", ms=3.2, mew=0.6, **style.SOLVERS[series.solver]
        )
    asked = np.concatenate([series.tolerance for series in conic_series])
    ends = [float(asked.min()), float(asked.max())]
    own = max(float(series.gap.max()) for series in data.series if series.solver not in OPTIONS)
    axes.axhline(own, color=style.TRUTH, lw=0.7, ls=(0, (1, 1.5)))
    place: dict[str, Any] = {"ha": "right", "transform": axes.get_yaxis_transform()}
    axes.text(0.98, 2 * own, "largest gap of the structured solver", fontsize=6.0, **place)
    axes.plot(ends, ends, color=style.QUIET, lw=0.8, zorder=0)
    style.log_scale(axes, "x")
    style.log_scale(axes, "y")
    axes.set_xlabel("tolerance asked of the solver (nats)")
    axes.set_ylabel("gap (nats)")
    axes.set_title("(b) a tolerance is no bound")


def summary(data: SlackData) -> Summary:
    """Return for each solver the largest gap, the least slack, and the largest |slack + gap|."""
    columns = ("solver", "solves", "largest gap", "least slack", "largest |slack + gap|")
    rows = tuple(
        (
            series.solver,
            str(len(series.gap)),
            f"{series.gap.max():.1e}",
            f"{series.slack.min():.1e}",
            f"{np.abs(series.slack + series.gap).max():.1e}",
        )
        for series in data.series
    )
    return Summary(f"{data.instances} random hulls", columns, rows)


def settings(data: SlackData) -> str:
    """Return what the figure was made with."""
    return (
        f"seed {data.seed}; {data.instances} hulls of {MODELS} models, {POINTS} points, {CLASSES}"
        " classes, softmax of standard normal logits; KL, side left; cone solvers' points not"
        " polished; slacks that vanish stand on the lower edge"
    )
