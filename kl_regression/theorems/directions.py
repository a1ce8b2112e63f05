"""The direction table: what is guaranteed of the gain, and what is false, for each combination."""

from dataclasses import replace

from kl_regression.arrays import Side, as_side
from kl_regression.divergences import KL, GeneralizedKL, ItakuraSaito, Loss, SquaredError
from kl_regression.errors import InputError
from kl_regression.instance import Instance
from kl_regression.theorems.counterexamples import Counterexample
from kl_regression.theorems.direction import (
    LOSS_NAMES,
    NAMED,
    Answer,
    Convexity,
    Direction,
    Guarantee,
    Misfit,
    Risk,
)


def directions(*, side: str, convexity: str, loss: Loss = KL) -> tuple[Direction, ...]:
    """Return the rows of the direction table for a combination, one for each order of the risk.

    Their counterexamples are on that side and in that loss. It takes no arrays.

    Args:
        side: "left" or "right".
        convexity: what the class is convex in: "convex in outputs", "convex in logits", "neither";
            ``Convexity.of(students)``. Logits help under KL only: else the class counts as neither.
        loss: the divergence; any Bregman divergence that is not named is answered for all of them.

    >>> [row.answers[Misfit.STUDENT_FIRST].guarantee.value
    ...  for row in directions(side="right", convexity=Convexity.OUTPUTS)]
    ['gain >= 0', 'nothing: the gain may be negative']
    """
    stands = as_side(side)
    if not isinstance(loss, Loss):
        raise InputError("loss", f"is {loss!r}", "Pass KL, GeneralizedKL, SquaredError or another")
    if convexity not in list(Convexity):
        raise InputError("convexity", f"is {convexity!r}", f"Use one of: {', '.join(Convexity)}")
    kind = Convexity(convexity)
    if kind is Convexity.LOGITS and loss is not KL:
        kind = Convexity.NEITHER
    return tuple(
        replace(row, answers={m: _placed(a, stands, loss) for m, a in row.answers.items()})
        for row in DIRECTIONS
        if row.covers(stands, kind, loss)
    )


def of_instance(instance: Instance) -> tuple[Direction, ...]:
    """Return the rows of the direction table for an instance's side, class and loss."""
    convexity = Convexity.of(instance.students)
    return directions(side=instance.side, convexity=convexity, loss=instance.loss)


def _placed(answer: Answer, side: Side, loss: Loss) -> Answer:
    if answer.counterexample is None:
        return answer
    named = loss if loss in NAMED else ItakuraSaito
    return replace(answer, counterexample=replace(answer.counterexample, side=side, loss=named))


