"""The gallery: its files verify, prove what they state, and are made again byte for byte."""

import re

import pytest

from kl_regression.certify.certificate import Certificate
from kl_regression.verify import check
from proofs_check.certificates.gallery import ENTRIES, HERE, INDEX, has_sign, index, path_of

AGAIN = (
    "hull-left",
    "wine-right",
    "diabetes-left",
    "linear-head-left",
    "lipschitz-right",
    "monotone-left",
    "softmax-left-on-a-grid",
    "calibration-of-two-points",
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
