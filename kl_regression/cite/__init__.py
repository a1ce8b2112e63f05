"""BibTeX, a LaTeX macro and a table row for a certificate; the software's and solvers' entries.

A certificate is cited by its short id, klc1- and twelve hexadecimals; its BibTeX entry has the
whole id, which is the SHA-256 of the file. Only what the checker verifies is cited.
"""

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from importlib.metadata import version
from importlib.resources import files

from kl_regression.certify.certificate import Certificate

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

DIGITS = 6
"""Digits of a value that is cited."""

DOWN, UP = Context(prec=2, rounding=ROUND_FLOOR), Context(prec=2, rounding=ROUND_CEILING)

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


def bibtex(certificate: Certificate) -> str:
    """Return the @misc entry of a certificate: claim, gap, SHA-256, version."""
    fields = certificate.fields
    told = (
        f"gain ${gain(certificate)}$, misfit ${middle(certificate, MISFIT)}$,"
        rf" gap $\le {gap(certificate)}$"
    )
    said = str(fields.get("provenance", {}).get("software", ""))
    made = _escaped(said if re.fullmatch(r"kl_regression [\w.+]+", said) else "kl_regression")
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


def rounding(certificate: Certificate) -> str:
    """Return comments: what its issuer says that rounding to integers changed."""
    changes = [f"{name}: {told}" for name, told in certificate.changes.items()]
    lines = [c for c in changes if re.fullmatch(r"[\w .,:;<=|()+-]+", c)]
    return "".join(f"%   {certificate.short_id} {line}\n" for line in lines)


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
    """Return the gain of "truth", else of the first truth, else its range, in LaTeX."""
    gains = [
        c for c in certificate.claims if re.fullmatch(r"D\((\w+),teacher\)-D\(\1,student\)", c)
    ]
    if gains:
        return middle(certificate, max(gains, key=lambda claim: claim.startswith("D(truth,")))
    if "least_gain" in certificate.claims:
        low, high = (middle(certificate, f"{end}_gain") for end in ("least", "greatest"))
        return f"[{low}, {high}]"
    return "-"


def gap(certificate: Certificate) -> str:
    """Return the gap's bound in LaTeX, rounded up, or a dash where it is not claimed."""
    if "gap" not in certificate.claims:
        return "-"
    return _scientific(certificate.claims["gap"][1], UP)


def middle(certificate: Certificate, name: str) -> str:
    """Return a claim's value in LaTeX, or a dash where it is not claimed.

    It is rounded to six digits, or to as many as both its ends share; where they share none, both
    are given, rounded outward.
    """
    if name not in certificate.claims:
        return "-"
    low, high = certificate.claims[name]
    for digits in range(DIGITS, 0, -1):
        found = _scientific(low, Context(prec=digits))
        if found == _scientific(high, Context(prec=digits)):
            return found
    return f"[{_scientific(low, DOWN)}, {_scientific(high, UP)}]"


def _scientific(value: Fraction, context: Context) -> str:
    number = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    mantissa, _, power = f"{number.normalize(context):g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else mantissa


def _escaped(text: str) -> str:
    return text.replace("_", r"\_")
