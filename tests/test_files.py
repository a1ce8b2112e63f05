"""load_predictions: what is saved is what is read, and every unusable file says why."""

import builtins
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import kl_regression as klr
from kl_regression.errors import InputError, MissingLibraryError

FINITE = st.floats(allow_nan=False, allow_infinity=False)
TABLE = np.array([[0.25, 0.75], [1.0, 0.0], [1e-300, 1.0]])


@given(arrays(np.float64, array_shapes(min_dims=1, max_dims=3, max_side=4), elements=FINITE))
def test_what_is_saved_is_what_is_read(tmp_path_factory, values):
    """An array saved as .npy or .npz comes back to the last bit, whatever its shape."""
    folder = tmp_path_factory.mktemp("saved")
    np.save(folder / "a.npy", values)
    np.savez_compressed(folder / "a.npz", values)
    np.testing.assert_array_equal(klr.load_predictions(folder / "a.npy"), values)
    np.testing.assert_array_equal(klr.load_predictions(str(folder / "a.npz")), values)


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=4), elements=FINITE))
def test_tables_keep_every_digit(tmp_path_factory, values):
    """A table saved as .csv, with a header and without, or as Parquet, comes back exactly."""
    folder = tmp_path_factory.mktemp("tables")
    frame = pd.DataFrame(values, columns=[f"class {c}" for c in range(values.shape[1])])
    frame.to_csv(folder / "head.csv", index=False)
    frame.to_csv(folder / "bare.CSV", index=False, header=False)
    frame.to_parquet(folder / "a.parquet")
    for name in ("head.csv", "bare.CSV", "a.parquet"):
        np.testing.assert_array_equal(klr.load_predictions(folder / name), values)


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=4), elements=FINITE))
def test_tables_of_unnamed_columns_keep_every_digit(tmp_path_factory, values):
    """A frame saved with the column names 0, 1, ... that pandas gives by itself comes back."""
    path = tmp_path_factory.mktemp("unnamed") / "p.csv"
    pd.DataFrame(values).to_csv(path, index=False)
    np.testing.assert_array_equal(klr.load_predictions(path), values)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("0,1\n1,0\n", 2),
        ("0,1\n1,0.0\n", 1),
        ("0,1\n1,1e0\n", 1),
        ("0,1.0\n0.5,0.5\n", 2),
        ("1,0\n0.5,0.5\n", 2),
        ("0,1\n", 1),
    ],
)
def test_a_first_line_of_integers(tmp_path, text, rows):
    """A first line 0,1 is a header only where a later cell is written as no plain integer."""
    path = tmp_path / "p.csv"
    path.write_text(text)
    assert klr.load_predictions(path).shape == (rows, 2)


def test_the_index_of_a_shuffled_frame_is_no_output(tmp_path):
    """The index that pandas saves beside the columns, named or not, is left out of Parquet."""
    frame = pd.DataFrame(TABLE, columns=["a", "b"]).iloc[[2, 0, 1]]
    frame.to_parquet(tmp_path / "shuffled.parquet")
    frame.rename_axis("point").to_parquet(tmp_path / "named.parquet")
    for name in ("shuffled", "named"):
        found = klr.load_predictions(tmp_path / f"{name}.parquet")
        np.testing.assert_array_equal(found, TABLE[[2, 0, 1]])


def test_one_named_array_of_several(tmp_path):
    """Of several arrays in an .npz the named one is read; without a name the names are listed."""
    path = tmp_path / "both.npz"
    np.savez(path, teacher=TABLE, truth=1 - TABLE)
    np.testing.assert_array_equal(klr.load_predictions(path, array="truth"), 1 - TABLE)
    with pytest.raises(InputError, match=r"holds 2 arrays.*teacher, truth"):
        klr.load_predictions(path)
    with pytest.raises(InputError, match=r"holds no array 'student'.*teacher, truth"):
        klr.load_predictions(path, array="student")
    np.save(tmp_path / "one.npy", TABLE)
    with pytest.raises(InputError, match="array: is 'truth'"):
        klr.load_predictions(tmp_path / "one.npy", array="truth")


