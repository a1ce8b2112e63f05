"""A headless Chromium, as a reader's screen: wide or a phone's, light or dark."""

import json
import os
import shutil
from contextlib import contextmanager

import pytest

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, DESK = 360, 1200


@contextmanager
def chromium(profile):
    """Start Chromium with an empty profile folder; where there is none, skip, or fail under CI."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not browser or not driver:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "no Chromium: apt-get install chromium chromium-driver"
        )
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = Service(driver)
    started = webdriver.Chrome(options=options, service=service)
    try:
        yield started
    finally:
        started.quit()


def show(driver, path, *, width=DESK, scheme="light"):
    """Open a file on a screen of this width, in light or dark."""
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width == PHONE}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    driver.get(path.resolve().as_uri())


def requested(driver):
    """Return the address of every request since the last look."""
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


FAINTEST = """
const colour = text => {
  const parts = text.match(/[\\d.]+/g).map(Number);
  return parts.length > 3 && parts[3] === 0 ? null : parts.slice(0, 3);
};
const light = rgb => rgb.map(v => v / 255)
  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = node => {
  for (; node; node = node.parentElement) {
    const found = colour(getComputedStyle(node).backgroundColor);
    if (found) return found;
  }
  return [255, 255, 255];
};
let worst = [99, ''];
for (const node of document.querySelectorAll('body *')) {
  const text = [...node.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join('');
  if (!text || node.closest('title, desc, defs, style')) continue;
  const style = getComputedStyle(node);
  const ink = colour(node.closest('svg') ? style.fill : style.color);
  const pair = [light(ink), light(behind(node))].sort((a, b) => b - a);
  const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
  if (contrast < worst[0]) worst = [contrast, text];
}
return worst;
"""
"""Finds the text with the least contrast to what is behind it (WCAG 2's ratio), and the ratio."""

SMALLEST = """
let smallest = [999, ''];
for (const node of document.querySelectorAll('body *')) {
  const text = [...node.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join('');
  if (!text || node.closest('title, desc, defs, style')) continue;
  const svg = node.closest('svg');
  const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
  const size = parseFloat(getComputedStyle(node).fontSize) * scale;
  if (size < smallest[0]) smallest = [size, text];
}
return smallest;
"""
"""Finds the smallest text on the screen, drawings included, and its size in pixels."""

WIDE = """
return [...document.querySelectorAll('body *')]
  .filter(n => !n.closest('thead') && !n.closest('svg *'))
  .filter(n => n.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(n => n.outerHTML.slice(0, 80));
"""
"""Lists what reaches beyond the right edge of the screen."""

OVERLAPS = """
const found = [];
for (const svg of document.querySelectorAll('figure svg')) {
  const boxes = [...svg.querySelectorAll('text')]
    .map(t => [t.textContent, t.getBoundingClientRect()]);
  for (const [i, [one, a]] of boxes.entries()) for (const [two, b] of boxes.slice(0, i))
    if (a.left < b.right - 1 && b.left < a.right - 1
        && a.top < b.bottom - 1 && b.top < a.bottom - 1)
      found.push([one, two]);
}
return found;
"""
"""Lists pairs of words of one drawing that overlap."""
