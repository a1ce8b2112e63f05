"""What is false, and must stay so: minimal instances, rows of integers over their sum.

Each number is the slack at the true student; a computed one meets it within its gap and rounding.
"""

import mpmath as mp
import numpy as np
import pytest

import kl_regression as klr


def rows(*integers):
    """Return distributions, shape (len(integers), k): each row of integers over its sum."""
    array = np.array(integers, dtype=float)
    return array / array.sum(axis=-1, keepdims=True)


def solved(models, teacher, truth, *, side="left", union=False):
    """Return the outcome on the hull, or the union, of models at one point."""
    parts = [rows(model)[None] for model in models]
    students = klr.Hull(np.concatenate(parts))
    if union:
        students = klr.Hull(parts[0])
        for part in parts[1:]:
            students = students | klr.Hull(part)
    return klr.Instance(
        teacher=rows(teacher), truth=rows(truth), students=students, side=side
    ).solve()


def assert_amount(value, expected, outcome):
    """Assert that a slack of an outcome is what it is at the true student."""
    allowed = 4 * (outcome.slack_sum.rounding + outcome.student.gap_rounding)
    assert value == pytest.approx(expected, abs=allowed)


def test_gain_theorem_needs_convexity():
    """On two points, which are no convex class, the gain theorem is violated."""
    outcome = solved([(3, 2), (1, 2)], (1, 1), (1, 2), union=True)
    assert_amount(outcome.slack, -0.108124028828843835, outcome)
    assert "class convex in outputs" in klr.check(outcome)["gain"].unmet[0]
    assert outcome.student.status is klr.Status.LOCAL


def test_gain_theorem_needs_a_realizable_truth():
    """For a truth outside the hull the student can be worse than its teacher."""
    outcome = solved([(4, 1, 1), (1, 4, 1)], (1, 2, 5), (1, 1, 6))
    assert_amount(outcome.slack, -1.23682039611671978372, outcome)
    assert outcome.student_error > outcome.teacher_error
    assert "truth in the class" in klr.check(outcome)["gain"].unmet[0]


def test_right_gain_is_not_the_misfit():
    """On the right the gain can be below D(student, teacher) and below D(teacher, student)."""
    outcome = solved([(5, 1, 1), (2, 4, 3)], (3, 1, 5), (5, 1, 1), side="right")
    assert_amount(outcome.slack, -0.149402600209333981, outcome)
    teacher, student = outcome.instance.teacher, outcome.student.predictions
    assert outcome.gain - klr.KL.divergence(teacher, student) == pytest.approx(-0.111504245)
    assert "side left" in klr.check(outcome)["gain"].unmet[0]


def test_right_gain_can_be_no_part_of_the_misfit():
    """On the right no constant helps: the gain is exactly 0 and the misfit is not."""
    outcome = solved([(1, 0, 0), (0, 1, 1)], (1, 1, 2), (1, 0, 0), side="right")
    assert outcome.student.predictions == pytest.approx(rows((2, 3, 3)), abs=outcome.gap)
    assert_amount(outcome.gain, 0.0, outcome)
    assert outcome.misfit == pytest.approx(0.0441686383711)
    teacher, student = outcome.instance.teacher, outcome.student.predictions
    assert klr.KL.divergence(teacher, student) == pytest.approx(0.0424747591888)


@pytest.mark.parametrize(
    ("side", "models", "teacher", "truth", "expected"),
    [
        ("right", [(6, 3, 1), (1, 3, 6)], (1, 6, 5), (6, 3, 1), -0.152167778824477680248),
        ("left", [(4, 1, 6), (2, 5, 1)], (6, 6, 1), (4, 1, 6), -0.193510006486078923),
    ],
)
def test_the_other_risk_can_grow(side, models, teacher, truth, expected):
    """On either side the risk KL(., truth) of the student can exceed the teacher's."""
    outcome = solved(models, teacher, truth, side=side)
    truth_rows, student = outcome.truth, outcome.student.predictions
    slack = klr.KL.divergence(outcome.instance.teacher, truth_rows) - klr.KL.divergence(
        student, truth_rows
    )
    assert_amount(slack, expected, outcome)


