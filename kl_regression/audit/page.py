"""report.html: one file that holds everything, styles and drawings included."""

import math
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from kl_regression.audit import diagrams, pictures
from kl_regression.audit.citing import software, sources
from kl_regression.audit.document import PROGRAM, versions
from kl_regression.audit.findings import Findings
from kl_regression.audit.inline import inline
from kl_regression.theorems.base import Check, Verdict


@dataclass(frozen=True)
class Picture:
    """A drawing with its caption."""

    svg: Markup
    caption: str


def page(found: Findings, command: str) -> bytes:
    """Return report.html, UTF-8; nothing in it is fetched from elsewhere.

    Args:
        found: of the audit.
        command: that asked for it.
    """
    environment = Environment(
        loader=PackageLoader("kl_regression.audit", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "typeset": typeset}
    style = files("kl_regression.audit").joinpath("report.css").read_text("utf-8")
    text = environment.get_template("report.html.j2").render(
        found=found,
        name=Path(found.question.options.teacher).name,
        question=found.question,
        outcome=found.outcome,
        student=found.outcome.student,
        known=found.outcome.instance.truth is not None,
        mixture=_mixture(found),
        applied=[c for c in found.report if not c.unmet],
        unmet=_unmet(found),
        counts=verdict_counts(found),
        gain_pictures=_gain_pictures(found),
        distance_pictures=_distance_pictures(found),
        diagrams=_diagrams(found),
        command=command,
        program=PROGRAM,
        versions=versions(),
        style=Markup(style),  # noqa: S704 (our own file)
        software=software(),
        sources=sources(found.report),
    )
    return text.encode()


def number(value: float | None, digits: int = 6) -> str:
    """Return a number as text, a true minus sign included; "none" for None."""
    if value is None:
        return "none"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value + 0.0:.{digits}g}".replace("-", "−")  # + 0.0: no minus sign before 0


def typeset(text: str) -> str:
    """Return words with minus and inequality signs in place of what a keyboard has."""
    return text.replace(" - ", " − ").replace("<=", "≤").replace(">=", "≥")


def verdict_counts(found: Findings) -> dict[Verdict, int]:
    """Return how many theorems got each verdict, in the order of the verdicts."""
    verdicts = [check.verdict for check in found.report]
    return {verdict: verdicts.count(verdict) for verdict in Verdict}


def _mixture(found: Findings) -> list[tuple[str, float, float]]:
    """Return name, weight and gain-if-it-were-the-truth of each model, the heaviest first."""
    gains = found.without_truth.at_models
    if gains is None:
        return []
    weights = found.outcome.student.coordinates.tolist()
    rows = zip(found.question.models, weights, gains.tolist(), strict=True)
    return sorted(rows, key=lambda row: -row[1])


def _unmet(found: Findings) -> dict[str, list[Check]]:
    """Return the theorems that do not apply, by the first hypothesis that is unmet."""
    groups: dict[str, list[Check]] = {}
    for check in found.report:
        if check.unmet:
            groups.setdefault(check.unmet[0], []).append(check)
    return groups


def _picture(figure: Figure | None, name: str, title: str, caption: str) -> list[Picture]:
    return [] if figure is None else [Picture(inline(figure, name, title, caption), caption)]


def _gain_pictures(found: Findings) -> list[Picture]:
    return [
        *_picture(
            pictures.errors(found),
            "errors",
            "Errors and misfit",
            "The dashed line is the teacher's error. Where student's error and misfit together end"
            " before it, the gain exceeds the misfit; for every truth in the class they do.",
        ),
        *_picture(
            pictures.gains(found),
            "gains",
            "Gain at each model",
            "The gain, if the truth were this model. No mark lies left of the misfit by more than"
            " the gap; any mixture's gain is the same mixture of the marks."
            if found.outcome.instance.side == "left"
            else "The gain, if the truth were this model; any mixture's gain is the same mixture"
            " of the marks.",
        ),
    ]


def _distance_pictures(found: Findings) -> list[Picture]:
    return _picture(
        pictures.remaining(found),
        "remaining",
        "Gain that remains outside the class",
        "The gain that is still sure when the truth lies at total-variation distance t from the"
        " class.",
    )


def _diagrams(found: Findings) -> list[Picture]:
    if found.calibration is None:
        return []
    own, shared, smooth = (
        found.calibration.own,
        found.calibration.shared,
        found.calibration.smooth,
    )
    return [
        *_picture(
            diagrams.binned(own, "confidence of its own top label"),
            "own",
            "Reliability in bins of each model's own confidence",
            "Each model in bins of its own confidence; a mark's area is the bin's mass. So"
            " conditioned, no bound ties one model's error to the other's.",
        ),
        *_picture(
            diagrams.binned(shared, "score of the teacher's top label"),
            "shared",
            "Reliability in bins shared by both models",
            "Both models in the bins of the teacher's confidence, for the teacher's top label: the"
            " conditioning is common, and the calibration bound applies.",
        ),
        *_picture(
            diagrams.smooth(smooth, "confidence of its own top label"),
            "smooth",
            "Smooth reliability",
            "Frequencies smoothed by a Gaussian of width 0.05, over the scores that occur.",
        ),
    ]
