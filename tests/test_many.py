"""Thousands of small hulls at once: the same students as one by one, and the same errors."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import kl_regression as klr
from kl_regression.errors import (
    DomainError,
    InfiniteDivergenceError,
    InputError,
    KlRegressionError,
    ShapeError,
    SolverError,
)
from kl_regression.tolerance import claim_rounding

LOSSES = (klr.KL, klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito)
SIDES = ("left", "right")


def softmax(logits):
    """Return distributions along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def random_stack(b=40, n=12, k=3, m=4, seed=0, spread=1.5):
    """Return teachers (b, n, k), models (b, m, n, k) and weights (b, n)."""
    rng = np.random.default_rng(seed)
    return (
        softmax(rng.normal(size=(b, n, k))),
        softmax(spread * rng.normal(size=(b, m, n, k))),
        rng.dirichlet(np.ones(n), size=b),
    )


def rows(size, spread, *, simplex=True):
    """Draw nonnegative numbers, not all 0: digits, or digits d 10^-e with e up to ``spread``."""
    digits = st.integers(0, 9).map(float)
    small = st.builds(lambda d, e: d * 10.0**-e, st.integers(1, 9), st.integers(0, spread))
    lists = st.lists(digits, min_size=size, max_size=size)
    lists = lists | st.lists(digits | small, min_size=size, max_size=size)
    return lists.filter(any).map(lambda row: np.array(row) / (sum(row) if simplex else 1.0))


def predictions(loss, n, k, spread):
    """Draw predictions of shape (n, k) that are legal for a loss."""
    signs = st.sampled_from([1.0, -1.0] if loss is klr.SquaredError else [1.0])
    entries = rows(k, spread, simplex=loss.domain.simplex)
    row = st.builds(lambda sign, row: sign * row, signs, entries)
    return st.lists(row, min_size=n, max_size=n).map(np.array)


@st.composite
def stacks(draw, spread):
    """Draw teachers, models and weights of up to 4 instances, with a loss and a side."""
    loss = draw(st.sampled_from(LOSSES))
    side = draw(st.sampled_from(SIDES if loss.convex_right else SIDES[:1]))
    b, m, n = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    k = draw(st.integers(2 if loss.domain.simplex else 1, 3))
    one = predictions(loss, n, k, spread)
    teachers = np.array([draw(one) for _ in range(b)])
    shared = draw(st.booleans())
    models = np.array([draw(one) for _ in range(m if shared else b * m)])
    if not shared:
        models = models.reshape(b, m, n, k)
    shares = np.array([draw(rows(n, spread)) for _ in range(b)])
    return teachers, models, shares, loss, side


def one_by_one(teachers, models, shares, loss, side):
    """Return project() of every instance."""
    return [
        klr.project(
            teacher,
            klr.Hull(models if models.ndim == 3 else models[b]),
            weights=shares[b],
            loss=loss,
            side=side,
        )
        for b, teacher in enumerate(teachers)
    ]


@pytest.mark.parametrize("spread", [2, 300])
@given(data=st.data())
def test_agrees_with_project_instance_by_instance(data, spread):
    """Objectives differ by the gaps at most, and input that one refuses, the other refuses."""
    teachers, models, shares, loss, side = data.draw(stacks(spread))
    try:
        singles = one_by_one(teachers, models, shares, loss, side)
    except SolverError:
        return  # that the single solver lost its way says nothing of the stack
    except KlRegressionError as error:
        with pytest.raises(type(error)):
            klr.project_many(teachers, models, weights=shares, loss=loss, side=side)
        return
    many = klr.project_many(teachers, models, weights=shares, loss=loss, side=side)
    assert len(many) == len(singles)
    for b, single in enumerate(singles):
        allowed = max(many.gap[b], single.gap) + claim_rounding(many.objective[b], single.objective)
        assert abs(many.objective[b] - single.objective) <= allowed
        assert many.exact[b] or many.gap[b] <= single.gap


