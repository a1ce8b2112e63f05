"""The command: every format gives the same report, and whatever is wrong loses nothing."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import kl_regression as klr
from kl_regression.audit import __main__ as command
from kl_regression.audit import findings
from kl_regression.audit.__main__ import app, spread
from kl_regression.tolerance import claim_rounding
from tests.audit.saved import MODELS, hull, logits, save

ROOT = Path(__file__).resolve().parents[2]
run = CliRunner().invoke


def report(folder):
    """Return the report.json in a folder's out."""
    return json.loads((folder / "out" / "report.json").read_text("utf-8"))


def done(folder, *more):
    """Audit the saved hull and return report.json."""
    result = run(app, hull(folder, *more))
    assert result.exit_code == 0, result.output
    return report(folder)


def test_the_report_is_the_outcome(tmp_path):
    """The numbers in report.json are those of the same instance solved in Python."""
    arrays = save(tmp_path)
    found = done(tmp_path, "--truth", tmp_path / "truth.npy")
    models = np.stack([arrays[f"model{j}"] for j in range(MODELS)])
    outcome = klr.Instance(
        teacher=arrays["teacher"], truth=arrays["truth"], students=klr.Hull(models)
    ).solve()
    student = found["student"]
    assert student["gain"] == outcome.gain
    assert student["misfit"] == outcome.misfit
    assert student["coordinates"] == outcome.student.coordinates.tolist()
    verdicts = {row["theorem"]: row["verdict"] for row in found["theorems"]}
    assert verdicts == {c.theorem.key: c.verdict.value for c in klr.check(outcome)}
    assert verdicts["gain"] == "holds"
    assert [source["sha256"] for source in found["files"]] == [
        sha256(tmp_path / Path(source["path"]).name) for source in found["files"]
    ]


def sha256(path):
    """Return the SHA-256 of a file."""
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_terminal_says_what_was_found(tmp_path):
    """The table holds misfit, gain, every promise with its condition, and the verdicts."""
    save(tmp_path)
    result = run(app, hull(tmp_path, "--labels", tmp_path / "labels.npy"))
    found = report(tmp_path)
    words = " ".join(re.sub(r"[│┃]", " ", result.stdout).split())
    assert f"{found['student']['misfit']:.6g}" in words
    assert f"{found['student']['gain']:.6g}" in words
    for promise in found["without_truth"]["promises"]:
        assert promise["short"] in words
        assert promise["condition"].split()[-1] in words
    holds = sum(row["verdict"] == "holds" for row in found["theorems"])
    assert f"{holds} holds, 0 violated" in words
    assert result.stdout.splitlines()[-2:] == [
        str(tmp_path / "out" / name) for name in ("report.json", "report.html")
    ]


def test_without_truth_what_needs_none_is_there(tmp_path):
    """Without truth and labels there are misfit, gap, promises and a held-out bound; no gain."""
    save(tmp_path)
    found = done(tmp_path)
    assert "gain" not in found["student"]
    assert found["labels"] is None
    assert found["calibration"] is None
    abouts = [promise["about"] for promise in found["without_truth"]["promises"]]
    assert [about.split()[1] for about in abouts] == ["truth", "mixture", "truth"]
    assert [bound["lower"] is not None for bound in found["population"]] == [True, True]
    assert len(found["without_truth"]["gain_at_models"]) == MODELS


