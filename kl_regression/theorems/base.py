"""What a theorem is here: a claim about an outcome, its hypotheses as code, and its source.

A theorem never decides by itself that it applies: each hypothesis is a named predicate, and when
one is unmet the verdict is "not applicable" and names it. Otherwise the verdict is read off the
slack, the larger side minus the smaller, against the rounding of the sums and the student's gap.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kl_regression.arithmetic import Number
from kl_regression.instance import Outcome, require_outcome
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import claim_rounding


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
class Claim:
    """Both sides of ``smaller <= larger``, or of ``smaller = larger``, in some arithmetic.

    Args:
        smaller: the side that should be smaller.
        larger: the other side; +inf makes the claim true.
        gap: by how much the student's inexactness may lower the slack; 0 where the claim counts it.
        parts: every named term of the claim, by itself.
    """

    smaller: Number
    larger: Number
    gap: float
    parts: dict[str, Number]


@dataclass(frozen=True)
class Terms:
    """A claim in floats: both sides, the slack, and what a verdict may ignore.

    Args:
        smaller: the side that should be smaller.
        larger: the other side.
        slack: larger - smaller, computed so that infinities never meet; -|difference| of an
            identity.
        rounding: a bound on the rounding of the slack.
        gap: by how much the student's inexactness may lower the slack.
        parts: every named term of the claim.
    """

    smaller: float
    larger: float
    slack: float
    rounding: float
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
        hypotheses: what it needs; where the truth is needed, that it is known is one of them.
        claim: both sides, for a setting whose hypotheses are met.
    """

    key: str
    name: str
    statement: str
    latex: str
    source: str
    constants: str
    kind: Kind
    hypotheses: tuple[Hypothesis, ...]
    claim: Callable[[Setting], Claim]

    def unmet(self, outcome: Outcome) -> tuple[str, ...]:
        """Return the name of each unmet hypothesis and why, in order; nothing when all are met."""
        reasons = ((h.name, h.unmet(outcome)) for h in self.hypotheses)
        return tuple(f"{name}: {reason}" for name, reason in reasons if reason)

    def terms(self, outcome: Outcome) -> Terms:
        """Return both sides in floats, with the rounding of the sums that they were made of."""
        setting = Setting(outcome)
        with np.errstate(all="ignore"):
            claim = self.claim(setting)
        smaller, larger = float(claim.smaller), float(claim.larger)
        slack = larger if larger == np.inf else larger - smaller
        if self.kind is Kind.IDENTITY:
            slack = -abs(slack)
        own = claim_rounding(smaller, larger)
        parts = {name: float(part) for name, part in claim.parts.items()}
        return Terms(smaller, larger, slack, setting.x.rounding + own, claim.gap, parts)

    def check(self, outcome: Outcome) -> "Check":
        """Return the verdict on an outcome, with claimed and computed."""
        require_outcome("outcome", outcome)
        unmet = self.unmet(outcome)
        if unmet:
            return Check(self, Verdict.NOT_APPLICABLE, None, unmet)
        terms = self.terms(outcome)
        return Check(self, verdict(terms, exact=outcome.student.status == "exact"), terms, ())


@dataclass(frozen=True)
class Check:
    """One theorem checked on one outcome; ``terms`` is None where it does not apply."""

    theorem: Theorem
    verdict: Verdict
    terms: Terms | None
    unmet: tuple[str, ...]


def verdict(terms: Terms, *, exact: bool) -> Verdict:
    """Return holds, undecided or violated for ``smaller <= larger``.

    Rounding is what the sums may be off by; an exact student's gap is rounding too. A slack that is
    negative beyond it, but within the gap of an approximate student, is undecided; so is one that
    no number bounds.
    """
    if np.isnan(terms.slack) or (terms.slack < 0 and np.isinf(terms.rounding + terms.gap)):
        return Verdict.UNDECIDED
    if terms.slack >= -(terms.rounding + (terms.gap if exact else 0.0)):
        return Verdict.HOLDS
    if terms.slack >= -(terms.rounding + terms.gap):
        return Verdict.UNDECIDED
    return Verdict.VIOLATED
