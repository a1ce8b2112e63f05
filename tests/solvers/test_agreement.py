"""Structured and conic are one another's twin: every class, both sides, spreads, faces, ties.

Softmax layers have no cone program; their twins are in test_log_linear.py.
"""

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.classes.base import Space
from kl_regression.errors import InfeasibleError, InfiniteDivergenceError, InputError, SolverError
from kl_regression.strategies import weights
from kl_regression.strategies.classes import boxes, convexes, hulls, linear_heads, lipschitzes
from kl_regression.strategies.instances import teachers
from tests.budget import agreeing
from tests.solvers.agreement import assert_honest, assert_no_worse

LOSSES = (klr.KL, klr.GeneralizedKL, klr.SquaredError)
SPREADS = (1, 12, 300)
"""Decades that entries and weights span: cone solvers fail on the wider ones."""
POINTS = 6


def ranks(n):
    """Draw total orders of n points, ties included."""
    return st.builds(klr.Monotone, st.lists(st.integers(0, n), min_size=n, max_size=n))


ON_A_LINE = {
    "monotone": ranks,
    "lipschitz": lambda n: lipschitzes(n, dimensions=1),
    "convex": lambda n: convexes(n, dimensions=1),
}
IN_SPACE = {
    "hull": lambda loss, n, k, spread: hulls(loss, n, k, spread=spread),
    "linear head": lambda loss, n, k, _spread: linear_heads(loss, n, k),
    "box": lambda loss, n, k, spread: boxes(loss, n, k, spread=spread),
}


@st.composite
def instances(draw, kind, side):
    """Draw instances of a class that has a structured solver."""
    loss, spread = draw(st.sampled_from(LOSSES)), draw(st.sampled_from(SPREADS))
    n = draw(st.integers(1, POINTS))
    if kind in ON_A_LINE:  # pairs (1 - f, f) and free columns
        k = 2 if loss.domain.simplex else draw(st.integers(1, 2))
        students = draw(ON_A_LINE[kind](n))
    else:
        k = draw(st.integers(1 + loss.domain.simplex, 3))
        students = draw(IN_SPACE[kind](loss, n, k, spread))
    space = Space.of(loss.domain, n, k)
    return klr.Instance(
        teacher=draw(teachers(students, loss, side, space, spread=spread)),
        students=students,
        weights=draw(weights(n, spread=spread)),
        loss=loss,
        side=side,
    )


def solved(instance, solver):
    """Return the student, or None where no such solver exists or none returned a point."""
    try:
        return instance.solve(solver=solver).student
    except (InfeasibleError, InfiniteDivergenceError):
        assume(condition=False)
    except (InputError, SolverError) as error:
        event(f"{solver}: {type(error).__name__}")
    return None


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("kind", [*IN_SPACE, *ON_A_LINE])
@agreeing()
@given(data=st.data())
def test_structured_and_conic_agree_within_the_sum_of_their_gaps(kind, side, data):
    """Neither is better than the other by more than its gap, and both gaps are what they say."""
    instance = data.draw(instances(kind, side))
    structured = solved(instance, "structured")
    assume(structured is not None)
    assert_honest(instance, structured)
    conic = solved(instance, "conic")
    if conic is not None:
        event("both returned a point")
        assert_honest(instance, conic)
        assert_no_worse(instance, structured, conic)
        assert_no_worse(instance, conic, structured)
