"""The rows of a chunk as the bytes of a Parquet file: what a worker does."""

import io
from dataclasses import fields
from typing import Any

from kl_regression.errors import MissingLibraryError
from kl_regression.sweep.grid import Cell, Chunk
from kl_regression.sweep.measuring import measure, settings

CONSTANT = ["seed", "chunk", *(field.name for field in fields(Cell)), "solver", "seconds"]
"""Columns with few values, which are stored once."""


def chunk_file(chunk: Chunk) -> bytes:
    """Return the Parquet file of a chunk, rows of shape (b,)."""
    parquet, arrow = pyarrow()
    same = {name: arrow.repeat(value, chunk.size) for name, value in settings(chunk).items()}
    buffer = io.BytesIO()
    table = arrow.table(same | measure(chunk))
    parquet.write_table(table, buffer, use_dictionary=CONSTANT)
    return buffer.getvalue()


def pyarrow() -> tuple[Any, Any]:
    """Return the modules pyarrow.parquet and pyarrow; it takes no arrays.

    Raises:
        MissingLibraryError: when they are not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingLibraryError(
            "A sweep is written with pyarrow: pip install 'kl_regression[parquet]'"
        ) from error
    return parquet, pa
