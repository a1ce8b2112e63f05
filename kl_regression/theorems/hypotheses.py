"""The hypotheses that theorems share, each a named predicate on an outcome."""

import numpy as np

from kl_regression.classes.base import Property
from kl_regression.instance import Outcome
from kl_regression.theorems.base import Hypothesis


def _left(outcome: Outcome) -> str:
    return "" if outcome.instance.side == "left" else "the student minimises D(teacher, student)"


def _convex(outcome: Outcome) -> str:
    students = outcome.instance.students
    return (
        "" if Property.CONVEX in students.properties else f"{students!r} is not convex in outputs"
    )


def _known(outcome: Outcome) -> str:
    return "" if outcome.instance.truth is not None else "no truth was given"


def _inside(outcome: Outcome) -> str:
    if outcome.instance.truth is None:
        return ""
    found = outcome.truth_membership
    return (
        ""
        if found.inside
        else f"the truth is at E ||f - v||_1 = {found.distance:.3g} from a member"
    )


def _finite(outcome: Outcome) -> str:
    return "" if np.isfinite(outcome.misfit) else "D(student, teacher) = inf"


LEFT = Hypothesis("side left", _left)
CONVEX = Hypothesis("class convex in outputs", _convex)
TRUTH_KNOWN = Hypothesis("truth known", _known)
TRUTH_IN_CLASS = Hypothesis("truth in the class", _inside)
FINITE_MISFIT = Hypothesis("misfit finite", _finite)
