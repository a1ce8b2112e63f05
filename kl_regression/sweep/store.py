"""Rows on disk: one Parquet file a chunk, written whole or not at all, merged at the end.

A chunk is done when its file exists under its own name, which a rename alone gives it. So a sweep
that is killed at any moment loses at most the chunks in flight, and writes none twice.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from kl_regression.errors import InputError
from kl_regression.sweep.grid import Sweep
from kl_regression.sweep.tables import CONSTANT, pyarrow
from kl_regression.writing import whole, write_whole

RESULTS = "results.parquet"
ABOUT = "sweep.json"

GROUP = 64
"""Chunks that are merged into one row group."""


class Store:
    """The folder of one sweep.

    Args:
        folder: made if there is none.
        sweep: what its rows are of; a folder of another sweep is refused.

    Raises:
        InputError: when the folder holds another sweep, or says not which.
        OSError: when it cannot be written to.
    """

    def __init__(self, folder: Path, sweep: Sweep) -> None:
        self.parquet, self.arrow = pyarrow()
        self.folder, self.sweep = folder, sweep
        self.parts = folder / "parts"
        self.parts.mkdir(parents=True, exist_ok=True)
        self._claim()

    @property
    def results(self) -> Path:
        """The merged table; it exists when the sweep is complete."""
        return self.folder / RESULTS

    def done(self) -> set[int]:
        """Return the numbers of the chunks whose rows are there; it takes no arrays.

        A file that does not hold its rows, as after a crash of the machine, is removed.
        """
        if self.results.exists():
            if self._holds(self.results, self.sweep.rows):
                return set(range(self.sweep.chunks))
            self.results.unlink()
        numbers = range(self.sweep.chunks)
        found = {number for number in numbers if self._part(number).exists()}
        torn = {n for n in found if not self._holds(self._part(n), self.sweep.size(n))}
        for number in torn:
            self._part(number).unlink()
        return found - torn

    def add(self, number: int, content: bytes) -> None:
        """Write a chunk's file."""
        write_whole(self._part(number), content)

    def merge(self) -> Path:
        """Write all parts into one file, in order, then remove them; return its path."""
        if not self.results.exists():
            first = self.parquet.read_schema(self._part(0))
            with (
                whole(self.results) as temporary,
                self.parquet.ParquetWriter(temporary, first, use_dictionary=CONSTANT) as writer,
            ):
                for start in range(0, self.sweep.chunks, GROUP):
                    writer.write_table(self._tables(start))
        shutil.rmtree(self.parts, ignore_errors=True)
        for left_behind in self.folder.glob(".*.part"):
            left_behind.unlink()
        return self.results

    def _claim(self) -> None:
        """Say in the folder which sweep it holds, or raise an InputError where it is another."""
        about = self.folder / ABOUT
        if not about.exists():
            write_whole(about, json.dumps({"fingerprint": self.sweep.fingerprint}).encode())
        try:
            found = json.loads(about.read_bytes())["fingerprint"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError("--out", f"{about} is damaged", "Use another folder") from error
        if found != self.sweep.fingerprint:
            raise InputError(
                "--out",
                f"{self.folder} holds another sweep than this configuration's",
                "Use another folder, or the configuration that it was begun with",
            )

    def _holds(self, path: Path, rows: int) -> bool:
        """Tell whether a file is a whole table of so many rows."""
        try:
            found = self.parquet.read_metadata(path).num_rows
        except (self.arrow.ArrowException, OSError):
            return False
        return bool(found == rows)

    def _tables(self, start: int) -> Any:
        numbers = range(start, min(start + GROUP, self.sweep.chunks))
        parts = [self.parquet.read_table(self._part(number)) for number in numbers]
        return self.arrow.concat_tables(parts)

    def _part(self, number: int) -> Path:
        return self.parts / f"{str(number).zfill(8)}.parquet"
