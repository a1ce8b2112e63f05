"""A violation is proven in ball arithmetic, or it is not reported.

The instance is integers; the true student is enclosed (enclosing.py); the conjecture's own formula
is then evaluated on balls. A slack whose ball lies below 0, on a case that meets ``requires``, is a
proof that needs no solver.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from kl_regression.falsify.conjecture import Conjecture
from kl_regression.falsify.ranges import Ranges

BITS = 320
"""Working precision: beyond what brackets of 200 bits leave."""

DIGITS = 20


@dataclass(frozen=True)
class Proof:
    """What the balls say of one table of integers.

    Args:
        slack: the ball around the slack at the true student, in decimals.
        highest: a float that is no smaller than the slack; below 0.
        quantities: error of teacher and student, gain, misfits, in decimals.
    """

    slack: str
    highest: float
    quantities: dict[str, str]


def prove(table: Any, conjecture: Conjecture, ranges: Ranges) -> Proof | None:
    """Return the proof that integers of shape (r, n, k) violate a conjecture, or None."""
    from flint import arb

    from kl_regression.certify.balls import Balls
    from kl_regression.falsify.enclosing import enclose

    with Balls(BITS) as x:
        cases = enclose(table, ranges, x)
        if cases is None:
            return None
        slack = np.asarray(conjecture.claim(cases)).item()
        counts = np.asarray(conjecture.requires(cases)).item()
        if not (isinstance(slack, arb) and slack < 0 and bool(counts)):
            return None
        named = {
            "error(teacher)": cases.teacher_error,
            "error(student)": cases.student_error,
            "gain": cases.gain,
            "D(student, teacher)": cases.misfit,
            "D(teacher, student)": cases.reverse_misfit,
        }
        shown = {name: value.item().str(DIGITS) for name, value in named.items()}
        return Proof(slack.str(DIGITS), _above(slack), shown)


def _above(slack: Any) -> float:
    """Return a float no smaller than a negative ball, and below 0."""
    highest = float(slack.upper())
    return float(min(np.nextafter(highest, np.inf), -0.0))
