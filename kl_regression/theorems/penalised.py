"""Softmax students whose parameters are held back: a ridge, or a ball.

KL(g,f) - KL(g,s) - KL(s,f) = <Θ_f - Θ, grad F(Θ)> for any member s = softmax(Φ Θ). Under a ridge
(lam/2) |Θ|^2 the optimum has grad F = -lam Θ, which leaves lam (|Θ|^2 - <Θ, Θ_f>). Over a convex
set of parameters the right side is nonnegative at the optimum, and at any Θ^ at least minus gap =
max over the set of <grad F(Θ^), Θ^ - Θ>; over the ball |Θ| <= R that is <grad F, Θ^> + R |grad F|.
"""

import numpy as np

from kl_regression.errors import InputError
from kl_regression.instance import Instance, Outcome
from kl_regression.theorems.base import Check, Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    KL_LOSS,
    POSITIVE_TRUTH,
    RIGHT,
    SOFTMAX,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.logits import Parameters, face, fit, gradient, layer, outcome_at
from kl_regression.theorems.setting import Setting
from kl_regression.theorems.softmax import norm, off_parameters, other_errors, parameters
from kl_regression.tolerance import EPS

OF_THE_HEAD = (RIGHT, KL_LOSS, SOFTMAX, TRUTH_KNOWN, POSITIVE_TRUTH, TRUTH_IN_CLASS)


def ridge_student(instance: Instance, strength: float) -> tuple[Outcome, Check]:
    """Return the softmax student of F(Θ) + strength |Θ|^2 / 2 and the check of its identity.

    Args:
        instance: right side, KL, a softmax layer on features (n, d), k classes.
        strength: lam > 0.
    """
    if not 0.0 < strength < np.inf:
        raise InputError("strength", f"is {strength!r}", "Give a positive number")
    outcome = outcome_at(instance, fit(instance, ridge=strength))

    def claim(at: Setting) -> Claim:
        theta, target = parameters(at.outcome)
        at.x.rounding += off_parameters(at.outcome)
        own, other = at.x.array(theta), at.x.array(target)
        residual = at.x.number(strength) * at.x.total(own * (own - other))
        teacher, student = other_errors(at)
        slope = gradient(instance, theta) + strength * theta
        return Claim(
            smaller=at.reverse_misfit + student + residual,
            larger=teacher,
            gap=float(norm(at, target - theta) * norm(at, slope)),
            parts={"lam (|Θ|^2 - <Θ, Θ_f>)": residual, "gain in KL(., f)": teacher - student},
        )

    theorem = Theorem(
        key="softmax right: ridge",
        name="identity of a softmax head with a ridge",
        statement="a ridge adds its strength times |Θ|^2 - <Θ, Θ_f> to the identity",
        latex=r"KL(g,f) = KL(g,s) + KL(s,f) + \lambda(|\Theta|^2 - \langle\Theta,\Theta_f\rangle)",
        source="csiszar:75 (derived here)",
        constants="derived",
        kind=Kind.IDENTITY,
        hypotheses=OF_THE_HEAD,
        claim=claim,
    )
    return outcome, theorem.check(outcome)


def bounded_student(instance: Instance, radius: float) -> tuple[Outcome, Check]:
    """Return the softmax student over |Θ| <= radius and the check of its inequality.

    Args:
        instance: right side, KL, a softmax layer on features (n, d), k classes.
        radius: R > 0, in the Euclidean length of Θ, shape (d, k).
    """
    if not 0.0 < radius < np.inf:
        raise InputError("radius", f"is {radius!r}", "Give a positive number")
    outcome = outcome_at(instance, _on_the_ball(instance, radius))

    def gap(at: Setting) -> float:
        theta = outcome.student.coordinates.reshape(-1, layer(instance).classes)
        slope = gradient(instance, theta)
        return max(0.0, float((slope * theta).sum() + radius * norm(at, slope)))

    def claim(at: Setting) -> Claim:
        teacher, student = other_errors(at)
        at.x.rounding += off_parameters(at.outcome)
        return Claim(
            smaller=at.reverse_misfit + student,
            larger=teacher,
            gap=gap(at),
            parts={"gap over the ball": gap(at), "gain in KL(., f)": teacher - student},
        )

    theorem = Theorem(
        key="softmax right: convex parameters",
        name="gain of a softmax head over a convex set of parameters",
        statement="over a convex set of parameters the gain is at least KL(teacher, student)",
        latex=r"KL(g,f) \ge KL(g,s) + KL(s,f)",
        source="csiszar:75 (derived here)",
        constants="derived",
        kind=Kind.INEQUALITY,
        hypotheses=(*OF_THE_HEAD, _within(radius)),
        claim=claim,
    )
    return outcome, theorem.check(outcome)


def _within(radius: float) -> Hypothesis:
    def unmet(outcome: Outcome) -> str:
        if TRUTH_KNOWN.unmet(outcome) or TRUTH_IN_CLASS.unmet(outcome):
            return ""
        length = float(np.linalg.norm(parameters(outcome)[1]))
        return "" if length <= radius * (1 + EPS) else f"|Θ_f| = {length:.3g} > {radius:.3g}"

    return Hypothesis("truth's parameters in the ball", unmet)


def _on_the_ball(instance: Instance, radius: float) -> Parameters:
    """Return the minimiser over the ball: the free one, or that of the ridge that ends on it."""
    from scipy.optimize import brentq

    if face(instance).all():
        free = fit(instance)
        if np.linalg.norm(free) <= radius:
            return free

    start = np.zeros((layer(instance).features.shape[1], layer(instance).classes))
    found = {np.inf: start}

    def excess(log_strength: float) -> float:
        if log_strength not in found:
            last = next(reversed(found.values()))
            found[log_strength] = fit(instance, ridge=float(np.exp(log_strength)), start=last)
        return float(np.linalg.norm(found[log_strength])) - radius

    # At a ridge of lam, lam |Θ| = |grad F(Θ)| <= |grad F(0)|: beyond EPS of it F does not fall.
    high = float(np.log(np.linalg.norm(gradient(instance, start)) / radius))
    low, least = high - 1.0, high + float(np.log(EPS))
    while excess(low) < 0:
        if low < least:
            return found[low] * radius / float(np.linalg.norm(found[low]))
        high, low = low, low - 4.0
    root = brentq(excess, low, high, xtol=EPS, rtol=4 * EPS)
    excess(root)
    return found[root] * min(1.0, radius / float(np.linalg.norm(found[root])))
