"""The direction table: for each combination the claim that holds, and the next, which is false.

A combination is a side, what the class is convex in, a loss, the order of the risk (error(g) is
D(f, g) or D(g, f)) and the order of the misfit. The truth is in the class.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

from kl_regression.cases import Batch, Cases
from kl_regression.divergences import KL, GeneralizedKL, ItakuraSaito, Loss, SquaredError
from kl_regression.falsify.conjecture import Claim
from kl_regression.falsify.known.base import Known, known

CLAIMS = ("gain >= 0", "gain >= misfit", "gain = misfit")
"""From the weakest to the strongest."""

LOSSES: tuple[Loss, ...] = (KL, GeneralizedKL, SquaredError, ItakuraSaito)
CLASSES: dict[str, dict[str, Any]] = {
    "outputs": {"students": "hull"},
    "logits": {"students": "softmax"},
    "neither": {"students": "points", "models": (2, 3)},
}


def strongest(side: str, convexity: str, loss: Loss, risk: str, misfit: str) -> int:
    """Return the index in CLAIMS of the strongest claim that holds, -1 for none; no arrays."""
    first, student_first = risk == "D(f,.)", misfit == "D(s,g)"
    if convexity == "logits":
        return (0 if student_first else 2) if side == "right" and not first else -1
    if convexity == "neither":
        return -1
    if loss is SquaredError:
        return 1
    if not first:
        return -1
    if side == "left":
        return 1 if student_first else 0
    return -1 if loss is ItakuraSaito else 0


def cells() -> Iterator[Known]:
    """Yield two conjectures a combination: the strongest true claim, the weakest false one."""
    combinations = product(
        ("left", "right"), CLASSES, LOSSES, ("D(f,.)", "D(.,f)"), ("D(s,g)", "D(g,s)")
    )
    for side, convexity, loss, risk, misfit in combinations:
        if convexity == "logits" and loss is not KL:
            continue
        best = strongest(side, convexity, loss, risk, misfit)
        for index in (best, best + 1):
            if 0 <= index < len(CLAIMS):
                name = f"{side}/{convexity}/{loss}/risk {risk}/misfit {misfit}: {CLAIMS[index]}"
                yield known(
                    name,
                    _claim(CLAIMS[index], risk, misfit),
                    true=index == best,
                    side=side,
                    loss=loss,
                    **CLASSES[convexity],
                    outputs=(2 if loss.domain.simplex else 1, 3),
                )


def _claim(claim: str, risk: str, misfit: str) -> Claim:
    def slack(at: Cases) -> Batch:
        gain = at.gain
        if risk == "D(.,f)":
            gain = at.d(at.teacher, at.truth) - at.d(at.student, at.truth)
        if claim == "gain >= 0":
            return gain
        rest = gain - (at.misfit if misfit == "D(s,g)" else at.reverse_misfit)
        return rest if claim == "gain >= misfit" else -at.x.absolute(rest)

    return slack
