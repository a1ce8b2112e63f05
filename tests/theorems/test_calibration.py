"""Calibration bounds: held where the conditioning allows, and the counterexamples where not."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

import kl_regression as klr
from kl_regression import calibration as cal
from kl_regression.theorems.calibration import (
    DISTANCE,
    GIVEN_TEACHER,
    GIVEN_X,
    ONE_SIDED,
    OWN_SCORE,
    THEOREMS,
    calibration,
)
from kl_regression.theorems.smooth_calibration import (
    distance_to_calibration,
    kernel_calibration,
    laplace_calibration,
    smooth_calibration,
)
from tests.budget import fewer
from tests.populations import populations

ALIKE = "both scores cut the points alike for every class"
BALLS = [{}, {"lipschitz": 5.0}, {"joint": True}]


def outcome(teacher, student, labels, weights=None):
    """Return an instance whose only possible student is the given one."""
    teacher, student = np.asarray(teacher, float), np.asarray(student, float)
    solved = klr.Instance(
        teacher=teacher,
        truth=np.eye(teacher.shape[1])[np.asarray(labels)],
        students=klr.Hull([student]),
        weights=weights,
    ).solve()
    assert np.array_equal(solved.student.predictions, student)
    return solved


@given(populations(models=2, least=1), st.floats(0.0, 1.0))
def test_marginal_bounds(population, share):
    """No bound is violated, near the teacher or far; common conditionings always apply."""
    g, s, weights, labels = population
    solved = outcome(g, g + share * (s - g), labels, weights)
    for theorem in THEOREMS:
        found = theorem.check(solved)
        assert found.verdict in {klr.Verdict.HOLDS, klr.Verdict.NOT_APPLICABLE}
        assert not found.unmet or theorem in (OWN_SCORE, ONE_SIDED)
    for given_by in (cal.bins([0.0, 0.4, 1.0], of=g), cal.groups(np.zeros(len(g)))):
        assert calibration(solved, given_by).verdict is klr.Verdict.HOLDS
    assert calibration(solved, cal.bins([0.0, 0.4, 1.0])).verdict is not klr.Verdict.VIOLATED


@given(populations(models=2, least=1))
def test_own_score_needs_equal_partitions(population):
    """The own-score bound applies iff for every class the same pairs of points tie."""
    g, s, weights, labels = population
    where = np.flatnonzero(weights > 0)
    apart = {
        (g[i, c] == g[j, c], s[i, c] == s[j, c])
        for i in where
        for j in where
        for c in range(g.shape[1])
    }
    solved = outcome(g, s, labels, weights)
    unmet = OWN_SCORE.check(solved).unmet
    assert bool(unmet) == bool({(True, False), (False, True)} & apart)
    assert all(ALIKE in reason for reason in unmet)


@pytest.mark.parametrize("ball", BALLS)
@fewer(3)
@given(population=populations(models=2, least=1), share=st.floats(0.0, 1.0))
def test_smooth_bounds(ball, population, share):
    """Smooth calibration errors differ by at most their constant times the distance, always."""
    g, s, weights, labels = population
    solved = outcome(g, g + share * (s - g), labels, weights)
    found = smooth_calibration(solved, **ball)
    assert found.verdict is klr.Verdict.HOLDS
    constant = 1.0 if "joint" in ball else 1.0 + ball.get("lipschitz", 1.0)
    distance = found.terms.parts["bound at E ||g - s||_1 itself"]
    apart = weights @ np.abs(g - solved.student.predictions).sum(axis=1)
    assert distance == pytest.approx(constant * apart)
    assert found.terms.smaller <= distance + found.terms.rounding


@fewer(3)
@given(populations(models=2, least=1), st.floats(0.0, 1.0), st.sampled_from([0.05, 0.3]))
def test_kernel_bounds(population, share, width):
    """SmoothECE differs by at most 1 + sqrt(2/π)/σ times the distance."""
    g, s, weights, labels = population
    solved = outcome(g, g + share * (s - g), labels, weights)
    found = kernel_calibration(solved, width=width)
    assert found.verdict is klr.Verdict.HOLDS
    constant = 1.0 + np.sqrt(2.0 / np.pi) / width
    distance = constant * found.terms.parts["d"] ** 0.5 * 2**0.5
    assert found.terms.larger <= distance * (1 + 1e-12)


@fewer(3)
@given(populations(models=2, least=1), st.floats(0.0, 1.0))
def test_distance_and_laplace_bounds(population, share):
    """Distances to calibration differ by at most D, Laplace errors by at most D + sqrt(2kD)."""
    g, s, weights, labels = population
    solved = outcome(g, g + share * (s - g), labels, weights)
    for check in (distance_to_calibration, laplace_calibration):
        found = check(solved)
        assert found.verdict is klr.Verdict.HOLDS
        itself = found.terms.parts["bound at E ||g - s||_1 itself"]
        assert found.terms.smaller <= itself + found.terms.rounding


def rows(*table):
    """Return rows of exact fractions, from strings such as "1/2 3/10 1/5"."""
    return [[Fraction(entry) for entry in row.split()] for row in table]


def exact_error(predictions, labels):
    """Return Σ_c E |F_c - P(Y = c | F_c)| of exact rows with equal weights, as a fraction."""
    table = np.array(predictions, dtype=object)
    whole = Fraction(0)
    for c, column in enumerate(table.T):
        for value in set(column):
            cell = [
                value - (label == c) for v, label in zip(column, labels, strict=True) if v == value
            ]
            whole += abs(sum(cell))
    return whole / len(table)


def exact_bound(g, s):
    """Return 2 sqrt(1 - exp(-KL(g, s))) of exact rows with equal weights, to 30 digits."""
    with mp.workdps(30):
        ratios = [
            mpf(a.numerator) / a.denominator * mp.log(mpf((a / b).numerator) / (a / b).denominator)
            for first, second in zip(g, s, strict=True)
            for a, b in zip(first, second, strict=True)
        ]
        return 2 * mp.sqrt(-mp.expm1(-mp.fsum(ratios) / len(g)))


HALVES = rows("1/2 1/2", "1/2 1/2")
COUNTEREXAMPLES = {
    "two points, e = 1/10": (HALVES, rows("3/5 2/5", "2/5 3/5"), [0, 1], "0", "4/5"),
    "two points, e = 1/100": (HALVES, rows("51/100 49/100", "49/100 51/100"), [0, 1], "0", "49/50"),
    "two points, e = 1/1000": (
        HALVES,
        rows("501/1000 499/1000", "499/1000 501/1000"),
        [0, 1],
        "0",
        "499/500",
    ),
    "two points, roles exchanged": (
        rows("49/100 51/100", "51/100 49/100"),
        HALVES,
        [0, 1],
        "51/50",
        "0",
    ),
    "four points": (
        rows(*["1/2 1/2"] * 4),
        rows(*[f"{500 + i}/1000 {500 - i}/1000" for i in (1, 2, 3, 4)]),
        [0, 1, 0, 1],
        "0",
        "1001/1000",
    ),
    "injective as vectors": (
        rows("1/2 3/10 1/5", "1/2 1/5 3/10"),
        rows("5001/10000 2999/10000 1/5", "1/2 1/5 3/10"),
        [0, 1],
        "4/5",
        "12999/10000",
    ),
}


@pytest.mark.parametrize("name", COUNTEREXAMPLES)
def test_own_score_counterexamples(name):
    """With each model conditioned on its own score the bound fails, and the theorem says why not.

    The errors are stored exactly; every bound with a common or smooth conditioning holds there, and
    so does the one-sided one.
    """
    g, s, labels, teacher_error, student_error = COUNTEREXAMPLES[name]
    assert exact_error(g, labels) == Fraction(teacher_error)
    assert exact_error(s, labels) == Fraction(student_error)
    apart = abs(Fraction(teacher_error) - Fraction(student_error))
    assert apart > Fraction(float(exact_bound(g, s)))
    solved = outcome(g, s, labels)
    found = OWN_SCORE.check(solved)
    assert found.verdict is klr.Verdict.NOT_APPLICABLE
    assert found.unmet == (f"{ALIKE}: for class 0 teacher and student tie different points",)
    terms = OWN_SCORE.terms(solved)
    assert terms.smaller == pytest.approx(float(apart), abs=1e-15)
    assert terms.slack < -terms.rounding - terms.gap
    for theorem in (DISTANCE, GIVEN_X, GIVEN_TEACHER, ONE_SIDED):
        assert theorem.check(solved).verdict is klr.Verdict.HOLDS
    assert smooth_calibration(solved).verdict is klr.Verdict.HOLDS


def test_the_four_points_to_sixteen_digits():
    """Labels 0, 1, 0, 1, g = 1/2, s = 1/2 + i/1000: left 1.001, right .007746029049336920."""
    g, s, labels, *_ = COUNTEREXAMPLES["four points"]
    assert exact_error(s, labels) - exact_error(g, labels) == Fraction("1.001")
    assert mp.nstr(exact_bound(g, s), 16) == "0.00774602904933692"


def test_temperature_scaling_is_no_remedy():
    """A temperature of 1.001 splits a tie and moves the own-score error from .75 to 1.25004."""
    g = np.array([[0.5, 0.4, 0.1], [0.5, 0.25, 0.25]])
    powers = g ** (1 / 1.001)
    solved = outcome(g, powers / powers.sum(axis=1, keepdims=True), [0, 1])
    terms = OWN_SCORE.terms(solved)
    assert terms.parts["teacher's error"] == 0.75
    assert round(terms.parts["student's error"], 5) == 1.25004
    assert terms.larger < 0.001 < terms.smaller
    assert OWN_SCORE.check(solved).verdict is klr.Verdict.NOT_APPLICABLE
    assert ONE_SIDED.check(solved).verdict is klr.Verdict.HOLDS


def test_one_sided_needs_one_coarser_model():
    """Each model splits a tie of the other: neither error is below the other's plus the bound."""
    g = [[0.5, 0.5], [0.5, 0.5], [0.301, 0.699], [0.299, 0.701]]
    s = [[0.501, 0.499], [0.499, 0.501], [0.3, 0.7], [0.3, 0.7]]
    light, heavy = 0.1, 0.4
    for weights in ([light, light, heavy, heavy], [heavy, heavy, light, light]):
        solved = outcome(g, s, [0, 1, 0, 1], weights)
        found = ONE_SIDED.check(solved)
        assert found.verdict is klr.Verdict.NOT_APPLICABLE
        assert (
            "for class 0 the teacher's score splits points that the student's ties"
            in found.unmet[0]
        )
        terms = OWN_SCORE.terms(solved)
        assert terms.smaller > terms.larger


