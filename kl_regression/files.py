"""Predictions read from files: .npy, .npz, .csv and Parquet."""

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import as_real
from kl_regression.errors import InputError, MissingLibraryError

SUFFIXES = (".npy", ".npz", ".csv", ".parquet")


def load_predictions(path: str | Path, *, array: str | None = None) -> Float[np.ndarray, "..."]:
    """Return the numbers saved in a file as a float64 array, such as shape (n, k) or (m, n, k).

    A table (.csv, Parquet) has one row a sample point and one column an output, shape (n, k). The
    first line of a .csv is a header where none of its cells is a number, or where it counts 0, 1,
    ..., k - 1, as pandas names columns, and a later cell is no plain integer, such as 0.5 or 1.0.
    Of Parquet the index that pandas saved beside the columns is left out. Nothing is renormalised:
    whether rows are distributions is checked where they are used.

    Args:
        path: a file whose name ends in .npy, .npz, .csv or .parquet.
        array: which array of an .npz; needed where there are several.

    Raises:
        InputError: when the file is missing, empty, truncated, of another kind, or holds anything
            but finite real numbers; for a text cell with its row and column.
        MissingLibraryError: for Parquet when pyarrow is not installed.
    """
    return load_with_type(path, array=array)[0]


def load_with_type(
    path: str | Path, *, array: str | None = None
) -> tuple[Float[np.ndarray, "..."], np.dtype[np.generic]]:
    """Return what ``load_predictions`` does, and the type that it was saved in.

    Rows that were normalised in float32 sum to 1 only up to the rounding of that type.
    """
    where = _as_path(path)
    if where.suffix.lower() not in SUFFIXES:
        raise _unusable(
            where, f"has suffix {where.suffix!r}", f"Save it as one of {', '.join(SUFFIXES)}"
        )
    if not where.is_file():
        problem = "is a folder" if where.is_dir() else "does not exist"
        raise _unusable(where, problem, f"Check the path; the working folder is {Path.cwd()}")
    if where.stat().st_size == 0:
        raise _unusable(where, "is an empty file", "Save the predictions again")
    if not os.access(where, os.R_OK):
        raise _unusable(where, "may not be read", "Change its permissions")
    if array is not None and where.suffix.lower() != ".npz":
        raise InputError("array", f"is {array!r}, and {where} holds one array", "Leave it out")
    readers = {".npy": _npy, ".csv": _csv, ".parquet": _parquet}
    suffix = where.suffix.lower()
    found = _npz(where, array) if suffix == ".npz" else readers[suffix](where)
    return as_real(found, str(where))


def _as_path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise InputError("path", f"is {path!r}", "Pass the name of a file as a str or a Path")
    return Path(path)


def _unusable(path: Path, problem: str, remedy: str) -> InputError:
    return InputError(str(path), problem, remedy)


def _npy(path: Path) -> Any:
    try:
        with path.open("rb") as stream:
            return np.lib.format.read_array(stream, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise _broken(path, error) from error


def _npz(path: Path, name: str | None) -> Any:
    from zipfile import BadZipFile
    from zlib import error as ZlibError  # noqa: N812 (an exception is named as one)

    unreadable = (ValueError, EOFError, OSError, BadZipFile, ZlibError)
    with path.open("rb") as stream:
        try:
            archive = np.load(stream, allow_pickle=False)
        except unreadable as error:
            raise _broken(path, error) from error
        if isinstance(archive, np.ndarray):
            raise _unusable(path, "is no .npz archive but a single array", "Rename it to .npy")
        with archive:
            chosen = _chosen(path, list(archive.files), name)
            try:
                return archive[chosen]
            except unreadable as error:
                raise _broken(path, error) from error


def _chosen(path: Path, names: list[str], name: str | None) -> str:
    """Return the name of the array to read: the only one, or the one asked for."""
    listed = ", ".join(names)
    if name is not None and name not in names:
        raise _unusable(path, f"holds no array {name!r}", f"Its arrays are: {listed or 'none'}")
    if name is None and len(names) != 1:
        remedy = f"Pass array= one of: {listed}" if names else "Save the predictions again"
        raise _unusable(path, f"holds {len(names)} arrays", remedy)
    return names[0] if name is None else name


def _broken(path: Path, error: Exception) -> InputError:
    """Return the error for a file that NumPy cannot read."""
    if "Object arrays" in str(error):
        return _unusable(
            path,
            "holds Python objects, which are not read because unpickling runs code",
            "Save numbers: np.save(path, np.asarray(predictions, dtype=float))",
        )
    return _unusable(
        path, f"cannot be read, it may be truncated ({error})", "Save the predictions again"
    )


def _csv(path: Path) -> Any:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = [(i, row) for i, row in enumerate(csv.reader(stream), 1) if any(row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unusable(path, f"is no text table ({error})", "Save it as UTF-8 CSV") from error
    if rows and _is_header([row for _, row in rows]):
        rows = rows[1:]
    if not rows:
        raise _unusable(path, "has no rows of numbers", "Save the predictions again")
    width = len(rows[0][1])
    table = np.empty((len(rows), width))
    for place, (line, row) in enumerate(rows):
        if len(row) != width:
            raise _unusable(
                path, f"row {line} has {len(row)} cells, not {width}", "Give every row the same"
            )
        for column, cell in enumerate(row):
            if not _is_number(cell):
                raise _text(path, line, str(column + 1), cell)
            table[place, column] = float(cell)
    return table


def _is_header(rows: list[list[str]]) -> bool:
    """Tell whether the first row names columns: by no number, or by 0, 1, ... above other cells."""
    if not any(_is_number(cell) for cell in rows[0]):
        return True
    if rows[0] != [str(column) for column in range(len(rows[0]))]:
        return False
    return any(not _is_integer(cell) for row in rows[1:] for cell in row)


def _is_integer(cell: str) -> bool:
    try:
        int(cell)
    except ValueError:
        return False
    return True


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _text(path: Path, row: int, column: str, cell: object) -> InputError:
    return _unusable(
        path,
        f"row {row}, column {column} is {cell!r}, not a number",
        "Keep only the columns of predictions, one number a cell",
    )


def _parquet(path: Path) -> Any:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingLibraryError(
            f"{path} is a Parquet file, and pyarrow is not installed:"
            " pip install 'kl_regression[parquet]'"
        ) from error
    try:
        with path.open("rb") as stream:
            table = parquet.read_table(stream)
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, error) from error
    index = (table.schema.pandas_metadata or {}).get("index_columns", [])
    names = [name for name in table.column_names if name not in index]
    if not names:
        raise _unusable(path, "has no columns", "Save the predictions again")
    return np.column_stack([_column(path, pa, name, table[name]) for name in names])


def _column(path: Path, pa: Any, name: str, column: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """Return a column of numbers, shape (n,), or name the first cell that is none."""
    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        raise _text(path, row + 1, repr(name), None)
    kinds = (pa.types.is_floating, pa.types.is_integer, pa.types.is_boolean)
    if not any(fits(column.type) for fits in kinds):
        cell = column[0].as_py() if len(column) else str(column.type)
        raise _text(path, 1, repr(name), cell)
    return np.asarray(column.to_numpy())
