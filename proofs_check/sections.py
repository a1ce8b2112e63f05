"""Further checks of ``python -m proofs_check``, each of which prints a table of its own."""

from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from proofs_check import a_monotone_student_averages_its_blocks
from proofs_check.a_test_set_tells_of_the_population import print_coverage
from proofs_check.certificates.gallery import print_gallery
from proofs_check.coq.machine import print_machine

Section = Callable[[Console], bool]
"""Prints its table on a console and tells whether all of it is as it should be."""

LEMMAS = a_monotone_student_averages_its_blocks.LEMMAS


def print_lemmas(console: Console) -> bool:
    """Print each lemma about solvers with its steps, and tell whether algebra confirms all."""
    table = Table(title="Lemmas that solvers rest on", title_justify="left")
    for column in ("lemma", "where", "steps", "result"):
        table.add_column(column)
    results = []
    for lemma in LEMMAS:
        held = all(step.holds() for step in lemma.steps)
        results.append(held)
        claims = "\n".join(step.claim for step in lemma.steps)
        table.add_row(lemma.sentence, lemma.source, claims, "holds" if held else "FAILS")
    console.print(table)
    return all(results)


SECTIONS: tuple[Section, ...] = (print_lemmas, print_coverage, print_gallery, print_machine)
"""Run in order after the table of theorems; one that returns False makes the exit status 1."""