def test_one_sided_needs_the_same_model_for_every_class():
    """Where the teacher is coarser for class 0, the student for class 1, the bound fails.

    Class 0: teacher 0, student .499; class 1: teacher .501, student .25; class 2 hardly differs.
    """
    g = [[0.5, 0.251, 0.249], [0.5, 0.249, 0.251]]
    s = [[0.501, 0.25, 0.249], [0.499, 0.25, 0.251]]
    solved = outcome(g, s, [0, 1])
    found = ONE_SIDED.check(solved)
    assert found.verdict is klr.Verdict.NOT_APPLICABLE
    assert "for class 1 the teacher's score splits" in found.unmet[0]
    assert "for class 0 the student's" in found.unmet[0]
    terms = OWN_SCORE.terms(solved)
    assert terms.parts["student's error"] - terms.parts["teacher's error"] > 0.2 > terms.larger


def test_shared_edges_are_no_shared_bins():
    """Each model's own score in common edges cuts differently when a score crosses an edge."""
    solved = outcome([[0.5, 0.5], [0.5, 0.5]], [[0.51, 0.49], [0.49, 0.51]], [0, 1])
    edges = [0.0, 0.5, 1.0]
    assert calibration(solved, cal.bins(edges)).verdict is klr.Verdict.NOT_APPLICABLE
    shared = cal.bins(edges, of=solved.instance.teacher)
    assert calibration(solved, shared).verdict is klr.Verdict.HOLDS


