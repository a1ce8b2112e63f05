"""A conjecture with its answer, and the conditions that exclude degenerate cases."""

from dataclasses import dataclass
from typing import Any

from kl_regression.cases import Batch, Cases
from kl_regression.falsify.conjecture import Claim, Conjecture
from kl_regression.falsify.ranges import Ranges

APART = 2.0**-12
"""Misfits below this are degenerate: student and teacher are the same for a float's purposes."""


@dataclass(frozen=True)
class Known:
    """A conjecture whose answer is known.

    Args:
        name: how the command refers to it.
        conjecture: the inequality.
        true: whether it is a theorem.
    """

    name: str
    conjecture: Conjecture
    true: bool


def moved(at: Cases) -> Batch:
    """Tell whose student is not its teacher, shape (b,)."""
    return (at.misfit > APART) & (at.reverse_misfit > APART)


def known(name: str, claim: Claim, *, true: bool, requires: Claim = moved, **given: Any) -> Known:
    """Return a known conjecture; what it needs are arrays of shape (b, n, k)."""
    conjecture = Conjecture(statement=name, claim=claim, requires=requires, given=Ranges(**given))
    return Known(name, conjecture, true)
