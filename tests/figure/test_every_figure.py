"""What holds for every figure: its JSON is the whole of it, and says what its schema says."""

import json
import re
import zlib
from functools import wraps
from io import BytesIO
from itertools import combinations
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.image import imread
from matplotlib.patches import Rectangle
from typer.testing import CliRunner

import kl_regression.figure
from kl_regression.errors import InputError
from kl_regression.figure import __main__ as command
from kl_regression.figure import index, record, restore, style, triangle
from kl_regression.figure.registry import FIGURES
from tests.figure.small import ENTRIES, SETTINGS, data

SCHEMA = json.loads((Path(kl_regression.figure.__file__).parent / "schema.json").read_text("utf-8"))
COMMITTED = Path(__file__).resolve().parents[2] / "figures"
NAMES = [entry.name for entry in FIGURES]
run = CliRunner().invoke


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Keep intermediate results out of the user's folder."""
    monkeypatch.setenv("KL_REGRESSION_CACHE", str(tmp_path / "cache"))


def document(name):
    """Return the JSON of a figure on its small setting."""
    return json.loads(record.document(ENTRIES[name], seed=0, seconds=1.0, data=data(name)))


def test_every_figure_has_a_small_setting():
    """A new figure meets these laws too."""
    assert sorted(SETTINGS) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_drawn_from_its_json_alone(name):
    """Drawn from what its JSON holds, a figure has the same bytes: nothing else is in it."""
    module, entry = ENTRIES[name].load(), ENTRIES[name]
    again = record.data_of(entry, document(name))
    assert style.render(module.draw(again), "svg") == style.render(module.draw(data(name)), "svg")
    assert module.summary(again) == module.summary(data(name))
    assert module.settings(again) == module.settings(data(name))


def moved(value):
    """Return JSON data with another number in place of each float."""
    if isinstance(value, dict):
        return {key: moved(part) for key, part in value.items()}
    if isinstance(value, list):
        return [moved(part) for part in value]
    return 1.1 * value + 0.01 if isinstance(value, float) else value


def drawn(axes):
    """Return what is drawn in a panel: marks, bars, ends of intervals, curves, cells, and words.

    Left out are marks on the panel's edge, where values beyond it stand, and straight lines and
    lines across a panel, which are there to compare with.
    """
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    found = set()
    for line in axes.lines:
        if not all(line.get_transform().contains_branch_seperately(axes.transData)):
            continue
        points = [tuple(point) for point in np.asarray(line.get_xydata(), dtype=float).tolist()]
        if line.get_marker() not in ("None", "", None):
            found |= {
                (x, y) for x, y in points if x not in (left, right) and y not in (bottom, top)
            }
        elif len(points) > 2:
            found.add(tuple(points))
    found |= {patch.get_bbox().bounds for patch in axes.patches if isinstance(patch, Rectangle)}
    for segments in (c.get_segments() for c in axes.collections if isinstance(c, LineCollection)):
        found |= {tuple(end) for segment in segments for end in segment.tolist()}
    for image in axes.images:
        found |= set(enumerate(np.asarray(image.get_array()).ravel().tolist()))
    decimals = [text for text in axes.texts if re.search(r"\d\.\d", text.get_text())]
    return found | {(text.get_text(), *text.get_position()) for text in decimals}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_drawn_that_is_not_in_the_data(name):
    """With another number in place of each of the data's, nothing drawn stays where it was."""
    module, entry, content = ENTRIES[name].load(), ENTRIES[name], document(name)
    other = restore.restore(entry.kind(), moved(content["data"]))
    pairs = zip(module.draw(data(name)).axes, module.draw(other).axes, strict=True)
    stays = [drawn(first) & drawn(second) for first, second in pairs]
    assert not any(stays), stays


@pytest.mark.parametrize("name", NAMES)
def test_the_json_fits_its_schema(name):
    """The JSON says figure, seed, seconds, versions, agreement, the data and their hash."""
    jsonschema.validate(document(name), SCHEMA)


@pytest.mark.parametrize("name", NAMES)
def test_computing_again_gives_the_same_numbers(name):
    """The same seed gives the same numbers, within what the figure states."""
    entry = ENTRIES[name]
    fresh = record.plain(entry.load().compute(0, **SETTINGS[name]))
    assert list(restore.differences(document(name)["data"], fresh, entry.within)) == []


@pytest.mark.parametrize("path", sorted(COMMITTED.glob("*.json")), ids=lambda path: path.stem)
def test_the_committed_figures_are_those_of_their_json(path):
    """Each committed SVG, PNG and PDF is what its committed JSON draws, and that fits the schema.

    SVG byte for byte; PNG pixel for pixel and PDF stream for stream, since how either is compressed
    is another library's affair.
    """
    entry = ENTRIES[path.stem]
    found = record.read(entry, COMMITTED)
    jsonschema.validate(found, SCHEMA)
    figure = entry.load().draw(record.data_of(entry, found))
    svg, png, pdf = (style.render(figure, suffix) for suffix in ("svg", "png", "pdf"))
    assert svg == path.with_suffix(".svg").read_bytes()
    assert np.array_equal(imread(BytesIO(png)), imread(path.with_suffix(".png")))
    assert streams(pdf) == streams(path.with_suffix(".pdf").read_bytes())


def words(figure):
    """Return the words of a figure with their places: all of them, and each legend as one."""
    found = list(figure.texts) + list(figure.legends)
    for axes in figure.axes:
        found += [axes.title, *axes.texts, *filter(None, [axes.get_legend()])]
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            found += [axis.label, *(tick.label1 for tick in ticks if tick.label1.get_visible())]
    named = [(getattr(word, "get_text", lambda: "legend")(), word) for word in found]
    return [(name, word.get_window_extent()) for name, word in named if name and word.get_visible()]