def test_right_has_no_pythagorean_inequality_in_the_other_risk():
    """On the right KL(g,f) >= KL(g,s) + KL(s,f) is false for mixtures."""
    outcome = solved([(1, 1, 6), (1, 4, 1)], (5, 3, 1), (1, 1, 6), side="right")
    g, f, s = outcome.instance.teacher, outcome.truth, outcome.student.predictions
    d = klr.KL.divergence
    assert_amount(d(g, f) - d(g, s) - d(s, f), -0.362555927638404928, outcome)


@pytest.mark.parametrize(
    ("side", "teacher", "expected"),
    [("right", (1, 1, 9), -0.470754532608973492), ("left", (2, 1, 9), -0.937333578563736221)],
)
def test_a_softmax_student_can_be_worse_than_its_teacher(side, teacher, expected):
    """Over {(1, r, r^2)} the gain in KL(f, .) can be negative on both sides, f in the class."""
    g = [mp.mpf(entry) / sum(teacher) for entry in teacher]

    def member(t):
        weights = [mp.exp(c * t) for c in range(3)]
        return [w / sum(weights) for w in weights]

    def slope(t):
        s = member(t)
        mean = sum(c * s[c] for c in range(3))
        if side == "right":
            return mean - sum(c * g[c] for c in range(3))
        logs = [mp.log(s[c] / g[c]) for c in range(3)]
        return sum(s[c] * (c - mean) * logs[c] for c in range(3))

    with mp.workdps(30):
        student = [float(entry) for entry in member(mp.findroot(slope, (0.1, 1.0)))]
    truth = rows((25, 5, 1))
    gain = klr.KL.divergence(truth, rows(teacher)) - klr.KL.divergence(truth, [student])
    assert gain == pytest.approx(expected)


def test_strictness_needs_a_finite_error():
    """With an infinite teacher's error the student need not be strictly better."""
    outcome = solved([(2, 1, 0), (1, 1, 1)], (1, 1, 0), (1, 1, 1))
    assert outcome.teacher_error == np.inf
    assert outcome.student_error == np.inf


def test_plain_kl_of_scalars_is_no_bregman_divergence():
    """For positive scalars E f log(f/g) misses by 1/e - 1; generalised KL does not."""
    truth, teacher, student = 1.0, 1.0, np.exp(-1.0)
    plain = truth * np.log(truth / teacher) - truth * np.log(truth / student)
    assert plain - student * np.log(student / teacher) == pytest.approx(np.exp(-1.0) - 1.0)
    outcome = klr.Instance(
        teacher=[1.0], truth=[1.0], students=klr.Box(0.1, 2.0), loss=klr.GeneralizedKL
    ).solve()
    klr.testing.assert_holds(outcome, "gain")


def test_equality_needs_an_affine_class_not_a_slice():
    """Squared error on {(t, .1, .9-t)}: an affine slice of the simplex has slack .18, not 0."""
    ends = np.array([[[0.0, 0.1, 0.9]], [[0.9, 0.1, 0.0]]])
    outcome = klr.Instance(
        teacher=[[0.0, 0.0, 1.0]],
        truth=[[0.9, 0.1, 0.0]],
        students=klr.Hull(ends),
        loss=klr.SquaredError,
    ).solve()
    assert outcome.student.predictions == pytest.approx(ends[0], abs=outcome.gap)
    assert_amount(outcome.slack, 0.18, outcome)


def test_without_a_floor_no_constant_bounds_the_risk():
    """G = (e^-m, .), s = (e^-m^2, .), f = (1, 0): m = 12 has KL(g,s) = 8.049e-4, difference 132."""
    ratios = []
    for m in (3.0, 6.0, 12.0):
        teacher, model = (np.array([[p, 1.0 - p]]) for p in np.exp([-m, -m * m]))
        instance = klr.Instance(
            teacher=teacher, truth=[[1.0, 0.0]], students=klr.Hull(model[None]), side="right"
        )
        outcome = instance.solve()
        assert outcome.gain == pytest.approx(m - m * m)
        found = klr.check(outcome)["risk bound"]
        assert found.verdict is klr.Verdict.HOLDS
        assert found.terms.parts["γ"] == pytest.approx(np.exp(-m * m))
        ratios.append(-outcome.gain / np.sqrt(found.terms.parts["KL(g,s)"]))
    assert found.terms.parts["KL(g,s)"] == pytest.approx(8.049e-4, abs=5e-8)
    assert ratios[2] > 9 * ratios[1] > 81 * ratios[0]
