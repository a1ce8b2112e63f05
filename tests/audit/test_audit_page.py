"""report.html in a real browser: it renders, asks for nothing, and can be read by everybody."""

import html
import itertools
import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from kl_regression.audit.__main__ import app
from tests.audit import browser
from tests.audit.saved import hull, save

run = CliRunner().invoke
SECTIONS = ["The student", "Without knowing the truth", "The gain on the population", "Theorems"]
LEAST_CONTRAST = 4.5
"""What WCAG 2.2 asks of text at level AA."""
LEAST_PIXELS = 9


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Write a report with labels and one without truth, and return report.html of each."""
    found = {}
    for name in ("labels", "untold"):
        folder = tmp_path_factory.mktemp(name)
        save(folder)
        more = ["--labels", folder / "labels.npy"] if name == "labels" else []
        result = run(app, hull(folder, *more))
        assert result.exit_code == 0, result.output
        found[name] = folder / "out" / "report.html"
    return found


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """Start one Chromium for this module."""
    with browser.chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [browser.PHONE, browser.DESK])
@pytest.mark.parametrize("name", ["labels", "untold"])
def test_everybody_can_read_it(driver, reports, name, width, scheme):
    """On a phone and a desk, in light and dark: nothing sticks out, overlaps, is faint or tiny."""
    browser.show(driver, reports[name], width=width, scheme=scheme)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    assert driver.execute_script(browser.WIDE) == []
    assert driver.execute_script(browser.OVERLAPS) == []
    contrast, text = driver.execute_script(browser.FAINTEST)
    assert contrast >= LEAST_CONTRAST, text
    pixels, text = driver.execute_script(browser.SMALLEST)
    assert pixels >= LEAST_PIXELS, text
    assert driver.get_log("browser") == []


def test_tables_become_cards_on_a_phone(driver, reports):
    """On a phone a wide table shows a row as a card, and every cell of it has the width."""
    browser.show(driver, reports["labels"], width=browser.PHONE)
    shares = driver.execute_script(
        "return [...document.querySelectorAll('.cards tbody :is(th, td)')]"
        ".map(t => t.getBoundingClientRect().width / document.documentElement.clientWidth)"
    )
    assert min(shares) > 0.75


def test_dark_is_dark(driver, reports):
    """The page follows the reader's scheme, drawings included."""
    seen = []
    for scheme in ("light", "dark"):
        browser.show(driver, reports["labels"], scheme=scheme)
        seen.append(
            driver.execute_script(
                "const ink = getComputedStyle(document.querySelector('svg text')).fill;"
                "return [getComputedStyle(document.body).backgroundColor, ink]"
            )
        )
    assert seen[0][0] == "rgb(255, 255, 255)"
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]


@pytest.mark.parametrize("name", ["labels", "untold"])
def test_it_asks_for_nothing(driver, reports, name):
    """The only request is for the file itself; an icon is inside it."""
    browser.requested(driver)
    browser.show(driver, reports[name])
    assert [u for u in browser.requested(driver) if not u.startswith("data:")] == [
        reports[name].resolve().as_uri()
    ]


def test_it_is_announced_in_order(driver, reports):
    """One h1, headings that skip no level, a language, captions, and drawings with words."""
    browser.show(driver, reports["labels"])
    ask = driver.execute_script
    assert ask("return document.documentElement.lang") == "en"
    levels = ask("return [...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert ask("return [...document.querySelectorAll('table')].every(t => t.caption)")
    assert ask("return [...document.querySelectorAll('th')].every(t => t.scope)")
    drawings = ask(
        "return [...document.querySelectorAll('figure svg')].map(s => [s.getAttribute('role'),"
        " ...s.getAttribute('aria-labelledby').split(' ')"
        ".map(id => document.getElementById(id).textContent)])"
    )
    assert len(drawings) == 6
    assert all(role == "img" and title and words for role, title, words in drawings)
    doubled = ask(
        "const ids = [...document.querySelectorAll('[id]')].map(n => n.id);"
        "return ids.filter((id, i) => ids.indexOf(id) < i)"
    )
    assert doubled == []
    dangling = ask(
        "return [...document.querySelectorAll('use')].map(u => u.href.baseVal)"
        ".filter(h => !document.querySelector(h))"
    )
    assert dangling == []


def test_it_shows_the_numbers_of_the_json(driver, reports):
    """Misfit, gain, weights and every verdict on the page are those of report.json."""
    browser.show(driver, reports["labels"])
    found = json.loads(reports["labels"].with_name("report.json").read_text("utf-8"))
    words = driver.execute_script("return document.body.innerText")
    for name in ("misfit", "gain", "teacher_error", "student_error"):
        assert f"{found['student'][name]:.6g}".replace("-", "−") in words
    for name, weight in zip(
        found["student"]["models"], found["student"]["coordinates"], strict=True
    ):
        assert re.search(rf"{name}\s+{weight:.4g}\b", words)
    rows = driver.execute_script(
        "return [...document.querySelectorAll('.verdict')].map(v => v.textContent)"
    )
    applied = [row["verdict"] for row in found["theorems"] if not row["unmet"]]
    assert rows == applied
    for row in found["theorems"]:
        assert row["theorem"] in words
        assert all(reason.split(":")[0] in words for reason in row["unmet"][:1])
    for source in found["files"]:
        assert source["sha256"][:32] in words
    assert found["command"] in words
    assert all(version in words for version in found["versions"].values())


def test_sections_are_those_that_apply(driver, reports):
    """Without truth the page has no calibration and no gain; with labels it has both."""
    headings = "return [...document.querySelectorAll('h2')].map(h => h.textContent)"
    browser.show(driver, reports["untold"])
    untold = driver.execute_script(headings)
    assert untold == [*SECTIONS, "What was asked", "How to cite"]
    browser.show(driver, reports["labels"])
    assert set(driver.execute_script(headings)) - set(untold) == {
        "Calibration",
        "What the labels imply",
    }


def test_names_are_text(tmp_path):
    """A file's name with markup in it is shown as text: nothing of it runs."""
    save(tmp_path)
    name = "<img src=x onerror=alert(1)>&amp;.npy"
    np.save(tmp_path / name, np.load(tmp_path / "model0.npy"))
    result = run(app, hull(tmp_path, "--models", tmp_path / name))
    assert result.exit_code == 0, result.output
    text = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<img" not in text
    assert html.escape(name.removesuffix(".npy")) in text


def test_it_is_one_file(reports):
    """Nothing in the source points outside but the addresses of citations."""
    text = reports["labels"].read_text("utf-8")
    addresses = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)""", text)
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert "<script" not in text
    assert "@import" not in text
