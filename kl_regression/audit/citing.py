"""How to cite an audit: the software, and the sources of the theorems that applied."""

import re
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from kl_regression.checking import Report

KEY = re.compile(r"\b[a-z]{2,}:\d{2}[a-z]?\b")


def software() -> str:
    """Return the BibTeX entry of this software."""
    return f"""@software{{kl_regression,
  author  = {{{{The kl_regression developers}}}},
  title   = {{kl\\_regression: exact weak-to-strong students, every theorem checked}},
  version = {{{version("kl_regression")}}},
  year    = {{2026}},
}}"""


def sources(report: Report) -> tuple[str, ...]:
    """Return the BibTeX entries of the theorems that applied, in the order of the bibliography."""
    used = {key for found in report if not found.unmet for key in KEY.findall(found.theorem.source)}
    return tuple(entry for key, entry in _entries().items() if key in used)


@cache
def _entries() -> dict[str, str]:
    text = files("kl_regression").joinpath("references.bib").read_text("utf-8")
    found = re.findall(r"^@\w+\{([^,]+),.*?^\}", text, re.MULTILINE | re.DOTALL)
    bodies = re.findall(r"^@\w+\{[^,]+,.*?^\}", text, re.MULTILINE | re.DOTALL)
    return dict(zip(found, bodies, strict=True))
