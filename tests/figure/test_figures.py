"""Figures: drawn from their data alone, written whole, the same for the same seed."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from typer.testing import CliRunner

import kl_regression as klr
from kl_regression.figure import __main__ as command
from kl_regression.figure import gain, record, style, triangle
from kl_regression.figure import simplex as geometry
from kl_regression.figure.registry import FIGURES, chosen
from kl_regression.writing import write_whole

COMMITTED = Path(__file__).resolve().parents[2] / "figures"
CASES = (("wine", klr.KL), ("diabetes", klr.GeneralizedKL))
LIMIT = 120
GAIN = chosen(("gain",), everything=False)[0]
run = CliRunner().invoke


@cache
def small():
    """Compute a small gain figure once."""
    return gain.compute(0, cases=CASES, limit=LIMIT)


@cache
def simplex():
    """Compute the triangle once."""
    return triangle.compute()


def read(data):
    """Return the numbers of a figure as they come back from its JSON."""
    return json.loads(record.document(GAIN, seed=0, seconds=1.0, data=data))["data"]


def test_realizable_points_lie_above_the_line():
    """On the transfer set, with the truth in the hull, the gain theorem holds for every teacher."""
    for panel in small().panels:
        points = [p for p in panel.points if (p.part, p.truth) == ("transfer", "ceiling")]
        assert len(points) == len(panel.students) == 15
        gaps = {student.teacher: student.gap for student in panel.students}
        assert all(p.verdict == "holds" for p in points)
        assert all(not p.failing for p in panel.points)
        assert all(p.gain - p.misfit >= -gaps[p.teacher] for p in points)


def test_test_set_numbers_follow_from_the_mixture():
    """Gain and misfit on the test set are those of the recorded mixture of the models."""
    from kl_regression import data

    case, panel = data.load("wine", limit=LIMIT), small().panels[0]
    for index in (0, 7, 14):
        student = np.tensordot(panel.students[index].mixture, case.test.models, 1)
        teacher, labels = case.test.teachers[index], case.test.labels
        shown = [
            p
            for p in panel.points
            if (p.teacher, p.part, p.truth) == (case.teachers[index], "test", "labels")
        ]
        error = klr.KL.divergence(labels, teacher) - klr.KL.divergence(labels, student)
        assert [p.gain for p in shown] == [error]
        assert [p.misfit for p in shown] == [klr.KL.divergence(student, teacher)]


def test_gain_plots_what_its_json_holds():
    """Every mark of the gain figure is a point in the JSON, and every point is a mark."""
    figure = gain.draw(small())
    marks = [
        sorted(map(tuple, line.get_xydata().tolist()))
        for axes in figure.axes
        for line in axes.lines
        if line.get_linestyle() == "None"
    ]
    panels = read(small())["panels"]
    expected = [
        sorted(
            (p["misfit"], p["gain"])
            for p in panel["points"]
            if (p["part"], p["truth"]) == (part, truth)
        )
        for part in ("transfer", "test")
        for panel in panels
        for truth in ("ceiling", "labels")
    ]
    assert marks == expected
    for axes, panel in zip(figure.axes, panels * 2, strict=True):
        assert axes.get_title() in (panel["title"], "")
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        assert [right, low, high] == panel["limits"]
        assert all(
            left <= p["misfit"] <= right and low <= p["gain"] <= high for p in panel["points"]
        )


def test_triangle_plots_what_its_json_holds():
    """Every vertex of the triangle figure is a distribution in the JSON, but the angle's mark."""
    figure, data = triangle.draw(simplex()), read(simplex())
    views = {view["side"]: view for view in data["views"]}
    for axes, scene in zip(figure.axes, data["scenes"], strict=True):
        view = views[scene["side"]]
        rows = [*data["models"], *view["path"], *view["ball"], *np.eye(3).tolist()]
        rows += [data["teacher"], view["student"], scene["truth"]]
        known = {tuple(row) for row in (np.array(rows) @ geometry.CORNERS).tolist()}
        mark = geometry.right_angle(np.array(view["student"]), np.array(view["path"][1]))
        drawn = [line.get_xydata() for line in axes.lines] + [p.get_xy() for p in axes.patches]
        loose = {tuple(vertex) for part in drawn for vertex in part.tolist()} - known
        corners = set(zip(*(side.tolist() for side in mark), strict=True))
        assert loose == (corners if scene["side"] == "left" else set())
        words = " ".join(text.get_text() for text in axes.texts)
        shown = "misfit" if scene["side"] == "left" else "objective"
        for name in ("teacher_error", "student_error", "gain", shown):
            assert f"{scene[name]:.3f}" in words


