"""Every outcome becomes a certificate that both checkers verify, or is refused: known reasons."""

import json
import re

import numpy as np
import pytest
from hypothesis import given

import kl_regression as klr
from kl_regression.certify import refusals
from kl_regression.certify.newton import Newton
from kl_regression.certify.polyhedra import Polyhedral
from kl_regression.strategies import CLASSES, instances
from tests.budget import fewer
from tests.certify.files import verdict
from tests.certify.second_verdict import second_verdict

NEAR = 2.0**-30
"""What the rounding of data to integers may change of a divergence whose entries are not tiny."""

IN_FLOATS = (refusals.VANISHING, refusals.EQUATIONS, refusals.THIN)
"""Refusals that depend on the numbers, not on the kind of class."""


def attempt(outcome):
    """Return (certificate, None), or None and the reason why there is none."""
    try:
        return klr.certify(outcome), None
    except klr.errors.InputError as error:
        (reason,) = [r for r in refusals.REASONS if r[0] in str(error) and r[1] in str(error)]
        return None, reason
    except klr.errors.SolverError as error:
        (reason,) = [r for r in refusals.UNPOLISHED if r in str(error)]
        return None, reason


def of_kind(instance):
    """Return the reason that the kind of class, loss and side alone gives, or None."""
    students, kl = instance.students, instance.loss is klr.KL
    parts = students.parts if isinstance(students, klr.classes.calculus.Union) else (students,)
    hulls = [isinstance(part, klr.Hull) for part in parts]
    if instance.loss is klr.GeneralizedKL and instance.side == "right":
        return refusals.LOSS
    if not kl and (len(parts) > 1 or not all(hulls)):
        return refusals.HULLS_ONLY
    if isinstance(students, klr.LogLinear) or (len(parts) > 1 and not all(hulls)):
        return refusals.NO_POLYHEDRON
    if isinstance(students, klr.classes.calculus.Intersection):
        halves = students.parts
        if any(isinstance(half, klr.Hull) for half in halves):
            return refusals.CUT
        if all(isinstance(half, klr.LinearHead) for half in halves):
            return refusals.HEADS
    return None


def agrees(certificate, outcome):
    """Tell whether the certified divergence of the true student is the outcome's, up to its gap.

    Rounding g to integers changes D by at most E Σ |s - g| times the change of log g, to first
    order, which the provenance tells.
    """
    left = outcome.instance.side == "left" or outcome.instance.loss is klr.SquaredError
    name = "D(student,teacher)" if left else "D(teacher,student)"
    low, high = map(float, certificate.claims[name])
    provenance = json.loads(certificate.content)["provenance"]
    moved = float(re.search(r"\|log ratio\| <= (\S+)", provenance["changed teacher"])[1])
    instance = outcome.instance
    apart = np.abs(outcome.student.predictions - instance.teacher).sum(axis=1)
    off = NEAR * (1.0 + abs(high)) + 2.0 * moved * float(instance.weights @ apart)
    return low - off <= outcome.student.objective <= high + outcome.gap + off


def holds(instance, *, polished=True):
    """Assert that an instance is certified and verified twice, or refused for its reason."""
    outcome = instance.solve()
    certificate, reason = attempt(outcome)
    if certificate is None:
        expected = of_kind(instance)
        allowed = IN_FLOATS if polished else (*IN_FLOATS, *refusals.UNPOLISHED)
        assert reason == expected or (expected is None and reason in allowed)
        return
    assert of_kind(instance) is None
    assert verdict(certificate.content) == "verified"
    assert second_verdict(certificate.content) == "verified"
    assert agrees(certificate, outcome)


KL = (klr.KL,)
SMALL = ("hull", "linear head", "monotone", "lipschitz", "convex", "box", "intersection")


@fewer(2)
@given(instances(losses=KL, kinds=SMALL, spread=1))
def test_every_class_and_side(instance):
    """With ties, zeros and points of no weight; only what no theorem covers is refused."""
    holds(instance)


@fewer(2)
@given(
    instances(
        losses=(klr.KL, klr.GeneralizedKL, klr.SquaredError), kinds=(*SMALL, "union"), spread=9
    )
)
def test_every_loss_and_wide_spreads(instance):
    """Where entries span many decades, a student may be refused as one that cannot be polished."""
    holds(instance, polished=False)