@given(data=st.data())
def test_a_student_is_what_its_numbers_say(data):
    """Coordinates are mixture weights, predictions their mixture, misfit and objective theirs."""
    teachers, models, shares, loss, side = data.draw(stacks(3))
    try:
        many = klr.project_many(teachers, models, weights=shares, loss=loss, side=side)
    except InfiniteDivergenceError:
        return
    for b, teacher in enumerate(teachers):
        own = models if models.ndim == 3 else models[b]
        mixture = many.coordinates[b]
        assert (mixture >= 0).all()
        assert mixture.sum() == pytest.approx(1.0)
        np.testing.assert_allclose(
            many.predictions[b], np.einsum("m,mnk->nk", mixture, own), rtol=1e-12
        )
        s = many.predictions[b]
        misfit = loss.measure(s, teacher, shares[b])
        objective = misfit if side == "left" else loss.measure(teacher, s, shares[b])
        for found, expected in ((many.misfit[b], misfit), (many.objective[b], objective)):
            assert found == expected.value or abs(found - expected.value) <= 2 * expected.rounding


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loss", LOSSES[:3], ids=repr)
def test_the_gap_is_the_gap(loss, side):
    """The gap of a stack is that of gap.py up to both roundings, and its own is added to it."""
    from kl_regression.classes.base import Space
    from kl_regression.gap import optimality_gap

    teachers, models, shares = random_stack()
    many = klr.project_many(teachers, models, weights=shares, loss=loss, side=side)
    for b, teacher in enumerate(teachers):
        single = optimality_gap(
            many.predictions[b],
            None,
            teacher,
            klr.Hull(models[b]),
            weights=shares[b],
            loss=loss,
            side=side,
            space=Space.of(loss.domain, *teacher.shape),
        )
        value = many.gap[b] - many.gap_rounding[b]
        assert abs(value - single.value) <= single.rounding + many.gap_rounding[b]
        assert many.gap[b] >= single.value + 0.5 * many.gap_rounding[b]
        assert many.gap_rounding[b] <= 2 * single.rounding
        assert single.rounding <= 2 * many.gap_rounding[b]


@pytest.mark.parametrize("rank", [2, 6])
def test_simplex_qps_are_solved(rank):
    """Simplex QPs are solved to rounding; singular ones descend to a feasible point at least."""
    from kl_regression.solvers.batch_qp import solve_simplex_qps

    rng = np.random.default_rng(rank)
    factors = rng.normal(size=(200, 6, rank))
    hessians = factors @ factors.transpose(0, 2, 1)
    linear = np.einsum("bmr,br->bm", factors, rng.normal(size=(200, rank)))
    start = np.full((6, 200), 1 / 6)
    usable = np.ones((6, 200), dtype=bool)
    found = solve_simplex_qps(hessians.transpose(1, 2, 0).copy(), linear.T.copy(), start, usable)
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=0), 1.0)
    for H, c, y, x in zip(hessians, linear, found.T, start.T, strict=True):
        slope = H @ y + c
        assert slope @ y - slope.min() <= 1e-12 or rank < len(y)
        assert c @ y + y @ H @ y / 2 < c @ x + x @ H @ x / 2


@pytest.mark.parametrize("side", SIDES)
def test_more_models_than_entries(side):
    """Where the Hessian is singular, a stack's students are exact, without project()'s help."""
    teachers, models, shares = random_stack(b=100, n=1, k=3, m=8)
    many = klr.project_many(teachers, models, weights=shares, side=side)
    assert many.exact.all()
    assert not many.alone.any()


@pytest.mark.parametrize("side", SIDES)
def test_a_gap_off_the_optimum_is_seen(side):
    """The certificate of equal mixtures is the gap that they have, and not a rounding error."""
    from kl_regression.solvers.batch import Stack, centres, mix
    from kl_regression.solvers.batch_gap import certify

    teachers, models, shares = random_stack()
    b, m, n, k = models.shape
    stack = Stack(
        models.reshape(b, m, n * k),
        teachers.reshape(b, n * k),
        np.repeat(shares, k, axis=1),
        np.ones((b, m), dtype=bool),
        klr.KL,
        side,
    )
    found = certify(stack, mix(stack.models, centres(stack)))
    s = models.mean(axis=1)
    slope = np.log(s / teachers) if side == "left" else 1 - teachers / s
    weighted = shares[:, :, None] * slope
    expected = (weighted * s).sum(axis=(1, 2)) - np.einsum("bnk,bmnk->bm", weighted, models).min(1)
    np.testing.assert_allclose(found.gap, expected, rtol=1e-9)
    assert not found.exact.any()


def test_a_starved_student_has_an_infinite_gap():
    """Where a student is 0 and a usable model is not, the gap is infinite; of others it is 0."""
    from kl_regression.solvers.batch import Stack, mix
    from kl_regression.solvers.batch_gap import certify

    models = np.array([[[0.0, 1.0], [0.5, 0.5]]] * 2)
    usable = np.array([[True, True], [True, False]])
    teacher, mass = np.full((2, 2), 0.5), np.ones((2, 2))
    stack = Stack(models, teacher, mass, usable, klr.KL, "left")
    found = certify(stack, mix(models, np.array([[1.0, 0.0]] * 2)))
    assert found.gap.tolist() == [np.inf, 0.0]
    assert found.exact.tolist() == [False, True]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("shared", [False, True])
