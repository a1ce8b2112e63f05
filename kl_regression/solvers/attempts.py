"""What a solver did: recorded, shown, and never believed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attempt:
    """One call of one solver.

    Args:
        solver: its name.
        version: the version of the library that it comes from.
        status: its own word, or the error that it raised.
        seconds: wall time.
        gap: our gap of the point that it returned, after cleaning; inf when it returned none.
        reason: why another solver was tried, or empty.
    """

    solver: str
    version: str
    status: str
    seconds: float
    gap: float
    reason: str = ""
