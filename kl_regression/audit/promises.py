"""What an audit can promise of the gain without the truth, each promise with its condition.

For every truth in the class: on the left gain >= misfit - gap; on the right, under KL over a convex
class, gain >= -log(1 + gap). On a hull the gain is affine in the truth, so it lies between its
values T_j at the models, whatever the student, the side or the training. Outside the class a price
is paid that grows with the distance. Where no theorem is known, that is what is said.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kl_regression.audit.distance import Price, price_of
from kl_regression.classes.base import Property
from kl_regression.classes.hull import Hull
from kl_regression.classes.log_linear import LogLinear
from kl_regression.divergences import KL
from kl_regression.instance import Outcome


@dataclass(frozen=True)
class Promise:
    """A statement about the gain.

    Args:
        about: which truths it is for.
        claim: what it says, with its number; or that nothing is promised.
        condition: what it needs, in full.
        value: the number, None where nothing is promised.
        short: the claim as a number, for a column of a table.
    """

    about: str
    claim: str
    condition: str
    value: float | None
    short: str


@dataclass(frozen=True)
class WithoutTruth:
    """Everything that needs no truth.

    Args:
        promises: in the order of the theory.
        at_models: T_j, the gain if the truth were model j, shape (m,); None without a hull.
        price: of a truth outside the class, or why there is none.
    """

    promises: tuple[Promise, ...]
    at_models: Float[np.ndarray, " m"] | None
    price: Price | str


def promises(outcome: Outcome) -> WithoutTruth:
    """Return what is known of the gain of a solved instance, whose truth is not looked at."""
    values = gains_at_models(outcome)
    price = price_of(outcome)
    found = [_inside(outcome)]
    if values is not None:
        found.append(_bracket(values))
    found.append(_outside(price))
    return WithoutTruth(tuple(found), values, price)


def gains_at_models(outcome: Outcome) -> Float[np.ndarray, " m"] | None:
    """Return T_j = D(v_j, g) - D(v_j, s), shape (m,), with inf - inf = 0; None without a hull."""
    students = outcome.instance.students
    if not isinstance(students, Hull):
        return None
    return np.array([_gain(outcome, np.asarray(model)) for model in students.models])


def _gain(outcome: Outcome, model: Float[np.ndarray, "n k"]) -> float:
    instance, student = outcome.instance, outcome.student
    with np.errstate(all="ignore"):
        first = instance.loss.entries(model, instance.teacher)[0]
        second = instance.loss.entries(model, student.predictions, None, student.log_predictions)[0]
        counted = (instance.weights[:, None] > 0) & (first != second)
        terms = np.where(counted, instance.weights[:, None] * (first - second), 0.0)
    return -math.inf if np.isneginf(terms).any() else float(terms.sum())


def _inside(outcome: Outcome) -> Promise:
    instance = outcome.instance
    about = "every truth in the class"
    if isinstance(instance.students, LogLinear):
        return _softmax(outcome)
    if Property.CONVEX not in instance.students.properties or not math.isfinite(outcome.gap):
        return _nothing(about, "the class is convex in outputs and the gap is finite")
    if instance.side == "left":
        value = outcome.misfit - outcome.gap
        return Promise(
            about,
            f"gain at least misfit - gap = {value:.6g}",
            f"the truth is a member of the class{_range(outcome)}, and nothing else; the gap covers"
            " the student's inexactness",
            value,
            f"at least {value:.6g}",
        )
    if instance.loss is not KL:
        return _nothing(about, "the student stands on the left, or the loss is KL")
    value = -math.log1p(max(outcome.gap, 0.0))
    return Promise(
        about,
        f"gain at least -log(1 + gap) = {value:.3g}: no worse than its teacher",
        "the truth is a member of the class; no multiple of the misfit is promised on this side",
        value,
        f"at least {value:.3g}",
    )


def _range(outcome: Outcome) -> str:
    """Return over which members the gap was taken, where the class is unbounded."""
    space = outcome.student.space
    if space.domain.simplex or math.isinf(space.high):
        return ""
    return f" with values in [{space.low:.6g}, {space.high:.6g}]"


def _softmax(outcome: Outcome) -> Promise:
    about = "every truth in the class"
    if outcome.instance.side == "left":
        return _nothing(about, "the student stands on the right (--side right)")
    value = outcome.instance.loss.divergence(outcome.instance.teacher, outcome.student.predictions)
    return Promise(
        about,
        f"in the risk KL(student, truth) the gain is KL(teacher, student) = {value:.6g}",
        "the truth is a softmax layer on the same features, and the student's gradient is zero; in"
        " the risk KL(truth, student) the gain may be negative",
        value,
        f"{value:.6g}",
    )


def _nothing(about: str, needs: str) -> Promise:
    return Promise(
        about, "no theorem promises anything", f"a promise needs that {needs}", None, "none"
    )


def _bracket(values: Float[np.ndarray, " m"]) -> Promise:
    low, high = float(values.min()), float(values.max())
    return Promise(
        "every mixture of the models",
        f"gain between {low:.6g} and {high:.6g}",
        "the truth is a mixture of the models; both ends are attained, at models",
        low,
        f"{low:.6g} to {high:.6g}",
    )


def _outside(price: Price | str) -> Promise:
    about = "every truth at total-variation distance t from the class"
    if isinstance(price, str):
        return _nothing(about, f"every hypothesis is met; unmet is {price}")
    end = price.vanishes
    until = f"positive until t = {end:.4g}" if math.isfinite(end) else "positive for every t"
    return Promise(
        about,
        f"gain at least {price.guaranteed:.6g} - price(t), price(t) <= {price.steepest:.4g} t;"
        f" {until}",
        "t = E TV(truth, nearest member); the price spends t on the points where log(student /"
        " teacher) varies most over the classes",
        end,
        f"positive to t = {end:.4g}",
    )