def test_left_triangle_is_a_right_triangle():
    """The student is the centre, gain = misfit on its face, and the angle drawn is a right one.

    The path to the teacher is log-linear, and the ball's boundary is at the misfit.
    """
    data = simplex()
    on_face, inside = (scene for scene in data.scenes if scene.side == "left")
    assert abs(on_face.slack) <= on_face.gap
    assert inside.slack > inside.gap
    view = data.views[0]
    edge = (on_face.truth - view.student) @ geometry.CORNERS
    way = (np.log(data.teacher) @ (np.eye(3) - 1 / 3)) @ geometry.CORNERS
    assert abs(edge @ way) <= on_face.gap
    first, second, third = np.log(view.path).T
    assert np.abs((first - second) - (second - third)).max() <= on_face.gap


def test_right_triangle_has_its_four_points():
    """On the right m is 1 on the student's face and less inside; the gain may be below the misfit.

    The path to the teacher is a straight line.
    """
    data = simplex()
    on_face, inside = (scene for scene in data.scenes if scene.side == "right")
    assert abs(on_face.four_points - 1.0) <= on_face.gap
    assert inside.four_points < 1.0 - inside.gap
    assert 0.0 < on_face.gain < on_face.misfit
    steps = np.diff(data.views[1].path, axis=0)
    assert np.abs(steps - steps[0]).max() <= on_face.gap


def test_balls_are_level_sets():
    """On the boundary of a ball the objective is the student's, but where the simplex cuts it."""
    data = simplex()
    for view, scene in zip(data.views, data.scenes[::2], strict=True):
        centres = np.tile(data.teacher, (len(view.ball), 1))
        pair = (view.ball, centres) if view.side == "left" else (centres, view.ball)
        with np.errstate(all="ignore"):
            level = klr.KL.entries(*pair)[0].sum(axis=1)
        interior = (view.ball > scene.gap).all(axis=1)
        assert interior.sum() > 100
        slope = 1.0 / view.ball[interior].min()
        assert np.abs(level[interior] - scene.objective).max() <= slope * scene.gap
        assert (level <= scene.objective + slope * scene.gap).all()
    assert {scene.verdict for scene in data.scenes} == {"holds"}


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_the_same_data_gives_the_same_bytes(suffix):
    """A figure is drawn from its data alone: twice drawn is byte for byte the same."""
    first, second = (style.render(triangle.draw(triangle.compute()), suffix) for _ in range(2))
    assert first == second


def test_text_stays_text():
    """The letters of an SVG are text in a named font, not outlines."""
    svg = style.render(gain.draw(small()), "svg").decode()
    assert "truth in V: the strong ceiling" in svg
    assert "DejaVu Sans" in svg
    assert "<dc:date>" not in svg


def test_nothing_global_changes():
    """Drawing and saving leave matplotlib's settings as they were, and use none of the user's."""
    with mpl.rc_context({"font.size": 30.0, "figure.facecolor": "black"}):
        before = dict(mpl.rcParams)
        loud = style.render(triangle.draw(simplex()), "svg")
        assert dict(mpl.rcParams) == before
    assert loud == style.render(triangle.draw(simplex()), "svg")


def test_no_word_crosses_a_line():
    """In the triangle no word lies on a line, so that all are legible."""
    for axes in triangle.draw(simplex()).axes:
        axes.figure.canvas.draw()
        for text in (t for t in axes.texts if t.get_text() and t.axes is axes):
            box = text.get_window_extent().padded(-1.0)
            for line in axes.lines:
                path = line.get_transform().transform_path(line.get_path())
                assert not path.intersects_bbox(box, filled=False), text.get_text()


def test_json_holds_infinities_as_text():
    """JSON has no infinity: it is the text "inf", and arrays are lists."""
    assert record.plain({"a": np.array([1.0, np.inf]), "b": (-np.inf, np.int64(2), None)}) == {
        "a": [1.0, "inf"],
        "b": ["-inf", 2, None],
    }


