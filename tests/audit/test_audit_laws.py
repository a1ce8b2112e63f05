"""What an audit promises, against truths that it does not see and against independent twins."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import linprog

import kl_regression as klr
from kl_regression.audit.distance import Price, price_of
from kl_regression.audit.implied import implied_distance
from kl_regression.audit.population import bounds, held_out, labelled_student
from kl_regression.audit.promises import gains_at_models, promises
from kl_regression.instance import Instance, Outcome
from kl_regression.strategies import instances, members, predictions
from kl_regression.theorems.setting import Setting
from kl_regression.tolerance import LP_TOLERANCE, claim_rounding
from tests.budget import fewer

LEFT_HULLS = instances(losses=(klr.KL,), sides=("left",), kinds=("hull",), truths="unknown")
HULLS = instances(losses=(klr.KL,), kinds=("hull",), truths="unknown")


def told(outcome, truth):
    """Return the same student, judged by a truth of shape (n, k)."""
    instance = outcome.instance
    return Outcome(
        Instance(
            teacher=instance.teacher,
            truth=truth,
            students=instance.students,
            weights=instance.weights,
            loss=instance.loss,
            side=instance.side,
        ),
        outcome.student,
    )


def rounding(outcome, *numbers):
    """Return what the sums of an outcome, and a few operations on numbers, may be off by."""
    own = outcome.teacher_error_sum.rounding + outcome.student_error_sum.rounding
    finite = [abs(number) for number in numbers if np.isfinite(number)]
    return own + outcome.misfit_sum.rounding + claim_rounding(sum(finite), outcome.misfit)


@given(st.data())
def test_every_truth_in_the_class_keeps_the_promises(data):
    """A member's gain is at least what is promised to members, and within the hull's bracket."""
    outcome = data.draw(HULLS).solve()
    known = promises(outcome)
    truth = data.draw(members(outcome.instance.students, outcome.student.space))
    judged = told(outcome, truth)
    assume(np.isfinite(judged.teacher_error) and np.isfinite(judged.student_error))
    inside, bracket = known.promises[:2]
    allowance = rounding(judged, judged.teacher_error, judged.student_error)
    assert judged.gain >= inside.value - allowance
    assert judged.gain >= bracket.value - allowance
    assert judged.gain <= float(known.at_models.max()) + allowance


@given(LEFT_HULLS)
def test_the_bracket_is_attained(instance):
    """T_j is the gain of the model j taken for the truth."""
    outcome = instance.solve()
    values = gains_at_models(outcome)
    for value, model in zip(values, instance.students.models, strict=True):
        judged = told(outcome, model)
        if np.isfinite(judged.teacher_error) and np.isfinite(judged.student_error):
            apart = abs(judged.gain - value)
            assert apart <= rounding(judged, judged.teacher_error, judged.student_error)


@given(st.data())
def test_what_remains_outside_the_class_is_sure(data):
    """For any truth and any member at distance t, the gain is at least what remains at t."""
    outcome = data.draw(LEFT_HULLS).solve()
    price = price_of(outcome)
    assume(isinstance(price, Price))
    n, k = outcome.instance.teacher.shape
    truth = data.draw(predictions(klr.KL, n, k))
    member = data.draw(members(outcome.instance.students, outcome.student.space))
    distance = float(outcome.instance.weights @ np.abs(truth - member).sum(axis=1)) / 2
    judged = told(outcome, truth)
    allowance = rounding(judged, judged.teacher_error, judged.student_error, price.prices[-1])
    assert judged.gain >= price.remains(distance) - allowance


@given(st.data())
def test_the_price_is_the_knapsack(data):
    """The price is the linear program's optimum, at most t max osc, and reach inverts it."""
    outcome = data.draw(LEFT_HULLS).solve()
    price = price_of(outcome)
    assume(isinstance(price, Price))
    distance = data.draw(st.floats(0.0, 1.0))
    weights = outcome.instance.weights
    spread = np.ptp(Setting(outcome).slope, axis=1)
    scale = max(float(spread.max()), 1.0)
    program = linprog(
        -weights * spread / scale, A_ub=weights[None], b_ub=[distance], bounds=(0.0, 1.0)
    )
    tolerance = scale * (LP_TOLERANCE**0.5 + claim_rounding(1.0, float(len(weights))))
    assert abs(price.price(distance) + scale * program.fun) <= tolerance
    assert price.price(distance) <= distance * price.steepest + tolerance
    reached = price.reach(price.price(distance))
    paid, flattest = price.price(distance), spread[(weights > 0) & (spread > 0)].min(initial=np.inf)
    # where the price hardly rises, its own rounding is many distances wide
    assert (
        reached <= distance + claim_rounding(1.0, distance) + claim_rounding(paid, paid) / flattest
    )
    assert abs(price.price(reached) - price.price(distance)) <= claim_rounding(
        price.price(reached), price.price(distance)
    )