def test_benign_stacks_are_exact_and_stay_together(side, shared):
    """Where entries are moderate every gap is rounding, at most 1e-14, and none needs project()."""
    teachers, models, shares = random_stack(b=300, n=50, k=3, m=5)
    many = klr.project_many(teachers, models[0] if shared else models, weights=shares, side=side)
    assert many.exact.all()
    assert not many.alone.any()
    assert many.gap.max() <= 1e-14


@pytest.mark.parametrize("side", SIDES)
def test_zeros(side):
    """Zero teachers, models and weights are legal; models at infinite divergence get weight 0."""
    teacher = [[0.0, 0.4, 0.6], [0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]
    models = [
        [[0.0, 0.5, 0.5], [0.0, 0.5, 0.5], [0.3, 0.3, 0.4]],
        [[0.0, 0.9, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1]],
        [[0.5, 0.4, 0.1], [0.1, 0.1, 0.8], [0.1, 0.8, 0.1]],
    ]
    shares = [0.5, 0.5, 0.0]
    many = klr.project_many([teacher] * 3, models, weights=shares, side=side)
    single = klr.project(teacher, klr.Hull(models), weights=shares, side=side)
    assert many.exact.all()
    assert not many.alone.any()
    np.testing.assert_allclose(many.objective, single.objective, atol=single.gap)
    if side == "left":
        np.testing.assert_array_equal(many.coordinates[:, 2], 0.0)


@pytest.mark.parametrize("side", SIDES)
def test_ties_and_single_models(side):
    """Duplicate models change nothing; of one model the student is that model."""
    teachers, models, shares = random_stack(m=3)
    once = klr.project_many(teachers, models, weights=shares, side=side)
    twice = klr.project_many(
        teachers, np.concatenate([models, models], axis=1), weights=shares, side=side
    )
    assert twice.exact.all()
    np.testing.assert_allclose(
        twice.objective, once.objective, atol=float(max(once.gap.max(), twice.gap.max()))
    )
    alone = klr.project_many(teachers, models[:, :1], weights=shares, side=side)
    np.testing.assert_array_equal(alone.predictions, models[:, 0])
    assert alone.exact.all()


def test_many_models_are_left_to_project():
    """Hulls of more models than a stack takes give project()'s own students."""
    teachers, models, shares = random_stack(b=3, n=10, m=40)
    many = klr.project_many(teachers, models, weights=shares)
    assert many.alone.all()
    for b, single in enumerate(one_by_one(teachers, models, shares, klr.KL, "left")):
        np.testing.assert_array_equal(many.predictions[b], single.predictions)
        assert many.gap[b] == single.gap


@given(data=st.data())
def test_an_instance_does_not_see_the_others(data):
    """The student of an instance is the same in every stack, up to the gaps of both."""
    teachers, models, shares = random_stack(b=9, seed=data.draw(st.integers(0, 9)))
    side = data.draw(st.sampled_from(SIDES))
    order = np.array(data.draw(st.permutations(range(9))))
    part = order[: data.draw(st.integers(1, 9))]
    whole = klr.project_many(teachers, models, weights=shares, side=side)
    some = klr.project_many(teachers[part], models[part], weights=shares[part], side=side)
    assert (np.abs(some.objective - whole.objective[part]) <= some.gap + whole.gap[part]).all()


def test_the_size_of_a_stack_changes_nothing(monkeypatch):
    """Solved three at a time in blocks of two, the students are the same up to their gaps."""
    teachers, models, shares = random_stack(b=10)
    whole = klr.project_many(teachers, models, weights=shares)
    entries = models[0].size
    monkeypatch.setattr("kl_regression.many.STACK", 3 * entries)
    monkeypatch.setattr("kl_regression.solvers.batch.STACK_BLOCK", 2 * entries)
    parts = klr.project_many(teachers, models, weights=shares)
    assert parts.exact.all()
    assert (np.abs(parts.objective - whole.objective) <= parts.gap + whole.gap).all()


def test_determinism():
    """The same call gives the same bits."""
    teachers, models, shares = random_stack()
    first = klr.project_many(teachers, models, weights=shares)
    second = klr.project_many(teachers, models, weights=shares)
    np.testing.assert_array_equal(first.predictions, second.predictions)
    np.testing.assert_array_equal(first.gap, second.gap)


def test_uniform_shared_weights_and_float32():
    """No weights, uniform weights of shape (n,) and of shape (b, n) agree; float32 is accepted."""
    teachers, models, _ = random_stack(b=4, n=8)
    default = klr.project_many(teachers, models)
    for uniform in (np.full(8, 0.125), np.full((4, 8), 0.125)):
        np.testing.assert_array_equal(
            klr.project_many(teachers, models, weights=uniform).predictions, default.predictions
        )
    rounded = klr.project_many(teachers.astype(np.float32), models.astype(np.float32))
    assert rounded.predictions.dtype == np.float64
    np.testing.assert_allclose(rounded.objective, default.objective, rtol=1e-4)
    scaled = klr.project_many(2 * teachers, models, normalize=True)
    np.testing.assert_allclose(scaled.objective, default.objective, rtol=1e-12)


GOOD = np.full((2, 3, 2), 0.5)
MODELS = np.full((2, 2, 3, 2), 0.5)


def spoilt(array, index, value):
    """Return a copy with another value at an index."""
    copy = array.copy()
    copy[index] = value
    return copy


BAD = {
    "no instances": ((GOOD[:0], MODELS[:0]), {}, ShapeError, "teachers: is empty"),
    "no models": ((GOOD, MODELS[:, :0]), {}, ShapeError, "models: is empty"),
    "one teacher": ((GOOD[0], MODELS), {}, ShapeError, r"teachers: has shape \(3, 2\)"),
    "two axes": ((GOOD, GOOD[0]), {}, ShapeError, r"models: has shape \(3, 2\)"),
    "other b": ((GOOD, MODELS[:1]), {}, ShapeError, "models: has 1 instances, the teachers 2"),
    "other n": ((GOOD[:, :2], MODELS), {}, ShapeError, r"\(3, 2\), the teachers \(2, 2\)"),
    "ragged": (([[[0.5, 0.5]], [[1.0]]], MODELS), {}, ShapeError, "teachers: is not a rect"),
    "nan": ((spoilt(GOOD, (1, 0, 1), np.nan), MODELS), {}, DomainError, r"\(1, 0, 1\) = nan"),
    "negative": (
        (spoilt(GOOD, (1, 2), [-0.5, 1.5]), MODELS),
        {},
        DomainError,
        r"teachers\[1\]: entry \(2, 0\) = -0.5",
    ),
    "row sum": (
        (GOOD, spoilt(MODELS, (1, 0, 2, 0), 0.7)),
        {},
        DomainError,
        r"models\[1, 0\]: row 2",
    ),
    "shared row": (
        (GOOD, spoilt(MODELS[0], (1, 2, 0), 0.7)),
        {},
        DomainError,
        r"models\[1\]: row 2",
    ),
    "one output": ((GOOD[..., :1], MODELS[..., :1]), {}, ShapeError, r"teachers\[0\]: has one"),
    "masked": ((np.ma.masked_less(GOOD, 0), MODELS), {}, InputError, "teachers: is a masked"),
    "complex": ((GOOD * 1j, MODELS), {}, InputError, "teachers: is complex"),
    "weights shape": ((GOOD, MODELS), {"weights": np.ones((3, 2))}, ShapeError, "weights: has"),
    "weights sum": (
        (GOOD, MODELS),
        {"weights": [[0.2, 0.3, 0.5], [0.2, 0.3, 0.6]]},
        DomainError,
        r"weights\[1\]: sums to 1.1 \(1 \+0.1\)",
    ),
    "weights sign": (
        (GOOD, MODELS),
        {"weights": [[0.2, 0.3, 0.5], [-0.2, 0.7, 0.5]]},
        DomainError,
        r"weights\[1\]: entry \(0,\) = -0.2",
    ),
    "side": ((GOOD, MODELS), {"side": "both"}, InputError, "side: is 'both'"),
    "not convex": (
        (GOOD, MODELS),
        {"loss": klr.ItakuraSaito, "side": "right"},
        InputError,
        "loss: ItakuraSaito is not convex",
    ),
    "infinite left": (
        (spoilt(GOOD, (1, 0), [0, 1]), MODELS),
        {},
        InfiniteDivergenceError,
        r"teachers\[1\]: entry \(0, 0\) = 0.0",
    ),
    "infinite right": (
        (GOOD, spoilt(MODELS, (1, slice(None), 0), [0, 1])),
        {"side": "right"},
        InfiniteDivergenceError,
        r"teachers\[1\]: entry \(0, 0\) = 0.5",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    """Each error names the argument, the instance and the entry."""
    arguments, options, kind, message = BAD[case]
    with pytest.raises(kind, match=message):
        klr.project_many(*arguments, **options)