def test_json_says_where_it_comes_from():
    """The JSON holds seed, versions, seconds and the SHA-256 of data and predictions."""
    found = json.loads(record.document(GAIN, seed=0, seconds=1.26, data=small()))
    assert (found["figure"], found["seed"], found["seconds"]) == ("gain", 0, 1.3)
    assert set(found["versions"]) == {"python", *record.LIBRARIES}
    for panel in found["data"]["panels"]:
        assert len(panel["data_sha256"]) == len(panel["predictions_sha256"]) == 64
    assert found["data"]["limit"] == LIMIT
    assert set(asdict(simplex())) == set(read(simplex()))


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError])
def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch, interruption):
    """Whatever stops a write, the old file is whole and no temporary file stays."""
    path = tmp_path / "a.json"
    write_whole(path, b"old")

    def stop(_descriptor):
        raise interruption

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(interruption):
        write_whole(path, b"new and longer")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_the_list_names_every_figure():
    """--list says which figures there are, and makes none."""
    result = run(command.app, ["--list"])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"{entry.name}: {entry.caption}" for entry in FIGURES]


def test_names_choose_figures():
    """Without a name the default figures are made, with names those, each once, with --all all."""
    assert {"gain", "triangle"} <= {entry.name for entry in chosen((), everything=False)}
    assert [e.name for e in chosen(("triangle", "triangle"), everything=False)] == ["triangle"]
    assert chosen((), everything=True) == FIGURES


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gian"], "NAME: 'gian' is no figure. Use one of: gain, triangle"),
        (["--all", "gian"], "NAME: 'gian' is no figure"),
        (["triangle", "--format", "bmp"], "--format: is 'bmp'. Use any of: svg, png, pdf"),
        (["triangle", "--out", f"{__file__}/x"], "cannot be made"),
    ],
)
def test_a_wrong_argument_says_what_to_do(tmp_path, monkeypatch, arguments, message):
    """A name, a format or a folder that cannot be used ends in one line, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    result = run(command.app, arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert not list(tmp_path.rglob("*.*"))


def test_the_command_writes_and_prints(tmp_path):
    """The command writes each format and the JSON, and off a terminal prints a table and paths."""
    result = run(command.app, ["triangle", "--out", str(tmp_path / "new"), "--format", "svg, pdf"])
    assert result.exit_code == 0, result.output
    names = ["README.md", "triangle.json", "triangle.pdf", "triangle.svg"]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == names
    lines = result.stdout.splitlines()
    assert lines[0].startswith("triangle: one point, three classes, KL in nats")
    assert sorted(Path(line).name for line in lines[-4:]) == names
    assert "projecting" not in result.stdout
    scenes = json.loads((tmp_path / "new" / "triangle.json").read_text("utf-8"))["data"]["scenes"]
    assert all(f"{scene['gain']:.4f}" in result.stdout for scene in scenes)


def test_an_interrupted_computation_writes_nothing(tmp_path, monkeypatch):
    """Ctrl-C while a figure is made ends the command without a file."""

    def stop(_seed, *, watch):
        watch(0.5, "half way")
        raise KeyboardInterrupt

    monkeypatch.setattr(triangle, "compute", stop)
    result = run(command.app, ["triangle", "--out", str(tmp_path)])
    assert result.exit_code != 0
    assert not list(tmp_path.iterdir())


def test_no_pyplot(tmp_path):
    """The command never imports pyplot, whose state is global, and raises no warning."""
    code = (
        "import sys; from kl_regression.figure.__main__ import app;"
        f"app(['triangle', '--out', {str(tmp_path)!r}], standalone_mode=False);"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_committed_figures_hold():
    """In the committed JSON the gain theorem holds at each realizable point of every data set."""
    found = json.loads((COMMITTED / "gain.json").read_text("utf-8"))["data"]
    assert [(p["name"], p["loss"]) for p in found["panels"]] == [
        (name, str(loss)) for name, loss in gain.CASES
    ]
    for panel in found["panels"]:
        chosen_points = [p for p in panel["points"] if p["truth"] == "ceiling"]
        verdicts = [p["verdict"] for p in chosen_points if p["part"] == "transfer"]
        assert verdicts == ["holds"] * 15
    stored = json.loads((COMMITTED / "triangle.json").read_text("utf-8"))["data"]
    for fresh, old in zip(simplex().scenes, stored["scenes"], strict=True):
        assert abs(fresh.gain - old["gain"]) <= fresh.gap + old["gap"]
    for name in ("gain", "triangle"):
        assert "<text" in (COMMITTED / f"{name}.svg").read_text("utf-8")
        assert (COMMITTED / f"{name}.png").read_bytes().startswith(b"\x89PNG")
