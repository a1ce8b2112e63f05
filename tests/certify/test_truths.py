"""The truths of a certificate: what lies in the class stays there when it becomes integers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.certify.claims import slack
from tests.certify.files import softmax

SEEDS = st.integers(0, 2**32 - 1)
N = 4


def drawn(seed, k=3):
    """Return a generator and a teacher of N points."""
    rng = np.random.default_rng(seed)
    return rng, softmax(rng.normal(size=(N, k)))


def increasing(rng):
    """Return pairs whose second entries never fall, with ties."""
    second = np.sort(rng.choice(rng.random(3), N))
    return np.column_stack([1.0 - second, second])


@settings(max_examples=30)
@given(seed=SEEDS, loss=st.sampled_from([klr.KL, klr.SquaredError, klr.GeneralizedKL]))
def test_a_mixture_is_never_certified_to_break_the_gain_theorem(seed, loss):
    """A truth on the hull, the outcome's own or another, is a member: no slack is negative."""
    rng, teacher = drawn(seed)
    models = softmax(rng.normal(size=(3, N, 3)))
    own, other = (np.tensordot(rng.dirichlet(np.ones(3)), models, 1) for _ in range(2))
    instance = klr.Instance(teacher=teacher, truth=own, students=klr.Hull(models), loss=loss)
    certificate = klr.certify(instance.solve(), truths={"other": other})
    assert set(certificate.fields["members"]) == {"truth", "other"}
    assert all(certificate.claims[slack(name)][1] >= 0 for name in ("truth", "other"))


@settings(max_examples=30)
@given(seed=SEEDS)
def test_a_truth_by_name_is_a_member_of_a_head(seed):
    """What ``truths`` names is looked for in the class, like the outcome's own truth."""
    rng, teacher = drawn(seed)
    features = np.column_stack([np.ones(N), np.linspace(0.0, 1.0, N)])
    ends = softmax(rng.normal(size=(2, 3)))
    truth = np.column_stack([1.0 - features[:, 1], features[:, 1]]) @ ends
    students = klr.LinearHead(features, outputs=3)
    outcome = klr.Instance(teacher=teacher, students=students).solve()
    certificate = klr.certify(outcome, truths={"line": truth})
    assert set(certificate.fields["members"]) == {"line"}
    assert certificate.claims[slack("line")][1] >= 0


@settings(max_examples=100)
@given(seed=SEEDS)
def test_rounding_keeps_an_order(seed):
    """Integers of a monotone truth are monotone, and their slack is not negative."""
    rng, teacher = drawn(seed, k=2)
    truth = increasing(rng)
    students = klr.Monotone(np.arange(N, dtype=float))
    outcome = klr.Instance(teacher=teacher, truth=truth, students=students).solve()
    certificate = klr.certify(outcome)
    whole = np.array(certificate.fields["truths"]["truth"])
    assert (np.diff(whole[:, 1]) >= 0).all()
    assert certificate.claims[slack("truth")][1] >= 0


def test_small_fractions_stay_exact():
    """A truth that is a mixture by small weights is given by these weights."""
    models = [[[0.9, 0.1]], [[0.8, 0.2]]]
    outcome = klr.Instance(teacher=[[0.4, 0.6]], truth=[[0.85, 0.15]], students=klr.Hull(models))
    assert klr.certify(outcome.solve()).fields["members"] == {"truth": ["0x1", "0x1"]}


def test_a_truth_in_one_part_of_a_union():
    """It has weights on the models of that part alone."""
    parts = [klr.Hull([[[0.1, 0.9]], [[0.2, 0.8]]]), klr.Hull([[[0.9, 0.1]], [[0.8, 0.2]]])]
    instance = klr.Instance(
        teacher=[[0.4, 0.6]], truth=[[0.825, 0.175]], students=parts[0] | parts[1]
    )
    members = klr.certify(instance.solve()).fields["members"]
    assert members == {"truth": ["0x0", "0x0", "0x1", "0x3"]}


