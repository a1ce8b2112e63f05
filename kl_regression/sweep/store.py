"""Rows on disk: one Parquet file a chunk, written whole or not at all, merged at the end.

A chunk is done when its file exists under its own name, which a rename alone gives it. So a sweep
that is killed at any moment loses at most the chunks in flight, and writes none twice.
"""

import io
import json
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

from kl_regression.errors import InputError, MissingLibraryError
from kl_regression.sweep.grid import Cell, Chunk, Sweep
from kl_regression.sweep.measuring import measure, settings
from kl_regression.writing import write_whole

RESULTS = "results.parquet"

GROUP = 64
"""Chunks that are merged into one row group."""

CONSTANT = ["seed", "chunk", *(field.name for field in fields(Cell)), "solver", "seconds"]
"""Columns with few values, which are stored once."""


class Store:
    """The folder of one sweep.

    Args:
        folder: made if there is none.
        sweep: what its rows are of; a folder of another sweep is refused.
    """

    def __init__(self, folder: Path, sweep: Sweep) -> None:
        self.parquet, self.arrow = _pyarrow()
        self.folder, self.sweep = folder, sweep
        self.parts = folder / "parts"
        self.parts.mkdir(parents=True, exist_ok=True)
        about = folder / "sweep.json"
        if not about.exists():
            write_whole(about, json.dumps({"fingerprint": sweep.fingerprint}).encode())
        if json.loads(about.read_bytes())["fingerprint"] != sweep.fingerprint:
            raise InputError("--out", f"{folder} holds another sweep", "Use another folder")

    @property
    def results(self) -> Path:
        """The merged table; it exists when the sweep is complete."""
        return self.folder / RESULTS

    def done(self) -> set[int]:
        """Return the numbers of the chunks whose files exist; it takes no arrays."""
        if self.results.exists():
            return set(range(self.sweep.chunks))
        return {int(path.stem) for path in self.parts.glob("*.parquet") if path.stem.isdigit()}

    def add(self, number: int, content: bytes) -> None:
        """Write a chunk's file."""
        write_whole(self._part(number), content)

    def merge(self) -> Path:
        """Write all parts into one file, in order, then remove them; return its path."""
        if not self.results.exists():
            temporary = self.folder / f".{RESULTS}.part"
            first = self.parquet.read_schema(self._part(0))
            with self.parquet.ParquetWriter(temporary, first, use_dictionary=CONSTANT) as writer:
                for start in range(0, self.sweep.chunks, GROUP):
                    writer.write_table(self._tables(start))
            temporary.replace(self.results)
        shutil.rmtree(self.parts, ignore_errors=True)
        return self.results

    def _tables(self, start: int) -> Any:
        numbers = range(start, min(start + GROUP, self.sweep.chunks))
        parts = [self.parquet.read_table(self._part(number)) for number in numbers]
        return self.arrow.concat_tables(parts)

    def _part(self, number: int) -> Path:
        return self.parts / f"{str(number).zfill(8)}.parquet"


def chunk_file(chunk: Chunk) -> bytes:
    """Return the Parquet file of a chunk, rows of shape (b,): what a worker does."""
    parquet, arrow = _pyarrow()
    same = {name: arrow.repeat(value, chunk.size) for name, value in settings(chunk).items()}
    buffer = io.BytesIO()
    table = arrow.table(same | measure(chunk))
    parquet.write_table(table, buffer, use_dictionary=CONSTANT)
    return buffer.getvalue()


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingLibraryError(
            "A sweep is written with pyarrow: pip install 'kl_regression[parquet]'"
        ) from error
    return parquet, pa
