"""For other people's pytest suites: theorems and conjectures as assertions and as properties."""

from collections.abc import Callable
from typing import Any

from kl_regression.checking import Report
from kl_regression.errors import InputError, MissingLibraryError
from kl_regression.falsify.conjecture import Conjecture
from kl_regression.falsify.drawn import slack_of
from kl_regression.instance import Instance, Outcome, require_outcome
from kl_regression.theorems.base import Theorem, Verdict
from kl_regression.theorems.catalogue import THEOREMS


def assert_holds(outcome: Outcome, key: str | Conjecture) -> None:
    """Raise an AssertionError unless a theorem, or a conjecture, holds on the outcome.

    Neither "undecided" nor "not applicable" passes: the message says what is missing. A conjecture
    fails where its slack is negative by more than it may be off by.

    Args:
        outcome: a solved instance with predictions of shape (n, k).
        key: the theorem's key, such as "gain", or a conjecture.
    """
    require_outcome("outcome", outcome)
    if isinstance(key, Conjecture):
        slack, error, counts = slack_of(key, outcome)
        if counts and not slack >= -error:
            raise AssertionError(
                f"{key.statement}: slack {slack:.6g}, known to {error:.1e}\n{outcome!r}"
            )
        return
    found = _theorem(key).check(outcome)
    if found.verdict is not Verdict.HOLDS:
        raise AssertionError(f"{key}: {found.verdict.value}\n{Report(outcome, (found,))}")


def holds(key: str | Conjecture) -> Callable[[Callable[[Any], Instance]], Callable[[], None]]:
    """Make a test of a function that draws instances: the theorem must hold on every one.

    The function takes hypothesis's ``draw`` and returns an instance; hypothesis tries as many as
    its profile says, and shrinks a failure. Cases that a conjecture does not require are passed
    over.

    Args:
        key: a theorem's key, such as "gain", or a conjecture, about arrays of shape (n, k).

    Raises:
        InputError: for a key that no theorem has, or a function that returns no instance.
        MissingLibraryError: without hypothesis.
    """
    if not isinstance(key, Conjecture):
        _theorem(key)
    try:
        from hypothesis import assume, given, settings
        from hypothesis import strategies as st
    except ImportError as error:
        raise MissingLibraryError(
            "testing.holds needs hypothesis: pip install 'kl_regression[strategies]'"
        ) from error

    def decorate(build: Callable[[Any], Instance]) -> Callable[[], None]:
        @settings(deadline=None)
        @given(instance=st.composite(build)())
        def test(instance: Any) -> None:
            if not isinstance(instance, Instance):
                raise InputError(build.__name__, f"returns {instance!r}", "Return an Instance")
            outcome = instance.solve()
            if isinstance(key, Conjecture):
                assume(slack_of(key, outcome)[2])
            assert_holds(outcome, key)

        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            setattr(test, name, getattr(build, name))
        return test

    return decorate


def _theorem(key: str) -> Theorem:
    known = {theorem.key: theorem for theorem in THEOREMS}
    if key not in known:
        raise InputError("key", f"is {key!r}", f"Use one of: {', '.join(known)}")
    return known[key]
