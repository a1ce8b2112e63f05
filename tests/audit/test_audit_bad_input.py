"""Bad input: one clear message that names the flag, the file and what to do; exit status 2."""

import builtins

import numpy as np
import pytest
from typer.testing import CliRunner

from kl_regression.audit.__main__ import app
from tests.audit.saved import OUTPUTS, POINTS, hull, logits, save

run = CliRunner().invoke


def refused(folder, arguments):
    """Return the message of a refused run, after checking that nothing was written."""
    result = run(app, arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert not list((folder / "out").glob("*"))
    return result.stderr


def spoil(name, change):
    """Return a change of one saved file, by a function of its array."""

    def apply(folder):
        path = folder / f"{name}.npy"
        np.save(path, change(np.load(path)))

    return apply


def with_entry(index, value):
    """Return a function that puts a value into an array."""

    def change(array):
        array = np.array(array)
        array[index] = value
        return array

    return change


TEACHER = logits()[0]
FILES = [
    (
        spoil("teacher", lambda _: np.abs(TEACHER) + 1),
        "teacher.npy: rows sum to",
        "did you mean --logits?",
    ),
    (spoil("teacher", lambda _: TEACHER), "and entry (", "did you mean --logits?"),
    (spoil("model2", lambda a: a[:, :2]), "--models", "model2.npy: rows sum to"),
    (
        spoil("model2", lambda a: a[:10]),
        "model2.npy: has shape (10, 3)",
        "teacher.npy, which has (30, 3)",
    ),
    (
        spoil("model1", with_entry((3, 1), np.nan)),
        "model1.npy: entry (3, 1) = nan",
        "is not finite",
    ),
    (spoil("teacher", lambda a: a[:, 0]), "teacher.npy: has shape (30,)", "(1 - p, p)"),
    (spoil("teacher", lambda a: a[None]), "teacher.npy: has shape (1, 30, 3)", "use (n, k)"),
    (spoil("teacher", lambda a: a[:0]), "teacher.npy: is empty", "at least one"),
    (spoil("labels", with_entry(4, OUTPUTS)), "labels.npy: entry 4 = 3 is no class", "0, ..., 2"),
    (spoil("labels", with_entry(4, -1)), "labels.npy: entry 4 = -1 is no class", "0, ..., 2"),
    (spoil("labels", lambda a: a + 1), "labels.npy: counts the classes from 1 to 3", "subtract 1"),
    (spoil("labels", lambda a: a[:5]), "labels.npy: has shape (5,)", "(30,)"),
    (spoil("labels", lambda a: np.ones((len(a), OUTPUTS))), "labels.npy: rows sum to 3", "one-hot"),
    (spoil("labels", lambda a: a + 0.5), "labels.npy: entry 0", "is no class"),
]


@pytest.mark.parametrize(("damage", "problem", "remedy"), FILES)
def test_files_that_cannot_be_used(tmp_path, damage, problem, remedy):
    """A file with numbers that cannot be used is named, with the entry and what to do."""
    save(tmp_path)
    damage(tmp_path)
    message = refused(tmp_path, hull(tmp_path, "--labels", tmp_path / "labels.npy"))
    assert problem in message
    assert remedy in message.replace("Use", "use").replace("Did", "did")


def test_one_hot_labels_and_numbers_are_the_same(tmp_path):
    """Labels may be class numbers, a column of them, or one-hot rows; the report is the same."""
    arrays = save(tmp_path)
    reports = []
    for labels in (arrays["labels"], arrays["labels"][:, None], np.eye(OUTPUTS)[arrays["labels"]]):
        np.save(tmp_path / "labels.npy", labels)
        assert run(app, hull(tmp_path, "--labels", tmp_path / "labels.npy")).exit_code == 0
        text = (tmp_path / "out" / "report.json").read_text("utf-8")
        reports.append(text[text.index('"student"') :])
    assert reports[0] == reports[1] == reports[2]


FLAGS = [
    (["--truth", "{}/truth.npy", "--labels", "{}/labels.npy"], "--truth: is given, and so is"),
    (["--weights", "{}/labels.npy"], "--weights {}/labels.npy: sums to "),
    (["--truth", "{}/features.npy"], "--truth {}/features.npy: rows sum to"),
    (["--features", "{}/features.npy"], "--features: is not used by --class hull"),
    (["--class", "linear-head"], "--models: is not used by --class linear-head"),
    (["--class", "hul"], "--class: is 'hul'. Use one of: hull, linear-head"),
    (["--loss", "cross"], "--loss: is 'cross'. Use one of: kl, generalized-kl"),
    (["--side", "up"], "--side: is 'up'"),
    (["--confidence", "1.5"], "--confidence: is 1.5"),
    (["--constant", "2"], "--constant: is not used by --class hull"),
    (["--logits"], "--teacher {}/teacher.npy: rows sum to 1 already. These are probabilities"),
    (["--logits", "--loss", "squared-error"], "--logits: makes distributions"),
    (["--labels", "{}/labels.npy", "--loss", "squared-error"], "--labels: are classes"),
    (["--truth", "{}/none.npy"], "--truth {}/none.npy: does not exist"),
    (["--truth", "{}"], "has suffix"),
    (["--example", "digits"], "--example: brings its own files"),
    (["--out", "{}/teacher.npy"], "--out: {}/teacher.npy cannot be made"),
    (["--out", "{}/teacher.npy/x"], "cannot be made (Not a directory)"),
]


@pytest.mark.parametrize(("more", "message"), FLAGS)
def test_flags_that_contradict(tmp_path, more, message):
    """Flags that are unknown, or contradict each other or the files, end in one message."""
    save(tmp_path)
    said = refused(tmp_path, hull(tmp_path, *(part.format(tmp_path) for part in more)))
    assert message.format(tmp_path) in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--teacher: is missing. Name a file, or try --example digits"),
        (["--example", "mnist"], "--example: is 'mnist'. Use one of: digits, breast-cancer, wine"),
        (["--teacher", "{}/teacher.npy"], "--models: is missing"),
        (["--teacher", "{}/teacher.npy", "--features", "{}/features.npy"], "--class: is missing"),
        (["--teacher", "{}/teacher.npy", "--class", "lipschitz"], "--features: is missing"),
        (
            [
                "--teacher",
                "{}/teacher.npy",
                "--features",
                "{}/features.npy",
                "--class",
                "lipschitz",
            ],
            "--constant: is missing",
        ),
        (
            ["--teacher", "{}/teacher.npy", "--features", "{}/features.npy", "--class", "monotone"],
            "monotone is not audited under kl: the first class is what the others leave",
        ),
        (
            ["--teacher", "{}/teacher.npy", "--features", "{}/truth.npy", "--class", "convex"],
            "convex is not audited under kl: the first class is what the others leave",
        ),
    ],
)
def test_what_is_missing_is_named(tmp_path, arguments, message):
    """A flag that a run needs is named."""
    save(tmp_path)
    filled = [part.format(tmp_path) for part in arguments]
    assert message in refused(tmp_path, [*filled, "--out", str(tmp_path / "out")])