def markdown() -> str:
    """Return the direction table as Markdown; a counterexample stands for its whole column."""
    head = ["student on the", "class", "loss", "risk", *(f"misfit {order}" for order in Misfit)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in DIRECTIONS:
        losses = ", ".join(LOSS_NAMES[loss] for loss in row.losses)
        cells = [" or ".join(row.sides), row.convexity.value, losses, " or ".join(row.risks)]
        first, second = (row.answers[order] for order in Misfit)
        cells += [_cell(first), "the same" if first == second else _cell(second)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(answer: Answer) -> str:
    said = f"**{answer.guarantee.value}**"
    if answer.counterexample is None or answer.guarantee.next is None:
        return said
    return f"{said}; not {answer.guarantee.next.value}: {answer.counterexample}"


def _row(
    models: list[tuple[int, ...]], teacher: tuple[int, ...], truth: tuple[int, ...]
) -> Counterexample:
    """Return a counterexample of one point on the hull of the models."""
    return Counterexample(models=tuple((m,) for m in models), teacher=(teacher,), truth=(truth,))


def _nothing(example: Counterexample) -> dict[Misfit, Answer]:
    return dict.fromkeys(Misfit, Answer(Guarantee.NOTHING, "", example))


def _softmax(
    teacher: tuple[tuple[int, int], ...], truth: tuple[tuple[int, int], ...]
) -> Counterexample:
    """Return a counterexample of two points on a softmax layer on the features 1 and 2."""
    return Counterexample(
        models=(((1,), (2,)),), teacher=teacher, truth=truth, loss=KL, shape="softmax"
    )


ASYMMETRIC: tuple[Loss, ...] = (KL, GeneralizedKL, ItakuraSaito)
CORNER = _row([(8, 4), (9, 3)], (6, 6), (9, 3))
"""The student is the first model, the truth the second: the gain exceeds the misfit."""
ITSELF = _row([(3, 1)], (2, 2), (3, 1))
"""One model, which is student and truth: the gain is D(s, g), less than D(g, s)."""
HALF = _row([(4, 0, 0), (0, 2, 2)], (1, 1, 2), (4, 0, 0))
"""The gain is exactly 0 and the misfit, in either order, is not: no c > 0 helps."""
BOTH = tuple(Risk)

DIRECTIONS: tuple[Direction, ...] = (
    Direction(
        ("left",),
        Convexity.OUTPUTS,
        ASYMMETRIC,
        (Risk.TRUTH_FIRST,),
        {
            Misfit.STUDENT_FIRST: Answer(Guarantee.MISFIT, "gain", CORNER),
            Misfit.TEACHER_FIRST: Answer(Guarantee.NONNEGATIVE, "gain", ITSELF),
        },
    ),
    Direction(
        ("left",),
        Convexity.OUTPUTS,
        ASYMMETRIC,
        (Risk.TRUTH_SECOND,),
        _nothing(_row([(1, 4, 1), (4, 1, 1)], (3, 1, 2), (1, 4, 1))),
    ),
    Direction(
        ("right",),
        Convexity.OUTPUTS,
        (KL, GeneralizedKL),
        (Risk.TRUTH_FIRST,),
        dict.fromkeys(Misfit, Answer(Guarantee.NONNEGATIVE, "right: gain", HALF)),
    ),
    Direction(
        ("right",),
        Convexity.OUTPUTS,
        (ItakuraSaito,),
        (Risk.TRUTH_FIRST,),
        _nothing(_row([(1, 1), (3, 3)], (3, 2), (1, 1))),
    ),
    Direction(
        ("right",),
        Convexity.OUTPUTS,
        ASYMMETRIC,
        (Risk.TRUTH_SECOND,),
        _nothing(_row([(1, 5, 2), (3, 2, 3)], (2, 3, 3), (1, 5, 2))),
    ),
    Direction(
        ("left", "right"),
        Convexity.OUTPUTS,
        (SquaredError,),
        BOTH,
        dict.fromkeys(Misfit, Answer(Guarantee.MISFIT, "gain", _row([(1,), (2,)], (0,), (2,)))),
    ),
    Direction(
        ("left",),
        Convexity.LOGITS,
        (KL,),
        (Risk.TRUTH_FIRST,),
        _nothing(_softmax(((3, 1), (3, 1)), ((1, 2), (1, 4)))),
    ),
    Direction(
        ("left",),
        Convexity.LOGITS,
        (KL,),
        (Risk.TRUTH_SECOND,),
        _nothing(_softmax(((3, 1), (3, 1)), ((1, 3), (1, 9)))),
    ),
    Direction(
        ("right",),
        Convexity.LOGITS,
        (KL,),
        (Risk.TRUTH_FIRST,),
        _nothing(_softmax(((2, 3), (2, 3)), ((1, 3), (1, 9)))),
    ),
    Direction(
        ("right",),
        Convexity.LOGITS,
        (KL,),
        (Risk.TRUTH_SECOND,),
        {
            Misfit.STUDENT_FIRST: Answer(
                Guarantee.NONNEGATIVE,
                "softmax right: identity",
                _softmax(((2, 1), (1, 2)), ((1, 1), (1, 1))),
            ),
            Misfit.TEACHER_FIRST: Answer(Guarantee.IDENTITY, "softmax right: identity"),
        },
    ),
    Direction(
        ("left", "right"),
        Convexity.NEITHER,
        (*ASYMMETRIC, SquaredError),
        BOTH,
        _nothing(replace(_row([(1, 4), (4, 1)], (3, 2), (1, 4)), shape="points")),
    ),
)