@pytest.mark.parametrize("suffix", ["npz", "csv", "parquet"])
def test_every_format_gives_the_same_student(tmp_path, suffix):
    """A table or an archive of the same numbers gives the same mixture to the last bit."""
    arrays = save(tmp_path)
    expected = done(tmp_path, "--labels", tmp_path / "labels.npy")["student"]
    arguments = []
    for name in ("teacher", *(f"model{j}" for j in range(MODELS)), "labels"):
        path = tmp_path / f"{name}.{suffix}"
        frame = pd.DataFrame(arrays[name])
        frame.columns = [f"c{c}" for c in frame.columns]
        if suffix == "npz":
            np.savez(path, arrays[name])
        elif suffix == "csv":
            frame.to_csv(path, index=False)
        else:
            frame.to_parquet(path)
        arguments += [f"--{name}" if not name.startswith("model") else "--models", str(path)]
    result = run(app, [*arguments, "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert report(tmp_path)["student"] == expected


def test_one_archive_may_hold_everything(tmp_path):
    """PATH.npz:NAME reads one array of several, and a stack (m, n, k) is m models."""
    arrays = save(tmp_path)
    expected = done(tmp_path)["student"]
    stack = np.stack([arrays[f"model{j}"] for j in range(MODELS)])
    path = tmp_path / "all.npz"
    np.savez(path, teacher=arrays["teacher"], models=stack)
    arguments = ["--teacher", f"{path}:teacher", "--models", f"{path}:models"]
    result = run(app, [*arguments, "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    found = report(tmp_path)["student"]
    assert found["models"] == [f"models[{j}]" for j in range(MODELS)]
    assert found | {"models": expected["models"]} == expected


def test_logits_are_a_softmax_away(tmp_path):
    """--logits gives the student of the softmax, also where exp would overflow."""
    arrays = save(tmp_path)
    expected = done(tmp_path, "--labels", tmp_path / "labels.npy")["student"]
    teacher, models, _, _ = logits()
    for name, array in {
        "teacher": teacher,
        **{f"model{j}": m for j, m in enumerate(models)},
    }.items():
        np.save(tmp_path / f"{name}.npy", array + 800.0)
        assert arrays[name].shape == array.shape
    found = done(tmp_path, "--labels", tmp_path / "labels.npy", "--logits")["student"]
    # The logits keep what 800 leaves of their digits, so that is what the gains agree to.
    allowed = claim_rounding(800.0, 800.0)
    assert abs(found["gain"] - expected["gain"]) <= allowed
    assert abs(found["misfit"] - expected["misfit"]) <= allowed


def test_softmax_rows_of_short_floats_are_accepted(tmp_path):
    """Rows normalised in float32 are read, divided by their sums, and the report says so."""
    arrays = save(tmp_path)
    expected = done(tmp_path)["student"]
    for name in ("teacher", *(f"model{j}" for j in range(MODELS))):
        np.save(tmp_path / f"{name}.npy", arrays[name].astype(np.float32))
    found = done(tmp_path)
    assert "short floats" in found["notes"][0]
    assert abs(found["student"]["misfit"] - expected["misfit"]) <= np.finfo(np.float32).eps * 8


def test_underflow_is_said(tmp_path):
    """A probability that a softmax cannot hold is read as 0, and the report says how many are."""
    save(tmp_path)
    teacher, models, _, _ = logits()
    models[1, 0] = [0.0, -800.0, 0.0]
    np.save(tmp_path / "teacher.npy", teacher)
    for j, model in enumerate(models):
        np.save(tmp_path / f"model{j}.npy", model)
    assert done(tmp_path, "--logits")["notes"] == [
        "1 probabilities are below the smallest float and were read as 0"
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--class", "linear-head"], "a linear head on 2 features and a constant"),
        (["--class", "log-linear", "--side", "right"], "a softmax layer on 2 features"),
        (["--class", "lipschitz", "--constant", "0.3"], "functions of 2 features, 0.3-Lipschitz"),
    ],
)
def test_classes_of_functions_of_features(tmp_path, more, words):
    """With features the student is chosen from the class that is named, and its promise is kept."""
    save(tmp_path)
    start = [
        "--teacher",
        str(tmp_path / "teacher.npy"),
        "--features",
        str(tmp_path / "features.npy"),
    ]
    labels = ["--labels", str(tmp_path / "labels.npy")]
    result = run(app, [*start, *labels, *more, "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    found = report(tmp_path)
    assert words in found["student"]["class"]
    assert found["student"]["status"] in {"exact", "approximate", "local"}
    assert "violated" not in {row["verdict"] for row in found["theorems"]}
    assert found["without_truth"]["gain_at_models"] is None


@pytest.mark.parametrize("name", ["monotone", "convex"])
def test_classes_of_real_outputs(tmp_path, name):
    """Shape classes audit a real target under squared error; there is no calibration then."""
    rng = np.random.default_rng(0)
    x = np.sort(rng.normal(size=20))
    arrays = {"x": x, "y": x**2 if name == "convex" else x, "t": x + rng.normal(size=20)}
    for stem, array in arrays.items():
        np.save(tmp_path / f"{stem}.npy", array)
    files = {"--teacher": "t", "--truth": "y", "--features": "x"}
    arguments = [
        part for flag, stem in files.items() for part in (flag, str(tmp_path / f"{stem}.npy"))
    ]
    more = ["--class", name, "--loss", "squared-error", "--out", str(tmp_path / "out")]
    result = run(app, arguments + more)
    assert result.exit_code == 0, result.output
    found = report(tmp_path)
    assert {row["theorem"]: row["verdict"] for row in found["theorems"]}["gain"] == "holds"
    assert found["calibration"] is None
    assert "with values in [" in found["without_truth"]["promises"][0]["condition"]


def test_models_take_every_value():
    """--models takes values up to the next flag, wherever they stand."""
    assert spread(["--models", "a", "b", "--side", "left", "--models", "c"]) == [
        *("--models", "a", "--models", "b", "--side", "left", "--models", "c")
    ]
    assert spread(["--models=a", "b"]) == ["--models=a", "b"]
    assert spread(["--models"]) == []


def test_the_command_in_the_report_asks_for_it_again(tmp_path):
    """The command that the report shows gives the same report, byte for byte."""
    save(tmp_path)
    flags = ("--labels", tmp_path / "labels.npy", "--confidence", "0.9", "--normalize")
    said = shlex.split(done(tmp_path, *flags)["command"])
    assert said[:3] == ["python", "-m", "kl_regression.audit"]
    names = ("report.json", "report.html")
    first = [(tmp_path / "out" / name).read_bytes() for name in names]
    assert run(app, said[3:]).exit_code == 0
    assert [(tmp_path / "out" / name).read_bytes() for name in names] == first


def test_other_files_are_left_alone(tmp_path):
    """A report replaces a report; a file that no audit wrote stays, and nothing is written."""
    save(tmp_path)
    done(tmp_path)
    done(tmp_path, "--side", "right")
    mine = tmp_path / "out" / "report.html"
    mine.write_text("my own notes", "utf-8")
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    result = run(app, hull(tmp_path))
    assert result.exit_code == 2
    assert "report.html is there and no audit wrote it" in result.stderr
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_an_interrupted_audit_writes_nothing(tmp_path, monkeypatch):
    """Ctrl-C during the work ends the command without a file."""
    save(tmp_path)

    def stop(_question, *, watch):
        watch(0.5, "half way")
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "answer", stop)
    result = run(app, hull(tmp_path))
    assert result.exit_code not in (0, 2)
    assert not list((tmp_path / "out").iterdir())


def test_a_real_signal_leaves_nothing_half_written(tmp_path):
    """SIGINT to the process ends it without a traceback, and no partial file stays."""
    save(tmp_path)
    code = (
        "import time\n"
        "from kl_regression.audit import __main__ as command\n"
        "def wait(question, *, watch):\n"
        "    print('working', flush=True)\n"
        "    time.sleep(60)\n"
        "command.answer = wait\n"
        f"command.app({hull(tmp_path)!r})\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode not in (0, 2)
    assert "Traceback" not in errors
    assert not list((tmp_path / "out").iterdir())


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    """When the disk refuses, the command says so, and no partial file stays."""
    save(tmp_path)

    def refuse(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    result = run(app, hull(tmp_path))
    assert result.exit_code == 2
    assert "No space left on device" in result.stderr
    assert not list((tmp_path / "out").iterdir())


def test_the_work_goes_forward(tmp_path):
    """Progress is told from 0 to 1 and never goes back."""
    from kl_regression.audit.options import Options
    from kl_regression.audit.question import ask

    save(tmp_path)
    models = tuple(str(tmp_path / f"model{j}.npy") for j in range(MODELS))
    steps = []
    options = Options(teacher=str(tmp_path / "teacher.npy"), models=models)
    findings.answer(ask(options), watch=lambda done, _: steps.append(done))
    assert steps == sorted(steps)
    assert 0 <= steps[0] < steps[-1] <= 1


def test_the_example_in_the_readme_runs_verbatim(tmp_path):
    """The README's audit command runs as it stands there, and prints the rows shown there."""
    section = (ROOT / "README.md").read_text("utf-8").split("## Audit your own predictions\n")[1]
    shown = section.split("```console\n")[1].split("```")[0].splitlines()
    words = shlex.split(shown[0].removeprefix("$ "))
    assert words[:3] == ["python", "-m", "kl_regression.audit"]
    start = time.monotonic()
    process = subprocess.run(
        [sys.executable, *words[1:]],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.returncode == 0, process.stderr
    assert time.monotonic() > start
    assert process.stderr == ""
    printed = {quantity(line) for line in process.stdout.splitlines()}
    assert {quantity(line) for line in shown[1:] if quantity(line)} <= printed
    again = shlex.split(process.stdout.splitlines()[0].removeprefix("$ "))
    assert all((tmp_path / path).is_file() for path in again if path.endswith(".npy"))
    assert {path.name for path in (tmp_path / "audit").glob("report.*")} == {
        "report.json",
        "report.html",
    }


def quantity(line):
    """Return the first cell of a row of the table, an empty string for other lines."""
    return line.split("│")[1].strip() if line.count("│") == 4 else ""
