"""For other people's pytest suites: assert that a theorem holds on an outcome."""

from kl_regression.checking import check
from kl_regression.instance import Outcome
from kl_regression.theorems.base import Verdict


def assert_holds(outcome: Outcome, key: str) -> None:
    """Raise an AssertionError, with the whole report, unless the theorem holds on the outcome.

    Neither "undecided" nor "not applicable" passes: the message says what is missing.

    Args:
        outcome: a solved instance with predictions of shape (n, k).
        key: the theorem's key, such as "gain".
    """
    report = check(outcome)
    found = report[key]
    if found.verdict is not Verdict.HOLDS:
        raise AssertionError(f"{key}: {found.verdict.value}\n{report}")
