"""Further checks of ``python -m proofs_check``, each of which prints a table of its own."""

from collections.abc import Callable

from rich.console import Console

Section = Callable[[Console], bool]
"""Prints its table on a console and tells whether all of it is as it should be."""

SECTIONS: tuple[Section, ...] = ()
"""Run in order after the table of theorems; one that returns False makes the exit status 1."""
