"""The softmax head on the right: s minimises KL(g, softmax(Φ Θ)) over Θ.

At the optimum Φ'P(s - g) = 0 (moment matching), and log f - log s is Φ(Θ_f - Θ_s) up to a constant
in each row, so KL(g,f) = KL(g,s) + KL(s,f): in the risk KL(., f) the gain equals KL(g, s) exactly.
A computed student misses it by exactly <Θ_f - Θ^, grad F(Θ^)>, at most R |grad F(Θ^)|. Where the
teacher is separable the optimum is at infinity and its limit, on a face of the simplex, matches the
moments there, so that the identity holds for the limit. For the risk KL(f, .) there is no such
theorem, and on the left there is none at all.
"""

import numpy as np

from kl_regression.arithmetic import Number
from kl_regression.instance import Outcome
from kl_regression.theorems.base import Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    KL_LOSS,
    POSITIVE_TRUTH,
    RIGHT,
    SOFTMAX,
    STUDENT_IN_CLASS,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.logits import (
    Parameters,
    face,
    fit,
    gradient,
    layer,
    log_softmax,
    outcome_at,
)
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import ENTRY_ULPS, EPS

OF_THE_HEAD = (RIGHT, KL_LOSS, SOFTMAX, STUDENT_IN_CLASS, TRUTH_KNOWN, POSITIVE_TRUTH)


def other_errors(at: Setting) -> tuple[Number, Number]:
    """Return KL(g, f) and KL(s, f)."""
    outcome = at.outcome
    student = outcome.student
    return (
        at.divergence(outcome.instance.teacher, outcome.truth),
        at.divergence(student.predictions, outcome.truth, student.log_predictions, None),
    )


def parameters(outcome: Outcome) -> tuple[Parameters, Parameters]:
    """Return Θ^ of the student and Θ_f of the member nearest to the truth, centred, (d, k)."""
    head = layer(outcome.instance)
    theta = outcome.student.coordinates.reshape(-1, head.classes)
    if not len(theta):  # of a student that was trained elsewhere only the predictions are known
        theta = head.parameters(outcome.student.predictions)
    target = head.parameters(outcome.truth_membership.witness)
    return _centred(theta), _centred(target)


def off_parameters(outcome: Outcome) -> float:
    """Return E Σ |g - s| |log f - log softmax(Φ Θ_f)|: what Θ_f misses of the truth itself."""
    instance, target = outcome.instance, parameters(outcome)[1]
    logs = np.log(outcome.truth)
    missed = np.abs(logs - log_softmax(instance, target))
    missed += EPS * ENTRY_ULPS * target.size * np.abs(logs).max(axis=1, keepdims=True)
    moved = np.abs(np.asarray(instance.teacher) - outcome.student.predictions)
    return float((instance.weights[:, None] * moved * missed).sum())


def norm(at: Setting, values: Parameters) -> Number:
    """Return the Euclidean length of parameters, shape (d, k), in the arithmetic's numbers."""
    largest = float(np.abs(values).max())
    if largest == 0.0:
        return at.x.number(0.0)
    entries = at.x.array(values) / largest  # so that the ledger gets no squares of large logits
    return largest * at.x.sqrt(at.x.total(entries * entries))


def _identity(at: Setting) -> Claim:
    teacher, student = other_errors(at)
    residual = residual_bound(at)
    return Claim(
        smaller=at.reverse_misfit + student,
        larger=teacher,
        gap=float(residual),
        parts={"KL(g,f)": teacher, "KL(s,f)": student, "R |grad F|": residual},
    )


def _residual(at: Setting) -> Claim:
    teacher, student = other_errors(at)
    theta, target = parameters(at.outcome)
    slope = gradient(at.outcome.instance, theta)
    at.x.rounding += off_parameters(at.outcome)
    missed = at.x.total(at.x.array(target - theta) * at.x.array(slope))
    return Claim(
        smaller=at.x.absolute(teacher - student - at.reverse_misfit),
        larger=residual_bound(at),
        gap=0.0,
        parts={
            "gain in KL(., f)": teacher - student,
            "<Θ_f - Θ^, grad F>": missed,
            "R = |Θ_f - Θ^|": norm(at, target - theta),
            "|grad F(Θ^)|": norm(at, slope),
        },
    )


