"""Ball arithmetic: every operation encloses, and every theorem's float lies in its ball."""

from dataclasses import replace

import flint
import mpmath as mp
import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.certify.balls import BITS, Balls
from kl_regression.errors import InputError
from kl_regression.strategies import instances
from kl_regression.theorems.bias_variance import bias_variance
from kl_regression.theorems.catalogue import THEOREMS
from kl_regression.theorems.mixtures import few_models
from kl_regression.theorems.penalised import bounded_student, ridge_student
from kl_regression.theorems.regularised import regularised, squared_distance
from kl_regression.theorems.resampling import resample
from kl_regression.theorems.sample import fitted_terms, fixed_terms
from kl_regression.theorems.setting import Setting
from kl_regression.theorems.stability import stability
from kl_regression.theorems.teachers import chain, several_teachers
from kl_regression.tolerance import Sum, claim_rounding
from tests.budget import fewer
from tests.theorems.students import hull
from tests.theorems.test_catalogue import every_kind
from tests.theorems.test_softmax import head
from tests.theorems.test_stability import two

FUNCTIONS = {
    "log": mp.log,
    "log1p": mp.log1p,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "sqrt": mp.sqrt,
    "artanh": mp.atanh,
    "absolute": abs,
}


def assert_within(ball, value, rounding, where):
    """Assert that a float is in a ball, up to its own rounding, and the ball no wider than that."""
    if np.isinf(value):
        assert float(ball.mid()) == value, (where, value, ball)
        return
    assert ball.is_finite(), (where, value, ball)
    assert arb(value, rounding).overlaps(ball), (where, value, ball)
    assert float(ball.rad()) <= rounding, (where, value, ball)


def assert_enclosed(theorem, solved):
    """Assert that a theorem's floats lie in its balls, which are narrow, up to their rounding."""
    terms = theorem.terms(solved)
    with Balls() as x, np.errstate(all="ignore"):
        claim = theorem.claim(Setting(solved, x))
        pairs = {
            "smaller": (claim.smaller, terms.smaller),
            "larger": (claim.larger, terms.larger),
            **{name: (part, terms.parts[name]) for name, part in claim.parts.items()},
        }
        for name, (number, value) in pairs.items():
            divided = min(1.0, terms.parts.get("max osc") or 1.0)
            allowed = terms.rounding / divided + claim_rounding(value, 0.0)
            assert_within(x.number(number), value, allowed, (theorem.key, name))


@pytest.mark.parametrize("name", FUNCTIONS)
@given(st.floats(1e-300, 0.99))
def test_functions_enclose(name, value):
    """A function's ball holds its value to 80 digits, and is as narrow as the precision."""
    with Balls() as x, mp.workdps(80):
        ball = getattr(x, name)(value)
        exact = FUNCTIONS[name](mp.mpf(value))
        assert ball.overlaps(arb(mp.nstr(exact, 75)))
        assert ball.rel_accuracy_bits() > BITS - 64


def test_overlapping_balls_are_not_compared():
    """The larger and the smaller of overlapping balls enclose both; of others they are one."""
    with Balls() as x:
        wide, narrow = x.number(Sum(0.0, 1.0)), x.number(0.5)
        assert x.maximum(wide, narrow).contains(narrow)
        assert x.maximum(wide, narrow).upper() >= 1
        assert x.minimum(wide, narrow).lower() <= -1
        assert float(x.maximum(narrow, 2.0)) == 2.0
        rows = np.array([[wide, narrow], [narrow, x.number(2.0)]], dtype=object)
        highest, lowest = x.row_maximum(rows), x.row_minimum(rows)
        assert highest.shape == lowest.shape == (2, 1)
        assert highest[0, 0].upper() >= 1
        assert float(highest[1, 0]) == 2.0
        assert lowest[0, 0].lower() <= -1


def test_what_is_not_looked_at_does_no_harm():
    """A choice between arrays takes the mask's entry alone, although the other is 0/0."""
    with Balls() as x:
        a, b = x.array(np.array([0.0, 1.0])), x.array(np.array([0.0, 2.0]))
        chosen = x.where(np.array([False, True]), a / b, 0.0)
        assert [float(value) for value in chosen] == [0.0, 0.5]


