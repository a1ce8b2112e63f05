"""Scaling: times are read, never taken; what is missing in a curve is said."""

import json

import numpy as np
import pytest

from kl_regression.errors import InputError
from kl_regression.figure import scaling
from kl_regression.figure.record import plain
from tests.figure.small import TIMES, data


def curves():
    """Return the curves of the made-up times by panel and method."""
    return {
        (panel.title, curve.method): curve
        for panel in data("scaling").panels
        for curve in panel.curves
    }


def changed(tmp_path, change):
    """Return the path of the made-up times after a change."""
    found = json.loads(TIMES.read_text("utf-8"))
    change(found)
    path = tmp_path / "times.json"
    path.write_text(json.dumps(found), "utf-8")
    return path


def test_every_time_is_the_benchmarks():
    """Sizes, seconds and gaps are those of the file, in order of size; other benchmarks are not."""
    lines = json.loads(TIMES.read_text("utf-8"))["lines"]
    for (title, method), curve in curves().items():
        own = [ln for ln in lines if ln["work"] == title and method.lower() in ln["method"].lower()]
        timed = sorted((ln["size"], ln["seconds"], ln["gap"]) for ln in own if ln["seconds"])
        shown = zip(curve.size.tolist(), curve.seconds.tolist(), curve.gap.tolist(), strict=True)
        assert list(shown) == timed
    assert {title for title, _ in curves()} == {"hull left, k=3, m=10", "convex left"}


def test_what_is_missing_is_said():
    """A size that was ended has its limit, one that failed is told, one not tried is neither."""
    ended, failed = (
        curves()["hull left, k=3, m=10", "Clarabel"],
        curves()["convex left", "Clarabel"],
    )
    assert (ended.ended.tolist(), ended.limit.tolist()) == ([10_000], [150.0])
    assert (ended.failed.tolist(), failed.failed.tolist()) == ([], [100])
    figure = scaling.draw(data("scaling"))
    (legend,) = figure.legends
    words = [text.get_text() for text in legend.get_texts()]
    assert words == ["structured solver", "cvxpy, Clarabel", "ended after 150 s", "failed"]


def test_the_slope_is_the_exponent():
    """Times that grow as n to the power a have slope a; of one size there is none."""
    size = np.array([10, 100, 1000])
    for power in (0.5, 1.0, 1.5):
        assert (
            abs(scaling.slope(size, 3.0 * size**power) - power)
            <= np.finfo(float).eps * len(size) ** 2
        )
    assert np.isnan(scaling.slope(size[:1], size[:1] * 1.0))
    assert curves()["hull left, k=3, m=10", "Clarabel"].slope == pytest.approx(np.log10(8.0))


def test_the_slope_is_of_the_largest_sizes(tmp_path):
    """A small size, which times the call, changes no slope once there are more than three."""

    def slow(found):
        found["lines"][0]["seconds"] = 1.0

    panel = scaling.compute(results=changed(tmp_path, slow)).panels[0]
    assert panel.curves[0].slope == curves()["hull left, k=3, m=10", "structured"].slope
    assert panel.curves[0].seconds[0] == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: found.pop("about"), "is no benchmark"),
        (lambda found: found["lines"][0].pop("size"), "is no benchmark"),
        (lambda found: found["lines"][0].update(method="new"), "is no benchmark"),
        (lambda found: found["lines"].clear(), "has no line of a benchmark scaling-"),
    ],
    ids=["no about", "no size", "another method", "no line"],
)
def test_another_file_is_refused(tmp_path, change, message):
    """A file that is no benchmark run, or holds none of these, is named, with what to do."""
    with pytest.raises(InputError, match=message) as caught:
        scaling.compute(results=changed(tmp_path, change))
    assert "--from-json" in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    """Outside a checkout there is no benchmark run: the error says so."""
    with pytest.raises(InputError, match=r"cannot be read \(No such file or directory\)"):
        scaling.compute(results=tmp_path / "none.json")


def test_the_committed_figure_is_of_the_committed_times():
    """After another run of the benchmarks the figure is drawn again."""
    root = TIMES.parents[2]
    found = scaling.compute(results=root / scaling.RESULTS)
    stored = json.loads((root / "figures" / "scaling.json").read_text("utf-8"))["data"]
    assert plain(found.panels) == stored["panels"], "run: python -m kl_regression.figure scaling"