def _limit(at: Setting) -> Claim:
    instance = at.outcome.instance
    kept = face(instance)
    limit = Setting(outcome_at(instance, fit(instance, on=kept), kept), at.x)
    teacher, student = other_errors(limit)
    theta, target = parameters(limit.outcome)
    slope = gradient(instance, theta, kept)
    return Claim(
        smaller=limit.reverse_misfit + student,
        larger=teacher,
        gap=float(norm(at, target - theta) * norm(at, slope)),
        parts={
            "entries that vanish": float((~kept).sum()),
            "KL(g,s) of the limit": limit.reverse_misfit,
            "KL(s,f) of the limit": student,
        },
    )


def _outside(at: Setting) -> Claim:
    teacher, student = other_errors(at)
    witness = at.x.array(at.outcome.truth_membership.witness)
    ratio = at.x.log(at.x.where(at.counted, witness / at.f, 1.0))
    osc = at.x.row_maximum(ratio) - at.x.row_minimum(ratio)
    distance = at.row_sum(at.x.absolute(at.g - at.s)) / 2
    price = at.expect(osc * distance)
    return Claim(
        smaller=at.x.absolute(teacher - student - at.reverse_misfit),
        larger=price,
        gap=float(residual_bound(at)),
        parts={
            "gain in KL(., f)": teacher - student,
            "E osc(log f_s/f) TV(g,s)": price,
            "max osc": at.largest(osc),
            "E TV(g,s)": at.expect(distance),
        },
    )


def residual_bound(at: Setting) -> Number:
    """Return |Θ_f - Θ^| |grad F(Θ^)|, which a computed student may miss the identity by."""
    theta, target = parameters(at.outcome)
    return norm(at, target - theta) * norm(at, gradient(at.outcome.instance, theta))


def _centred(theta: Parameters) -> Parameters:
    """Return parameters without the part that softmax does not see."""
    return theta - theta.mean(axis=1, keepdims=True)


def _attained(outcome: Outcome) -> str:
    if any(needed.unmet(outcome) for needed in (RIGHT, KL_LOSS, SOFTMAX)):
        return ""
    return "the optimum is attained" if face(outcome.instance).all() else ""


SEPARABLE = Hypothesis("teacher separable by the features", _attained)

IDENTITY = Theorem(
    key="softmax right: identity",
    name="Pythagorean identity of the softmax head",
    statement="in the risk KL(., f) the gain of a softmax student equals KL(teacher, student)",
    latex=r"KL(g,f) = KL(g,s) + KL(s,f)",
    source="csiszar:75 (derived here)",
    constants="derived",
    kind=Kind.IDENTITY,
    hypotheses=(*OF_THE_HEAD, TRUTH_IN_CLASS),
    claim=_identity,
)

RESIDUAL = Theorem(
    key="softmax right: residual",
    name="residual of a computed softmax student",
    statement="a computed student misses the identity by at most R times its gradient's length",
    latex=r"|KL(g,f) - KL(\hat s,f) - KL(g,\hat s)| = |\langle \Theta_f - \hat\Theta,"
    r" \nabla F(\hat\Theta)\rangle| \le R\,|\nabla F(\hat\Theta)|",
    source="csiszar:75 (derived here)",
    constants="derived",
    kind=Kind.INEQUALITY,
    hypotheses=(*OF_THE_HEAD, TRUTH_IN_CLASS),
    claim=_residual,
)

LIMIT = Theorem(
    key="softmax right: limit on a face",
    name="Pythagorean identity at an infinite optimum",
    statement="of a separable teacher the limit of the students, on a face, has the identity",
    latex=r"KL(g,f) = KL(g,s) + KL(s,f),\quad s = \lim \mathrm{softmax}(\Phi\Theta)",
    source="albert:84 (derived here)",
    constants="derived",
    kind=Kind.IDENTITY,
    hypotheses=(*OF_THE_HEAD, TRUTH_IN_CLASS, SEPARABLE),
    claim=_limit,
)

OUTSIDE = Theorem(
    key="softmax right: truth outside",
    name="softmax head, truth outside the class",
    statement="outside the class the identity is off by at most oscillation times distance",
    latex=r"|KL(g,f) - KL(s,f) - KL(g,s)| \le E\,\mathrm{osc}_i(\log f_s/f)\,TV_i(g,s)",
    source="csiszar:75 (derived here)",
    constants="derived",
    kind=Kind.TWO_SIDED,
    hypotheses=OF_THE_HEAD,
    claim=_outside,
)

THEOREMS = (IDENTITY, RESIDUAL, LIMIT, OUTSIDE)
