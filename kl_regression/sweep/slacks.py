"""Errors, gain, misfit and the slack of each theorem, of many instances, in floats."""

from typing import Any

import numpy as np

from kl_regression.cases import Cases, sums_rounding
from kl_regression.divergences import KL
from kl_regression.sweep.grid import LOSSES, Cell

Columns = dict[str, Any]
"""Columns of a table by name, each an array of shape (b,)."""

THEOREMS = {
    "gain": "gain theorem (left), student no worse (right); of a projection onto a convex class",
    "risk": "risk bound under KL, both forms and both orders; of any student",
    "one_sided": "one-sided risk bound under KL; of any student",
}
"""Each has a column NAME_slack, NaN where it does not apply, and one NAME_allowance: by how much
the slack may be negative, for gap and rounding, without a violation."""


def computed(cell: Cell, cases: Cases, gap: Any) -> Columns:
    """Return errors, misfits, slacks and allowances, each of shape (b,)."""
    teacher_error, student_error = cases.teacher_error, cases.student_error
    misfit, reverse = cases.misfit, cases.reverse_misfit
    gain = teacher_error - student_error
    rounding = sums_rounding(teacher_error + student_error + misfit + reverse)
    left = cell.side == "left" or cell.loss == "SquaredError"
    applies = 1.0 if cell.kind != "log-linear" else np.nan
    found = {
        "teacher_error": teacher_error,
        "student_error": student_error,
        "gain": gain,
        "misfit": misfit,
        "reverse_misfit": reverse,
        "slack": gain - misfit,
        "gap": gap,
        "gain_slack": applies * (gain - misfit if left else gain),
        "gain_allowance": np.maximum(gap, 0.0) + rounding,
    }
    if LOSSES[cell.loss] is not KL:
        nothing = np.full(len(gain), np.nan)
        names = ("risk_slack", "risk_allowance", "one_sided_slack", "one_sided_allowance")
        return found | dict.fromkeys(names, nothing)
    return found | _risk(cases, gain, np.minimum(misfit, reverse), reverse, rounding)


def _risk(cases: Cases, gain: Any, least: Any, reverse: Any, rounding: Any) -> Columns:
    """Return slacks and allowances of the risk bounds, shape (b,).

    The bounds are steep at 0: a divergence that is known to its rounding alone bounds the risk by
    what it would at most be, so that this much of a negative slack is allowed.
    """
    floor, smallest = cases.floor, cases.least(cases.teacher)
    both, sure = _two_sided(least, floor), _two_sided(least + rounding, floor)
    one, sure_one = (_one_sided(d / smallest) for d in (reverse, reverse + rounding))
    return {
        "risk_slack": both - np.abs(gain),
        "risk_allowance": sure - both + rounding,
        "one_sided_slack": one + gain,
        "one_sided_allowance": sure_one - one + rounding,
    }


def _two_sided(divergence: Any, floor: Any) -> Any:
    """Return the bound on the difference of the risks, shape (b,): the smaller of its two forms."""
    divergence = np.maximum(divergence, 0.0)
    root = np.sqrt(2 * (1 - floor) * divergence / floor)
    distance = np.sqrt(np.minimum(divergence / 2, -np.expm1(-divergence)))
    return np.minimum(root, np.log1p(distance / floor))


def _one_sided(y: Any) -> Any:
    """Return the bound on how much worse the student is, shape (b,), at y = D(g, s) / min g."""
    y = np.maximum(y, 0.0)
    return (y + np.sqrt(y * y + 8 * y)) / 2
