"""What is on record for a theorem: its steps, what meets it, and why each hypothesis is there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from kl_regression.theorems.base import Check, Theorem
from kl_regression.theorems.counterexamples import Counterexample, Rows
from proofs_check.checking.exact import Ball, Exact

Slack = Callable[[Exact], Ball]
"""The larger side minus the smaller at the true student; minus the difference of an identity."""


@dataclass(frozen=True)
class Step:
    """One step of the proof that a computer algebra system checks.

    Args:
        claim: the step in words or formulas.
        holds: whether the algebra confirms it.
    """

    claim: str
    holds: Callable[[], bool]


@dataclass(frozen=True)
class Lemma:
    """A fact that is no theorem about outcomes: a sentence and the steps that algebra checks.

    Args:
        sentence: the fact.
        source: where it is used.
        steps: what algebra checks.
    """

    sentence: str
    source: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Sharpness:
    """An instance, or the end of a sequence, that comes close to equality.

    Args:
        instance: what it is.
        ratio: the smaller side over the larger; 1 where the bound is attained.
        least: what the ratio must reach.
    """

    instance: str
    ratio: Callable[[], float]
    least: float = 1.0


@dataclass(frozen=True)
class Broken:
    """A hypothesis without which the claim is false: an instance, proven in balls.

    Args:
        hypothesis: its name.
        example: integers; every other hypothesis is met.
        slack: the claim's slack where it is not the entry's own.
        computed: a student that is not the true one, for claims about both.
        student: what stands in the true student's place, for claims about one student.
        also: hypotheses that cannot be met there either.
        of: the theorem whose hypotheses are asked, where it is one of a family with a parameter.
    """

    hypothesis: str
    example: Counterexample
    slack: Slack | None = None
    computed: Rows | None = None
    student: Rows | None = None
    also: tuple[str, ...] = ()
    of: Theorem | None = None


@dataclass(frozen=True)
class Idle:
    """A hypothesis whose absence breaks nothing.

    Args:
        hypothesis: its name.
        reason: the proof that the claim holds without it, or what is undefined without it.
        definition: whether it only makes the statement one.
    """

    hypothesis: str
    reason: str
    definition: bool = False


Record = Broken | Idle

DEFAULTS: tuple[Idle, ...] = (
    Idle(
        "truth known",
        "the errors, or the labels' probabilities, are undefined without a truth",
        definition=True,
    ),
    Idle(
        "generator differentiable at the student",
        "where φ' is infinite at the student, a step towards the truth lowers the divergence at an"
        " infinite rate, so that the student is no minimiser unless the truth agrees with it there",
    ),
    Idle(
        "misfit finite",
        "with D(s, g) = inf no member, so not the truth, is at finite divergence from g, and the"
        " claim reads inf <= inf",
    ),
    Idle("gap finite", "with an infinite gap the claim is void, and true"),
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A theorem and its evidence.

    Args:
        theorem: the library's object.
        sentence: the theorem as a sentence.
        slack: the claim in balls, written without the library; None where records bring their own.
        steps: what algebra checks.
        sharpness: what meets the bound; empty for identities.
        records: hypotheses, beside those of ``DEFAULTS``.
        assumed: what is recalled from a paper or a textbook and not proved here.
        trial: a random check, for a theorem that is not about one outcome.
        cost: how many quick trials one of these stands for.
    """

    theorem: Theorem
    sentence: str
    slack: Slack | None = None
    steps: tuple[Step, ...] = ()
    sharpness: tuple[Sharpness, ...] = ()
    records: tuple[Record, ...] = ()
    assumed: tuple[str, ...] = ()
    trial: Callable[[np.random.Generator], Check] | None = None
    cost: int = 1

    def record(self, hypothesis: str) -> Record | None:
        """Return what is on record for a hypothesis, or None."""
        known = {record.hypothesis: record for record in (*DEFAULTS, *self.records)}
        return known.get(hypothesis)

    def necessity(self) -> Iterator[tuple[str, Record | None]]:
        """Yield each hypothesis of the theorem with its record."""
        for hypothesis in self.theorem.hypotheses:
            yield hypothesis.name, self.record(hypothesis.name)
