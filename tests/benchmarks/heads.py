"""Linear heads against Clarabel, and heads of a million entries and more."""

import kl_regression as klr
from tests.benchmarks.lines import Line, against, limited, race
from tests.benchmarks.peers import LIMIT, cone
from tests.benchmarks.problems import gap_of, head, problem

RELATIVE_GAP = 1e-12


def duels(quick):
    """Linear head, left, n = 1e4 and 1e5 against Clarabel."""
    sizes = [(1_000, 12.0)] if quick else [(10_000, 12.0), (100_000, 50.0)]
    for n, goal in sizes:
        teacher, features = head(n)
        students = klr.LinearHead(features, outputs=teacher.shape[1])
        task = problem(teacher, students)
        times = race(
            {
                "auto": _solver(teacher, students),
                "cvxpy CLARABEL": limited(cone(task, "CLARABEL"), LIMIT),
            },
            rounds=1 if quick else 3,
        )
        own, theirs = times["auto"], times["cvxpy CLARABEL"]
        gaps = {
            "auto": own.result.gap if own.result else None,
            "cvxpy CLARABEL": None if theirs.result is None else gap_of(task, theirs.result),
        }
        work = f"linear head n={n:.0e} k=3 d=5 ({own.result.solver if own.result else 'failed'})"
        yield from against(work, "auto", times, gaps, goal=goal)


def large(quick):
    """Linear heads of n k >= 1e6: time and relative gap."""
    shapes = [(100_000, 10, 10, 5.0), (1_000_000, 3, 10, 15.0)]
    for n, k, d, limit in shapes:
        work = f"linear head n={n:.0e} k={k} d={d}"
        goal = f"< {limit:g} s, relative gap <= {RELATIVE_GAP:.0e}"
        if quick:
            yield Line(work, "auto", goal=goal, note="left out by --quick")
            continue
        teacher, features = head(n, k, d)
        students = klr.LinearHead(features, outputs=k)
        found = race({"auto": _solver(teacher, students)}, rounds=1)["auto"]
        if found.result is None:
            yield Line(work, "auto", found.seconds, goal=goal, met=False, note=found.error)
            continue
        relative = found.result.gap / found.result.objective
        yield Line(
            work,
            found.result.solver,
            found.seconds,
            found.result.gap,
            ratio=relative,
            goal=goal,
            met=bool(found.seconds < limit and relative <= RELATIVE_GAP),
            note="ratio is the relative gap",
        )


def _solver(teacher, students):
    return lambda: klr.project(teacher, students, solver="auto")


BENCHMARKS = {"head": duels, "head-large": large}
