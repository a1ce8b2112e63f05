"""The words of the direction table: claims about the gain, orders of risk and misfit, cells.

A combination is a side, a class, a loss, the order of the risk (error(g) is D(f, g) or D(g, f)) and
the order of the misfit (D(s, g) or D(g, s)); the truth is in the class. Each cell has the strongest
of four claims that always holds, the theorem that says so, and an instance on which the next
stronger claim is false. Where the loss is symmetric the two sides and the two orders are the same.
"""

from dataclasses import dataclass
from enum import StrEnum

from kl_regression.arrays import Side
from kl_regression.classes.base import FunctionClass, Property
from kl_regression.divergences import KL, GeneralizedKL, ItakuraSaito, Loss, SquaredError
from kl_regression.theorems.counterexamples import Counterexample

NAMED = (KL, GeneralizedKL, SquaredError)
LOSS_NAMES = {
    KL: "KL",
    GeneralizedKL: "generalised KL",
    SquaredError: "squared error",
    ItakuraSaito: "any other Bregman divergence",
}


class Guarantee(StrEnum):
    """What can be said of the gain, from the weakest claim to the strongest."""

    NOTHING = "nothing: the gain may be negative"
    NONNEGATIVE = "gain >= 0"
    MISFIT = "gain >= misfit"
    IDENTITY = "gain = misfit"

    @property
    def next(self) -> "Guarantee | None":
        """The next stronger claim; None of the strongest."""
        claims = list(Guarantee)
        position = claims.index(self) + 1
        return claims[position] if position < len(claims) else None


class Risk(StrEnum):
    """The order of the risk: error(g), for the truth f."""

    TRUTH_FIRST = "D(f, .)"
    TRUTH_SECOND = "D(., f)"


class Misfit(StrEnum):
    """The order of the misfit, for the student s and the teacher g."""

    STUDENT_FIRST = "D(s, g)"
    TEACHER_FIRST = "D(g, s)"


class Convexity(StrEnum):
    """What a class is convex in; it takes no arrays."""

    OUTPUTS = "convex in outputs"
    LOGITS = "convex in logits"
    NEITHER = "neither"

    @classmethod
    def of(cls, students: FunctionClass) -> "Convexity":
        """Return what a class is convex in; outputs, where it is both."""
        if Property.CONVEX in students.properties:
            return cls.OUTPUTS
        return cls.LOGITS if Property.CONVEX_LOGITS in students.properties else cls.NEITHER


@dataclass(frozen=True)
class Answer:
    """What one cell says.

    Args:
        guarantee: the strongest claim that always holds.
        theorem: the key of the theorem that proves it; empty where nothing is guaranteed.
        counterexample: where the next stronger claim is false; None where there is none.
    """

    guarantee: Guarantee
    theorem: str = ""
    counterexample: Counterexample | None = None


@dataclass(frozen=True)
class Direction:
    """Cells that are answered alike: a row of the table.

    Args:
        sides: where the student stands.
        convexity: what the class is convex in.
        losses: the divergences; ItakuraSaito stands for any other Bregman divergence.
        risks: the orders of the risk.
        answers: one for each order of the misfit.
    """

    sides: tuple[Side, ...]
    convexity: Convexity
    losses: tuple[Loss, ...]
    risks: tuple[Risk, ...]
    answers: dict[Misfit, Answer]

    def covers(self, side: Side, convexity: Convexity, loss: Loss) -> bool:
        """Tell whether the row speaks of a combination; a loss not named is any other Bregman."""
        named = loss if loss in NAMED else ItakuraSaito
        return side in self.sides and convexity is self.convexity and named in self.losses

    def __str__(self) -> str:
        """Return what is guaranteed and what is not, in a sentence for each order of the misfit."""
        first, second = (self.answers[order] for order in Misfit)
        said = {f"misfit {order}": _sentence(self.answers[order]) for order in Misfit}
        if first == second:
            said = {"either misfit": _sentence(first)}
        told = "; ".join(f"{order}: {sentence}" for order, sentence in said.items())
        return f"risk {' or '.join(self.risks)}, {told}"


def _sentence(answer: Answer) -> str:
    said = answer.guarantee.value + (f" ({answer.theorem})" if answer.theorem else "")
    if answer.counterexample is None or answer.guarantee.next is None:
        return said
    return f"{said}; {answer.guarantee.next.value} is false for {answer.counterexample}"