@pytest.mark.parametrize("name", NAMES)
def test_words_do_not_overlap(name):
    """No two words of a committed figure overlap, and none leaves the page."""
    entry = ENTRIES[name]
    figure = entry.load().draw(record.data_of(entry, record.read(entry, COMMITTED)))
    with style.house():
        figure.canvas.draw()
        found = words(figure)
    page = figure.bbox
    beyond = [
        n for n, b in found if b.x0 < page.x0 or b.x1 > page.x1 or b.y0 < page.y0 or b.y1 > page.y1
    ]
    assert not beyond
    pairs = combinations([(name, box.padded(-0.5)) for name, box in found], 2)
    assert not [(one, other) for (one, a), (other, b) in pairs if a.overlaps(b)]


def streams(pdf):
    """Return the streams of a PDF, decompressed: what is drawn, and the fonts."""
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL)
    assert found
    return [zlib.decompress(part) if part.startswith(b"x") else part for part in found]


def test_every_figure_is_committed():
    """The folder holds every figure, and its page is the one that is generated."""
    assert {path.stem for path in COMMITTED.glob("*.json")} == set(NAMES)
    assert index.index(COMMITTED) == (COMMITTED / "README.md").read_bytes()


def test_a_difference_is_found_and_named():
    """A number that moved, a word that changed and a list that grew are each found and placed."""
    stored = {"a": [1.0, 2.0, "inf"], "b": "holds", "c": [1]}
    fresh = {"a": [1.0, 2.1, "inf"], "b": "violated", "c": [1, 2]}
    found = list(restore.differences(stored, fresh, restore.COMPUTED))
    assert [place.place for place in found] == ["data.a[1]", "data.b", "data.c"]
    assert restore.count_numbers(stored) == 3


@pytest.fixture
def made(tmp_path):
    """A folder with the triangle in it."""
    assert run(command.app, ["triangle", "--out", str(tmp_path), "--format", "svg"]).exit_code == 0
    return tmp_path


def test_from_json_draws_without_computing(made, monkeypatch):
    """--from-json gives the same SVG and never computes."""
    before = (made / "triangle.svg").read_bytes()
    (made / "triangle.svg").unlink()

    @wraps(triangle.compute)
    def refuse(*_arguments, **_settings):
        pytest.fail("computed")

    monkeypatch.setattr(triangle, "compute", refuse)
    result = run(command.app, ["triangle", "--from-json", "--out", str(made), "--format", "svg"])
    assert result.exit_code == 0, result.output
    assert (made / "triangle.svg").read_bytes() == before


def test_check_compares_and_writes_nothing(made):
    """--check agrees with what was just made, and leaves every file as it is."""
    before = {path: path.read_bytes() for path in made.iterdir()}
    result = run(command.app, ["triangle", "--check", "--out", str(made)])
    assert result.exit_code == 0, result.output
    assert "agree" in result.stdout
    assert {path: path.read_bytes() for path in made.iterdir()} == before


def test_check_finds_another_number(made, monkeypatch):
    """--check ends with status 1 and names the place when a number differs."""
    real = triangle.TEACHER
    monkeypatch.setattr(triangle, "TEACHER", real[::-1].copy())
    result = run(command.app, ["triangle", "--check", "--out", str(made)])
    assert result.exit_code == 1
    assert "data.teacher[0]: stored" in result.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no JSON"),
        (b'{"data": {}, "sha256": "00"}', "holds numbers that are not those of its sha256"),
    ],
)
def test_a_broken_json_is_refused(tmp_path, content, message):
    """A truncated or edited JSON is named, with what to do."""
    (tmp_path / "triangle.json").write_bytes(content)
    result = run(command.app, ["triangle", "--from-json", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Make it first" in result.stderr


def test_a_json_of_another_shape_is_refused():
    """Data that the type does not fit raise an error with the place."""
    wrong = {**record.plain(data("triangle")), "scenes": [{"title": "no more"}]}
    with pytest.raises(InputError, match=r"data.scenes\[0\]"):
        restore.restore(ENTRIES["triangle"].kind(), wrong)


def test_many_at_once_are_the_same(tmp_path):
    """--jobs makes the same files in other processes."""
    one, two = tmp_path / "one", tmp_path / "two"
    arguments = ["triangle", "slack", "--format", "svg", "--out"]
    assert run(command.app, [*arguments, str(one)]).exit_code == 0
    result = run(command.app, [*arguments, str(two), "--jobs", "2"])
    assert result.exit_code == 0, result.output
    for name in ("triangle.svg", "slack.svg"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_outside_a_checkout_it_is_said_at_once(tmp_path, monkeypatch):
    """A figure that reads files of the repository is refused at once; --all goes without."""
    reading = [entry.name for entry in FIGURES if entry.reads]
    monkeypatch.chdir(tmp_path)
    for name in reading:
        result = run(command.app, ["triangle", name])
        assert result.exit_code == 2
        assert f"{name}: reads" in result.stderr
        assert "--from-json" in result.stderr
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(command, "make_all", lambda orders, **_: asked.extend(orders) or ())
    asked = []
    result = run(command.app, ["--all"])
    assert [order.name for order in asked] == [n for n in NAMES if n not in reading]
    assert all(f"{name} left out" in result.stdout for name in reading)


def test_the_help_names_the_default_figures():
    """The figures that are made without a name are those that the help names."""
    words = " ".join(run(command.app, ["--help"]).stdout.split())
    names = " and ".join(entry.name for entry in FIGURES if entry.default)
    assert f"Without a NAME the default ones are made: {names}." in words