def test_a_truth_elsewhere_is_rows():
    """What is not in the class stays what it is, and may gain less than the misfit."""
    instance = klr.Instance(
        teacher=[[0.4, 0.6]], truth=[[0.0, 1.0]], students=klr.Hull([[[0.9, 0.1]], [[0.8, 0.2]]])
    )
    certificate = klr.certify(instance.solve())
    assert certificate.fields["truths"] == {"truth": [[0, 1]]}
    assert certificate.claims[slack("truth")][1] < 0


def test_float32_predictions_are_certified():
    """Teacher and truth are accepted with float32's own rounding all the way."""
    rng = np.random.default_rng(0)
    rows = softmax(rng.normal(size=(2, 20, 3))).astype(np.float32)
    models = softmax(rng.normal(size=(3, 20, 3)))
    assert abs(rows.astype(float).sum(axis=2) - 1.0).max() > 1e-8
    outcome = klr.Instance(teacher=rows[0], truth=rows[1], students=klr.Hull(models)).solve()
    assert klr.certify(outcome).claims["gap"][1] < 2**-256


def test_what_rounding_changed_is_told_of_a_member():
    """The provenance compares a truth with the member that stands for it, not with its integers."""
    features = np.column_stack([np.ones(3), np.arange(3) / 2.0])
    instance = klr.Instance(
        teacher=[[0.4, 0.6], [0.3, 0.7], [0.2, 0.8]],
        truth=[[0.5, 0.5], [0.25, 0.75], [5e-17, 1.0]],
        students=klr.LinearHead(features, outputs=2),
    )
    certificate = klr.certify(instance.solve())
    assert set(certificate.fields["members"]) == {"truth"}
    told = float(certificate.changes["truth"].rpartition(" ")[2])
    assert told > np.log(2.0)  # the entry 5e-17 is a small difference of two rounded coordinates


def test_a_zero_stays_a_zero():
    """A truth that is a mixture but for its zeros is rows: its error may be infinite."""
    hull = klr.Hull([[[0.5, 0.5]], [[0.0, 1.0]]])
    outcome = klr.Instance(teacher=[[0.0, 1.0]], truth=[[1e-17, 1.0]], students=hull).solve()
    certificate = klr.certify(outcome)
    assert "members" not in certificate.fields
    assert outcome.teacher_error == np.inf
    assert "D(truth,teacher)" not in certificate.claims


def test_a_member_is_read_where_it_has_weight():
    """A truth of any values at points of weight 0 is the member that it is elsewhere."""
    features = [[1.0, 0.0], [1.0, 0.5], [1.0, 1.0]]
    outcome = klr.Instance(
        teacher=[[0.5, 0.5]] * 3,
        truth=[[0.9, 0.1], [0.3, 0.7], [0.2, 0.8]],
        students=klr.Box(0.01, 0.99) & klr.LinearHead(features, outputs=2),
        weights=[0.0, 0.5, 0.5],
    ).solve()
    certificate = klr.certify(outcome)
    assert set(certificate.fields["members"]) == {"truth"}
    middle = sum(certificate.claims["D(truth,teacher)"]) / 2
    assert float(middle) == pytest.approx(outcome.teacher_error, rel=1e3 * np.finfo(float).eps)


@pytest.mark.parametrize("weights", [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5]])
def test_an_order_that_hardly_falls(weights):
    """A fall by a rounding, or at a point of no weight, is no fall in the integers."""
    v = 0.637
    below = [1.0 - v + 2.0**-53, np.nextafter(v, 0.0)]
    truth = [[1.0 - v, v], below, below] if weights[2] == 0.0 else [[1.0 - v, v], [0.9, 0.1], below]
    students = klr.Monotone([0.0, 1.0, 2.0])
    teacher = [[0.66, 0.34], [0.9, 0.1], [0.8, 0.2]]
    instance = klr.Instance(teacher=teacher, truth=truth, students=students, weights=weights)
    outcome = instance.solve()
    assert outcome.truth_membership.inside
    assert klr.certify(outcome).claims[slack("truth")][1] >= 0


