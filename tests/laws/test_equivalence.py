"""Two ways to one student: the cone engine, brute force in 50 digits, the hull solver."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from tests.budget import fewer
from tests.laws.agreement import assert_same
from tests.oracles import hull_of_two, least_on_hull, mixture

CASES = [
    (loss, side)
    for loss in (klr.KL, klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito)
    for side in ("left", "right")
    if loss.convex_right or side == "left"
]


def parts(seed, models, points=2, outputs=2):
    """Return models, a teacher and weights at random: shapes (m, n, k), (n, k), (n,)."""
    rng = np.random.default_rng(seed)
    drawn = rng.dirichlet(np.ones(outputs), size=(models, points))
    return drawn, rng.dirichlet(np.ones(outputs), size=points), rng.dirichlet(np.ones(points))


@pytest.mark.parametrize(("loss", "side"), CASES, ids=str)
@fewer(5)
@given(seed=st.integers(0, 10**6))
def test_the_cone_engine_meets_brute_force(loss, side, seed):
    """The cone engine's objective is above the least one in 50 digits by its gap at most."""
    models, teacher, weights = parts(seed, 2)
    student = klr.project(
        teacher, klr.Hull(models), weights=weights, loss=loss, side=side, solver="conic"
    )
    least = float(least_on_hull(loss.name, side, models, teacher, weights))
    rounding = student.gap_rounding
    assert -rounding <= student.objective - least <= student.gap + rounding


@pytest.mark.parametrize(("loss", "side"), CASES, ids=str)
@given(seed=st.integers(0, 10**6))
def test_the_hull_solver_meets_the_root(loss, side, seed):
    """On two models the hull's solver finds the root of the slope in 50 digits."""
    models, teacher, weights = parts(seed, 2)
    student = klr.project(teacher, klr.Hull(models), weights=weights, loss=loss, side=side)
    share = hull_of_two(loss.name, side, models, teacher, weights)
    exact = np.array(mixture([1 - share, share], models), dtype=float)
    value = loss.divergence(
        *((exact, teacher) if side == "left" else (teacher, exact)), weights=weights
    )
    assert abs(student.objective - value) <= student.gap


@pytest.mark.parametrize(("loss", "side"), CASES, ids=str)
@fewer(5)
@given(seed=st.integers(0, 10**6))
def test_the_cone_engine_and_the_hull_solver_agree(loss, side, seed):
    """On hulls of five models both students are the same within the sum of their gaps."""
    models, teacher, weights = parts(seed, 5, points=4, outputs=3)
    instance = klr.Instance(
        teacher=teacher, students=klr.Hull(models), weights=weights, loss=loss, side=side
    )
    assert_same(instance.solve().student, instance.solve(solver="conic").student, instance)
