"""The regression experiment of yao:25 with KL, every head an exact projection.

Where the theorem holds, mixtures and nonnegative combinations, every mark lies on or above the line
gain = misfit. Where it does not, a softmax layer projected on the left, marks lie on both sides; on
the right such a layer's gain in the other risk, KL(., truth), equals KL(teacher, student) exactly.
Below: truths outside the class, with what the bound leaves of the misfit; and students fitted on n
of 1e5 points, whose shortfall on all of them is bounded by their excess.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kl_regression.classes.hull import Hull
from kl_regression.data import heads
from kl_regression.figure import style
from kl_regression.figure.registry import Summary, Watch
from kl_regression.instance import Instance, Outcome
from kl_regression.projection import project
from kl_regression.theorems.certificate import OUTSIDE

TASKS, POINTS, LAYER_POINTS = 60, 500, 150
POPULATION, SAMPLES, DRAWS = 100_000, (10, 100, 1000, 10_000, 100_000), 8
SHARES = (0.05, 0.2, 0.5)
"""How much of a foreign predictor a truth outside the class holds."""
HEADROOM = 300.0
"""How much higher than its marks the logarithmic axis of (f) goes, for the legend."""
TITLES = {
    "mixtures": "(a) mixtures, left",
    "combinations": "(b) nonnegative combinations, left",
    "layers, left": "(c) softmax layer, left: no theorem",
    "layers, right": "(d) softmax layer, right, risk KL(., f)",
}


@dataclass(frozen=True)
class Panel:
    """Tasks of one kind, t of them: x and y are the two sides of what is compared.

    Args:
        name: of the kind.
        misfit: KL(student, teacher); KL(teacher, student) on the right, shape (t,).
        gain: in the risk KL(truth, .); in KL(., truth) on the right, shape (t,).
        gap: certified, shape (t,); infinite where nothing is.
    """

    name: str
    misfit: Float[np.ndarray, " t"]
    gain: Float[np.ndarray, " t"]
    gap: Float[np.ndarray, " t"]


@dataclass(frozen=True)
class Outside:
    """Truths outside the class, t of them, one foreign share each, shapes (t,).

    Args:
        share: of a foreign predictor in the truth.
        misfit: KL(student, teacher).
        gain: in the risk KL(truth, .).
        bound: what the theorem leaves: misfit - gap - E osc TV.
    """

    share: Float[np.ndarray, " t"]
    misfit: Float[np.ndarray, " t"]
    gain: Float[np.ndarray, " t"]
    bound: Float[np.ndarray, " t"]


@dataclass(frozen=True)
class Finite:
    """Students fitted on n points, measured on the population, r draws a size.

    Args:
        population: how many points it has.
        sizes: n, shape (z,).
        shortfall: misfit - gain on the population, where positive, shape (z, r).
        gap: on the population, which bounds the shortfall for every truth in V, shape (z, r).
        classical: sqrt(2 (1-γ) τ/γ) + τ with τ the excess on the population, shape (z, r).
    """

    population: int
    sizes: Int[np.ndarray, " z"]
    shortfall: Float[np.ndarray, "z r"]
    gap: Float[np.ndarray, "z r"]
    classical: Float[np.ndarray, "z r"]


@dataclass(frozen=True)
class YaoData:
    """Everything that the figure shows."""

    seed: int
    tasks: int
    panels: tuple[Panel, ...]
    outside: Outside
    finite: Finite


def compute(
    seed: int = 0,
    *,
    watch: Watch = lambda _done, _next: None,
    tasks: int = TASKS,
    points: int = POINTS,
    population: int = POPULATION,
    sizes: Sequence[int] = SAMPLES,
    draws: int = DRAWS,
) -> YaoData:
    """Project the tasks of every kind and measure them on their own points.

    Args:
        seed: of everything.
        watch: told how much is done.
        tasks: a kind.
        points: a task.
        population: points of the finite-sample panel.
        sizes: of the samples drawn from it.
        draws: samples a size.
    """
    kinds: dict[str, Callable[[np.random.Generator], Instance]] = {
        "mixtures": lambda rng: heads.mixtures(rng, heads.points(rng, points)),
        "combinations": lambda rng: heads.combinations(rng, heads.points(rng, points)),
        "layers, left": lambda rng: heads.layers(rng, heads.points(rng, LAYER_POINTS), "left"),
        "layers, right": lambda rng: heads.layers(rng, heads.points(rng, LAYER_POINTS), "right"),
    }
    panels = []
    for index, (name, draw_instance) in enumerate(kinds.items()):
        rng = np.random.default_rng([seed, index])
        rows = []
        for task in range(tasks):
            watch((index + task / tasks) / 6, f"{name}: task {task + 1} of {tasks}")
            rows.append(_sides(draw_instance(rng).solve()))
        panels.append(Panel(name, *np.array(rows).T))
    rng = np.random.default_rng([seed, len(kinds)])
    watch(4 / 6, "truths outside the class")
    outside = _outside(rng, tasks, points)
    watch(5 / 6, f"samples from {population} points")
    return YaoData(seed, tasks, tuple(panels), outside, _finite(rng, population, sizes, draws))


def _sides(outcome: Outcome) -> tuple[float, float, float]:
    """Return the misfit, the gain, and the gap; in the orders that the side's theorem speaks of."""
    if outcome.instance.side == "left":
        return outcome.misfit, outcome.gain, outcome.gap
    g, s, f = outcome.instance.teacher, outcome.student.predictions, outcome.truth
    gain = outcome.divergence(g, f, None, None) - outcome.divergence(s, f, None, None)
    return outcome.divergence(g, s, None, None).value, gain.value, outcome.gap


