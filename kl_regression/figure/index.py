"""figures/README.md: each figure that lies in a folder, what it shows, its command and settings."""

from pathlib import Path

from kl_regression.figure import record
from kl_regression.figure.registry import FIGURES, Entry

HEAD = """# Figures

Made by `python -m kl_regression.figure`; this page too. `NAME.json` holds every number that is
drawn: `--from-json` draws it again without computing, `--check` computes again and compares.
"""


def index(folder: Path) -> bytes:
    """Return the page about the figures whose JSON lies in a folder."""
    sections = [_section(entry, folder) for entry in FIGURES if _has(entry, folder)]
    return "\n".join([HEAD, *sections]).encode()


def _has(entry: Entry, folder: Path) -> bool:
    return (folder / f"{entry.name}.json").is_file()


def _section(entry: Entry, folder: Path) -> str:
    found = record.read(entry, folder)
    settings = entry.load().settings(record.data_of(entry, found))
    within = f"relative {entry.within.relative:g}, absolute {entry.within.absolute:g}"
    return (
        f"## {entry.name}\n\n{entry.caption}\n\n"
        f"![{entry.caption}]({entry.name}.png)\n\n"
        f"- command: `python -m kl_regression.figure {entry.name} --seed {found['seed']}`\n"
        f"- settings: {settings}\n"
        f"- computed again, its numbers agree within: {within}\n"
    )
