"""What a theorem is here: a claim about an outcome, its hypotheses as code, and its source.

A theorem never decides by itself that it applies: each hypothesis is a named predicate, and when
one is unmet the verdict is "not applicable" and names it. Otherwise the verdict is read off the
slack, the larger side minus the smaller, against the rounding of the sums and the student's gap.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kl_regression.instance import Outcome
from kl_regression.tolerance import Sum


class Verdict(StrEnum):
    """What a check says."""

    HOLDS = "holds"
    """The slack is not negative beyond rounding."""
    VIOLATED = "violated"
    """The slack is negative beyond rounding and gap."""
    UNDECIDED = "undecided"
    """The slack is negative within the gap: a more exact student would decide."""
    NOT_APPLICABLE = "not applicable"
    """A hypothesis is unmet; it is named."""


class Kind(StrEnum):
    """What shape of claim a theorem makes."""

    IDENTITY = "identity"
    INEQUALITY = "inequality"
    TWO_SIDED = "two-sided"


@dataclass(frozen=True)
class Hypothesis:
    """A named condition; ``unmet`` returns an empty string, or why the condition fails."""

    name: str
    unmet: Callable[[Outcome], str]


@dataclass(frozen=True)
class Terms:
    """Both sides of a claim ``smaller <= larger``, and what a verdict may ignore beside rounding.

    Args:
        larger: the side that should be larger, with its rounding.
        smaller: the other side.
        slack: larger - smaller, computed so that infinities never meet.
        gap: by how much the student's inexactness may lower the slack.
        parts: named quantities of the claim, for reports.
    """

    larger: Sum
    smaller: Sum
    slack: Sum
    gap: float
    parts: dict[str, float]


@dataclass(frozen=True)
class Theorem:
    """A claim about outcomes.

    Args:
        key: how code refers to it.
        name: how papers refer to it.
        statement: in words.
        latex: in formulas.
        source: bibliography key and theorem's name.
        constants: "paper" or "derived".
        kind: identity, inequality or two-sided.
        hypotheses: what it needs.
        terms: both sides, for an outcome with a truth.
    """

    key: str
    name: str
    statement: str
    latex: str
    source: str
    constants: str
    kind: Kind
    hypotheses: tuple[Hypothesis, ...]
    terms: Callable[[Outcome], Terms]

    def unmet(self, outcome: Outcome) -> tuple[str, ...]:
        """Return the name of each unmet hypothesis and why, in order; nothing when all are met."""
        reasons = ((h.name, h.unmet(outcome)) for h in self.hypotheses)
        return tuple(f"{name}: {reason}" for name, reason in reasons if reason)

    def check(self, outcome: Outcome) -> "Check":
        """Return the verdict on an outcome, with claimed and computed."""
        unmet = self.unmet(outcome)
        if outcome.instance.truth is None:
            return Check(self, Verdict.NOT_APPLICABLE, None, unmet)
        terms = self.terms(outcome)
        return Check(
            self,
            Verdict.NOT_APPLICABLE if unmet else verdict(terms, exact=_exact(outcome)),
            terms,
            unmet,
        )


@dataclass(frozen=True)
class Check:
    """One theorem checked on one outcome; ``terms`` is None where the truth is unknown."""

    theorem: Theorem
    verdict: Verdict
    terms: Terms | None
    unmet: tuple[str, ...]


def verdict(terms: Terms, *, exact: bool) -> Verdict:
    """Return holds, undecided or violated for ``smaller <= larger``.

    Rounding is what the sums may be off by; an exact student's gap is rounding too. A slack that is
    negative beyond it, but within the gap of an approximate student, is undecided.
    """
    if np.isnan(terms.slack.value):
        return Verdict.UNDECIDED
    rounding = terms.slack.rounding + (terms.gap if exact else 0.0)
    if terms.slack.value >= -rounding:
        return Verdict.HOLDS
    if terms.slack.value >= -(terms.slack.rounding + terms.gap):
        return Verdict.UNDECIDED
    return Verdict.VIOLATED


def _exact(outcome: Outcome) -> bool:
    return outcome.student.status == "exact"