def test_a_guarantee_may_never_vanish():
    """Where the whole price is less than misfit - gap, the guarantee survives every truth."""
    price = Price(np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0, 1.0]), 1.5)
    assert price.vanishes == np.inf
    assert price.remains(1.0) == 0.5
    assert price.reach(1.0) == 0.5
    assert price.reach(0.0) == price.reach(-1.0) == 0.0
    assert price.steepest == 2.0


@fewer(2)
@given(st.data())
def test_the_implied_distance_is_no_more_than_the_distance(data):
    """Labels' rows lie at least as far from the class as is implied, by a member that is near."""
    outcome = data.draw(LEFT_HULLS).solve()
    n, k = outcome.instance.teacher.shape
    numbers = data.draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))
    judged = told(outcome, np.eye(k)[numbers])
    found = implied_distance(judged, confidence=0.9)
    assume(not isinstance(found, str))
    near = judged.truth_membership.distance / 2
    steepest = price_of(judged).steepest
    allowance = rounding(judged, judged.teacher_error, judged.student_error)
    assert found.rows * steepest <= near * steepest + allowance * (1.0 + steepest)
    assert found.behind <= found.rows


def coins(points=8):
    """Return an outcome of ``points`` points and two classes, its truth in the hull."""
    rng = np.random.default_rng(3)
    models = rng.dirichlet(np.ones(2), size=(3, points))
    teacher = rng.dirichlet(np.ones(2), size=points)
    truth = np.tensordot([0.2, 0.5, 0.3], models, 1)
    return klr.Instance(teacher=teacher, truth=truth, students=klr.Hull(models)).solve()


@pytest.mark.parametrize("confidence", [0.5, 0.8])
def test_labels_of_a_truth_in_the_class_refute_it_rarely(confidence):
    """Over all 2^8 label vectors, a truth in the class is refuted with probability at most δ.

    The probability is a sum over every vector, so it is exact; and it is not always zero.
    """
    outcome = coins()
    refuted = lacking = 0.0
    for labels in itertools.product((0, 1), repeat=8):
        rows = np.eye(2)[list(labels)]
        chance = float(np.prod((outcome.truth * rows).sum(axis=1)))
        found = implied_distance(told(outcome, rows), confidence=confidence)
        refuted += chance * (found.behind > 0)
        lacking += chance * (found.rows > 0)
    assert refuted <= 1 - confidence
    assert refuted < lacking


def test_labels_far_from_the_class_refute_it():
    """Labels that contradict every model put their truth at a distance; on one edge it is exact."""
    n = 400
    models = np.tile([[0.7, 0.3], [0.9, 0.1]], (n, 1, 1)).transpose(1, 0, 2)
    teacher = np.tile([0.4, 0.6], (n, 1))
    rows = np.tile([0.0, 1.0], (n, 1))
    instance = klr.Instance(teacher=teacher, truth=rows, students=klr.Hull(models))
    found = implied_distance(instance.solve(), confidence=0.999)
    assert 0 < found.behind < found.rows
    assert abs(found.rows - 0.7) <= n * claim_rounding(1.0, 1.0)


