"""Theorems, true, and each with one hypothesis taken away, false: why every hypothesis is there.

One is not there: on the left the student is no worse either, by the gain theorem.
"""

from collections.abc import Iterator
from typing import Any

from kl_regression.divergences import GeneralizedKL, ItakuraSaito, Loss, SquaredError
from kl_regression.falsify.conjecture import Claim
from kl_regression.falsify.known import formulas as f
from kl_regression.falsify.known.base import Known, known

Given = dict[str, Any]

NUMBERS: Given = {"outputs": (1, 2), "points": (1, 2)}
POINTS: Given = {"students": "points", "models": (2, 3)}
ANY: Given = {"students": "any", "truth": "anywhere"}


def theorems() -> Iterator[Known]:
    """Yield the theorems with all hypotheses met."""
    yield known("gain theorem", f.gain_theorem, true=True)
    for name, claim in RIGHT.items():
        yield known(name, claim, true=True, side="right")
    for name, claim in RISK.items():
        yield known(name, claim, true=True, **ANY)
    yield known("softmax right: identity", f.softmax_identity, true=True, **SOFTMAX)


def without() -> Iterator[Known]:
    """Yield theorems without one of their hypotheses."""
    yield known("gain theorem, student on the right", f.gain_theorem, true=False, side="right")
    yield known("gain theorem, class not convex", f.gain_theorem, true=False, **POINTS)
    yield known("gain theorem, truth anywhere", f.gain_theorem, true=False, truth="anywhere")
    for name, claim in RIGHT.items():
        if name not in ALWAYS:
            if claim is not f.no_worse:
                yield known(f"{name}, student on the left", claim, true=False)
            yield known(f"{name}, class not convex", claim, true=False, side="right", **POINTS)
            yield known(
                f"{name}, truth anywhere", claim, true=False, side="right", truth="anywhere"
            )
        yield known(
            f"{name}, another loss",
            claim,
            true=False,
            side="right",
            loss=ItakuraSaito,
            **NUMBERS,
        )
    for name, claim in RISK.items():
        loss = ELSEWHERE.get(name, GeneralizedKL)
        yield known(f"{name}, another loss", claim, true=False, loss=loss, **ANY, **NUMBERS)
    yield from _softmax()


def _softmax() -> Iterator[Known]:
    name, claim = "softmax right: identity", f.softmax_identity
    yield known(f"{name}, student on the left", claim, true=False, students="softmax")
    yield known(f"{name}, class convex in outputs", claim, true=False, side="right")


RIGHT: dict[str, Claim] = {
    "right: four points": f.four_points,
    "right: gain": f.no_worse,
    "right: quadratic gain": f.quadratic,
    "right: strictness": f.strict,
    "right: gain by roots": f.by_roots,
}
ALWAYS = {"right: gain by roots"}
"""True of any student: by Jensen."""

RISK: dict[str, Claim] = {
    "risk bound by roots": f.risk_root,
    "risk bound by logarithms": f.risk_logarithm,
    "one-sided risk bound": f.one_sided_risk,
    "distance of student and teacher": f.distance,
    "gain is affine in the truth": f.affine_in_truth,
    "risk bound by Jeffreys": f.jeffreys,
    "risk bound by chi-squared": f.chi_squared,
    "risk bound by Hellinger": f.hellinger,
    "risk bound by Jensen-Shannon": f.jensen_shannon,
    "risk bound by total variation": f.total_variation,
    "gain by Jensen": f.jensen,
    "gain from above": f.from_above,
    "misfit from below": f.pinsker,
    "right: exact gain": f.exact_gain,
    "calibration given x": f.by_points,
}
ELSEWHERE: dict[str, Loss] = {
    "gain is affine in the truth": ItakuraSaito,
    "risk bound by total variation": SquaredError,
    "gain by Jensen": ItakuraSaito,
    "gain from above": ItakuraSaito,
}
"""The loss under which a theorem is false; generalised KL otherwise."""
SOFTMAX: Given = {"students": "softmax", "side": "right"}
