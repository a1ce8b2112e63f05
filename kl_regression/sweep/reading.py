"""The results of a sweep, read again: columns of all rows, or one row."""

from pathlib import Path
from typing import Any

from kl_regression.errors import InputError


def read(path: Path, columns: list[str] | None = None) -> dict[str, Any]:
    """Return the columns of a sweep's results, each of shape (rows,)."""
    from pyarrow import parquet

    table = parquet.read_table(path, columns=columns)
    return {name: table[name].to_numpy() for name in table.column_names}


def row(path: str | Path, number: int) -> dict[str, Any]:
    """Return one row of a sweep's results, counted from 0; it takes no arrays.

    Raises:
        InputError: when there is no such row.
    """
    from pyarrow import parquet

    file = parquet.ParquetFile(path)
    if not 0 <= number < file.metadata.num_rows:
        raise InputError(
            "number", f"is {number}", f"{path} has rows 0 to {file.metadata.num_rows - 1}"
        )
    for group in range(file.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        if number < size:
            found: dict[str, Any] = file.read_row_group(group).slice(number, 1).to_pylist()[0]
            return found
        number -= size
    raise AssertionError  # the number of rows is the sum of the groups'
