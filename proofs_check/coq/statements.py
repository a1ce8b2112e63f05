"""Which statements there are, which file proves each, and what every proof rests on."""

import re
import tempfile
from pathlib import Path

from proofs_check.coq.development import THEORY, run

STATEMENT = re.compile(r"^Definition (\w+) : Prop :=", re.MULTILINE)
PROOF = re.compile(r"^Theorem (\w+) : Statements\.(\w+)\.", re.MULTILINE)
AXIOM = re.compile(r"^([\w.]+)(?= :|$)", re.MULTILINE)
UNPROVED = re.compile(r"\b(Admitted|admit|Axiom|Parameter|Conjecture|Abort)\b")

CLASSICAL = frozenset(
    {
        "ClassicalDedekindReals.sig_not_dec",
        "ClassicalDedekindReals.sig_forall_dec",
        "Classical_Prop.classic",
        "FunctionalExtensionality.functional_extensionality_dep",
    }
)
"""The classical reals and functional extensionality: all that a theorem may rest on."""

INTEGERS = ("PrimInt63.", "Uint63.")
"""Where Coq's primitive integers live: what the executable checker may rest on besides."""

SOUNDNESS = "Certified.certificate_sound"


def stated() -> list[str]:
    """Return the names of the statements, in their order."""
    return STATEMENT.findall((THEORY / "Statements.v").read_text("utf-8"))


def proved() -> dict[str, str]:
    """Return for each statement the qualified name of its proof."""
    found = {}
    for path in sorted(THEORY.glob("*.v")):
        for name, statement in PROOF.findall(path.read_text("utf-8")):
            if name == statement:
                found[statement] = f"{path.stem}.{name}"
    return found


def sentence(statement: str) -> str:
    """Return the comment above a statement, on one line; empty where the one above covers it."""
    text = (THEORY / "Statements.v").read_text("utf-8")
    before = text.split(f"Definition {statement} : Prop :=")[0]
    last = re.search(r"\(\*\* (?!\*)((?:(?!\*\)).)*?) ?\*\)\n$", before, re.DOTALL)
    return " ".join(last[1].split()) if last else ""


def unproved() -> dict[str, list[str]]:
    """Return for each file the words in it that leave something unproved."""
    found = {path.name: UNPROVED.findall(path.read_text("utf-8")) for path in THEORY.glob("*.v")}
    return {name: words for name, words in found.items() if words}


def assumptions(names: list[str]) -> dict[str, set[str]]:
    """Ask Coq on which axioms theorems rest; the theory must have been compiled.

    Coq walks through all of the reals for each question, so it is asked about all theorems but the
    checker's at once; only where that is more than allowed is it asked about each.
    """
    theorems = [name for name in names if name != SOUNDNESS]
    groups = [group for group in (theorems, [SOUNDNESS] * (SOUNDNESS in names)) if group]
    found: dict[str, set[str]] = {}
    for group in groups:
        together = _ask(group)
        apart = len(group) > 1 and excess(group[0], together)
        found |= {name: _ask([name]) if apart else together for name in group}
    return found


def _ask(names: list[str]) -> set[str]:
    """Return the axioms that some theorem among the names rests on."""
    with tempfile.TemporaryDirectory() as folder:
        query = Path(folder) / "Query.v"
        files = sorted({name.split(".")[0] for name in names})
        query.write_text(
            f"From KLRegression Require {' '.join(files)}.\n"
            f"Definition together := ({', '.join(names)}).\n"
            "Print Assumptions together.\n",
            "utf-8",
        )
        return axioms(run(query))


def axioms(answer: str) -> set[str]:
    """Return the names in an answer of Print Assumptions."""
    return set(AXIOM.findall(answer)) - {"Axioms", "Closed"}


def excess(name: str, found: set[str]) -> set[str]:
    """Return the axioms that a theorem rests on and may not."""
    beyond = found - CLASSICAL
    return {axiom for axiom in beyond if name != SOUNDNESS or not axiom.startswith(INTEGERS)}
