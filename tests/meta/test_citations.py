"""Citations: every key resolves, every entry is used."""

import re

from tests.meta.sources import PACKAGE, modules

KEY = re.compile(r"\b([a-z]{2,}:\d{2}[a-z]?)\b")


def entries():
    """Return the keys of references.bib."""
    return set(
        re.findall(
            r"^@\w+\{([^,]+),", (PACKAGE / "references.bib").read_text("utf-8"), re.MULTILINE
        )
    )


def cited():
    """Return each key in the sources with the modules that cite it."""
    found = {}
    for module, path in modules().items():
        for key in KEY.findall(path.read_text("utf-8")):
            found.setdefault(key, set()).add(module)
    return found


def test_every_key_resolves():
    """A citation key in the sources has an entry in references.bib."""
    missing = {key: where for key, where in cited().items() if key not in entries()}
    assert not missing


def test_every_entry_is_used():
    """An entry of references.bib is cited somewhere."""
    assert entries() <= set(cited())
    assert entries()