def test_a_root_of_a_rounding_error_is_one():
    """The root of a ball about 0 holds 0 and the root of its upper end; below 0 it is nothing."""
    with Balls() as x:
        root = x.sqrt(x.number(Sum(0.0, 2.0**-100)))
        assert root.contains(0)
        assert root.upper() >= arb(2) ** -50
        assert x.sqrt(x.number(-1.0)).is_nan()


def test_precision_is_a_context():
    """Inside the context its precision is the working one, outside what it was before."""
    before = flint.ctx.prec
    with Balls(300) as x, x:
        assert flint.ctx.prec == 300
    assert flint.ctx.prec == before


@pytest.mark.parametrize("bits", [52, 0, True])
def test_bits(bits):
    """A precision below that of floats, or no number of bits, is refused."""
    with pytest.raises(InputError, match="bits"):
        Balls(bits)


def test_every_theorem_in_balls():
    """Each theorem of the catalogue is evaluated in both arithmetics, and its float is enclosed."""
    seen = set()
    for solved in every_kind(range(9)):
        for theorem in THEOREMS:
            if not theorem.unmet(solved):
                assert_enclosed(theorem, solved)
                seen.add(theorem.key)
    assert seen == {theorem.key for theorem in THEOREMS}


@pytest.mark.parametrize("loss", [klr.KL, klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito])
@fewer(2)
@given(data=st.data())
def test_theorems_in_balls(loss, data):
    """Whatever the instance, zeros and ties included, floats lie in their balls."""
    kinds = ("hull", "box", "monotone")
    truths = data.draw(st.sampled_from(["inside", "anywhere"]))
    instance = data.draw(instances(losses=(loss,), kinds=kinds, truths=truths, spread=3))
    solved = instance.solve()
    for theorem in THEOREMS:
        if not theorem.unmet(solved):
            assert_enclosed(theorem, solved)


def checks_of_several():
    """Yield each theorem about several outcomes, with the outcome it is checked on."""
    for seed in range(3):
        instance = hull(seed, least=3)
        solved = instance.solve()
        for side, loss in (("left", klr.KL), ("left", klr.SquaredError), ("right", klr.KL)):
            pair = [each.solve() for each in two(seed, change=0.3, loss=loss, side=side)]
            yield from ((found.theorem, pair[0]) for found in stability(*pair))
        for found in few_models(instance, 2):
            yield found.theorem, solved
        regular = regularised(instance, squared_distance(instance.teacher, 0.3))
        yield regular[1].theorem, regular[0]
        yield chain([solved]).theorem, solved
        sampled = resample(instance, 5, seed=seed)
        yield sampled.excess.theorem, sampled.whole
        yield sampled.gain.theorem, sampled.outcome
        ridge = ridge_student(head(seed), 0.1)
        yield ridge[1].theorem, ridge[0]
        bounded = bounded_student(head(seed), 50.0)
        yield bounded[1].theorem, bounded[0]
        teachers = [instance.teacher, instance.truth]
        for found in bias_variance(teachers, instance.teacher, weights=instance.weights):
            target = replace(instance, truth=instance.teacher).solve()
            yield found.theorem, target
        pooled = several_teachers(teachers, instance.students, [0.3, 0.7], truth=instance.truth)
        yield pooled.theorem, solved


def test_theorems_about_several_outcomes_in_balls():
    """The terms of every theorem about several outcomes lie in their balls."""
    names = set()
    for theorem, solved in checks_of_several():
        assert_enclosed(theorem, solved)
        names.add(theorem.key)
    assert len(names) == 15


@pytest.mark.parametrize("seed", range(3))
def test_sample_bounds_in_balls(seed):
    """Every term of the test-set bounds lies in its ball."""
    solved = replace(hull(seed), weights=None).solve()
    for terms in (lambda at: fixed_terms(at, 0.95, None), lambda at: fitted_terms(at, 0.95)):
        setting = Setting(solved)
        floats = {name: float(value) for name, value in terms(setting).items()}
        with Balls() as x:
            for name, number in terms(Setting(solved, x)).items():
                allowed = setting.x.rounding + claim_rounding(floats[name], solved.gap)
                assert_within(x.number(number), floats[name], allowed, name)
