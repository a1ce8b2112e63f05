"""Every class of a sweep: rows are the solved instances of their seeds, and can be certified."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from pyarrow import parquet

from kl_regression.certify.issue import certify
from kl_regression.classes.linear_head import LinearHead
from kl_regression.errors import InputError, SolverError
from kl_regression.instance import Instance
from kl_regression.sweep import instance, row
from kl_regression.sweep.config import from_dict
from kl_regression.sweep.draws import draw
from kl_regression.sweep.grid import LOSSES, SIZES, Chunk
from kl_regression.sweep.measuring import FAILED
from kl_regression.sweep.picture import picture
from kl_regression.sweep.reading import read
from kl_regression.sweep.running import run
from kl_regression.sweep.summary import cells, violations
from kl_regression.tolerance import EPS
from kl_regression.verify import check

SMALL = {"points": 7, "outputs": 3, "models": 2}
CLAIMED = {
    "teacher_error": "D(truth,teacher)",
    "student_error": "D(truth,student)",
    "misfit": "D(student,teacher)",
    "gain": "D(truth,teacher)-D(truth,student)",
    "slack": "D(truth,teacher)-D(truth,student)-D(student,teacher)",
}
"""What a row holds, and the claim of a certificate that encloses it."""


def swept(folder, grid, *, instances=4, chunk=3):
    """Run a sweep of a grid; return the path of its table."""
    sweep = from_dict({"seed": 1, "instances": instances, "chunk": chunk, "grid": SMALL | grid})
    with ThreadPoolExecutor(1) as pool:
        return run(sweep, folder, pool)


def allowed(found, gap):
    """Return how far the row's student and another may be apart, by the square root of the gaps.

    A softmax layer on the left has no gap; its local student is found twice by the same steps.
    """
    return np.sqrt(sum(x for x in (found["gap"], gap, EPS) if 0 < x < np.inf))


def legal(kind):
    """Return the losses that a class has a meaning under."""
    return ["KL"] if kind == "log-linear" else list(LOSSES)


@pytest.mark.parametrize("kind", SIZES)
def test_rows_are_found_again_from_their_seeds(tmp_path, kind):
    """instance(row).solve() has the row's numbers, by other code; no theorem is violated."""
    path = swept(tmp_path, {"class": kind, "loss": legal(kind)})
    rows = parquet.read_table(path).to_pylist()
    assert str([row(path, number) for number in range(len(rows))]) == str(rows)
    for found in rows[1::3]:
        outcome = instance(found).solve()
        for name in CLAIMED:
            far = allowed(found, outcome.gap)
            assert abs(found[name] - getattr(outcome, name)) <= far * (1 + abs(found[name]))
    assert all(cell["violated"] == cell["failed"] == 0 for cell in cells(path))


@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize("side", ["left", "right"])
def test_every_truth_is_in_its_class(kind, side):
    """The sweep is realizable: the distance of each truth from its class is a rounding error."""
    for loss in legal(kind):
        for points, models in ((7, 2), (3, 2), (20, 5)):
            grid = {"points": points, "models": models, "class": kind, "loss": loss, "side": side}
            chunk = next(iter(from_dict({"instances": 2, "grid": grid})))
            drawn = draw(chunk)
            for index in range(chunk.size):
                outcome = drawn.instance(index).measure(drawn.truth[index])
                assert outcome.truth_membership.inside


