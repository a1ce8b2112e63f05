"""The gallery: its files verify, prove what they state, and are made again byte for byte."""

import re

import pytest
from flint import arb

from kl_regression.certify.certificate import Certificate
from kl_regression.verify import check
from proofs_check.certificates import necessity
from proofs_check.certificates.gallery import ENTRIES, HERE, INDEX, has_sign, index, path_of
from proofs_check.certificates.terms import NotASumError, Symbolic
from proofs_check.checking.exact import solve

AGAIN = (
    "hull-left",
    "wine-right",
    "diabetes-left",
    "linear-head-left",
    "lipschitz-right",
    "monotone-left",
    "softmax-left-on-a-grid",
    "calibration-of-two-points",
    "gain-theorem-without-truth-in-the-class",
)
"""Entries of each theorem that the tests make again; the builder makes all of them."""


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_it_verifies_and_proves_what_it_states(entry):
    """A file is verified, and its claims have the signs that the statement is about."""
    content = path_of(entry).read_bytes()
    assert check(content, HERE)[0] == "verified"
    certificate = Certificate(content)
    assert all(has_sign(certificate, q, s) for q, s in entry.signs.items())
    assert certificate.fields["provenance"]["statement"] == entry.statement


@pytest.mark.parametrize("name", AGAIN)
def test_it_is_made_again_byte_for_byte(name):
    """The same bytes come out, whatever the float solvers did on the way."""
    (entry,) = [entry for entry in ENTRIES if entry.name == name]
    assert entry.build().content == path_of(entry).read_bytes()


def test_the_index_is_the_gallery():
    """The index is generated, lists every file once, and no file is left over."""
    assert INDEX.read_text("utf-8") == index()
    assert {path.stem for path in HERE.glob("*.json")} == {entry.name for entry in ENTRIES}
    assert len(ENTRIES) >= 30
    ids = re.findall(r"klc1-[0-9a-f]{12}", index())
    assert len(set(ids)) == len(ids) == len(ENTRIES)


def test_every_class_side_and_loss_is_there():
    """Each theorem of the checker has a verified instance."""
    theorems = {Certificate(path_of(entry).read_bytes()).fields["theorem"] for entry in ENTRIES}
    kinds = ("HULL", "UNION", "POLY", "MONOTONE")
    wanted = {f"KL-{kind}{side}/1" for kind in kinds for side in ("", "-RIGHT")}
    assert theorems == wanted | {"GKL-HULL/1", "SQUARED-HULL/1"}


def expressed():
    """Return the records of the theory that are signed sums, with these."""
    found = []
    for evidence, record in necessity.records():
        try:
            found.append((evidence, record, necessity.quantity(evidence, record)))
        except NotASumError:
            continue
    return found


SUMS = expressed()


@pytest.mark.parametrize("number", range(len(SUMS)))
def test_a_sum_is_the_formula_it_was_read_off(number):
    """In balls, at the true student, the sum of named divergences is the record's slack."""
    evidence, record, found = SUMS[number]
    at = solve(record.example, computed=record.computed, student=record.student)
    rows = {"f": at.f, "teacher": at.g, "student": at.s}
    rows["other"] = at.s if record.student else at.computed
    rows |= {f"model_{j}": model for j, model in enumerate(at.models)}
    value = arb(0)
    for term, coefficient in found.terms.items():
        first, second = re.fullmatch(r"D\((\w+),(\w+)\)", term).groups()
        times = arb(coefficient.numerator) / coefficient.denominator
        value += times * at.d(rows[first], rows[second])
    value = -abs(value) if found.bent else value
    slack = (record.slack or evidence.slack)(at)
    assert value.overlaps(slack)
    assert float(value.rad()) < float(abs(slack).mid())


def test_every_record_is_a_file_or_is_left_out_by_name():
    """No counterexample of the theory is missing: it is in the gallery or in the index."""
    text, total = INDEX.read_text("utf-8"), len(list(necessity.records()))
    assert len(SUMS) + len(necessity.LEFT) == total
    assert len(necessity.ENTRIES) >= 10
    assert all(f"| {x.theorem} | {x.hypothesis} | {x.reason} |" in text for x in necessity.LEFT)


@pytest.mark.parametrize(
    "formula",
    [
        lambda at: at.d(at.f, at.g) * at.misfit,
        lambda at: at.misfit.sqrt(),
        lambda at: at.misfit if at.gain < 0 else at.gain,
        lambda at: at.price(at.slope, at.f, at.s),
        lambda at: sum(at.s[0]),
        lambda at: at.gain + 1,
        lambda at: 9 * at.gain,
    ],
    ids=["product", "root", "choice", "price", "entry", "number", "many times"],
)
def test_what_is_no_sum_says_so(formula):
    """Products, functions, comparisons and single entries are no claims."""
    with pytest.raises(NotASumError):
        formula(Symbolic(2, other=False)).claim()
