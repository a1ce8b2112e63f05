"""Run everything on record: steps, random instances, sharpness, necessity."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from kl_regression.instance import Outcome
from kl_regression.theorems.base import Check, Kind, Verdict
from kl_regression.theorems.hypotheses import STUDENT_IN_CLASS
from kl_regression.tolerance import CONIC_GAP
from proofs_check.checking.entry import Broken, Entry, Idle
from proofs_check.checking.exact import solve
from proofs_check.checking.pool import outcomes
from proofs_check.checking.students import NotDecidedError

SEED = 20250204
TRIALS = 40
"""Random checks of a theorem about more than one outcome, for each 100 outcomes of the pool."""


@dataclass
class Row:
    """What was found of one theorem.

    Args:
        entry: the theorem and its evidence.
        tried: random instances that its hypotheses are met on.
        worst: the least slack on them.
        closest: the largest smaller side over larger on them, 0 of an identity.
        where: the number of the random instance that has it.
        ratios: smaller over larger side of each sharpness instance.
        needed: for each hypothesis "yes" (a counterexample is proven), "no" (a proof that the claim
            holds without it), "meaning" (the statement needs it to be one) or "?".
        failures: everything that is not as recorded.
    """

    entry: Entry
    tried: int = 0
    worst: float = np.inf
    closest: float = 0.0
    where: int = 0
    ratios: list[float] = field(default_factory=list)
    needed: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def take(self, found: Check, number: int) -> None:
        """Count a check of the theorem on the random instance of a number."""
        if found.terms is None:
            return
        self.tried += 1
        self.worst = min(self.worst, found.terms.slack)
        ratio = _ratio(found)
        if ratio > self.closest:
            self.closest, self.where = ratio, number
        if found.verdict is Verdict.VIOLATED:
            self.failures.append(f"violated: slack {found.terms.slack:.3g}")


def _ratio(found: Check) -> float:
    """Return smaller over larger side, where both are finite, positive and not rounding alone."""
    terms = found.terms
    if terms is None or found.theorem.kind is Kind.IDENTITY:
        return 0.0
    known = np.isfinite([terms.smaller, terms.larger]).all() and terms.smaller > 0.0
    exact = (terms.rounding + terms.gap) <= CONIC_GAP * terms.larger
    return min(1.0, terms.smaller / terms.larger) if known and exact else 0.0


def run(
    entries: Sequence[Entry], count: int, advance: Callable[[], None] = lambda: None
) -> list[Row]:
    """Return a row for each entry.

    Args:
        entries: the theory.
        count: random outcomes that every theorem about one outcome is tried on.
        advance: called after each outcome and each entry, for a progress bar.
    """
    rows = [Row(entry) for entry in entries]
    single = [row for row in rows if row.entry.trial is None]
    for number, outcome in enumerate(outcomes(count, np.random.default_rng(SEED))):
        for row in single:
            row.take(row.entry.theorem.check(outcome), number)
        advance()
    for row in rows:
        _trials(row, TRIALS * count // 100)
        _evidence(row)
        advance()
    return rows


def _trials(row: Row, count: int) -> None:
    if row.entry.trial is not None:
        rng = np.random.default_rng(SEED)
        for number in range(max(1, count // row.entry.cost)):
            row.take(row.entry.trial(rng), number)
    if row.tried == 0:
        row.failures.append("no random instance meets the hypotheses")


def _evidence(row: Row) -> None:
    """Run the steps, the sharpness instances and the counterexamples of a row's entry."""
    for step in row.entry.steps:
        if not step.holds():
            row.failures.append(f"step fails: {step.claim}")
    for sharp in row.entry.sharpness:
        ratio = sharp.ratio()
        row.ratios.append(ratio)
        if not ratio >= sharp.least:
            row.failures.append(f"sharpness {ratio:.6g} < {sharp.least:.6g}: {sharp.instance}")
    for name, record in row.entry.necessity():
        if isinstance(record, Broken):
            row.needed[name] = "yes"
            row.failures += _refuted(row.entry, record)
        elif isinstance(record, Idle):
            row.needed[name] = "meaning" if record.definition else "no"
        else:
            row.needed[name] = "?"
            row.failures.append(f"nothing on record for the hypothesis: {name}")


def _refuted(entry: Entry, record: Broken) -> Iterable[str]:
    """Yield what is wrong with a counterexample: the claim holds, or another hypothesis fails."""
    slack = record.slack or entry.slack
    if slack is None:
        yield f"no slack for the counterexample: {record.hypothesis}"
        return
    try:
        value = slack(solve(record.example, computed=record.computed, student=record.student))
    except NotDecidedError:
        yield f"the student of the counterexample to {record.hypothesis} is not decided"
        return
    if not value < 0:
        yield f"without {record.hypothesis} the slack is {value.str(5)}, not negative"
    outcome = _outcome(record)
    dropped = {record.hypothesis, *record.also}
    # hypotheses of a theorem about several outcomes may speak of outcomes that are not here
    theorem = record.of or entry.theorem
    asked = [h for h in theorem.hypotheses if entry.trial is None or h.name in dropped]
    unmet = {hypothesis.name for hypothesis in asked if hypothesis.unmet(outcome)}
    if unmet != dropped:
        yield f"the counterexample to {record.hypothesis} does not meet {sorted(unmet)}"


def _outcome(record: Broken) -> Outcome:
    """Return the outcome whose hypotheses are asked: that of a student on record outside V."""
    instance, student = record.example.instance(), record.student or record.computed
    if student is None or record.hypothesis != STUDENT_IN_CLASS.name:
        return instance.solve()
    return instance.measure(record.example.predictions(student))
