"""Long work shows progress on a terminal, and is silent where its output is kept."""

import os
import pty
import subprocess
import sys
import threading

import pytest

GRID = 'instances = 2000\nchunk = 100\n[grid]\npoints = 20\nside = ["left", "right"]\n'
COMMANDS = {
    "kl_regression.falsify": (["gain theorem", "--seconds", "3"], "least slack"),
    "kl_regression.sweep": (["grid.toml", "--out", "out", "--workers", "1"], "chunks"),
    "kl_regression.figure": (["slack", "--out", "drawn"], "slack"),
}
"""Arguments, and a word of the progress that a line which is drawn again has."""


def drawn_again(text):
    """Return what a terminal showed and did not keep: all before each erased line."""
    return text.split("\x1b[2K")[:-1]


@pytest.mark.slow
@pytest.mark.parametrize("module", sorted(COMMANDS))
def test_progress_is_for_terminals(module, tmp_path):
    """On a terminal a line is drawn again and again; into a pipe nothing is written of it."""
    arguments, word = COMMANDS[module]
    command = [sys.executable, "-m", module, *arguments]
    shown = on_a_terminal(command, folder(tmp_path / "seen"))
    assert any(word in line for line in drawn_again(shown)), shown
    kept = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder(tmp_path / "kept")
    )
    assert kept.returncode == 0, kept.stderr
    assert "\x1b" not in kept.stdout + kept.stderr
    assert kept.stderr == ""


def folder(path):
    """Make a folder with what the commands read, and return it."""
    path.mkdir()
    (path / "grid.toml").write_text(GRID, "utf-8")
    return path


def on_a_terminal(command, path):
    """Return all that a command, run in a folder, writes to a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    found = []
    reader = threading.Thread(target=_read, args=(ours, found))
    reader.start()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    run = subprocess.run(
        command, stdout=theirs, stderr=theirs, check=False, cwd=path, env=environment
    )
    os.close(theirs)
    reader.join()
    os.close(ours)
    text = b"".join(found).decode("utf-8")
    assert run.returncode == 0, text
    return text


def _read(descriptor, found):
    """Collect what comes until the other end is closed."""
    while True:
        try:
            part = os.read(descriptor, 1 << 16)
        except OSError:
            return
        if not part:
            return
        found.append(part)