def test_a_model_that_the_student_needs_a_little_of():
    """Its weight is below 2^-52 and not 0: it alone has mass at a point where the teacher has."""
    models = np.zeros((3, 2, 3))
    models[0, 0], models[2, 0, 2], models[2, 1, 1] = (2.0, 5.0, 3.0), 4.0, 7.0
    teacher = np.array([[1.0, 1.0, 2.0**-23], [0.0, 1.0, 0.0]])
    instance = klr.Instance(
        teacher=teacher,
        students=klr.Hull(models),
        weights=np.array([6.0, 1.0]) / 7.0,
        loss=klr.GeneralizedKL,
    )
    outcome = instance.solve()
    certificate = klr.certify(outcome)
    assert verdict(certificate.content) == second_verdict(certificate.content) == "verified"
    assert agrees(certificate, outcome)
    weights = [int(a, 16) for a in json.loads(certificate.content)["student"]]
    assert 0 < weights[2] < sum(weights) * 2.0**-52


def test_the_kinds_are_all_of_them():
    """No class of the strategies is left out; softmax layers are refused below."""
    assert {*SMALL, "union", "log-linear"} == set(CLASSES)


def solved(students, teacher, *, weights=None, side="left", loss=klr.KL, truth=None):
    """Return an outcome of rows of integers."""
    if loss is klr.KL:
        teacher = np.array(teacher, dtype=float)
        teacher /= teacher.sum(axis=1, keepdims=True)
    return klr.Instance(
        teacher=teacher, students=students, weights=weights, side=side, loss=loss, truth=truth
    ).solve()


def assert_proven(certificate):
    """Assert that the student is polished, and that both checkers verify it."""
    assert certificate.claims["gap"][1] < 2.0**-200
    assert verdict(certificate.content) == second_verdict(certificate.content) == "verified"


def spanning_rows(rng, spread, *shape):
    """Return rows that softmax makes of normal numbers, none below e^-690 of its largest."""
    logits = spread * rng.standard_normal(shape)
    rows = np.exp(np.maximum(logits - logits.max(axis=-1, keepdims=True), -690.0))
    return rows / rows.sum(axis=-1, keepdims=True)


TEACHER = [[6, 1, 1], [2, 5, 1], [4, 3, 1], [1, 2, 5]]
PAIRS = [[6, 2], [4, 4], [2, 6], [1, 7]]
LINE = np.arange(4.0)
HOLES = [[6, 0, 2], [2, 5, 1], [4, 3, 1], [0, 2, 6]]
HEAD = klr.LinearHead(np.column_stack([np.ones(4), LINE]), outputs=3)
PLANE = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [1.0, 1.0]])

HARD = {
    "ties": (klr.Monotone([0, 1, 1, 2]), TEACHER, None),
    "coincident points": (klr.Lipschitz([0.0, 1.0, 1.0, 2.0], constant=0.25), TEACHER, None),
    "constants": (klr.Lipschitz(LINE, constant=0), TEACHER, None),
    "both directions": (klr.Monotone(LINE) & klr.Monotone(-LINE), TEACHER, None),
    "a teacher's zeros": (klr.Convex(LINE), HOLES, None),
    "a head at zeros": (HEAD, HOLES, None),
    "a point of no weight": (klr.Monotone(LINE), TEACHER, [0.5, 0.0, 0.25, 0.25]),
    "a block of no weight": (klr.Monotone(LINE), PAIRS, [0.5, 0.0, 0.25, 0.25]),
    "no weight at a zero": (klr.Lipschitz(LINE, constant=0.25), HOLES, [0.0, 0.5, 0.5, 0.0]),
    "a fixed entry": (klr.Box([[0.0, 0.25, 0.0]] * 4, [[1.0, 0.25, 1.0]] * 4), TEACHER, None),
    "several variables": (klr.Convex(PLANE), TEACHER, None),
    "ties in a head": (HEAD & klr.Monotone([0, 1, 2, 2]), TEACHER, None),
}


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", sorted(HARD))
def test_what_has_no_interior_or_no_slope(name, side):
    """Ties, zeros, points without weight: each certified, and the divergence is the outcome's."""
    students, teacher, weights = HARD[name]
    outcome = solved(students, teacher, weights=weights, side=side)
    certificate = klr.certify(outcome)
    assert_proven(certificate)
    assert agrees(certificate, outcome)


