"""The hull on the right against mixsqp, the R package, on likelihoods that it simulates.

mixsqp minimises -(1/n) Σ_i log (L a)_i over the simplex. As a right-side hull under generalised KL:
models L_j, teacher 1, and one more point with teacher 0, where model j is C - Σ_i L_ij, so that
the linear term is the same for every mixture. Rows of L are divided by their maxima first, which
changes the objective by a constant.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import kl_regression as klr
from tests.benchmarks.lines import Line, Timed, race
from tests.benchmarks.problems import gap_sum, problem

GOAL = 10.0
GAP_FACTOR = 1e5
ROUNDS = 3
R = shutil.which("Rscript")

SIMULATE = """
suppressMessages(library(mixsqp)); set.seed(1)
L <- simulatemixdata({n}, {m})$L
writeBin(as.vector(L / apply(L, 1, max)), "{file}")
"""

SOLVE = """
suppressMessages(library(mixsqp))
L <- matrix(readBin("{file}", "double", {n} * {m}), {n}, {m})
seconds <- system.time(fit <- mixsqp(L, control = list(verbose = FALSE)))[["elapsed"]]
cat(format(seconds, digits = 17), format(fit$x, digits = 17), sep = " ")
"""


def right(quick):
    """Hull on the right against mixsqp."""
    reason = _missing()
    shapes = [(10_000, 20)] if quick else [(100_000, 20), (100_000, 100), (1_000_000, 20)]
    for n, m in shapes:
        work = f"hull right, mixsqp's data, {n:.0e} x {m}"
        if reason:
            yield Line(work, "hull", goal=f">= {GOAL:g}x mixsqp", note=reason)
        else:
            yield from _duel(work, n, m, rounds=1 if quick else ROUNDS)


def _missing():
    """Return why mixsqp cannot be run, or an empty string."""
    if R is None:
        return "skipped: Rscript is not installed (Debian: apt-get install r-cran-mixsqp)"
    found = subprocess.run([R, "-e", "library(mixsqp)"], capture_output=True, check=False)
    return "" if found.returncode == 0 else "skipped: R has no mixsqp (Debian: r-cran-mixsqp)"


def _duel(work, n, m, *, rounds):
    with tempfile.TemporaryDirectory() as folder:
        names = {"n": int(n), "m": int(m), "file": str(Path(folder) / "likelihoods")}
        _script(SIMULATE, names)
        models, teacher = _as_hull(np.fromfile(names["file"]).reshape(m, n))
        task = problem(teacher, klr.Hull(models), loss=klr.GeneralizedKL, side="right")

        def own():
            return klr.project(teacher, task.students, loss=task.loss, side="right")

        def theirs():
            return [float(word) for word in _script(SOLVE, names).split()]

        times = race({"hull": own, "mixsqp": theirs}, rounds=rounds)
    seconds, *mixture = times["mixsqp"].result
    theirs = gap_sum(task, task.students.member(np.array(mixture), task.space)[1])
    yield from _lines(work, times["hull"], seconds, theirs)


def _lines(work, own: Timed, seconds, theirs):
    """Yield both lines: mixsqp's own clock counts, without R's start and the reading.

    Gaps are compared without their allowances for rounding, which are the same for both, and ours
    is taken to be no smaller than a rounding of 1.
    """
    student = own.result
    value = max(abs(student.gap - student.gap_rounding), float(np.finfo(float).eps))
    ratio, better = seconds / own.seconds, theirs.value / value
    met = bool(ratio >= GOAL and better >= GAP_FACTOR)
    goal = f">= {GOAL:g}x mixsqp, gap {GAP_FACTOR:.0e} times smaller"
    note = f"gaps without rounding {value:.1e} and {theirs.value:.1e}: {better:.1e} times smaller"
    yield Line(work, "hull", own.seconds, student.gap, None, ratio, goal, met, note)
    yield Line(work, "mixsqp", seconds, theirs.value + theirs.rounding)


def _as_hull(likelihoods):
    """Return models (m, n + 1, 1) and the teacher (n + 1, 1)."""
    sums = likelihoods.sum(axis=1)
    models = np.column_stack([likelihoods, sums.max() - sums])[:, :, None]
    teacher = np.ones((models.shape[1], 1))
    teacher[-1] = 0.0
    return models, teacher


def _script(text, names):
    run = subprocess.run(
        [R, "-e", text.format(**names)], capture_output=True, text=True, check=True
    )
    return run.stdout


BENCHMARKS = {"hull-right-mixsqp": right}
