"""Balls to integers."""

from flint import arb

from kl_regression.certify.refusals import UNBOUNDED
from kl_regression.errors import SolverError

LARGEST = 1 << 16
"""Bits of an integer beyond which a ball has lost its way: a student's numbers are near 1."""


def floored(x: arb) -> int:
    """Return the largest integer at most a ball's midpoint.

    Raises:
        SolverError: when it is no number of sensible size.
    """
    if not abs(x) < arb(2) ** LARGEST:
        raise SolverError(UNBOUNDED)
    found = x.mid().floor().unique_fmpz()
    assert found is not None  # noqa: S101 - the floor of one number is one integer
    return int(found)
