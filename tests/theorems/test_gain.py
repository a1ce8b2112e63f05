"""Equality, the bracket for every truth, and hypotheses no stronger than they need be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.strategies import instances
from kl_regression.theorems.gain import EQUALITY
from kl_regression.theorems.identities import EVERY_TRUTH
from kl_regression.theorems.right import (
    EXACT_GAIN,
    FOUR_POINT,
    HELLINGER,
    NONREALIZABLE,
    QUADRATIC,
    STRICT,
)
from kl_regression.theorems.right import GAIN as RIGHT_GAIN
from kl_regression.tolerance import CONIC_GAP
from tests.budget import fewer
from tests.theorems.students import SEEDS, hull, nearby

HOLDS = klr.Verdict.HOLDS


def rows(*integers):
    """Return distributions, shape (len(integers), k): each row of integers over its sum."""
    array = np.array(integers, dtype=float)
    return array / array.sum(axis=-1, keepdims=True)


def solved(models, teacher, truth, **options):
    """Return the outcome on the hull of models at one point, all rows of integers."""
    students = klr.Hull(np.array([rows(model) for model in models]))
    return klr.Instance(
        teacher=rows(teacher), truth=rows(truth), students=students, **options
    ).solve()


@pytest.mark.parametrize("loss", [klr.KL, klr.SquaredError], ids=repr)
@fewer(4)
@given(data=st.data())
def test_equality_on_affine_classes(loss, data):
    """D(f,s) + D(s,g) = D(f,g) on linear heads, a slice of the simplex under KL."""
    kinds = ("linear head",)
    drawn = instances(losses=(loss,), sides=("left",), kinds=kinds, points=3, spread=1)
    outcome = data.draw(drawn).solve()
    found = EQUALITY.check(outcome)
    assert found.unmet or found.verdict is not klr.Verdict.VIOLATED
    if not found.unmet:
        assert abs(found.terms.slack) <= found.terms.rounding + found.terms.gap


@pytest.mark.parametrize("seed", range(3))
def test_equality_applies_to_linear_heads(seed):
    """On a linear head whose student keeps off the faces there is equality, up to its gap."""
    rng = np.random.default_rng(seed)
    features = np.column_stack([np.ones(6), rng.uniform(-1, 1, 6)])
    truth = features @ np.array([[0.4, 0.3, 0.3], [0.1, -0.2, 0.1]])
    outcome = klr.Instance(
        teacher=rng.dirichlet(8 * np.ones(3), size=6),
        truth=truth,
        students=klr.LinearHead(features, outputs=3),
    ).solve()
    found = EQUALITY.check(outcome)
    assert abs(found.terms.slack) <= found.terms.rounding + found.terms.gap
    assert found.terms.gap <= CONIC_GAP
    assert outcome.misfit > 0.01


def test_equality_inside_a_hull_and_not_on_its_face():
    """Inside the hull there is equality; at a vertex there is slack, and the reason is told."""
    inside = solved([(4, 1, 1), (1, 4, 1)], (1, 1, 4), (4, 1, 1))
    assert EQUALITY.check(inside).verdict is HOLDS
    assert inside.misfit > 0.1
    face = solved([(3, 1), (2, 2)], (1, 3), (3, 1))
    (why,) = EQUALITY.check(face).unmet
    assert why.endswith("the class is not affine and the student not in a hull's relative interior")
    assert face.slack > 0.1


@pytest.mark.parametrize("loss", [klr.KL, klr.GeneralizedKL])
@given(seed=SEEDS, reach=st.sampled_from([0.0, 0.1, 1.0]))
def test_the_bracket_for_every_truth(loss, seed, reach):
    """The least gain over all truths in the hull is the misfit less the gap, whatever s^ in V."""
    outcome = nearby(hull(seed, loss).solve(), seed, reach)
    found = EVERY_TRUTH.check(outcome)
    assert found.verdict is HOLDS
    assert found.terms.slack <= found.terms.rounding + 2 * outcome.student.gap_rounding
    low, high = (found.terms.parts[f"gain at {end}"] for end in ("least", "most"))
    spare = found.terms.rounding + outcome.slack_sum.rounding
    assert low - spare <= outcome.gain <= high + spare


@given(SEEDS, st.sampled_from([0.0, 0.1, 1.0]))
def test_strictness_on_the_right(seed, reach):
    """Gain >= (E Σ f |1 - g/s|)^2 / (2 + 4 gap/3) - gap: a student that differs on supp f gains."""
    outcome = nearby(hull(seed, side="right").solve(), seed, reach)
    assert STRICT.check(outcome).verdict in {HOLDS, klr.Verdict.UNDECIDED}
    assert STRICT.terms(outcome).slack >= -STRICT.terms(outcome).rounding - outcome.gap


def test_the_right_side_allows_zeros():
    """Where the teacher vanishes D(s,g) is infinite, and the right-side theorems apply still."""
    outcome = solved([(1, 1, 1), (3, 1, 1)], (1, 1, 0), (1, 1, 1), side="right")
    assert outcome.misfit == np.inf
    for theorem in (FOUR_POINT, RIGHT_GAIN, STRICT, NONREALIZABLE):
        assert theorem.check(outcome).verdict is HOLDS, theorem.key


@given(SEEDS)
def test_points_that_the_truth_never_sees(seed):
    """Where f and s vanish and g does not, g/s is infinite and f g/s is 0: the gain is exact."""
    rng = np.random.default_rng(seed)
    n, k = rng.integers(1, 4), rng.integers(2, 5)
    truth, other, teacher = rng.dirichlet(np.ones(k), size=(3, n))
    unseen = np.arange(k) == rng.integers(0, k, (n, 1))
    truth, other = (np.where(unseen, 0.0, v) for v in (truth, other))
    truth, other = (v / v.sum(axis=1, keepdims=True) for v in (truth, other))
    instance = klr.Instance(
        teacher=teacher, truth=truth, students=klr.Hull(truth[None]), side="right"
    )
    outcome = instance.measure(other)
    for theorem in (EXACT_GAIN, HELLINGER):
        assert theorem.check(outcome).verdict is HOLDS, theorem.key


def test_truths_where_teacher_and_student_vanish():
    """Where f does not vanish and g and s do, 0/0 counts 0: m is that of the other entries."""
    outcome = solved([(1, 1, 0), (1, 2, 1)], (1, 1, 0), (1, 2, 1), side="right")
    found = FOUR_POINT.check(outcome)
    assert found.terms.parts["m_f = E Σ f g/s"] == pytest.approx(0.75)
    for theorem in (FOUR_POINT, RIGHT_GAIN, QUADRATIC, STRICT):
        assert theorem.check(outcome).verdict is HOLDS, theorem.key


ZEROS = {
    "student and teacher vanish off the truth": ([(1, 1, 0)], (1, 3, 0), (1, 0, 0)),
    "teacher vanishes off the truth": ([(1, 1, 1)], (1, 1, 0), (1, 1, 0)),
    "student vanishes off the truth": ([(1, 1, 0)], (1, 1, 1), (1, 0, 0)),
}


@pytest.mark.parametrize("name", ZEROS)
def test_risk_bounds_need_the_floor_on_the_truth_alone(name):
    """With zeros off the truth's support every risk bound applies, holds, and has no NaN."""
    models, teacher, truth = ZEROS[name]
    side = "left" if name.startswith("student") else "right"
    outcome = solved(models, teacher, truth, side=side)
    for found in klr.check(outcome):
        if found.theorem.key.startswith("risk bound"):
            assert found.verdict is HOLDS, found.theorem.key
            assert not np.isnan(list(found.terms.parts.values())).any(), found.theorem.key


def test_the_terms_of_the_bounds_stand_by_themselves():
    """Oscillation, distance, ε, τ, B, γ, C1, the textbook constant and both d are in the parts."""
    outcome = solved([(4, 1, 1), (1, 4, 1)], (1, 2, 5), (1, 1, 6))
    report = klr.check(outcome)
    named = {
        "truth outside the class": {"gap", "E osc TV(f, f_s)", "max osc", "E TV"},
        "classical bound": {"ε", "τ", "B", "γ", "computable form: gap + E osc TV"},
        "risk bound": {
            "γ",
            "KL(g,s)",
            "KL(s,g)",
            "C1 = sqrt(2 (1-γ)/γ)",
            "log form",
            "textbook 1/(sqrt(2) γ) sqrt(d)",
        },
        "distance of the truth": {"E TV(f, V) at least", "E TV(f, witness)"},
    }
    for key, parts in named.items():
        assert parts <= set(report[key].terms.parts), key
    away = report["distance of the truth"].terms.parts
    assert 0 < away["E TV(f, V) at least"] <= away["E TV(f, witness)"]