@pytest.mark.parametrize("confidence", [0.5, 0.8])
def test_held_out_labels_bound_the_population(confidence):
    """On a population of four points the bound by labels fails with probability at most δ, exactly.

    The student is fixed; samples of four labelled points are all enumerated, and the range is that
    of the population.
    """
    outcome = coins(points=2)
    slope = Setting(outcome).slope
    atoms = [(i, c) for i in range(2) for c in range(2)]
    chance = {(i, c): 0.5 * outcome.truth[i, c] for i, c in atoms}
    gain, failed, worst = outcome.gain, 0.0, -np.inf
    for sample in itertools.product(atoms, repeat=4):
        rows = [i for i, _ in sample]
        part = klr.Instance(
            teacher=outcome.instance.teacher[rows],
            truth=np.eye(2)[[c for _, c in sample]],
            students=klr.Hull(outcome.instance.students.models[:, rows]),
        )
        judged = Outcome(part, chosen(outcome.student, rows))
        bound = labelled_student(judged, confidence=confidence)
        radius = bound.radius * np.ptp(slope) / bound.parts["range"]
        lower = bound.parts["gain on the labels"] - radius
        failed += np.prod([chance[atom] for atom in sample]) * (lower > gain)
        worst = max(worst, lower)
    assert failed <= 1 - confidence
    assert worst > gain or confidence > 0.5


def chosen(student, rows):
    """Return a student's predictions on some of the points."""
    from dataclasses import replace

    return replace(
        student,
        predictions=student.predictions[rows],
        log_predictions=student.log_predictions[rows],
    )


def test_the_held_out_student_has_not_seen_its_judges():
    """Changing the judges' teacher leaves the held-out student's mixture as it was."""
    rng = np.random.default_rng(0)
    models = rng.dirichlet(np.ones(3), size=(4, 20))
    teacher = rng.dirichlet(np.ones(3), size=20)
    first = held_out(klr.Instance(teacher=teacher, students=klr.Hull(models)).solve(), seed=5)
    judging = np.sort(np.random.default_rng(5).permutation(20)[10:])
    np.testing.assert_array_equal(first.instance.teacher, teacher[judging])
    changed = teacher.copy()
    changed[judging] = rng.dirichlet(np.ones(3), size=10)
    second = held_out(klr.Instance(teacher=changed, students=klr.Hull(models)).solve(), seed=5)
    np.testing.assert_array_equal(first.student.coordinates, second.student.coordinates)
    np.testing.assert_allclose(
        first.student.predictions,
        np.tensordot(first.student.coordinates, models[:, judging], 1),
        rtol=claim_rounding(1.0, 1.0),
    )
    assert first.misfit == first.student.misfit


def test_the_right_side_has_no_bound_from_its_misfit():
    """A student on the right has a held-out bound, and none that starts from the misfit."""
    rng = np.random.default_rng(0)
    models, teacher = rng.dirichlet(np.ones(3), size=(4, 20)), rng.dirichlet(np.ones(3), size=20)
    right = klr.Instance(teacher=teacher, students=klr.Hull(models), side="right").solve()
    held, fitted = bounds(right, confidence=0.9, seed=0, labelled=False)
    assert held.lower is not None
    assert fitted.lower is None
    assert "right" in fitted.reason


@pytest.mark.parametrize(
    ("students", "side", "claim"),
    [
        (klr.LogLinear([[0.0], [1.0]], classes=2), "left", "no theorem"),
        (klr.LogLinear([[0.0], [1.0]], classes=2), "right", "KL(teacher, student)"),
        (klr.Hull([[[0.5, 0.5]] * 2, [[0.9, 0.1]] * 2]), "right", "-log(1 + gap)"),
        (klr.Hull([[[0.5, 0.5]] * 2, [[0.9, 0.1]] * 2]), "left", "misfit - gap"),
    ],
)
def test_a_promise_is_only_made_where_there_is_a_theorem(students, side, claim):
    """Side and class decide which promise is made, and where none is, that is said."""
    outcome = klr.Instance(teacher=[[0.2, 0.8], [0.6, 0.4]], students=students, side=side).solve()
    promise = promises(outcome).promises[0]
    assert claim in promise.claim
    assert (promise.value is None) == (claim == "no theorem")
    assert promise.condition
