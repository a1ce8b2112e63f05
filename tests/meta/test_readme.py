"""The README: two commands, each complete; the example and the tables are true."""

import re
from pathlib import Path

from kl_regression.theorems import directions
from kl_regression.theorems.catalogue import markdown

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_two_commands():
    """There are exactly two sh blocks, under Run it and Test it, each one line that sets all up."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for heading, block, ending in zip(
        ("Run it", "Test it"), blocks, ("python -m kl_regression.figure", "pytest"), strict=True
    ):
        section = README.split(f"## {heading}\n")[1]
        assert section.index("```sh") == section.index("```")
        assert len(block.strip().splitlines()) == 1
        assert block.startswith("python3 -m venv .venv && .venv/bin/pip install ")
        assert block.strip().endswith(ending)


def test_every_picture_exists():
    """A picture that the README shows is in the repository."""
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures
    assert all((ROOT / picture).exists() for picture in pictures)


def test_the_version_is_one():
    """The version in pyproject.toml, CITATION.cff and CHANGELOG.md is the same."""
    version = re.search(
        r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )[1]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_theorem_table_is_the_catalogue():
    """The README's theorem table is generated from the catalogue."""
    assert markdown() in README


def test_the_direction_table_is_the_one_that_is_tested():
    """The README's direction table is generated from the one that the laws are about."""
    assert directions.markdown() in README