def _outside(rng: np.random.Generator, tasks: int, points: int) -> Outside:
    rows = []
    for task in range(tasks):
        x = heads.points(rng, points)
        inside = heads.mixtures(rng, x)
        foreign, share = heads.predictors(rng, x, strong=True)[0], SHARES[task % len(SHARES)]
        truth = (1.0 - share) * inside.truth + share * foreign
        outcome = Instance(teacher=inside.teacher, truth=truth, students=inside.students).solve()
        terms = OUTSIDE.terms(outcome)
        bound = outcome.misfit - outcome.gap - terms.parts["E osc TV(f, f_s)"]
        rows.append((share, outcome.misfit, outcome.gain, bound))
    return Outside(*np.array(rows).T)


def _finite(rng: np.random.Generator, population: int, sizes: Sequence[int], draws: int) -> Finite:
    whole = heads.mixtures(rng, heads.points(rng, population))
    models = heads_of(whole)
    best = whole.solve()
    rows = np.zeros((len(sizes), draws, 3))
    for i, size in enumerate(sizes):
        for j in range(draws):
            drawn = rng.integers(population, size=size)
            sample = Hull(np.ascontiguousarray(models[:, drawn]))
            mixture = project(whole.teacher[drawn], sample).coordinates
            found = whole.measure(np.tensordot(mixture, models, 1))
            excess = max(found.misfit - best.misfit, 0.0) + max(best.gap, 0.0)
            floor = min(float(o.student.predictions.min()) for o in (found, best))
            classical = np.sqrt(2.0 * (1.0 - floor) * excess / floor) + excess
            rows[i, j] = max(found.misfit - found.gain, 0.0), found.gap, classical
    return Finite(population, np.array(sizes), *np.moveaxis(rows, -1, 0))


def heads_of(instance: Instance) -> heads.Models:
    """Return the models of an instance whose class is a hull, shape (m, n, k)."""
    if not isinstance(instance.students, Hull):
        raise TypeError(type(instance.students))
    return np.asarray(instance.students.models)


def draw(data: YaoData) -> Figure:
    """Return the figure: four kinds of heads, truths outside the class, finite samples."""
    with style.house():
        figure = style.new_figure(style.PAGE, 4.4)
        grid = figure.subplots(2, 3).ravel()
        for axes, panel in zip(grid, data.panels, strict=False):
            _draw_panel(axes, panel)
        _draw_outside(grid[4], data.outside)
        _draw_finite(grid[5], data.finite)
        figure.subplots_adjust(
            left=0.08, right=0.975, top=0.945, bottom=0.095, wspace=0.3, hspace=0.45
        )
    return figure


