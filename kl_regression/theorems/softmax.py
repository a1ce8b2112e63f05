"""The softmax head on the right: s minimises KL(g, softmax(Φ Θ)) over Θ.

At the optimum Φ'P(s - g) = 0 (moment matching), and log f - log s is Φ(Θ_f - Θ_s) up to a constant
in each row, so KL(g,f) = KL(g,s) + KL(s,f): in the risk KL(., f) the gain equals KL(g, s) exactly.
A computed student misses it by exactly <Θ_f - Θ^, grad F(Θ^)>. For the risk KL(f, .) there is no
such theorem, and on the left there is none at all.
"""

import numpy as np
from jaxtyping import Float

from kl_regression.arithmetic import Number
from kl_regression.classes.log_linear import LogLinear
from kl_regression.theorems.base import Claim, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    KL_LOSS,
    POSITIVE,
    POSITIVE_TRUTH,
    RIGHT,
    SOFTMAX,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.setting import Setting


def _other_errors(at: Setting) -> tuple[Number, Number]:
    """Return KL(g, f) and KL(s, f)."""
    outcome = at.outcome
    student = outcome.student
    return (
        at.divergence(outcome.instance.teacher, outcome.truth),
        at.divergence(student.predictions, outcome.truth, student.log_predictions, None),
    )


def _identity(at: Setting) -> Claim:
    teacher, student = _other_errors(at)
    residual = residual_bound(at)
    return Claim(
        smaller=at.reverse_misfit + student,
        larger=teacher,
        gap=residual,
        parts={"KL(g,f)": teacher, "KL(s,f)": student, "R |grad F|": residual},
    )


def _outside(at: Setting) -> Claim:
    teacher, student = _other_errors(at)
    witness = at.x.array(at.outcome.truth_membership.witness)
    ratio = at.x.log(witness / at.f)
    osc = at.x.row_maximum(ratio) - at.x.row_minimum(ratio)
    distance = at.row_sum(at.x.absolute(at.g - at.s)) / 2
    price = at.expect(osc * distance)
    return Claim(
        smaller=at.x.absolute(teacher - student - at.reverse_misfit),
        larger=price,
        gap=residual_bound(at),
        parts={"gain in KL(., f)": teacher - student, "E osc(log f_s/f) TV(g,s)": price},
    )


def residual_bound(at: Setting) -> float:
    """Return |Θ_f - Θ^| |grad F(Θ^)|, which a computed student may miss the identity by."""
    outcome = at.outcome
    head = outcome.instance.students
    if not isinstance(head, LogLinear):
        raise TypeError
    theta = _centred(outcome.student.coordinates.reshape(-1, head.classes))
    target = _centred(head.parameters(outcome.truth_membership.witness))
    excess = outcome.student.predictions - outcome.instance.teacher
    slope = head.features.T @ (outcome.instance.weights[:, None] * excess)
    return float(np.linalg.norm(target - theta) * np.linalg.norm(slope))


def _centred(theta: Float[np.ndarray, "d k"]) -> Float[np.ndarray, "d k"]:
    """Return parameters without the part that softmax does not see."""
    return theta - theta.mean(axis=1, keepdims=True)


IDENTITY = Theorem(
    key="softmax right: identity",
    name="Pythagorean identity of the softmax head",
    statement="in the risk KL(., f) the gain of a softmax student equals KL(teacher, student)",
    latex=r"KL(g,f) = KL(g,s) + KL(s,f)",
    source="csiszar:75 (derived here)",
    constants="derived",
    kind=Kind.IDENTITY,
    hypotheses=(RIGHT, KL_LOSS, SOFTMAX, POSITIVE, TRUTH_KNOWN, POSITIVE_TRUTH, TRUTH_IN_CLASS),
    claim=_identity,
)

OUTSIDE = Theorem(
    key="softmax right: truth outside",
    name="softmax head, truth outside the class",
    statement="outside the class the identity is off by at most oscillation times distance",
    latex=r"|KL(g,f) - KL(s,f) - KL(g,s)| \le E\,\mathrm{osc}_i(\log f_s/f)\,TV_i(g,s)",
    source="csiszar:75 (derived here)",
    constants="derived",
    kind=Kind.TWO_SIDED,
    hypotheses=(RIGHT, KL_LOSS, SOFTMAX, POSITIVE, TRUTH_KNOWN, POSITIVE_TRUTH),
    claim=_outside,
)

THEOREMS = (IDENTITY, OUTSIDE)