@pytest.mark.parametrize("step", [Fraction(1, 10), Fraction(1, 1000)])
def test_two_is_the_constant_of_smooth_calibration(step):
    """Scores 0 with label 1, weight p, and 1 with label 0, weight p (1 - δ); move the 0 to δ.

    The error falls from p to p (1 - δ)^2, by 2 - δ times the distance p δ.
    """
    p = 1 / (2 - step)
    weights = [float(p), float(1 - p)]
    labels = [0, 1]
    before = cal.smooth_error([[0.0, 1.0], [1.0, 0.0]], labels, weights=weights)
    moved = [[float(step), float(1 - step)], [1.0, 0.0]]
    after = cal.smooth_error(moved, labels, weights=weights)
    ratio = (before.per_class - after.per_class) / float(p * step)
    assert ratio == pytest.approx(float(2 - step), rel=1e-9)


def test_one_is_the_constant_of_the_joint_ball():
    """A single score moves its own error by as much as it moves."""
    found = [cal.smooth_error([[a, 1 - a]], [0], joint=True).per_class[0] for a in (0.25, 0.5)]
    assert found == [0.75, 0.5]


@pytest.mark.parametrize("step", [1e-2, 1e-4])
def test_the_distance_bound_is_sharp(step):
    """Around (1/2, 1/2) the distance meets sqrt(2d) as d -> 0; at disjoint supports it meets 2."""
    solved = outcome([[0.5, 0.5]], [[0.5 + step, 0.5 - step]], [0])
    terms = DISTANCE.terms(solved)
    assert 1.0 <= terms.larger / terms.smaller <= 1.0 + step**2
    far = outcome([[1 - 1e-300, 1e-300]], [[0.0, 1.0]], [0])
    assert DISTANCE.terms(far).larger == DISTANCE.terms(far).smaller == 2.0


def test_labels_stand_in_for_the_truth():
    """Labels give what their one-hot rows as truth give; without either nothing applies."""
    g, s, labels = [[0.5, 0.5], [0.3, 0.7]], [[0.6, 0.4], [0.3, 0.7]], [0, 1]
    known = outcome(g, s, labels)
    unknown = klr.Instance(teacher=g, students=klr.Hull([s])).solve()
    for measure in (
        lambda at, y: calibration(at, cal.points(), labels=y),
        lambda at, y: smooth_calibration(at, labels=y),
        lambda at, y: kernel_calibration(at, width=0.2, labels=y),
        lambda at, y: distance_to_calibration(at, labels=y),
        lambda at, y: laplace_calibration(at, labels=y),
    ):
        assert measure(unknown, labels).terms == measure(known, None).terms
        assert measure(unknown, None).unmet == ("truth known: no truth was given",)