@pytest.mark.parametrize("kind", [kind for kind in SIZES if kind != "log-linear"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_row_is_certified(tmp_path, kind, side):
    """Under KL a row of every convex class becomes a certificate that claims the row's errors."""
    path = swept(tmp_path, {"class": kind, "side": side}, instances=2)
    found = row(path, 1)
    certificate = certify(instance(found).solve())
    assert check(certificate.content, tmp_path)[0] == "verified"
    for name, quantity in CLAIMED.items():
        low, high = certificate.claims[quantity]
        far = allowed(found, 0.0)
        assert low - far <= found[name] <= high + far


def test_the_same_instances_whatever_the_chunk_holds():
    """An instance does not depend on how many follow it in its chunk."""
    for kind in SIZES:
        chunk = next(iter(from_dict({"instances": 6, "grid": SMALL | {"class": kind}})))
        short = draw(Chunk(chunk.cell, chunk.seed, chunk.number, 3))
        assert np.array_equal(short.teacher, draw(chunk).teacher[:3])
        assert np.array_equal(short.truth, draw(chunk).truth[:3])


def test_seeds_and_chunks_give_other_instances():
    """Chunks, seeds and instances of a chunk differ from one another."""
    cell = from_dict({"grid": SMALL}).cells[0]
    seen = [draw(Chunk(cell, seed, number, 2)) for seed in (0, 1) for number in (0, 1)]
    teachers = [teacher.tobytes() for drawn in seen for teacher in drawn.teacher]
    assert len(set(teachers)) == len(teachers)


def test_quality_runs_from_noise_to_the_truth():
    """At quality 1 the teacher is the truth; at 0 it does not know it."""
    for loss in LOSSES:
        grid = SMALL | {"loss": loss, "quality": [0.0, 1.0]}
        noise, exact = (
            draw(chunk) for chunk in from_dict({"instances": 3, "grid": grid | {"side": "left"}})
        )
        assert np.allclose(exact.teacher, exact.truth)
        assert not np.allclose(noise.teacher, noise.truth)


def test_a_student_that_no_solver_finds_is_a_row(tmp_path, monkeypatch):
    """The row says so, has no numbers, breaks no theorem, and is counted."""
    with monkeypatch.context() as broken:
        broken.setattr(Instance, "solve", _fail)
        path = swept(tmp_path, {"class": "box", "side": "left"})
    found = row(path, 0)
    assert found["solver"] == FAILED
    assert np.isnan(found["gain"])
    assert np.isnan(found["gap"])
    (cell,) = cells(path)
    assert (cell["rows"], cell["failed"], cell["violated"]) == (4, 4, 0)


def _fail(*_):
    raise SolverError("no solver returned a point")


def test_the_summary_counts_violations_and_takes_the_least_slack(tmp_path):
    """Rows of three cells, one with a slack below its gap and rounding."""
    path = swept(tmp_path, {"quality": [0.2, 0.5, 0.8], "side": "left"})
    table = parquet.read_table(path)
    slack = table["gain_slack"].to_numpy().copy()
    slack[5] = -1.0
    place = table.schema.get_field_index("gain_slack")
    parquet.write_table(table.set_column(place, "gain_slack", [slack]), path)
    found = cells(path)
    assert [cell["quality"] for cell in found] == [0.2, 0.5, 0.8]
    assert [cell["violated"] for cell in found] == [0, 1, 0]
    assert [cell["gain_slack"] for cell in found] == slack.reshape(3, 4).min(axis=1).tolist()


def test_the_gap_counts_for_the_projection_alone(tmp_path):
    """The gain theorem's allowance holds the gap; the risk bounds' hold rounding alone."""
    rows = read(swept(tmp_path, {"class": "monotone", "side": "left"}))
    assert (rows["gain_allowance"] > rows["gap"]).all()
    assert (rows["gap"] > rows["risk_allowance"]).any()


def test_a_slack_beyond_its_allowance_is_a_violation():
    """Below minus the allowance, not at it; and a slack that is not there is none."""
    rows = {"risk_slack": np.array([-1.0, -0.5, -0.4, np.nan]), "risk_allowance": np.full(4, 0.5)}
    assert violations(rows, "risk").tolist() == [True, False, False, False]


def test_a_teacher_that_is_its_student_breaks_no_bound(tmp_path):
    """Where teacher, student and truth are one up to rounding the steep bounds allow for it."""
    path = swept(tmp_path, {"class": ["box", "lipschitz"], "quality": [0.9, 1.0]}, instances=12)
    assert (read(path)["misfit"] <= EPS).any()
    assert sum(cell["violated"] for cell in cells(path)) == 0


def test_the_figure_has_a_panel_for_each_class_and_side(tmp_path, monkeypatch):
    """Rows without a student are left out of it."""
    monkeypatch.setattr(LinearHead, "check", _fail)
    path = swept(
        tmp_path, {"class": ["hull", "linear-head", "box"], "loss": ["KL", "SquaredError"]}
    )
    titles = [axes.get_title() for axes in picture(path).axes if axes.get_title()]
    assert titles == [
        f"{kind}, {loss}, student on the {side}: 4 instances"
        for kind in ("hull", "box")
        for loss in ("KL", "SquaredError")
        for side in ("left", "right")
    ]


def test_a_row_that_is_not_there(tmp_path):
    """The error says which rows there are."""
    path = swept(tmp_path, {})
    for number in (-1, 8):
        with pytest.raises(InputError, match="rows 0 to 7"):
            row(path, number)
