"""The direction table: of each cell the claim that holds, and the next stronger, which is false.

The truth is in the class. What holds is read off the table itself (theorems.directions).
"""

from collections.abc import Iterator
from itertools import product
from typing import Any, get_args

from kl_regression.arrays import Side
from kl_regression.cases import Batch, Cases
from kl_regression.divergences import KL, Loss
from kl_regression.falsify.conjecture import Claim
from kl_regression.falsify.known.base import Known, known
from kl_regression.theorems.direction import LOSS_NAMES, Convexity, Guarantee, Misfit, Risk
from kl_regression.theorems.directions import directions

CLASSES: dict[Convexity, tuple[str, dict[str, Any]]] = {
    Convexity.OUTPUTS: ("outputs", {"students": "hull"}),
    Convexity.LOGITS: ("logits", {"students": "softmax"}),
    Convexity.NEITHER: ("neither", {"students": "points", "models": (2, 3)}),
}
"""How a class is called in a conjecture's name, and where to look for a counterexample."""


def cells() -> Iterator[Known]:
    """Yield the conjectures of each cell: what is guaranteed, true; the next claim, false."""
    for side, convexity, loss in product(get_args(Side), Convexity, LOSS_NAMES):
        if convexity is Convexity.LOGITS and loss is not KL:
            continue
        for row in directions(side=side, convexity=convexity, loss=loss):
            for risk, (misfit, answer) in product(row.risks, row.answers.items()):
                best = answer.guarantee
                if best is not Guarantee.NOTHING:
                    yield _cell(side, convexity, loss, risk, misfit, best, true=True)
                if best.next is not None:
                    yield _cell(side, convexity, loss, risk, misfit, best.next, true=False)


def _cell(
    side: Side,
    convexity: Convexity,
    loss: Loss,
    risk: Risk,
    misfit: Misfit,
    claim: Guarantee,
    *,
    true: bool,
) -> Known:
    word, given = CLASSES[convexity]
    orders = f"risk {risk}/misfit {misfit}".replace(", ", ",")
    return known(
        f"{side}/{word}/{loss}/{orders}: {claim}",
        _claim(claim, risk, misfit),
        true=true,
        side=side,
        loss=loss,
        **given,
        outputs=(2 if loss.domain.simplex else 1, 3),
    )


def _claim(claim: Guarantee, risk: Risk, misfit: Misfit) -> Claim:
    def slack(at: Cases) -> Batch:
        gain = at.gain
        if risk is Risk.TRUTH_SECOND:
            gain = at.d(at.teacher, at.truth) - at.d(at.student, at.truth)
        if claim is Guarantee.NONNEGATIVE:
            return gain
        rest = gain - (at.misfit if misfit is Misfit.STUDENT_FIRST else at.reverse_misfit)
        return rest if claim is Guarantee.MISFIT else -at.x.absolute(rest)

    return slack
