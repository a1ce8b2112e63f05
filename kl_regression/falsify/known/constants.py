"""Claims whose constants are a little too good, in few and in many dimensions; and ties."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from kl_regression.cases import Batch, Cases
from kl_regression.falsify.known import formulas as f
from kl_regression.falsify.known.base import Known, known

ANY: dict[str, Any] = {"students": "any", "truth": "anywhere"}
FIFTIETH = 50
"""On the right no multiple of the misfit, however small, is guaranteed."""


def apart(at: Cases) -> Batch:
    """Tell whose student differs from its teacher at all, shape (b,)."""
    return at.misfit > 0


def _fiftieth(at: Cases) -> Batch:
    return at.gain - at.misfit / FIFTIETH


def constants() -> Iterator[Known]:
    """Yield false claims near sharp ones, and the sharp ones, which are true."""
    for constant, true in ((0.700, False), (0.70706, False), (0.70711, True)):
        yield known(
            f"risk bound with constant {constant}/γ",
            partial(f.textbook_constant, constant=constant),
            true=true,
            requires=apart,
            **ANY,
        )
    yield known(
        "risk bound 1 % below the sharp constant",
        lambda at: f.risk_root(at, 0.99),
        true=False,
        requires=apart,
        **ANY,
    )
    for n in (1, 4):
        yield known(
            f"right: gain >= misfit/{FIFTIETH}, dimension {9 * n}",
            _fiftieth,
            true=False,
            side="right",
            points=(n, n),
            outputs=(3, 3),
            models=(2, 2),
        )
    yield known(
        "calibration with each model conditioned on its own score",
        f.own_score,
        true=False,
        requires=lambda at: at.misfit >= 0,
        students="any",
        truth="labels",
    )
