"""certify(): what any solved instance becomes, and what it refuses."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.certify.quantise import TOTAL, distributions
from kl_regression.certify.sealing import INLINE, seal
from kl_regression.strategies import distributions as rows
from kl_regression.verify import check
from tests.certify.files import softmax


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


@pytest.mark.parametrize("bits", [64, 128, 256, 512])
def test_bits_are_the_gap(bits):
    """A student of b bits has a gap below 2^-b."""
    low, high = klr.certify(solved(), bits=bits).claims["gap"]
    assert low == 0 < high < 2**-bits


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
    assert found.total_variation <= 4 * table.shape[1] * np.finfo(float).eps


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
