"""``python -m proofs_check.readme``: write README.md, the theory and its evidence at a glance."""

from collections.abc import Iterator
from pathlib import Path

from proofs_check.checking.entry import Entry
from proofs_check.coq import statements
from proofs_check.coq.development import INSTALL
from proofs_check.coq.machine import examples
from proofs_check.coq.names import COQ, COUNTEREXAMPLES, EXISTENCE, PARTLY
from proofs_check.theory import THEORY

README = Path(__file__).parent / "README.md"

INTRODUCTION = """\
# Is the theory itself right?

`python -m proofs_check` answers for every theorem at once. This page is made from its records by
`python -m proofs_check.readme`, and a test keeps the two in step.

- **Coq**: proved by machine. Each statement stands once in
  [`coq/theory/Statements.v`](coq/theory/Statements.v), in the words of
  [`Definitions.v`](coq/theory/Definitions.v); every proof is checked by Coq's kernel and rests on
  the classical reals and functional extensionality, on nothing else (`Print Assumptions` is
  compared with that list). Finite weighted samples; zeros are allowed.
- **in part**: proved by machine for less than the Python check covers; the last column says how
  far.
- **numbers**: not proved by machine. The steps of the proof that computer algebra can check are
  checked, the claim is tried on random instances, and the theorem's file has the proof in words.
- The last column also names what is **recalled** from a paper or a textbook and not proved here.

In every row the Python check is `klr.check(outcome)[...]` under the theorem's name, unless the
theorem is about more than one outcome."""


CERTIFICATES = """\
## A certificate becomes a Coq theorem

`python -m proofs_check.coq FILE` writes a hull certificate (`klr.certify(outcome).save(FILE)`, KL,
left, up to 2000 logarithms) as a Coq theorem named after its id, and has Coq prove it: for every
mixture of the models the gain theorem up to the gap, that there is a true student ({existence}),
the ball about it, and the enclosures of its errors. The proof is one evaluation of an executable
checker (integers, and intervals of big integers), whose soundness is
[`{soundness}`](coq/theory/Certified.v); it adds Coq's primitive integers to what is assumed. A
claim that does not follow is refused: the file does not compile.
"""


def readme() -> str:
    """Return the text of README.md."""
    return "\n".join(
        [
            INTRODUCTION,
            "",
            count(),
            "",
            *table(),
            "",
            "## What is false, proved by machine",
            "",
            "| statement | Coq |",
            "|---|---|",
            *(f"| {statements.sentence(name)} | {coq_name(name)} |" for name in COUNTEREXAMPLES),
            "",
            *machinery(),
        ]
    )


def count() -> str:
    """Return how many theorems are proved by machine, in part, or tried on numbers."""
    grades = [grade(entry) for entry in THEORY]
    return (
        f"Of {len(grades)} theorems {grades.count('**Coq**')} are proved by machine, "
        f"{grades.count('in part')} in part, {grades.count('numbers')} not."
    )


def grade(entry: Entry) -> str:
    """Return how a theorem is known."""
    key = entry.theorem.key
    return "numbers" if key not in COQ else "in part" if key in PARTLY else "**Coq**"


def table() -> Iterator[str]:
    """Yield the lines of the table of theorems."""
    yield "| theorem | sentence | known by | Coq | steps by algebra | assumed |"
    yield "|---|---|---|---|---|---|"
    for entry in THEORY:
        key = entry.theorem.key
        assumed = [f"in Coq {how_far}" for how_far in (PARTLY.get(key),) if how_far]
        assumed += [f"recalled: {what}" for what in entry.assumed]
        cells = (
            key,
            entry.sentence,
            grade(entry),
            ", ".join(map(coq_name, COQ.get(key, ()))),
            "; ".join(step.claim for step in entry.steps),
            "; ".join(assumed),
        )
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def coq_name(statement: str) -> str:
    """Return the qualified name of a statement's proof, linked to its file."""
    name = statements.proved()[statement]
    return f"[`{name}`](coq/theory/{name.split('.')[0]}.v)"


def machinery() -> Iterator[str]:
    """Yield the part about the development and exported certificates."""
    kept = ", ".join(f"[`{name}`](coq/instances/{name}.v)" for name in examples())
    yield CERTIFICATES.format(existence=coq_name(EXISTENCE), soundness=statements.SOUNDNESS)
    yield f"Kept as compiled examples: {kept}."
    yield ""
    yield f"On Debian or Ubuntu `{INSTALL}`; `python -m proofs_check` then builds it all."
    yield ""


def main() -> None:
    """Write README.md whole or not at all."""
    draft = README.with_suffix(".draft")
    draft.write_text(readme(), "utf-8")
    draft.replace(README)


if __name__ == "__main__":
    main()
