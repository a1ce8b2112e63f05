"""certify(): what any solved instance becomes, and what it refuses."""

import dataclasses
import hashlib
import math
import re
from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.certify import draft
from kl_regression.certify.certificate import shown
from kl_regression.certify.quantise import TOTAL, distributions
from kl_regression.certify.sealing import INLINE, seal
from kl_regression.strategies import distributions as rows
from kl_regression.verify import check
from tests.certify.files import rewritten, softmax


def solved(seed=0, *, side="left", n=5, k=3, m=4):
    """Return a solved hull of m models at n points."""
    rng = np.random.default_rng(seed)
    teacher, models = softmax(rng.normal(size=(n, k))), softmax(rng.normal(size=(m, n, k)))
    return klr.Instance(
        teacher=teacher, truth=models[0], students=klr.Hull(models), side=side
    ).solve()


@pytest.mark.parametrize("side", ["left", "right"])
def test_claims_enclose_what_the_outcome_says(side):
    """The float quantities lie within rounding of the claims of the same name."""
    outcome = solved(side=side)
    claims = klr.certify(outcome).claims
    for name, value in (
        ("D(truth,teacher)", outcome.teacher_error),
        ("D(truth,student)", outcome.student_error),
        ("D(student,teacher)", outcome.misfit),
    ):
        middle = float(sum(claims[name]) / 2)
        assert value == pytest.approx(middle, rel=math.sqrt(outcome.gap + 2.0**-50))


@pytest.mark.parametrize("bits", [64, 128, 256, 512, 1000, 3600])
def test_bits_are_the_gap(bits):
    """A student of b bits has a gap below 2^-b."""
    low, high = klr.certify(solved(), bits=bits).claims["gap"]
    assert low == 0 < high < Fraction(1, 2**bits)


def test_256_bits_give_37_digits():
    """Every claim of a default certificate is narrower than 1e-37 of its size or of 1."""
    claims = klr.certify(solved(n=40, m=6)).claims
    assert all(high - low < max(1, abs(low)) / 10**37 for low, high in claims.values())


def test_a_poor_student_is_repaired():
    """What a loose cone solver left is polished to a student of full precision."""
    instance = solved().instance
    poor = instance.solve(solver="SCS")
    assert poor.gap > 1e3 * np.finfo(float).eps
    assert klr.certify(poor).claims["gap"][1] < 2**-256


