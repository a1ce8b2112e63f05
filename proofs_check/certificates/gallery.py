"""The gallery: all entries, their files, the index, and the table that verifies them."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from kl_regression.certify.certificate import Certificate, shown
from kl_regression.verify import check
from proofs_check.certificates import counterexamples, hulls, necessity, real, shapes
from proofs_check.certificates.entry import Entry

HERE = Path(__file__).parent
ENTRIES: tuple[Entry, ...] = (
    *real.ENTRIES,
    *hulls.ENTRIES,
    *shapes.ENTRIES,
    *counterexamples.ENTRIES,
    *necessity.ENTRIES,
)
INDEX = HERE / "index.md"
PREFACE = """\
Each file is verified by `python -m kl_regression.verify FILE`, or by `verify.py` alone with
python-flint, and cited by `python -m kl_regression.cite FILE`. `python -m
proofs_check.certificates` makes them again, byte for byte: data are integers, and a student is
rounded from a solution known to more bits than it keeps. The data of real instances are the
integers in their files; training is not repeated."""


WORDS = {"0": "= 0 to its digits", "+": "> 0", "-": "< 0", "!": "is not 0"}
LEFT_OUT = """\
## Counterexamples that are no files

Every other counterexample of `python -m proofs_check` is proven there in balls, but its claim is no
signed sum of divergences over mixtures or finitely many functions."""


def path_of(entry: Entry) -> Path:
    """Return where an entry's certificate lies."""
    return HERE / f"{entry.name}.json"


def has_sign(certificate: Certificate, quantity: str, sign: str) -> bool:
    """Tell whether what is claimed proves a sign; for "!" that it is not 0, for "0" encloses 0."""
    low, high = certificate.claims[quantity]
    return {"+": low > 0, "-": high < 0, "!": low > 0 or high < 0, "0": low <= 0 <= high}[sign]


def index() -> str:
    """Return the index: id, statement, theorem, claims, and how each file was made."""
    lines = [
        "# Verified instances",
        "",
        PREFACE,
        "",
        "| id | file | statement | theorem | proved signs | gap |",
        "|---|---|---|---|---|---|",
    ]
    for entry in ENTRIES:
        found = Certificate(path_of(entry).read_bytes())
        signs = ", ".join(f"`{q}` {WORDS[s]}" for q, s in entry.signs.items())
        gap = shown(found.fields["claims"]["gap"][1])
        cells = [
            f"`{found.short_id}`",
            f"[{entry.name}]({entry.name}.json)",
            entry.statement,
            found.fields["theorem"],
            signs or "-",
            f"<= {gap}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", LEFT_OUT, "", "| theorem | without | why |", "|---|---|---|"]
    lines += [f"| {x.theorem} | {x.hypothesis} | {x.reason} |" for x in necessity.LEFT]
    return "\n".join(lines) + "\n"


def print_gallery(console: Console) -> bool:
    """Verify every file of the gallery; print a table, and tell whether all of it is true."""
    table = Table(title=f"{len(ENTRIES)} certificates", title_justify="left")
    for column in ("id", "statement", "theorem", "result"):
        table.add_column(column)
    results = []
    for entry in ENTRIES:
        content = path_of(entry).read_bytes()
        verdict = check(content, HERE)[0]
        found = Certificate(content)
        proved = all(has_sign(found, q, s) for q, s in entry.signs.items())
        results.append(verdict == "verified" and proved)
        told = verdict if proved else "not what it states"
        table.add_row(found.short_id, entry.statement, found.fields["theorem"], told)
    console.print(table)
    return all(results)
