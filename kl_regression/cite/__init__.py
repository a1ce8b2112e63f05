"""BibTeX, a LaTeX macro and a table row for a certificate; the software's and solvers' entries.

A certificate is cited by its short id, klc1- and twelve hexadecimals; its BibTeX entry has the
whole id, which is the SHA-256 of the file. Only what the checker verifies is cited.
"""

import re
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from kl_regression.certify.certificate import Certificate
from kl_regression.errors import InputError

YEAR = 2026
"""The year of this version."""

MACRO = (
    r"\providecommand{\klcert}[3]{verified (\texttt{#1}: gain \ensuremath{#2},"
    r" gap at most \ensuremath{#3}; no solver, no floating point)}"
)
"""A macro of id, gain and gap; it may stand in a document more than once."""

COLUMNS = ("certificate", "theorem", "$n$", "$k$", "gain", "misfit", r"gap $\le$")
"""The heads of the columns of a table row."""

SOLVERS = {
    "CLARABEL": ("diamond:16", "goulart:24"),
    "SCS": ("diamond:16", "odonoghue:16"),
    "HIGHS": ("diamond:16", "huangfu:18"),
}
"""Which entries of references.bib a solver's student cites, beside the ball arithmetic's."""

ARITHMETIC = "johansson:17"
MISFIT = "D(student,teacher)"


def cite() -> str:
    """Return the BibTeX entry of this software."""
    return (
        "@misc{kl_regression,\n"
        "  title   = {kl\\_regression: exact weak-to-strong students, every theorem checked},\n"
        "  author  = {{The kl\\_regression developers}},\n"
        f"  year    = {{{YEAR}}},\n"
        f"  note    = {{Version {version('kl_regression')}}},\n"
        "}\n"
    )


def load(path: str | Path) -> Certificate:
    """Return the certificate in a file, after the checker verified it.

    Raises:
        InputError: when it is missing, is none, or does not verify.
    """
    from kl_regression.verify import check

    where = Path(path)
    try:
        content = where.read_bytes()
        verdict = check(content, where.parent)[0]
    except (OSError, ValueError) as error:
        raise InputError(str(where), f"is no certificate ({error})", "Check the path") from error
    if verdict != "verified":
        raise InputError(str(where), f"is {verdict}", "Only verified certificates are cited")
    return Certificate(content)


def bibtex(certificate: Certificate) -> str:
    """Return the @misc entry of a certificate: claim, gap, SHA-256, version."""
    fields = certificate.fields
    told = (
        f"gain ${gain(certificate)}$, misfit ${middle(certificate, MISFIT)}$,"
        rf" gap $\le {gap(certificate)}$"
    )
    made = _escaped(str(fields.get("provenance", {}).get("software", "kl_regression")))
    return (
        f"@misc{{{certificate.short_id},\n"
        f"  title  = {{{{Certificate {certificate.short_id} of theorem {fields['theorem']}}}}},\n"
        "  author = {{The kl\\_regression developers}},\n"
        f"  year   = {{{YEAR}}},\n"
        f"  note   = {{{told}; SHA-256 {certificate.id.removeprefix('klc1-')}; {made}}},\n"
        "}\n"
    )


def macro(certificate: Certificate) -> str:
    """Return a LaTeX macro and its use: the short id, the gain and the gap."""
    values = [certificate.short_id, gain(certificate), gap(certificate)]
    return f"{MACRO}\n\\klcert{''.join(f'{{{value}}}' for value in values)}\n"


def table_row(certificate: Certificate) -> str:
    """Return a row for a booktabs table, for the columns ``COLUMNS``."""
    fields = certificate.fields
    cells = [
        rf"\texttt{{{certificate.short_id}}}",
        fields["theorem"],
        str(fields["points"]),
        str(fields["classes"]),
        f"${gain(certificate)}$",
        f"${middle(certificate, MISFIT)}$",
        f"${gap(certificate)}$",
    ]
    return " & ".join(cells) + " \\\\\n"


def sources(certificate: Certificate) -> list[str]:
    """Return the entries of the software, its ball arithmetic and the solver of the student."""
    solver = str(certificate.fields.get("provenance", {}).get("solver", ""))
    keys = [
        ARITHMETIC,
        *(key for name, found in SOLVERS.items() if name in solver.upper() for key in found),
    ]
    return [cite(), *(entry(key) for key in keys)]


def entry(key: str) -> str:
    """Return an entry of references.bib."""
    text = (files("kl_regression") / "references.bib").read_text("utf-8")
    found = re.search(rf"^@\w+\{{{re.escape(key)},.*?^\}}$", text, re.MULTILINE | re.DOTALL)
    assert found is not None, key  # noqa: S101 - a test checks every key
    return f"{found[0]}\n"


def gain(certificate: Certificate) -> str:
    """Return the first truth's gain, or its range over the class, in LaTeX."""
    for name in certificate.claims:
        if re.fullmatch(r"D\((\w+),teacher\)-D\(\1,student\)", name):
            return middle(certificate, name)
    if "least_gain" in certificate.claims:
        low, high = (middle(certificate, f"{end}_gain") for end in ("least", "greatest"))
        return f"[{low}, {high}]"
    return "-"


def gap(certificate: Certificate) -> str:
    """Return the gap's bound in LaTeX, rounded up."""
    return _scientific(certificate.claims["gap"][1], up=True)


def middle(certificate: Certificate, name: str) -> str:
    """Return a claim's value to six digits, or a dash where it is not claimed."""
    if name not in certificate.claims:
        return "-"
    low, high = certificate.claims[name]
    return _scientific((low + high) / 2, up=False)


def _scientific(value: Fraction, *, up: bool) -> str:
    context = Context(prec=2, rounding=ROUND_CEILING) if up else Context(prec=6)
    number = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    mantissa, _, power = f"{number.normalize(context):g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else mantissa


def _escaped(text: str) -> str:
    return text.replace("_", r"\_")