def test_a_class_needs_the_teachers_points(tmp_path):
    """Features of other points than the teacher's are named by their file."""
    arrays = save(tmp_path)
    np.save(tmp_path / "features.npy", arrays["features"][:7])
    start = ["--teacher", str(tmp_path / "teacher.npy"), "--class", "linear-head"]
    said = refused(
        tmp_path,
        [*start, "--features", str(tmp_path / "features.npy"), "--out", str(tmp_path / "out")],
    )
    assert f"--features {tmp_path}/features.npy: has 7 sample points" in said
    assert str(POINTS) in said


def test_a_teacher_with_zeros_has_no_student(tmp_path):
    """Where the teacher vanishes and every model has mass, the teacher's file is named."""
    save(tmp_path)
    spoil("teacher", with_entry(slice(None), [0.0, 0.5, 0.5]))(tmp_path)
    said = refused(tmp_path, hull(tmp_path))
    assert f"--teacher {tmp_path}/teacher.npy: entry (0, 0) = 0.0" in said


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".csv", ".parquet"])
def test_truncated_files_are_named(tmp_path, suffix):
    """A file cut short, or of another kind than its name says, is named."""
    save(tmp_path)
    path = tmp_path / f"bad{suffix}"
    path.write_bytes((tmp_path / "teacher.npy").read_bytes()[:200])
    said = refused(tmp_path, hull(tmp_path, "--truth", path))
    assert f"--truth {path}: " in said


def test_an_archive_of_several_asks_for_a_name(tmp_path):
    """An .npz with several arrays lists them, and how to name one."""
    arrays = save(tmp_path)
    path = tmp_path / "all.npz"
    np.savez(path, one=arrays["truth"], two=arrays["truth"])
    said = refused(tmp_path, hull(tmp_path, "--truth", path))
    assert f"Name one as {path}:NAME; one, two" in said
    assert "holds no array 'three'" in refused(tmp_path, hull(tmp_path, "--truth", f"{path}:three"))


def test_a_table_saved_with_its_index(tmp_path):
    """A .csv whose first column counts the rows says so."""
    arrays = save(tmp_path)
    path = tmp_path / "truth.csv"
    np.savetxt(path, np.column_stack([np.arange(POINTS), arrays["truth"]]), delimiter=",")
    assert "first column counts the rows" in refused(tmp_path, hull(tmp_path, "--truth", path))


def test_rounded_rows_offer_normalize(tmp_path):
    """Rows rounded to three digits are refused, --normalize is offered, and it works."""
    arrays = save(tmp_path)
    np.save(tmp_path / "teacher.npy", np.maximum(arrays["teacher"].round(2), 0.01))
    assert "--normalize" in refused(tmp_path, hull(tmp_path))
    assert run(app, hull(tmp_path, "--normalize")).exit_code == 0


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    """Without pyarrow a Parquet file says which extra to install."""
    save(tmp_path)
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "pyarrow":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    said = refused(tmp_path, hull(tmp_path, "--truth", tmp_path / "t.parquet"))
    assert "pip install 'kl_regression[parquet]'" in said


def test_a_file_without_permission(tmp_path, monkeypatch):
    """A file that may not be read is named."""
    save(tmp_path)
    monkeypatch.setattr("os.access", lambda path, _mode: "labels" not in str(path))
    said = refused(tmp_path, hull(tmp_path, "--labels", tmp_path / "labels.npy"))
    assert f"--labels {tmp_path}/labels.npy: may not be read" in said


def test_a_folder_without_permission(tmp_path, monkeypatch):
    """A folder that may not be written to is named before any work is done."""
    save(tmp_path)
    monkeypatch.setattr("os.access", lambda path, _mode: str(path) != str(tmp_path / "out"))
    assert "out cannot be written to" in refused(tmp_path, hull(tmp_path))
