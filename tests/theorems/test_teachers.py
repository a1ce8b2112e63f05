"""Theorems about more than one teacher: several at once, chains."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

import kl_regression as klr
from kl_regression.errors import InputError
from kl_regression.theorems.teachers import chain, several_teachers

TRUTH = [[0.9, 0.1]]
NEAR = klr.Hull([[[0.9, 0.1]], [[0.7, 0.3]]])


def parts(seed, teachers):
    """Return a hull, a truth in it, weights, and some teachers, at random."""
    rng = np.random.default_rng(seed)
    n, k, m = rng.integers(1, 6), rng.integers(2, 5), rng.integers(2, 5)

    def rows(*shape):
        return softmax(rng.choice([0.1, 1.0, 3.0]) * rng.normal(size=shape), axis=-1)

    models = rows(m, n, k)
    truth = np.tensordot(rng.dirichlet(np.ones(m)), models, 1)
    return klr.Hull(models), truth, rng.dirichlet(np.ones(n)), rows(teachers, n, k)


@given(seed=st.integers(0, 10**6), share=st.floats(0.0, 1.0))
def test_several_teachers(seed, share):
    """The student of several teachers beats their average error by its average disagreement."""
    hull, truth, weights, teachers = parts(seed, 2)
    found = several_teachers(teachers, hull, [share, 1.0 - share], truth=truth, weights=weights)
    assert found.verdict is klr.Verdict.HOLDS


@given(seed=st.integers(0, 10**6))
def test_misfits_along_a_chain(seed):
    """Along a chain of students the misfits sum to at most the whole gain."""
    hull, truth, weights, teachers = parts(seed, 2)
    first = klr.Instance(teacher=teachers[0], truth=truth, students=hull, weights=weights).solve()
    smaller = klr.Hull(np.array([truth, teachers[1]]))
    second = klr.Instance(
        teacher=first.student.predictions, truth=truth, students=smaller, weights=weights
    ).solve()
    assert chain([first, second]).verdict is klr.Verdict.HOLDS


def test_a_broken_chain_is_refused():
    """A chain whose next teacher is not the last student is an input error."""
    hull, truth, weights, teachers = parts(0, 2)
    outcomes = [
        klr.Instance(teacher=g, truth=truth, students=hull, weights=weights).solve()
        for g in teachers
    ]
    with pytest.raises(InputError, match="no chain"):
        chain(outcomes)


@pytest.mark.parametrize("shares", [[0.5, 0.6], [-0.5, 1.5], [1.0]])
def test_coefficients_are_a_distribution(shares):
    """Coefficients that are negative, too few, or sum to something else than 1 are refused."""
    hull, truth, weights, teachers = parts(0, 2)
    with pytest.raises(InputError, match="coefficients"):
        several_teachers(teachers, hull, shares, truth=truth, weights=weights)


COEFFICIENTS = {
    "nan": ([np.nan, 1.0], "entry (0,) = nan is not finite"),
    "negative": ([1.5, -0.5], "entry 1 = -0.5 is negative. Give l_w >= 0 with sum 1"),
    "sum": ([0.5, 0.6], "sums to 1.1. Give l_w >= 0 with sum 1"),
    "too few": ([1.0], "has shape (1,). Use shape (2,): one coefficient a teacher"),
    "columns": ([[0.5, 0.5]], "has shape (1, 2). Use shape (2,)"),
}


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_what_is_wrong_with_coefficients_is_said(name):
    """The error names the argument, the first offending entry and the remedy."""
    hull, truth, weights, teachers = parts(0, 2)
    coefficients, words = COEFFICIENTS[name]
    with pytest.raises(InputError, match=re.escape(f"coefficients: {words}")) as caught:
        several_teachers(teachers, hull, coefficients, truth=truth, weights=weights)
    assert caught.value.argument == "coefficients"


def test_a_teacher_of_coefficient_0_drops_out():
    """Its zeros change nothing: the check is that of the other teachers alone."""
    zero, other = [[1.0, 0.0]], [[0.4, 0.6]]
    found = several_teachers([zero, other, other], NEAR, [0.0, 0.5, 0.5], truth=TRUTH)
    alone = several_teachers([other], NEAR, [1.0], truth=TRUTH)
    assert found.verdict is klr.Verdict.HOLDS
    assert (found.terms.smaller, found.terms.larger) == (alone.terms.smaller, alone.terms.larger)
    assert list(found.terms.parts) == ["KL(s, g_1)", "KL(s, g_2)"]


def test_teachers_that_cannot_be_pooled():
    """No teacher, teachers of unequal shapes and rows without a common class are refused."""
    for teachers, words in (
        ([], "teachers: is empty"),
        ([TRUTH, TRUTH * 2], "teachers[1]: has shape (2, 2). Use the shape of teachers[0]"),
        (np.eye(2)[:, None], "teachers: row 0 has a zero of some teacher in every class"),
    ):
        with pytest.raises(InputError, match=re.escape(words)):
            several_teachers(teachers, NEAR, np.full(2, 0.5), truth=TRUTH)


def test_a_chain_has_links_of_one_loss():
    """An empty chain and one whose losses differ are refused."""
    hull, truth, weights, teachers = parts(0, 1)
    with pytest.raises(InputError, match="outcomes: is empty"):
        chain([])
    first = klr.Instance(teacher=teachers[0], truth=truth, students=hull, weights=weights).solve()
    second = klr.Instance(
        teacher=first.student.predictions,
        truth=truth,
        students=hull,
        weights=weights,
        loss=klr.SquaredError,
    ).solve()
    with pytest.raises(InputError, match="outcomes: links 0 and 1 have different losses"):
        chain([first, second])


def links(**changes):
    """Return two links at one point, the second's instance with some arguments changed."""
    first = klr.Instance(teacher=[[0.5, 0.5]], truth=TRUTH, students=NEAR).solve()
    second = {"teacher": first.student.predictions, "truth": TRUTH, "students": NEAR}
    return first, klr.Instance(**(second | changes)).solve()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"students": klr.Hull([[[0.2, 0.8]]])}, "truth in the class: link 1: the truth is at"),
        ({"side": "right"}, "side left: link 1: the student minimises D(teacher, student)"),
        ({"students": NEAR | klr.Hull([TRUTH])}, "class convex in outputs: link 1: "),
        ({"truth": None}, "truth known: link 1: no truth was given"),
    ],
)
def test_every_link_meets_the_hypotheses(changes, reason):
    """Where a later link does not meet a hypothesis the theorem does not apply, and names it."""
    found = chain(links(**changes))
    assert found.verdict is klr.Verdict.NOT_APPLICABLE
    assert len(found.unmet) == 1
    assert found.unmet[0].startswith(reason)
    assert chain(links()).verdict is klr.Verdict.HOLDS


def test_a_chain_is_as_exact_as_its_least_exact_link():
    """A slack within the gap of a later link is undecided, though the first student is exact."""
    truth = [[0.7, 0.3]]
    first = klr.Instance(teacher=[[0.5, 0.5]], truth=truth, students=NEAR).solve()
    teacher = first.student.predictions
    second = klr.Instance(teacher=teacher, truth=truth, students=NEAR).measure(TRUTH)
    assert first.student.status == "exact"
    found = chain([first, second])
    assert found.terms.slack < -found.terms.rounding
    assert found.verdict is klr.Verdict.UNDECIDED


def test_links_have_one_truth_and_one_weighting():
    """Links with other truths or weights are refused by their numbers."""
    with pytest.raises(InputError, match="links 0 and 1 have different truths"):
        chain(links(truth=[[0.8, 0.2]]))
    hull, truth, weights, teachers = parts(3, 1)
    assert len(weights) > 1
    first = klr.Instance(teacher=teachers[0], truth=truth, students=hull).solve()
    second = klr.Instance(
        teacher=first.student.predictions, truth=truth, students=hull, weights=weights
    )
    with pytest.raises(InputError, match="links 0 and 1 have different weights"):
        chain([first, second.solve()])
