"""How long it takes to start: the import, the checker's help, the figures; and to verify."""

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import kl_regression as klr
from tests.benchmarks.lines import Line
from tests.benchmarks.problems import hull

IMPORT = (
    "import time, {before}; start = time.perf_counter(); import kl_regression;"
    " print(time.perf_counter() - start)"
)
ROUNDS = 5


def imports(quick):
    """Import kl_regression after numpy and scipy.linalg, and after numpy alone."""
    rounds = 2 if quick else 2 * ROUNDS
    for before, goal in (("numpy, scipy.linalg", "<= 0.1 s"), ("numpy", "")):
        code = IMPORT.format(before=before)
        _run("-c", code)  # writes the bytecode that an installed package has
        seconds = min(float(_run("-c", code)[1]) for _ in range(rounds))
        work = f"import kl_regression, after {before.replace(', ', ' and ')}"
        met = bool(seconds <= 0.1) if goal else None
        yield Line(work, "python", seconds, ratio=seconds, goal=goal, met=met)


def checker(quick):
    """Verify a certificate, entries n k m a second; and print the checker's help."""
    if importlib.util.find_spec("kl_regression.verify") is None or not hasattr(klr, "certify"):
        for work, goal in (("verify --help", "<= 0.3 s"), ("verify", ">= 3e6 entries a second")):
            yield Line(work, "python", goal=goal, note="skipped: there is no checker yet")
        return
    rounds = 2 if quick else ROUNDS
    help_ = ("-m", "kl_regression.verify", "--help")
    seconds = min(_run(*help_, check=False)[0] for _ in range(rounds))
    yield Line(
        "verify --help", "python", seconds, ratio=seconds, goal="<= 0.3 s", met=bool(seconds <= 0.3)
    )
    if quick:
        yield _verified("a JSON certificate", 3e6, 1_000, 3, 10)
        return
    yield _verified("a JSON certificate", 3e6, 30_000, 3, 10)
    yield _verified("a certificate with a sidecar", 1e7, 100_000, 3, 20)


def _verified(what, goal, n, k, m):
    """Issue the certificate of a hull and have it verified, twice."""
    teacher, models, weights = hull(n, k, m)
    outcome = klr.Instance(teacher=teacher, students=klr.Hull(models), weights=weights).solve()
    with tempfile.TemporaryDirectory() as folder:
        path = klr.certify(outcome).save(Path(folder) / "instance.json")
        seconds = min(_run("-m", "kl_regression.verify", str(path))[0] for _ in range(2))
    rate = n * k * m / seconds
    return Line(
        f"verify {what}, n k m = {n * k * m:.0e}",
        "python",
        seconds,
        ratio=rate,
        goal=f">= {goal:.0e} entries a second",
        met=bool(rate >= goal),
        note="ratio is entries a second, the start of Python included",
    )


def figures(quick):
    """The default figures."""
    work, goal = "python -m kl_regression.figure", "<= 60 s on two cores"
    if quick or importlib.util.find_spec("kl_regression.figure") is None:
        yield Line(work, "python", goal=goal, note="left out by --quick, or not there yet")
        return
    with tempfile.TemporaryDirectory() as folder:
        seconds = _run("-m", "kl_regression.figure", "--out", folder)[0]
    yield Line(work, "python", seconds, ratio=seconds, goal=goal, met=bool(seconds <= 60.0))


def _run(*arguments, check=True):
    """Run Python; return seconds and what it printed."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    start = time.perf_counter()
    run = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=check,
        env=environment,
    )
    return time.perf_counter() - start, run.stdout


BENCHMARKS = {"import": imports, "verify": checker, "figure": figures}
