"""The student's risk is pinned near the teacher's by their divergence (yao:25).

Weak teachers of many qualities on real data, each with its student; the truth is the labels, one
hot, which no class need contain. Above: the student's risk lies within the teacher's risk plus or
minus the bound. Below: the difference and both forms of the bound against d, the smaller of
KL(teacher, student) and KL(student, teacher): C1 sqrt(d), which is the better one as d -> 0, and
the logarithmic form; the textbook constant 1 / (sqrt(2) γ) beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kl_regression.data.instances import WeakToStrong, load
from kl_regression.figure import style
from kl_regression.figure.registry import Summary, Watch
from kl_regression.instance import Outcome
from kl_regression.theorems.base import Check
from kl_regression.theorems.risk import RISK_BOUND

CASES = ("digits", "breast cancer", "wine")
SERIES: dict[str, dict[str, Any]] = {
    "difference": {
        "color": style.STUDENT,
        "marker": "o",
        "ms": 3.0,
        "label": "|student - teacher|",
    },
    "root": {
        "color": style.TEACHER,
        "marker": "s",
        "ms": 2.8,
        "mfc": "none",
        "label": "bound: C₁ √d",
    },
    "logarithm": {
        "color": style.TRUTH,
        "marker": "^",
        "ms": 3.2,
        "mfc": "none",
        "label": "bound: log form",
    },
    "textbook": {"color": style.QUIET, "marker": "x", "ms": 3.0, "label": "textbook bound"},
}


@dataclass(frozen=True)
class Panel:
    """A data set: one entry a teacher, t of them.

    Args:
        name: of the data set.
        data_sha256: of features, targets and split.
        teachers: their names.
        d: the smaller divergence of teacher and student, shape (t,).
        floor: γ, the least probability that either gives to a label, shape (t,).
        teacher_risk: KL(labels, teacher), the cross-entropy, shape (t,).
        student_risk: KL(labels, student), shape (t,).
        difference: their distance, shape (t,).
        root: C1 sqrt(d), shape (t,).
        logarithm: the logarithmic form, shape (t,).
        textbook: sqrt(d) / (sqrt(2) γ), shape (t,).
        verdicts: of the risk bound, one a teacher.
    """

    name: str
    data_sha256: str
    teachers: tuple[str, ...]
    d: Float[np.ndarray, " t"]
    floor: Float[np.ndarray, " t"]
    teacher_risk: Float[np.ndarray, " t"]
    student_risk: Float[np.ndarray, " t"]
    difference: Float[np.ndarray, " t"]
    root: Float[np.ndarray, " t"]
    logarithm: Float[np.ndarray, " t"]
    textbook: Float[np.ndarray, " t"]
    verdicts: tuple[str, ...]

    @property
    def bound(self) -> Float[np.ndarray, " t"]:
        """The smaller of both forms, shape (t,)."""
        return np.minimum(self.root, self.logarithm)


@dataclass(frozen=True)
class RiskData:
    """Everything that the figure shows."""

    seed: int
    panels: tuple[Panel, ...]


def compute(
    seed: int = 0,
    *,
    watch: Watch = lambda _done, _next: None,
    cases: Sequence[str] = CASES,
    limit: int | None = None,
) -> RiskData:
    """Project every teacher of every data set and evaluate the bound on the transfer set.

    Args:
        seed: of the data.
        watch: told how much is done.
        cases: names of data sets.
        limit: use this many points of each at most.
    """
    panels = []
    for done, name in enumerate(cases):
        watch(done / len(cases), f"{name}: training and projecting")
        panels.append(_panel(load(name, seed=seed, limit=limit)))
    watch(1.0, "drawing")
    return RiskData(seed, tuple(panels))


def _panel(case: WeakToStrong) -> Panel:
    outcomes = [case.instance(i, truth="labels").solve() for i in range(len(case.teachers))]
    checks = [RISK_BOUND.check(outcome) for outcome in outcomes]
    kept = [i for i, check in enumerate(checks) if check.terms is not None]
    rows = [_row(outcomes[i], checks[i]) for i in kept]
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Panel(
        name=case.name,
        data_sha256=case.data_digest,
        teachers=tuple(case.teachers[i] for i in kept),
        verdicts=tuple(checks[i].verdict.value for i in kept),
        **columns,
    )


def _row(outcome: Outcome, check: Check) -> dict[str, float]:
    if check.terms is None:
        raise TypeError(check.unmet)
    parts = check.terms.parts
    return {
        "d": min(parts["KL(g,s)"], parts["KL(s,g)"]),
        "floor": parts["γ"],
        "teacher_risk": outcome.teacher_error,
        "student_risk": outcome.student_error,
        "difference": abs(outcome.gain),
        "root": parts["C1 sqrt(d)"],
        "logarithm": parts["log form"],
        "textbook": parts["textbook 1/(sqrt(2) γ) sqrt(d)"],
    }


def draw(data: RiskData) -> Figure:
    """Return the figure: a column a data set, risks above, differences and bounds below."""
    with style.house():
        figure = style.new_figure(style.PAGE, 3.9)
        grid = figure.subplots(2, len(data.panels), squeeze=False)
        for column, panel in enumerate(data.panels):
            _draw_risks(grid[0, column], panel)
            _draw_bounds(grid[1, column], panel)
        grid[0, 0].set_ylabel("student's risk (nats)")
        grid[1, 0].set_ylabel("difference of risks (nats)")
        marks: dict[str, Any] = {"ls": "none", "mew": 0.8}
        handles = [Line2D([], [], **look, **marks) for look in SERIES.values()]
        interval = Line2D([], [], color=style.CLASS, lw=1.6, label="allowed")
        diagonal = Line2D([], [], color=style.TRUTH, lw=0.8, label="student = teacher")
        figure.legend(
            handles=[interval, diagonal, *handles], loc="lower center", ncols=6, columnspacing=1.4
        )
        figure.subplots_adjust(
            left=0.075, right=0.99, top=0.94, bottom=0.155, wspace=0.24, hspace=0.42
        )
    return figure


def _draw_risks(axes: Axes, panel: Panel) -> None:
    lowest = np.maximum(panel.teacher_risk - panel.bound, 0.0)
    highest = panel.teacher_risk + panel.bound
    axes.vlines(panel.teacher_risk, lowest, highest, color=style.CLASS, lw=1.6)
    widest = 1.08 * float(panel.teacher_risk.max())
    axes.plot([0.0, widest], [0.0, widest], color=style.TRUTH, lw=0.8)
    axes.plot(panel.teacher_risk, panel.student_risk, ls="none", mew=0, **_look("difference"))
    axes.set_xlim(0.0, widest)
    axes.set_ylim(0.0, 1.03 * float(highest.max()))
    axes.set_xlabel("teacher's risk (nats)")
    axes.set_title(panel.name)


def _draw_bounds(axes: Axes, panel: Panel) -> None:
    for name in SERIES:
        axes.plot(panel.d, getattr(panel, name), ls="none", mew=0.8, **_look(name))
    style.log_scale(axes, "x")
    style.log_scale(axes, "y")
    axes.set_xlabel("d, the smaller KL (nats)")


def _look(name: str) -> dict[str, Any]:
    return {key: value for key, value in SERIES[name].items() if key != "label"}


def summary(data: RiskData) -> Summary:
    """Return the widest and the tightest use of the bound on each data set."""
    columns = ("data set", "teachers", "least γ", "difference / bound, largest", "risk bound")
    rows = [
        (
            panel.name,
            str(len(panel.teachers)),
            f"{panel.floor.min():.1e}",
            f"{(panel.difference / panel.bound).max():.3f}",
            f"holds {panel.verdicts.count('holds')}/{len(panel.verdicts)}",
        )
        for panel in data.panels
    ]
    return Summary("truth: the labels, transfer set", columns, tuple(rows))


def settings(data: RiskData) -> str:
    """Return what the figure was made with."""
    sets = ", ".join(f"{panel.name} ({len(panel.teachers)} teachers)" for panel in data.panels)
    return f"data seed {data.seed}; {sets}; V: all mixtures of 12 strong models, side left"
