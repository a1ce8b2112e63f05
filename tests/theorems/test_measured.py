"""Students that were trained elsewhere: no theorem claims more of them than is true."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression import strategies
from kl_regression.errors import InputError, KlRegressionError
from kl_regression.theorems.catalogue import THEOREMS
from kl_regression.theorems.hypotheses import STUDENT_IN_CLASS
from kl_regression.theorems.stability import stability
from tests.budget import fewer
from tests.theorems.students import SEEDS, hull
from tests.theorems.test_softmax import head

OF_MEMBERS = {
    "gain equality",
    "strictness",
    "misfit from below",
    "ball about the true student",
    "error of the true student",
    "error of the true student, squared error",
    "right: value of the true student",
    "classical bound",
    "classical bound, squared error",
    "softmax right: identity",
    "softmax right: residual",
    "softmax right: limit on a face",
    "softmax right: truth outside",
}


def integer_rows(rng, *shape):
    """Return distributions of small integers over their sum, zeros among them."""
    values = rng.integers(0, 4, shape).astype(float)
    values[..., 0] += values.sum(axis=-1) == 0
    return values / values.sum(axis=-1, keepdims=True)


def on_faces(seed, side):
    """Return an instance whose rows are small integers over their sum, and its models."""
    rng = np.random.default_rng(seed)
    n, k, m = rng.integers(1, 4), rng.integers(2, 4), rng.integers(1, 4)
    models = integer_rows(rng, m, n, k)
    truths = (np.tensordot(rng.dirichlet(np.ones(m)), models, 1), integer_rows(rng, n, k))
    instance = klr.Instance(
        teacher=integer_rows(rng, n, k),
        truth=truths[seed % 2],
        students=klr.Hull(models),
        weights=rng.dirichlet(np.ones(n)),
        side=side,
    )
    return instance, models, integer_rows(rng, n, k)


def assert_not_violated(found):
    """Assert that no theorem is violated on an outcome and that no term is NaN."""
    report = klr.check(found)
    assert not [each for each in report if each.verdict is klr.Verdict.VIOLATED], str(report)
    assert not re.search(r"\bnan\b", report.to_json())


@pytest.mark.parametrize("side", ["left", "right"])
@given(seed=SEEDS)
def test_no_theorem_is_violated_by_a_measured_student(side, seed):
    """Teacher, truth, a poor member and any predictions as student, zeros included."""
    instance, models, other = on_faces(seed, side)
    for student in (instance.teacher, instance.truth, models[-1], models.mean(axis=0), other):
        try:
            found = instance.measure(student)
        except KlRegressionError:
            continue
        assert_not_violated(found)


@pytest.mark.parametrize("side", ["left", "right"])
@given(seed=SEEDS)
def test_no_theorem_is_violated_on_faces(side, seed):
    """The projection itself, where teacher, models and truth vanish in places."""
    try:
        found = on_faces(seed, side)[0].solve()
    except KlRegressionError:
        return
    assert_not_violated(found)


@fewer(2)
@given(instance=strategies.instances(), data=st.data())
def test_no_theorem_is_violated_over_any_class(instance, data):
    """A random member of any class, measured, violates nothing."""
    rng = np.random.default_rng(data.draw(SEEDS))
    space = klr.Space.of(instance.loss.domain, *instance.teacher.shape)
    try:
        found = instance.measure(instance.students.random_member(rng, space))
    except KlRegressionError:
        return
    assert_not_violated(found)


def test_the_theorems_of_members_ask_for_one():
    """Exactly the theorems whose claim needs the student in the class have that hypothesis."""
    asking = {theorem.key for theorem in THEOREMS if STUDENT_IN_CLASS in theorem.hypotheses}
    assert asking == OF_MEMBERS


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_teacher_as_its_own_student_proves_nothing_of_the_projection(side):
    """Outside the class gap 0 puts the true student nowhere: the theorems of members say so."""
    instance = hull(0, side=side)
    found = instance.measure(instance.teacher)
    assert found.student.status is klr.Status.OUTSIDE
    for each in klr.check(found):
        if each.theorem.key in OF_MEMBERS:
            assert each.verdict is klr.Verdict.NOT_APPLICABLE, each.theorem.key


@given(seed=SEEDS)
def test_a_poor_member_encloses_the_true_student(seed):
    """Ball, value and error of the true student hold it, however poor the member is."""
    instance = hull(seed, least=2)
    solved, found = instance.solve(), instance.measure(np.asarray(instance.students.models)[0])
    report = klr.check(found)
    ball = report["ball about the true student"].terms.parts
    apart = np.abs(found.student.predictions - solved.student.predictions).sum(axis=1)
    allowed = np.sqrt(solved.gap) + solved.gap
    assert instance.weights @ apart <= ball["E ||s^ - s||_1 at most"] + allowed
    assert ball["misfit of the true student at least"] <= solved.misfit + allowed
    error = report["error of the true student"].terms.parts
    assert error["error of the true student at least"] <= solved.student_error + allowed
    assert solved.student_error <= error["error of the true student at most"] + allowed


@pytest.mark.parametrize("seed", range(3))
def test_a_measured_softmax_student_has_its_identity(seed):
    """The head's own student, measured from its predictions alone, has the same theorems."""
    instance = head(seed)
    own = instance.solve().student
    found = instance.measure(own.predictions, log_student=own.log_predictions)
    for key in ("softmax right: identity", "softmax right: residual"):
        assert klr.check(found)[key].verdict is klr.Verdict.HOLDS


def test_stability_asks_both_students():
    """A second student outside the class is not near the first for being near its teacher."""
    instance = hull(1, least=2)
    own, other = instance.solve(), instance.measure(instance.teacher)
    for pair in ((own, other), (other, own)):
        assert {found.verdict for found in stability(*pair)} == {klr.Verdict.NOT_APPLICABLE}


def test_a_model_where_the_teacher_has_no_mass_is_no_truth():
    """A model at infinite divergence bounds no finite gain, and is no witness for a truth."""
    models = [[[0.9, 0.09, 0.01]], [[0.1, 0.9, 0.0]]]
    instance = klr.Instance(
        teacher=[[0.9, 0.1, 0.0]], truth=[[10 / 11, 1 / 11, 0.0]], students=klr.Hull(models)
    )
    report = klr.check(instance.solve())
    for key in ("truth outside the class", "gain bracket without a truth"):
        assert report[key].verdict is klr.Verdict.NOT_APPLICABLE
    assert_not_violated(instance.solve())


def test_stability_refuses_other_classes():
    """Two outcomes of different classes are an input error, measured or not."""
    with pytest.raises(InputError, match="students"):
        stability(hull(0).solve(), hull(0).solve())
