"""Balls to integers."""

from flint import arb


def floored(x: arb) -> int:
    """Return the largest integer at most a ball's midpoint."""
    found = x.mid().floor().unique_fmpz()
    assert found is not None  # noqa: S101 - the floor of one number is one integer
    return int(found)
