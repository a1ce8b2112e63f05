"""The direction table as conjectures: in each cell the claim that holds, and the next, false.

The cells are those of ``theorems.directions``: a side, what the class is convex in, a loss, the
order of the risk (error(g) is D(f, g) or D(g, f)) and the order of the misfit. The truth is in the
class.
"""

from collections.abc import Iterator
from typing import Any

from kl_regression.cases import Batch, Cases
from kl_regression.falsify.conjecture import Claim
from kl_regression.falsify.known.base import Known, known
from kl_regression.theorems.direction import Convexity, Direction, Guarantee, Misfit, Risk
from kl_regression.theorems.directions import DIRECTIONS

CLASSES: dict[Convexity, tuple[str, dict[str, Any]]] = {
    Convexity.OUTPUTS: ("outputs", {"students": "hull"}),
    Convexity.LOGITS: ("logits", {"students": "softmax"}),
    Convexity.NEITHER: ("neither", {"students": "points", "models": (2, 3)}),
}
"""How a class is called in a name, and which instances have one."""


def cells() -> Iterator[Known]:
    """Yield up to two conjectures a cell: the strongest claim that holds, the next, false."""
    for row in DIRECTIONS:
        for risk in row.risks:
            for misfit, answer in row.answers.items():
                best = answer.guarantee
                if best is not Guarantee.NOTHING:
                    yield from _told(row, risk, misfit, best, true=True)
                if best.next is not None:
                    yield from _told(row, risk, misfit, best.next, true=False)


def _told(
    row: Direction, risk: Risk, misfit: Misfit, claim: Guarantee, *, true: bool
) -> Iterator[Known]:
    """Yield a claim about a row, one conjecture for each side and loss."""
    short, given = CLASSES[row.convexity]
    orders = f"risk {risk}/misfit {misfit}".replace(", ", ",")
    for side in row.sides:
        for loss in row.losses:
            yield known(
                f"{side}/{short}/{loss}/{orders}: {claim}",
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
