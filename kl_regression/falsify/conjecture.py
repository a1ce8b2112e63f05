"""Conjecture: an inequality about outcomes, where to look for its violation, and what is excluded.

It is a formula, not a sentence: ``claim`` returns the larger side minus the smaller, so that it is
negative where the conjecture is false, in floats for b instances and in balls for the proof.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kl_regression.cases import Batch, Cases
from kl_regression.errors import InputError
from kl_regression.falsify.ranges import Ranges

Claim = Callable[[Cases], Batch]


@dataclass(frozen=True, kw_only=True)
class Conjecture:
    """A stated inequality.

    Args:
        statement: in words or formulas.
        claim: the slack, the side that should be larger minus the other, of cases with arrays of
            shape (b, n, k): from ``gain``, ``misfit``, ``teacher_error``, ``d(p, q)``, ``expect``
            and the functions of ``x``.
        requires: which cases count, shape (b,): excludes degenerate ones, such as those whose
            student is the teacher, or else these are what is found. Compare with ``<`` and ``>``
            and combine by ``&``.
        given: where to look: ``Ranges``, or a hypothesis strategy of instances, or a function from
            a NumPy generator to an instance, of any class.

    >>> conjecture = Conjecture(
    ...     statement="on the right the gain is at least the misfit",
    ...     claim=lambda outcome: outcome.gain - outcome.misfit,
    ...     requires=lambda outcome: outcome.misfit > 0,
    ...     given=Ranges(side="right"),
    ... )
    >>> conjecture
    Conjecture('on the right the gain is at least the misfit')
    """

    statement: str
    claim: Any
    requires: Any
    given: Any = field(default_factory=Ranges)

    def __post_init__(self) -> None:
        for name in ("claim", "requires"):
            if not callable(getattr(self, name)):
                raise InputError(name, f"is {getattr(self, name)!r}", "Pass a function of cases")
        drawn = callable(self.given) or hasattr(self.given, "example")
        if not (isinstance(self.given, Ranges) or drawn):
            raise InputError(
                "given",
                f"is {self.given!r}",
                "Pass Ranges(...), a strategy of instances, or a function of a generator",
            )

    def __repr__(self) -> str:
        return f"Conjecture({self.statement!r})"