def _draw_panel(axes: Axes, panel: Panel) -> None:
    theorem = panel.name != "layers, left"
    colour = style.STUDENT if theorem else style.TEACHER
    axes.plot(panel.misfit, panel.gain, ls="none", marker="o", ms=2.6, mew=0, color=colour)
    _diagonal(axes, panel.misfit, panel.gain, shade=panel.name in ("mixtures", "combinations"))
    axes.set_title(TITLES[panel.name])
    right = panel.name == "layers, right"
    axes.set_xlabel("KL(teacher, student) (nats)" if right else "misfit (nats)")
    axes.set_ylabel("gain (nats)")


def _diagonal(axes: Axes, x: Any, y: Any, *, shade: bool) -> None:
    widest = 1.06 * float(np.max(x))
    low, high = min(0.0, 1.1 * float(np.min(y))), 1.06 * max(float(np.max(y)), widest)
    if shade:
        axes.fill_between([0.0, widest], [0.0, widest], low, color=style.FAINT, lw=0)
    axes.plot([0.0, widest], [0.0, widest], color=style.QUIET, lw=0.8, zorder=0)
    axes.set_xlim(0.0, widest)
    axes.set_ylim(low, high)


def _draw_outside(axes: Axes, outside: Outside) -> None:
    axes.vlines(outside.misfit, outside.bound, outside.gain, color=style.CLASS, lw=0.7)
    look: dict[str, Any] = {"ls": "none", "ms": 2.6, "color": style.STUDENT}
    axes.plot(outside.misfit, outside.gain, marker="o", mew=0, label="gain", **look)
    axes.plot(outside.misfit, outside.bound, marker="_", label="lower bound on it", **look)
    _diagonal(axes, outside.misfit, np.append(outside.gain, outside.bound), shade=False)
    axes.set_title("(e) truth outside the class")
    axes.set_xlabel("misfit (nats)")
    axes.set_ylabel("gain (nats)")
    axes.legend(loc="upper left", borderaxespad=0.1)


def _draw_finite(axes: Axes, finite: Finite) -> None:
    looks: dict[str, dict[str, Any]] = {
        "classical": {"color": style.TEACHER, "marker": "s", "label": "classical bound"},
        "gap": {"color": style.TRUTH, "marker": "_", "label": "gap: for every truth in V"},
        "shortfall": {"color": style.STUDENT, "marker": "o", "label": "misfit - gain, if positive"},
    }
    for name, look in looks.items():
        values = getattr(finite, name)
        shown = np.where(values > 0, values, np.nan)
        x = np.repeat(finite.sizes[:, None], values.shape[1], axis=1)
        axes.plot(x.ravel(), shown.ravel(), ls="none", ms=2.6, mfc="none", mew=0.7, **look)
    style.log_scale(axes, "x")
    style.log_scale(axes, "y")
    axes.set_title("(f) fitted on n points")
    axes.set_xlabel(f"n, drawn from {finite.population} points")
    axes.set_ylabel("shortfall on all points (nats)")
    axes.set_ylim(top=axes.get_ylim()[1] * HEADROOM)
    axes.legend(loc="upper right", borderaxespad=0.1)


def summary(data: YaoData) -> Summary:
    """Return for each kind the least gain - misfit and the largest gap."""
    columns = ("heads", "tasks", "least gain - misfit", "largest gain - misfit", "largest gap")
    rows = [
        (
            panel.name,
            str(len(panel.gain)),
            f"{(panel.gain - panel.misfit).min():.1e}",
            f"{(panel.gain - panel.misfit).max():.1e}",
            f"{panel.gap.max():.0e}",
        )
        for panel in data.panels
    ]
    slack = data.outside.gain - data.outside.bound
    spare = (data.finite.gap - data.finite.shortfall).ravel()
    for name, found in (
        ("truth outside: gain - bound", slack),
        ("samples: gap - shortfall", spare),
    ):
        rows.append((name, str(len(found)), f"{found.min():.1e}", f"{found.max():.1e}", ""))
    return Summary("KL in nats", columns, tuple(rows))


def settings(data: YaoData) -> str:
    """Return what the figure was made with."""
    return (
        f"seed {data.seed}; {data.tasks} tasks a panel; inputs N(0, I) in 8 dimensions, random ReLU"
        f" networks of width 16; {heads.STRONG} strong and {heads.WEAK} weak predictors; the design"
        " is the paper's as recalled, the sizes are ours"
    )