@pytest.mark.parametrize(("n", "spread"), [(60, 60.0), (200, 900.0)])
def test_a_head_whose_teacher_is_below_every_integer(n, spread):
    """Entries of e^-200 and less become 1 in 2^53; the student of that is found, and certified."""
    rng = np.random.default_rng(0)
    features = np.hstack([np.ones((n, 1)), rng.random((n, 3))])
    outcome = solved(klr.LinearHead(features, outputs=3), spanning_rows(rng, spread, n, 3))
    certificate = klr.certify(outcome, bits=512)
    assert "log ratio| <= " in certificate.fields["provenance"]["changed teacher"]
    assert_proven(certificate)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("spread", [3.0, 30.0, 200.0])
@pytest.mark.parametrize("seed", range(4))
def test_blocks_of_a_teacher_below_every_integer(seed, spread, side):
    """Rounding to integers changes which points share a block: those of the integers count."""
    rng = np.random.default_rng(seed)
    teacher = spanning_rows(rng, spread, 60, 2)
    certificate = klr.certify(solved(klr.Monotone(rng.permutation(60)), teacher, side=side))
    assert certificate.fields["theorem"].startswith("KL-MONOTONE")
    assert_proven(certificate)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("n", "k", "m"), [(1, 5, 2), (1, 5, 5), (4, 5, 5), (20, 3, 12)])
@pytest.mark.parametrize("seed", range(3))
def test_mixtures_of_weights_that_span_the_floats(seed, n, k, m, side):
    """A student of weights 1, 1e-17 and less is polished like any other."""
    rows = spanning_rows(np.random.default_rng(seed), 200.0, m + 1, n, k)
    certificate = klr.certify(solved(klr.Hull(rows[1:]), rows[0], side=side))
    assert_proven(certificate)


def test_newton_does_not_converge_to_what_has_no_logarithm():
    """At a point without a slope the residual is no number, which is not a small one."""
    problem = Polyhedral(TEACHER, [1] * 4, [], None, right=False)
    newton = Newton(problem, np.zeros((4, 3)), np.zeros((4, 3)))
    assert not newton.converge(64)


def test_squared_error_is_one_theorem_on_both_sides():
    """On the right the certificate is the left one's, and says so."""
    models = np.array([[[1.0, 2.0]] * 3, [[3.0, -1.0]] * 3, [[0.0, 0.5]] * 3])
    found = [
        klr.certify(solved(klr.Hull(models), models[0] - 2.0, loss=klr.SquaredError, side=side))
        for side in ("left", "right")
    ]
    assert found[0].id == found[1].id
    assert "right to left" in found[1].fields["provenance"]["changed side"]
    assert "changed side" not in found[0].fields["provenance"]


def test_a_truth_where_the_teacher_has_nothing():
    """A member at infinite divergence is no member of the part; its errors are not claimed."""
    outcome = solved(klr.Monotone(LINE), HOLES, truth=np.full((4, 3), 1 / 3))
    claims = klr.certify(outcome).claims
    assert "D(student,teacher)" in claims
    assert "D(truth,teacher)" not in claims


TWO = [[1, 3], [2, 2]]
MIXTURES = klr.Hull(np.array([[[0.4, 0.6]] * 2, [[0.5, 0.5]] * 2]))
REFUSED = {
    "LOSS": (MIXTURES, klr.GeneralizedKL, "right"),
    "HULLS_ONLY": (klr.Box(0.0, 1.0), klr.SquaredError, "left"),
    "NO_POLYHEDRON": (klr.LogLinear(np.ones((2, 1)), classes=2), klr.KL, "left"),
    "CUT": (MIXTURES & klr.Box(0.0, 0.9), klr.KL, "left"),
    "HEADS": (
        klr.LinearHead(np.ones((2, 1)), outputs=2) & klr.LinearHead(np.eye(2), outputs=2),
        klr.KL,
        "left",
    ),
    "VANISHING": (klr.Box([[1.0, 0.0]] * 2, [[1.0, 0.0]] * 2), klr.KL, "left"),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_no_certificate_covers(name):
    """A class, loss or side without a theorem is refused by name, with what to do."""
    students, loss, side = REFUSED[name]
    outcome = solved(students, TWO, loss=loss, side=side)
    certificate, reason = attempt(outcome)
    assert certificate is None
    assert reason == getattr(refusals, name)
