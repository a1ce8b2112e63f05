"""The isotonic solver: closed forms of blocks, agreement with the cone engine, honest gaps."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.strategies import instances, predictions, weights
from kl_regression.tolerance import ENTRY_ULPS, EPS
from tests.oracles import DIGITS
from tests.solvers.agreement import assert_agree, assert_honest, assert_rounding_only, solved

SOFTPLUS = klr.Bregman(
    klr.Generator(
        value=lambda x: np.logaddexp(0, x),
        derivative=lambda x: 1 / (1 + np.exp(-x)),
        second_derivative=lambda x: 1 / (2 + 2 * np.cosh(x)),
        name="softplus",
    )
)
CONVEX_LOSSES = (klr.KL, klr.GeneralizedKL, klr.SquaredError)
SIDES = ("left", "right")


def chains(losses, sides, **options):
    """Draw instances of one free column along a total order."""
    drawn = instances(losses=losses, sides=sides, kinds=("monotone",), truths="unknown", **options)
    return drawn.filter(lambda instance: instance.students.scores is not None)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", CONVEX_LOSSES, ids=str)
@given(data=st.data())
def test_agrees_with_the_cone_engine(loss, side, data):
    """Isotonic regression and the cone engine agree within the sum of their gaps."""
    instance = data.draw(chains((loss,), (side,), points=6, outputs=2, spread=2))
    assert_agree(instance)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", CONVEX_LOSSES, ids=str)
@given(data=st.data())
def test_is_exact_at_any_spread(loss, side, data):
    """The gap is a rounding error, over hundreds of decades, with zeros, ties, empty weights."""
    instance = data.draw(chains((loss,), (side,), points=6, outputs=2, spread=200))
    student = solved(instance, "structured")
    assert student.solver == "isotonic"
    assert_rounding_only(student)
    assert_honest(instance, student)


@given(
    data=st.data(), side=st.sampled_from(SIDES), loss=st.sampled_from((*CONVEX_LOSSES, SOFTPLUS))
)
def test_a_teacher_in_the_class_is_its_own_student(data, side, loss):
    """A monotone teacher is returned bit for bit."""
    drawn = data.draw(predictions(loss, 5, 2 if loss is klr.KL else 1, spread=3))
    rising = drawn[np.argsort(drawn[:, -1], kind="stable")]
    order = data.draw(st.permutations(range(5)))
    teacher = rising[np.argsort(np.argsort(order))]
    student = klr.project(teacher, klr.Monotone(order), loss=loss, side=side)
    np.testing.assert_array_equal(student.predictions, teacher)


@given(
    g=predictions(klr.ItakuraSaito, 2, 1, faces=False, spread=3),
    p=weights(2, zeros=False, spread=2),
)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", [klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito], ids=str)
def test_a_block_has_the_mean_of_its_side(loss, side, g, p):
    """Right: the arithmetic mean. Left: geometric, arithmetic, harmonic, by the loss's φ'."""
    g = g[np.argsort(-g[:, 0])]
    means = {
        klr.GeneralizedKL: np.exp(p @ np.log(g[:, 0])),
        klr.SquaredError: p @ g[:, 0],
        klr.ItakuraSaito: 1.0 / (p @ (1.0 / g[:, 0])),
    }
    mean = p @ g[:, 0] if side == "right" else means[loss]
    student = klr.project(g, klr.Monotone([0, 1]), weights=p, loss=loss, side=side)
    allowed = 16.0 * EPS * (1.0 + float(np.abs(np.log(g)).max()))
    np.testing.assert_allclose(student.predictions, [[mean]] * 2, rtol=allowed)


@given(g=predictions(SOFTPLUS, 2, 1, spread=1), p=weights(2, zeros=False, spread=1))
def test_a_block_of_a_users_generator_has_its_mean(g, p):
    """Left: φ'(f) is the mean of φ'(g), found by bisection to the last bit."""
    g = g[np.argsort(-g[:, 0])]
    phi = SOFTPLUS.generator.derivative
    student = klr.project(g, klr.Monotone([0, 1]), weights=p, loss=SOFTPLUS)
    values = phi(student.predictions[:, 0])
    np.testing.assert_allclose(values, [p @ phi(g[:, 0])] * 2, rtol=16.0 * EPS)


@pytest.mark.parametrize("exponent", range(20, 300, 20))
def test_a_block_of_tiny_teachers_keeps_its_digits(exponent):
    """Left: the geometric mean of entries down to 1e-280 is right to a few units in the last place.

    The exponential of their logarithms' mean alone is off by hundreds.
    """
    g = np.array([[7.0], [3.0], [1.0]]) * 10.0**-exponent
    p = np.array([0.5, 0.3, 0.2])
    student = klr.project(
        g, klr.Monotone([0, 0, 0]), weights=p, loss=klr.GeneralizedKL, solver="structured"
    )
    with mp.workdps(DIGITS):
        shares = [mp.mpf(float(w)) for w in p]
        logs = [w * mp.log(mp.mpf(float(v))) for w, v in zip(shares, g[:, 0], strict=True)]
        mean = mp.exp(mp.fsum(logs) / mp.fsum(shares))
        off = abs(mp.mpf(float(student.predictions[0, 0])) / mean - 1)
    assert float(off) <= ENTRY_ULPS * EPS


def test_a_weightless_teacher_does_not_blur_its_block():
    """One teacher of positive weight in a block is the student there, to the last bit."""
    teacher, p = [[0.0], [1e-31], [0.0], [0.1]], [0.0, 1.0, 0.0, 0.0]
    student = klr.project(
        teacher, klr.Monotone([0, 1, 2, 3]), weights=p, loss=klr.GeneralizedKL, solver="structured"
    )
    np.testing.assert_array_equal(student.predictions, 1e-31)
    assert_rounding_only(student)


def test_a_bernoulli_block_has_the_mean_logit():
    """Left, on pairs: logits average; right: probabilities do."""
    teacher = np.array([[0.1, 0.9], [0.5, 0.5]])
    left = klr.project(teacher, klr.Monotone([0, 1])).predictions
    right = klr.project(teacher, klr.Monotone([0, 1]), side="right").predictions
    np.testing.assert_allclose(left, [[0.25, 0.75]] * 2, rtol=8.0 * EPS)
    np.testing.assert_allclose(right, [[0.3, 0.7]] * 2, rtol=8.0 * EPS)


def test_probabilities_near_one_keep_their_digits():
    """The complement 1 - f of a block is computed by itself, not by subtraction from 1."""
    tiny = np.exp(-200.0)
    teacher = np.array([[tiny, 1.0], [tiny**2, 1.0], [tiny, 1.0]])
    student = klr.project(teacher, klr.Monotone([0, 1, 2]))
    np.testing.assert_allclose(student.log_predictions[1:, 0], [-300.0] * 2, rtol=4.0 * EPS)
    assert student.status == "exact"


def test_complements_tell_probabilities_near_one_apart():
    """Right, (1e-16, 1) before (0, 1): equal in the second column, and yet two blocks."""
    teacher = np.array([[1e-16, 1.0], [0.0, 1.0]])
    noisy = np.array([[0.5, 0.5], [3e-17, 1.0], [5e-17, 1.0], [1e-17, 1.0]])
    student = klr.project(noisy, klr.Monotone(range(4)), side="right")
    np.testing.assert_allclose(student.predictions[:, 0], [0.5, 4e-17, 4e-17, 1e-17], rtol=EPS)
    student = klr.project(teacher, klr.Monotone([0, 1]), side="right")
    np.testing.assert_array_equal(student.predictions, teacher)


def test_zeros_of_the_teacher_force_the_ends():
    """Left, g = 0 forces 0 up to it, g = 1 forces 1 from it on, where the weight is positive."""
    teacher = [[0.5, 0.5], [1.0, 0.0], [0.4, 0.6], [0.6, 0.4], [0.0, 1.0], [0.9, 0.1], [1.0, 0.0]]
    p = [0.1, 0.2, 0.2, 0.2, 0.2, 0.1, 0.0]
    student = klr.project(teacher, klr.Monotone(range(7)), weights=p)
    np.testing.assert_allclose(
        student.predictions[:, 1], [0.0, 0.0, 0.5, 0.5, 1.0, 1.0, 1.0], rtol=8.0 * EPS
    )
    assert student.status == "exact"


def test_no_student_where_a_later_zero_contradicts():
    """Left, a teacher that is 1 and later 0 has every monotone function at infinite divergence."""
    with pytest.raises(klr.errors.InfiniteDivergenceError):
        klr.project([[0.0, 1.0], [1.0, 0.0]], klr.Monotone([0, 1]))


@given(chains((klr.ItakuraSaito, SOFTPLUS), ("left",), points=5, outputs=1, spread=1))
def test_other_losses_are_solved_to_their_gap(instance):
    """Itakura-Saito and a user's generator, left: no monotone function is better by more."""
    student = solved(instance, "auto")
    assert_honest(instance, student)
    other = klr.project(
        instance.teacher,
        instance.students,
        weights=instance.weights,
        loss=klr.SquaredError,
        solver="structured",
    )
    mine = instance.loss.measure(student.predictions, instance.teacher, instance.weights)
    theirs = instance.loss.measure(other.predictions, instance.teacher, instance.weights)
    assert mine.value <= theirs.value + student.gap + mine.rounding + theirs.rounding
