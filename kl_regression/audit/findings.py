"""What an audit found: the outcome, every theorem's verdict, and what labels and files add."""

from collections.abc import Callable
from dataclasses import dataclass

from kl_regression.audit.implied import Distance, implied_distance
from kl_regression.audit.population import Bound, bounds
from kl_regression.audit.promises import WithoutTruth, promises
from kl_regression.audit.question import Question
from kl_regression.audit.reliability import Calibration, calibrate
from kl_regression.checking import Report, check
from kl_regression.divergences import KL
from kl_regression.instance import Outcome

Watch = Callable[[float, str], None]
"""Told how much of the work is done, from 0 to 1, and what comes next."""


@dataclass(frozen=True)
class Findings:
    """Everything that a report shows.

    Args:
        question: what was asked.
        outcome: the student, and with a truth or labels errors, gain and slack.
        report: every theorem's verdict.
        without_truth: what needs no truth.
        distance: of the labels' truth from the class; why there is none; None without labels.
        bounds: what the sample says of the population.
        calibration: None unless the loss is KL and labels or truth are known.
    """

    question: Question
    outcome: Outcome
    report: Report
    without_truth: WithoutTruth
    distance: Distance | str | None
    bounds: tuple[Bound, ...]
    calibration: Calibration | None


def answer(question: Question, *, watch: Watch) -> Findings:
    """Return what an audit finds.

    Raises:
        KlRegressionError: where there is no student, or the class has no member.
    """
    options = question.options
    labelled = question.labels is not None
    watch(0.1, "projecting the teacher")
    with question.naming():
        outcome = question.instance.solve()
    watch(0.3, "checking the theorems")
    report = check(outcome)
    without_truth = promises(outcome)
    watch(0.5, "bounding the population's gain")
    on_labels = implied_distance(outcome, confidence=options.confidence) if labelled else None
    found: tuple[Bound, ...] = ()
    if outcome.instance.loss is KL:
        found = bounds(outcome, confidence=options.confidence, seed=options.seed, labelled=labelled)
    watch(0.7, "measuring calibration")
    known = outcome.instance.truth is not None and outcome.instance.loss is KL
    calibration = calibrate(outcome) if known else None
    return Findings(question, outcome, report, without_truth, on_labels, found, calibration)