def test_an_order_makes_no_zeros():
    """A positive entry after a zero by less than a rounding stays positive."""
    outcome = klr.Instance(
        teacher=[[0.6, 0.4], [0.3, 0.7], [0.2, 0.8]],
        truth=[[0.5, 0.5], [0.0, 1.0], [5e-17, 1.0]],
        students=klr.Monotone([0.0, 1.0, 2.0]),
    ).solve()
    whole = np.array(klr.certify(outcome).fields["truths"]["truth"])
    assert ((whole > 0) == (outcome.truth > 0)).all()


def test_weights_tell_what_rounding_changed():
    """A weight below 2^-53 of all is raised, and the provenance says by how much."""
    hull = klr.Hull([[[0.0], [1.0]], [[1.0], [0.0]]])
    outcome = klr.Instance(
        teacher=[[1.0], [0.0]], students=hull, weights=[1e-25, 1.0], loss=klr.SquaredError
    ).solve()
    told = klr.certify(outcome).changes["weights"]
    assert float(told.rpartition(" ")[2]) > 20.0


SMALL = klr.Instance(teacher=[[0.3, 0.3, 0.4]], students=klr.Hull([[[0.1, 0.2, 0.7]]] * 2))
LINE = klr.Instance(
    teacher=[0.1, 0.9], students=klr.Hull(np.ones((2, 2, 1))), loss=klr.SquaredError
)
BOX = klr.Instance(teacher=[[0.3, 0.7]], students=klr.Box(0.1, 0.9))
WRONG = {
    "a long name": (SMALL, {"x" * 65: [[0.1, 0.2, 0.7]]}, "Use at most 64 small letters"),
    "a name of the file's": (SMALL, {"student": [[0.1, 0.2, 0.7]]}, "not a name of the file's"),
    "the name of the models": (SMALL, {"models": [[0.1, 0.2, 0.7]]}, "not a name of the file's"),
    "ragged rows": (BOX, {"x": [[0.1, 0.9], [0.5]]}, r"truths\['x'\]: is not a rectangular array"),
    "too many weights": (
        SMALL,
        {"x": [0.1, 0.2, 0.7]},
        r"truths\['x'\]: is \[0.1, 0.2, 0.7\]. Pass 2",
    ),
    "negative weights": (SMALL, {"x": [2.0, -1.0]}, "Pass 2 nonnegative weights, not all 0"),
    "points or models": (LINE, {"x": [0.1, 0.2]}, "of 2 points or of 2 models. Pass predictions"),
    "weights without models": (BOX, {"x": [1.0, 0.0]}, "weights are of the models of one hull"),
    "rows that do not sum": (BOX, {"x": [[0.5, 0.6]]}, r"truths\['x'\]: row 0 sums to 1.1"),
    "another shape": (
        BOX,
        {"x": [[0.5, 0.5]] * 2},
        r"has shape \(2, 2\). Use the shape of the tea",
    ),
    "too many": (SMALL, {f"t{i}": [1.0, 0.0] for i in range(20)}, "does not fit into a certifica"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_truths_are_named(name):
    """The error names the truth, says what is wrong with it and what to pass."""
    instance, truths, told = WRONG[name]
    with pytest.raises(klr.errors.InputError, match=told):
        klr.certify(instance.solve(), truths=truths)


def test_the_outcomes_own_name_is_taken():
    """A truth called "truth" would replace the outcome's own."""
    instance = klr.Instance(teacher=[[0.3, 0.7]], truth=[[0.5, 0.5]], students=klr.Box(0.1, 0.9))
    with pytest.raises(klr.errors.InputError, match=r"'truth', the outcome's own\. Use another"):
        klr.certify(instance.solve(), truths={"truth": [[0.4, 0.6]]})