def test_a_sidecar_holds_large_models(tmp_path):
    """Models of more than a million entries stand in a file of their own, which is checked too."""
    rng = np.random.default_rng(0)
    models = rng.integers(1, 100, size=(3, INLINE // 6 + 1, 2))
    models[..., 1] = 100 - models[..., 0]
    fields = {
        "theorem": "KL-HULL/1",
        "points": models.shape[1],
        "classes": 2,
        "point_weights": [1] * models.shape[1],
        "teacher": models[0].tolist(),
        "models": models,
        "student": ["0x1", "0x0", "0x0"],
    }
    certificate = seal(fields, ["gap", "D(computed,teacher)"])
    path = certificate.save(tmp_path / "large.json")
    assert check(path.read_bytes(), tmp_path)[0] == "verified"
    sidecar = tmp_path / certificate.fields["models"]["sidecar"]
    content = bytearray(sidecar.read_bytes())
    content[0] ^= 1
    sidecar.write_bytes(bytes(content))
    with pytest.raises(ValueError, match=r"totals|SHA-256"):
        check(path.read_bytes(), tmp_path)
    sidecar.write_bytes(bytes(content[:-8]))
    with pytest.raises(ValueError, match="size"):
        check(path.read_bytes(), tmp_path)


@given(rows(3, 4))
def test_no_support_is_lost_or_gained(table):
    """A positive float never becomes 0, a 0 never positive, and all rows have one total."""
    found = distributions(table, "table")
    assert np.array_equal(found.whole > 0, table > 0)
    assert len(set(found.whole.sum(axis=1).tolist())) == 1
    assert found.whole.sum(axis=1).max() <= TOTAL
    assert found.change.total_variation <= 4 * table.shape[1] * np.finfo(float).eps


def test_small_fractions_stay_what_they_are():
    """The floats of 1/6, 2/6 and 3/6 become 1, 2 and 3."""
    assert distributions(np.array([[1 / 6, 2 / 6, 3 / 6]]), "table").rows == [[1, 2, 3]]


def test_provenance_says_what_rounding_changed():
    """Total variation and log ratio of each array are in the file, outside its id."""
    provenance = klr.certify(solved()).fields["provenance"]
    for name in ("teacher", "models", "truth"):
        assert "total variation" in provenance[f"changed {name}"]
        assert "log ratio" in provenance[f"changed {name}"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bits": 52}, "bits"),
        ({"bits": True}, "bits"),
        ({"truths": {"Teacher": [1.0, 0, 0, 0]}}, "name"),
        ({"truths": {"teacher": [1.0, 0, 0, 0]}}, "name"),
        ({"truths": {"mix": [1.0, 0.0]}}, "4 nonnegative weights"),
        ({"truths": {"mix": [-1.0, 1.0, 1.0, 1.0]}}, "4 nonnegative weights"),
        ({"truths": {"other": np.full((2, 3), 1 / 3)}}, "shape"),
    ],
)
def test_bad_arguments(change, words):
    """A bad argument is named, with what to do."""
    with pytest.raises(klr.errors.InputError, match=words):
        klr.certify(solved(), **change)


@given(st.integers(0, 3))
def test_it_shows_itself(seed):
    """In text and in a notebook a certificate names its id, theorem and claims."""
    certificate = klr.certify(solved(seed))
    assert certificate.short_id in repr(certificate)
    shown = certificate._repr_html_()
    assert certificate.id in shown
    assert "D(truth,student)" in shown


@pytest.mark.parametrize("bits", [True, 52, 3601])
def test_bits_have_a_range(bits):
    """Anything else is named, with the range."""
    with pytest.raises(klr.errors.InputError, match=r"bits: is .* Give a whole number from 53 to"):
        klr.certify(solved(), bits=bits)


def test_a_student_trained_elsewhere_is_no_projection():
    """A measured outcome is refused; its student is certified as a truth beside the projection."""
    instance = solved().instance
    trained = instance.measure(instance.teacher)
    with pytest.raises(
        klr.errors.InputError, match=r"trained elsewhere.* Certify outcome.instance"
    ):
        klr.certify(trained)
    claims = klr.certify(instance.solve(), truths={"measured": instance.teacher}).claims
    assert claims["D(measured,teacher)"] == (0, 0)


def test_tied_parts_have_no_student():
    """Where two parts of a union are equally near, no certificate is made."""
    left, right = klr.Hull([[[0.1, 0.9]], [[0.2, 0.8]]]), klr.Hull([[[0.9, 0.1]], [[0.8, 0.2]]])
    outcome = klr.Instance(teacher=[[0.5, 0.5]], students=left | right).solve()
    with pytest.raises(klr.errors.SolverError, match="tied between parts"):
        klr.certify(outcome)


def test_outputs_beyond_integers():
    """Large outputs have the unit that they need, or are refused."""
    hull = klr.Hull([[[2e15]], [[0.3]]])
    claims = klr.certify(
        klr.Instance(teacher=[[1e15]], students=hull, loss=klr.SquaredError).solve()
    )
    assert claims.claims["gap"][1] < 2**-100
    hull = klr.Hull([[[2e17]], [[3e17]]])
    outcome = klr.Instance(teacher=[[1e17]], students=hull, loss=klr.SquaredError).solve()
    with pytest.raises(klr.errors.InputError, match=r"has outputs of 3e\+17.* Rescale"):
        klr.certify(outcome)


def test_models_beyond_a_file_are_refused_at_once(monkeypatch):
    """Before the student is polished, where the certificate could not hold its models."""
    monkeypatch.setattr(draft, "ENTRIES", 5 * 3 * 4 - 1)
    with pytest.raises(klr.errors.InputError, match="more entries than a certificate holds"):
        klr.certify(solved())


def test_a_certificate_is_read_again(tmp_path):
    """load() verifies, and save() writes the same bytes again, the sidecar with them."""
    certificate = klr.certify(solved())
    path = certificate.save(tmp_path / "a.json")
    again = klr.Certificate.load(path)
    assert (again.content, again.sidecar) == (certificate.content, b"")
    models = np.array(certificate.fields["models"], dtype="<i8").tobytes()
    digest = hashlib.sha256(models).hexdigest()
    place = {"sidecar": "a.int64", "sha256": digest, "models": 4}
    (tmp_path / "a.int64").write_bytes(models)
    path.write_bytes(rewritten(certificate, lambda fields: fields.update(models=place)))
    (tmp_path / "copy").mkdir()
    copied = klr.Certificate.load(path).save(tmp_path / "copy" / "b.json")
    assert check(copied.read_bytes(), copied.parent)[0] == "verified"
    (tmp_path / "copy" / "a.int64").unlink()
    with pytest.raises(klr.errors.InputError, match=r"no sidecar a\.int64.* Get it again, whole"):
        klr.Certificate.load(copied)


def test_where_a_certificate_cannot_be_saved(tmp_path):
    """A missing folder and a folder's own name are told as they were given."""
    certificate = klr.certify(solved())
    with pytest.raises(FileNotFoundError, match=r"make it first: .*no'"):
        certificate.save(tmp_path / "no" / "a.json")
    with pytest.raises(IsADirectoryError, match="give a file's name"):
        certificate.save(tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_notebook_says_what_rounding_changed():
    """The table has numbers with a point, the size of the instance, and what rounding changed."""
    html = klr.certify(solved())._repr_html_()
    assert "n = 5, k = 3" in html
    assert "rounding changed teacher: total variation" in html
    assert re.search(r"<td>\d\.\d{30,}e-\d+</td>", html)


@pytest.mark.parametrize(
    ("decimal", "told"),
    [
        ("0e0", "0"),
        ("-125e-40", "-1.25e-38"),
        ("7e-3", "7e-3"),
        ("12e0", "1.2e1"),
        ("12e-1", "1.2"),
    ],
)
def test_decimals_get_a_point(decimal, told):
    """No digit is lost."""
    assert shown(decimal) == told
    assert float(told) == float(decimal)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("inside", [False, True])
def test_a_hull_may_hold_its_own_mean(side, inside):
    """Models that are mixtures of others but for rounding, and equal ones, cost no certificate."""
    rng = np.random.default_rng(0)
    for _ in range(5):
        teacher, first, second = softmax(rng.normal(size=(3, 4, 3)))
        if inside:
            teacher = 0.3 * first + 0.7 * second
        models = [first, second, (first + second) / 2.0, first]
        outcome = klr.Instance(teacher=teacher, students=klr.Hull(models), side=side).solve()
        assert klr.certify(outcome).claims["gap"][1] < 2**-256


def test_further_claims():
    """What is asked for is claimed beside the usual; what is no quantity is named."""
    outcome = solved()
    usual = set(klr.certify(outcome).claims)
    asked = ["MCE(truth,computed)", "D(truth,student)-D(teacher,student)", "gap"]
    assert set(klr.certify(outcome, claims=asked).claims) == usual | set(asked)
    with pytest.raises(klr.errors.InputError, match=r"has 'D\(truth\)'. Use gap, radius"):
        klr.certify(outcome, claims=["D(truth)"])
    with pytest.raises(klr.errors.InputError, match="about the unknown 'nobody'"):
        klr.certify(outcome, claims=["D(nobody,teacher)"])


def test_the_precision_of_balls_is_left_alone():
    """Whoever computes in balls beside certificates keeps the precision that was set."""
    with flint.ctx.workprec(77):
        klr.certify(solved())
        assert flint.ctx.prec == 77


def test_the_order_of_models_is_no_matter():
    """Models in another order, equal ones among them, have the same student in that order."""
    instance = solved(m=5).instance
    models = np.concatenate([instance.students.models, instance.students.models[:1]])
    order = np.random.default_rng(0).permutation(6)
    first, second = (
        klr.certify(dataclasses.replace(instance, students=klr.Hull(m)).solve())
        for m in (models, models[order])
    )
    for name in ("gap", "D(student,teacher)", "D(truth,student)"):
        assert first.claims[name] == second.claims[name]
