"""The Coq files in ``theory``: in the order of their imports, compiled when they are stale."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from kl_regression.errors import KlRegressionError, MissingLibraryError

THEORY = Path(__file__).parent / "theory"
INSTALL = (
    "apt-get install -y --no-install-recommends"
    " coq libcoq-interval libcoq-coquelicot libcoq-mathcomp-ssreflect"
)
"""How Debian and Ubuntu install what the theory needs."""
IMPORT = re.compile(r"^From KLRegression Require (?:Import )?([\w ]+)\.", re.MULTILINE)


class CoqError(KlRegressionError):
    """Coq refuses a file; the message is Coq's own."""


@dataclass(frozen=True)
class Compiled:
    """A compiled file: its name, the seconds it took, whether it had to be compiled at all."""

    name: str
    seconds: float
    fresh: bool


def coqc() -> str:
    """Return the path of the compiler, or say how to install it."""
    path = shutil.which("coqc")
    if path is None:
        raise MissingLibraryError(f"Coq is not installed. On Debian or Ubuntu: {INSTALL}")
    return path


def sources() -> list[Path]:
    """Return the files of the theory, each after those that it imports."""
    graph = {path.stem: imports(path) for path in sorted(THEORY.glob("*.v"))}
    return [THEORY / f"{name}.v" for name in TopologicalSorter(graph).static_order()]


def imports(path: Path) -> list[str]:
    """Return the names of the theory's files that a file imports."""
    return [name for names in IMPORT.findall(path.read_text("utf-8")) for name in names.split()]


def run(path: Path) -> str:
    """Compile one file that may import the theory, in its own folder; return what Coq prints."""
    command = [coqc(), "-q", "-R", str(THEORY), "KLRegression", path.name]
    done = subprocess.run(  # noqa: S603  (the compiler on a file of ours)
        command, cwd=path.parent, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CoqError(done.stderr.strip() or done.stdout.strip())
    return done.stdout


def build(watch: Callable[[str], None] = lambda _: None) -> Iterator[Compiled]:
    """Compile what is stale, in order; call ``watch`` with each file's name before it."""
    made: dict[str, float] = {}
    for path in sources():
        watch(path.stem)
        binary, start = path.with_suffix(".vo"), time.perf_counter()
        newest = max([path.stat().st_mtime, *(made[name] for name in imports(path))])
        fresh = binary.exists() and binary.stat().st_mtime >= newest
        if not fresh:
            run(path)
        made[path.stem] = binary.stat().st_mtime
        yield Compiled(path.stem, time.perf_counter() - start, fresh)
