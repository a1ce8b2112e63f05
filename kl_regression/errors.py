"""Every error a user can meet. Each says what is wrong, where, and what to do about it."""

__all__ = [
    "DomainError",
    "InfeasibleError",
    "InfiniteDivergenceError",
    "InputError",
    "KlRegressionError",
    "MissingLibraryError",
    "ShapeError",
    "SolverError",
    "TruthMissingError",
]


class KlRegressionError(Exception):
    """The base of every error that this package raises on purpose."""


class InputError(KlRegressionError, ValueError):
    """An argument cannot be used: ``argument`` names it, the message says where, what and why.

    Args:
        argument: the name of the offending argument, as the caller wrote it.
        problem: what is wrong, with the first offending index and value where there is one.
        remedy: what to do instead.
    """

    def __init__(self, argument: str, problem: str, remedy: str) -> None:
        self.argument = argument
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{argument}: {problem}. {remedy}")

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, str, str]]:
        return type(self), (self.argument, self.problem, self.remedy)


class ShapeError(InputError):
    """An array has the wrong number of axes, a wrong length, or no entries."""


class DomainError(InputError):
    """An entry lies outside the domain of the loss: NaN, negative, a row not summing to 1."""


class InfiniteDivergenceError(InputError):
    """Every member of the class is at infinite divergence from the teacher: there is no student."""


class TruthMissingError(InputError):
    """A quantity was asked for that needs the truth, and the instance has none."""


class InfeasibleError(KlRegressionError):
    """The class has no member: its constraints contradict each other or the loss's domain."""


class SolverError(KlRegressionError):
    """No solver returned a usable point; the message lists each attempt and its status."""


class MissingLibraryError(KlRegressionError, ImportError):
    """An optional library is needed for this call; the message says which extra installs it."""
