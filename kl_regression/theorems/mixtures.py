"""Mixtures of at most k of m models: what few models cost (mulgund:25, whose order is sqrt(c/k)).

With c classes the best k-mixture s_k has excess t = KL(s_k, g) - KL(s, g) <= log(1 + (c-1)/k),
attained at k = 1, c = 2: draw k models with the student's weights; their average has χ^2 at most
(c-1)/k to the student. And KL(f, s_k) <= KL(f, g) - KL(s_k, g) + sqrt(2 (1-γ) t/γ) + t for f in
the hull. Without the last terms it is false: the k-mixtures are no convex class.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from jaxtyping import Float

from kl_regression.arithmetic import Number
from kl_regression.classes.base import is_count
from kl_regression.classes.hull import Hull
from kl_regression.errors import InfiniteDivergenceError, InputError
from kl_regression.instance import Instance, Outcome
from kl_regression.theorems.base import Check, Claim, Hypothesis, Kind, Theorem
from kl_regression.theorems.hypotheses import (
    FINITE_ERRORS,
    HULL,
    KL_LOSS,
    LEFT,
    POSITIVE,
    TRUTH_IN_CLASS,
    TRUTH_KNOWN,
)
from kl_regression.theorems.setting import Setting

Subset = tuple[int, ...]

BRUTE_FORCE = 2000
"""Subsets up to which every one is tried; beyond it models are added greedily."""


@dataclass(frozen=True)
class SparseStudent:
    """The best mixture of at most k models that was found.

    Args:
        outcome: its outcome on the hull of the chosen models or of all, shape (n, k).
        chosen: the indices of the models.
        excess: KL(s_k, g) - KL(s, g), at least 0.
        exhaustive: whether it is the best, as no subset was left out.
    """

    outcome: Outcome
    chosen: tuple[int, ...]
    excess: float
    exhaustive: bool


def sparse_student(instance: Instance, size: int) -> SparseStudent:
    """Return the best student that mixes at most ``size`` models: by brute force, or greedily.

    Where the best of all mixes no more, it is that one. Models at infinite divergence from the
    teacher count as infinitely far.

    Args:
        instance: a hull of m models of shape (m, n, k), left side.
        size: how many models may take part, at least 1.
    """
    m = len(_models(instance))
    if instance.side != "left":
        remedy = "Mixtures are ranked by KL(s, g): use side='left'"
        raise InputError("instance", f"has side {instance.side!r}", remedy)
    if not is_count(size, least=1):
        raise InputError(
            "size", f"is {size!r}", "Let a whole number of models take part, 1 or more"
        )
    whole = instance.solve()
    used = np.flatnonzero(whole.student.coordinates > 0)
    if len(used) <= size:
        return SparseStudent(whole, tuple(used.tolist()), 0.0, exhaustive=True)
    full = whole.misfit
    exhaustive = math.comb(m, size) <= BRUTE_FORCE
    if exhaustive:
        outcome, chosen = _nearest(instance, combinations(range(m), size))
    else:
        outcome, chosen = _greedy(instance, m, size)
    if outcome is None:
        raise InfiniteDivergenceError(
            "size", f"is {size}: no such mixture found is finitely far", "Let more models take part"
        )
    return SparseStudent(outcome, chosen, max(0.0, outcome.misfit - full), exhaustive)


def few_models(instance: Instance, size: int) -> tuple[Check, Check]:
    """Check the excess of the best k-mixture, and the gain theorem with its term.

    Args:
        instance: a hull of m models of shape (m, n, k), left side.
        size: how many models may take part, at least 1.
    """
    sparse, whole = sparse_student(instance, size), instance.solve()

    def excess(at: Setting) -> Claim:
        found = _excess(at, sparse)
        bound = at.x.log1p(at.x.number(instance.teacher.shape[1] - 1.0) / size)
        return Claim(found, bound, max(at.gap, 0.0), {"excess": found})

    def gain(at: Setting) -> Claim:
        return _gain_claim(at, sparse)

    needs = (LEFT, KL_LOSS, HULL)
    truth = (POSITIVE, TRUTH_KNOWN, TRUTH_IN_CLASS, FINITE_ERRORS)
    theorems = (
        _theorem(
            "excess",
            "the best mixture of k models is at most log(1 + (c-1)/k) worse than the best of all",
            r"KL(s_k,g) - KL(s,g) \le \log(1 + (c-1)/k)",
            needs,
            excess,
        ),
        _theorem(
            "gain",
            "the best mixture of k models gains its misfit less a term in its excess",
            r"KL(f,s_k) \le KL(f,g) - KL(s_k,g) + \sqrt{2(1-\gamma)t/\gamma} + t",
            (*needs, *truth),
            gain,
        ),
    )
    return theorems[0].check(whole), theorems[1].check(whole)


def _excess(at: Setting, sparse: SparseStudent) -> Number:
    return at.x.maximum(Setting(sparse.outcome, at.x).misfit - at.misfit, 0.0)


def _gain_claim(at: Setting, sparse: SparseStudent) -> Claim:
    few = Setting(sparse.outcome, at.x)
    gamma = min(
        float(each.outcome.student.predictions[at.counted[:, 0]].min()) for each in (at, few)
    )
    excess = _excess(at, sparse)
    t = excess + max(at.gap, 0.0)
    term: Number = math.inf
    if gamma > 0:
        term = at.x.sqrt(2 * (1 - at.x.number(gamma)) * t / gamma) + t
    return Claim(
        smaller=few.student_error + few.misfit,
        larger=at.teacher_error + term,
        gap=0.0,
        parts={"excess": excess, "γ": gamma, "sqrt(2(1-γ)t/γ) + t": term},
    )


def _models(instance: Instance) -> Float[np.ndarray, "m n k"]:
    if not isinstance(instance.students, Hull):
        raise InputError("instance", f"has the class {instance.students!r}", "Use a hull of models")
    return instance.students.models


def _nearest(instance: Instance, subsets: Iterable[Subset]) -> tuple[Outcome | None, Subset]:
    """Return the subset of models whose student is nearest, and its outcome where finitely far."""
    return min(((_on(instance, chosen), chosen) for chosen in subsets), key=_misfit)


def _on(instance: Instance, chosen: Subset) -> Outcome | None:
    """Return the outcome on the chosen models; None where they are infinitely far."""
    models = np.asarray(_models(instance))[list(chosen)]
    try:
        return replace(instance, students=Hull(models)).solve()
    except InfiniteDivergenceError:
        return None


def _misfit(found: tuple[Outcome | None, Subset]) -> float:
    return math.inf if found[0] is None else found[0].misfit


def _greedy(instance: Instance, m: int, size: int) -> tuple[Outcome | None, Subset]:
    """Return the subset that grows by the model that brings its student nearest."""
    found = _nearest(instance, ((j,) for j in range(m)))
    while len(found[1]) < size:
        rest = [j for j in range(m) if j not in found[1]]
        found = _nearest(instance, [(*found[1], j) for j in rest])
    return found


def _theorem(
    name: str,
    statement: str,
    latex: str,
    hypotheses: tuple[Hypothesis, ...],
    claim: Callable[[Setting], Claim],
) -> Theorem:
    return Theorem(
        key=f"{name} of k models",
        name=f"k-mixtures: {name}",
        statement=statement,
        latex=latex,
        source="mulgund:25, mixtures of k models",
        constants="derived",
        kind=Kind.INEQUALITY,
        hypotheses=hypotheses,
        claim=claim,
    )