def truncated(path):
    """Save a table, then cut its end off."""
    whole = path.with_name(f"whole{path.suffix}")
    match path.suffix:
        case ".npy":
            np.save(whole, TABLE)
        case ".npz":
            np.savez(whole, TABLE)
        case ".parquet":
            pd.DataFrame(TABLE, columns=["a", "b"]).to_parquet(whole)
    path.write_bytes(whole.read_bytes()[:-17])


def damaged(path):
    """Save a table compressed, then change a byte in the middle of its data."""
    np.savez_compressed(path, np.random.default_rng(0).random((50, 2)))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def objects(path):
    """Save an array of Python objects, which NumPy pickles."""
    saver = np.save if path.suffix == ".npy" else np.savez
    saver(path, np.array([{"a": 1}], dtype=object))


def saved(values):
    """Return what saves an array as .npy, whatever the file's name."""

    def save(path):
        with path.open("wb") as stream:
            np.save(stream, values)

    return save


def parquet(**columns):
    """Return what saves columns as Parquet."""
    return lambda path: pd.DataFrame(columns).to_parquet(path)


def text(content):
    """Return what saves bytes."""
    return lambda path: path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "save", "message"),
    [
        ("a.npy", lambda _: None, r"does not exist\. Check the path"),
        ("a.csv", Path.mkdir, "is a folder"),
        ("a.txt", text(b"1 2"), r"has suffix '\.txt'.*\.npy, \.npz, \.csv, \.parquet"),
        ("a", text(b"1 2"), "has suffix ''"),
        ("a.npz", text(b""), "is an empty file"),
        ("a.npy", truncated, "may be truncated"),
        ("a.npz", truncated, "may be truncated"),
        ("a.parquet", truncated, "may be truncated"),
        ("a.npz", damaged, "may be truncated"),
        ("a.npy", objects, "holds Python objects.*np.save"),
        ("a.npz", objects, "holds Python objects.*np.save"),
        ("a.npz", np.savez, "holds 0 arrays"),
        ("a.npz", saved(TABLE), r"Rename it to \.npy"),
        ("a.npy", saved(np.empty((0, 3))), r"is empty, of shape \(0, 3\)"),
        ("a.npy", saved(1j * TABLE), "is complex"),
        ("a.npy", saved([[0.5, np.nan]]), r"entry \(0, 1\) = nan is not finite"),
        ("a.csv", text(b"a,b\n"), "has no rows of numbers"),
        ("a.csv", text(b"\n\n"), r"has no rows of numbers\. Save"),
        ("a.csv", text(b"a,b\n0.5,0.5\n0.5,cat\n"), "row 3, column 2 is 'cat', not a number"),
        ("a.csv", text(b"0,0.5,0.5\n1,dog,0.5\n"), "row 2, column 2 is 'dog'"),
        ("a.csv", text(b"0.5,0.5\n0.5,\n"), "row 2, column 2 is ''"),
        ("a.csv", text(b"0.5,0.5\n1\n"), "row 2 has 1 cells, not 2"),
        ("a.csv", text(b"0.5,inf\n"), r"entry \(0, 1\) = inf is not finite"),
        ("a.csv", text(b"\xff\xfe0\x00,\x001\x00"), "is no text table"),
        ("a.parquet", text(b"not parquet"), "may be truncated"),
        ("a.parquet", parquet(a=[0.5, 0.5], b=["x", "y"]), "row 1, column 'b' is 'x'"),
        ("a.parquet", parquet(a=[0.5, None]), "row 2, column 'a' is None"),
        ("a.parquet", parquet(), "has no columns"),
    ],
)
def test_an_unusable_file_says_why(tmp_path, name, save, message):
    """A file that cannot be used names its path, what is wrong, and what to do."""
    path = tmp_path / name
    save(path)
    with pytest.raises(InputError, match=message) as caught:
        klr.load_predictions(path)
    assert str(path) in str(caught.value)


def test_without_pyarrow(tmp_path, monkeypatch):
    """Without pyarrow the error says which extra installs it."""
    path = tmp_path / "a.parquet"
    pd.DataFrame(TABLE, columns=["a", "b"]).to_parquet(path)
    genuine = builtins.__import__

    def absent(name, *args, **kwargs):
        if name.split(".")[0] == "pyarrow":
            raise ImportError(name)
        return genuine(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(MissingLibraryError, match=r"pip install 'kl_regression\[parquet\]'"):
        klr.load_predictions(path)
