"""Conjecture: an inequality about outcomes, where to look for its violation, and what is excluded.

It is a formula, not a sentence: ``claim`` returns the larger side minus the smaller, so that it is
negative where the conjecture is false, in floats for b instances and in balls for the proof.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kl_regression.cases import Batch, Cases
from kl_regression.errors import InputError
from kl_regression.falsify.ranges import Ranges

Claim = Callable[[Cases], Batch]

SLACKS = (
    "iuf",
    "Return the larger side minus the smaller, a number an instance: at.gain - at.misfit",
)
CONDITIONS = ("biuf", "Return which instances count, such as at.misfit > 0")
"""The kinds of NumPy types that a function may return, and what it should."""


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

    def judged(self, cases: Cases) -> tuple[Any, Any]:
        """Return the slacks of b cases in floats and which of them count, both of shape (b,).

        Raises:
            InputError: where ``claim`` or ``requires`` returns something else than a number a case.
        """
        slack = _answer("claim", self.claim(cases), len(cases.teacher), SLACKS)
        counts = _answer("requires", self.requires(cases), len(cases.teacher), CONDITIONS)
        return slack.astype(np.float64), counts.astype(bool)

    def __repr__(self) -> str:
        return f"Conjecture({self.statement!r})"


def _answer(name: str, value: Any, count: int, expected: tuple[str, str]) -> Any:
    """Return what a function said of ``count`` cases as an array of shape (count,)."""
    kinds, remedy = expected
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in kinds:
        told = f"an array of {array.dtype}" if isinstance(value, np.ndarray) else repr(value)
        raise InputError(name, f"returns {told}", remedy)
    if array.shape not in {(), (count,)}:
        raise InputError(name, f"returns shape {array.shape} for {count} instances", remedy)
    return np.broadcast_to(array, (count,))
