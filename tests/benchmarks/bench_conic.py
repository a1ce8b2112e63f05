"""The cone engine at n = 1e3 and 1e4: time and gap by solver.

pytest tests/benchmarks/bench_conic.py --benchmark-enable -n 0; its name keeps it out of the rest.
"""

import pytest

import kl_regression as klr
from kl_regression.solvers import conic
from tests.benchmarks.peers import cone
from tests.benchmarks.problems import gap_of, hull, problem

SOLVERS = ("hull newton", *conic.available())


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("n", [1_000, 10_000])
@pytest.mark.parametrize("side", ["left", "right"])
def test_conic(benchmark, n, side, solver):
    """A solver returns a point; its gap is recomputed by us and stored beside the time."""
    teacher, models, weights = hull(n)
    students = klr.Hull(models)
    task = problem(teacher, students, weights=weights, side=side)
    if solver == "hull newton":
        found = benchmark(klr.project, teacher, students, weights=weights, side=side)
        gap = found.gap
    else:
        gap = gap_of(task, benchmark.pedantic(cone(task, solver), rounds=2))
    benchmark.extra_info.update({"solver": solver, "gap": gap, "version": conic.version(solver)})
    assert gap >= 0.0
