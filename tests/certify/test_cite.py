"""Citing: only what verifies, in BibTeX, a LaTeX macro and a table row."""

import re
import subprocess
import sys

import pytest

import kl_regression as klr
from kl_regression.cite import (
    COLUMNS,
    SOLVERS,
    bibtex,
    entry,
    gain,
    macro,
    middle,
    rounding,
    sources,
    table_row,
)
from tests.certify.files import originals, rewritten

CERTIFICATES = sorted(originals())


def balanced(text):
    """Tell whether braces match, as BibTeX and LaTeX need."""
    return text.count("{") == text.count("}")


@pytest.mark.parametrize("name", CERTIFICATES)
def test_every_certificate_can_be_cited(name):
    """The entry has id, gain, gap and SHA-256; macro and row have the short id and the gap."""
    certificate = originals()[name]
    text = bibtex(certificate)
    assert text.startswith(f"@misc{{{certificate.short_id},")
    assert certificate.id.removeprefix("klc1-") in text
    title = f"Certificate {certificate.short_id} of theorem {certificate.fields['theorem']}"
    assert f"{{{{{title}}}}}" in text  # else BibTeX's styles write the theorem in small letters
    gap = re.search(r"gap \$\\le ([^$]*)\$", text)[1]
    assert gap in macro(certificate)
    assert gap in table_row(certificate)
    assert table_row(certificate).count("&") == len(COLUMNS) - 1
    assert all(balanced(part) for part in (text, macro(certificate), table_row(certificate)))


def test_the_gap_is_rounded_up():
    """What is printed of a gap is never below it."""
    certificate = originals()[CERTIFICATES[0]]
    mantissa, power = re.search(r"le ([\d.]+) \\cdot 10\^\{(-\d+)\}", bibtex(certificate)).groups()
    assert float(f"{mantissa}e{power}") >= float(certificate.claims["gap"][1])


def test_the_software_cites_itself():
    """klr.cite() is the software's entry, in the version that is installed."""
    assert klr.cite().startswith("@misc{kl_regression,")
    assert balanced(klr.cite())


@pytest.mark.parametrize("key", sorted({key for keys in SOLVERS.values() for key in keys}))
def test_solvers_have_entries(key):
    """Each solver's entry is in the bibliography."""
    assert entry(key).startswith("@")
    assert balanced(entry(key))


def test_a_cone_solver_is_cited():
    """A student that a cone solver found cites it and its modelling language."""
    certificate = originals()[CERTIFICATES[0]]
    content = rewritten(certificate, lambda fields: fields["provenance"].update(solver="CLARABEL"))
    text = "".join(sources(klr.Certificate(content)))
    assert "Clarabel" in text
    assert "CVXPY" in text
    assert "Arb" in text


def test_the_outcomes_own_gain_is_cited():
    """Of several truths "truth" comes first, whatever the names of the others."""
    certificate = originals()[CERTIFICATES[0]]
    assert "D(labels,student)" in certificate.claims
    assert gain(certificate) == middle(certificate, "D(truth,teacher)-D(truth,student)")


def test_provenance_is_not_printed_unread():
    """What nobody checks reaches LaTeX only where it is a version or what rounding changed."""
    evil = r"x} , author = {Evil} \input{/etc/passwd} % "
    told = {"software": evil, "changed teacher": evil, "changed truth": "|log ratio| <= 3.2e+01"}
    certificate = klr.Certificate(
        rewritten(originals()[CERTIFICATES[0]], lambda fields: fields["provenance"].update(told))
    )
    assert "Evil" not in bibtex(certificate)
    assert "Evil" not in rounding(certificate)
    assert "truth: |log ratio| <= 3.2e+01" in rounding(certificate)


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (["123456749e-9", "123456751e-9"], r"0.123457"),
        (["123446e-6", "123449e-6"], r"0.12345"),
        (["-18e-43", "18e-43"], r"[-1.8 \cdot 10^{-42}, 1.8 \cdot 10^{-42}]"),
        (["5e-1", "5e-1"], r"0.5"),
    ],
)
def test_no_digit_is_cited_that_is_not_known(ends, told):
    """A value has the digits that both ends of its claim share, six at most."""
    certificate = originals()[CERTIFICATES[0]]
    content = rewritten(certificate, lambda fields: fields["claims"].update(radius=ends))
    assert middle(klr.Certificate(content), "radius") == told


def test_what_does_not_verify_is_not_cited(tmp_path):
    """A false or broken file is refused."""
    certificate = originals()[CERTIFICATES[0]]
    path = tmp_path / "false.json"
    false = rewritten(certificate, lambda fields: fields["claims"].update(gap=["0e0", "1e-99"]))
    path.write_bytes(false)
    with pytest.raises(klr.errors.InputError, match="Only verified"):
        klr.Certificate.load(path)
    path.write_bytes(false[:-1])
    with pytest.raises(klr.errors.InputError, match="no certificate"):
        klr.Certificate.load(path)
    with pytest.raises(klr.errors.InputError, match="no certificate"):
        klr.Certificate.load(tmp_path / "missing.json")


def test_the_command(tmp_path):
    """``python -m kl_regression.cite`` prints all of it, and 1 for what it does not cite."""
    certificate = originals()[CERTIFICATES[0]]
    path = certificate.save(tmp_path / "instance.json")
    command = [sys.executable, "-m", "kl_regression.cite"]
    found = subprocess.run([*command, path], capture_output=True, text=True, check=True)
    for part in (bibtex(certificate), macro(certificate), table_row(certificate), klr.cite()):
        assert part in found.stdout
    refused = subprocess.run(
        [*command, tmp_path / "no"], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "no certificate" in refused.stderr
