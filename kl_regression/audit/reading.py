"""Files in: arrays with the flag and path to name in an error, and the SHA-256 to name in a report.

Predictions come as probabilities, or as logits that a softmax in the log domain turns into them.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Predictions, as_predictions
from kl_regression.calibration.inputs import as_label_rows
from kl_regression.divergences import KL, Loss
from kl_regression.errors import DomainError, InputError, ShapeError
from kl_regression.files import load_with_type
from kl_regression.tolerance import row_sum_tolerance


@dataclass(frozen=True)
class Source:
    """A file that was read.

    Args:
        flag: what it was read for, such as "--teacher".
        path: as it was given.
        shape: of the array in it.
        kind: the type of its numbers.
        sha256: of the file's bytes.
    """

    flag: str
    path: str
    shape: tuple[int, ...]
    kind: str
    sha256: str

    @property
    def label(self) -> str:
        """What an error calls it."""
        return f"{self.flag} {self.path}"

    @property
    def stem(self) -> str:
        """The array's name in an archive, or the file's without its suffix."""
        path, name = _split(self.path)
        return Path(path).stem if name is None else name


@dataclass(frozen=True)
class Loaded:
    """Numbers and where they come from, in the type that they were saved in."""

    array: np.ndarray[Any, np.dtype[Any]]
    source: Source


def read(flag: str, given: str) -> Loaded:
    """Return the array of a file, any shape, given as PATH or as PATH.npz:NAME.

    Raises:
        InputError: when it cannot be read; the message names the flag and the file.
    """
    path, array = _split(given)
    try:
        values, dtype = load_with_type(path, array=array)
    except InputError as error:
        remedy = error.remedy
        if remedy.startswith("Pass array= one of"):
            remedy = f"Name one as {path}:NAME; {remedy.removeprefix('Pass array= one of: ')}"
        raise type(error)(f"{flag} {given}", error.problem, remedy) from error
    with Path(path).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    floating = np.issubdtype(dtype, np.floating)
    kept = values.astype(dtype) if floating else values
    return Loaded(kept, Source(flag, given, values.shape, str(dtype), digest))


def _split(given: str) -> tuple[str, str | None]:
    """Return path and array name of PATH.npz:NAME; a path that exists is taken as it is."""
    path, colon, name = given.rpartition(":")
    if colon and not Path(given).exists() and path.lower().endswith(".npz"):
        return path, name
    return given, None


def predictions(loaded: Loaded, loss: Loss, *, logits: bool, normalize: bool) -> Predictions:
    """Return a file's predictions, shape (n, k), in the domain of the loss.

    Raises:
        DomainError: for rows that are no distributions; it says which flag may be missing.
    """
    array, label = loaded.array, loaded.source.label
    if array.ndim > 2:
        raise ShapeError(label, f"has shape {array.shape}", "Use (n, k): one row a sample point")
    if logits:
        array = _softmax(array, label)
    elif loss is KL and array.ndim == 2 and array.shape[1] > 1:
        _rows_sum_to_one(array, label, normalize=normalize)
    if array.ndim == 1 and loss is KL:
        raise ShapeError(
            label,
            f"has shape {array.shape}, one number a point",
            "Save a column a class, for two classes (1 - p, p); or use --loss generalized-kl",
        )
    values = as_predictions(array, label, loss.domain, normalize=normalize and loss is KL)
    return _unit(values) if loss is KL and is_short(array.dtype) else values


def is_short(kind: np.dtype[Any]) -> bool:
    """Tell whether a type rounds more coarsely than float64, so that its rows sum to 1 roughly."""
    return kind.kind == "f" and kind.itemsize < np.dtype(np.float64).itemsize


def _unit(rows: Predictions) -> Predictions:
    found: Predictions = rows / rows.sum(axis=1, keepdims=True)
    return found


def _softmax(logits: np.ndarray[Any, np.dtype[Any]], label: str) -> Predictions:
    """Return softmax rows, shape (n, k), by their logarithms, in float64."""
    from scipy.special import log_softmax

    if logits.ndim != 2 or logits.shape[1] < 2:
        raise ShapeError(label, f"has shape {logits.shape}", "Save logits of shape (n, k), k >= 2")
    if len(logits) > 1 and logits.min() >= 0 and not _off(logits).any():
        raise DomainError(label, "rows sum to 1 already", "These are probabilities: drop --logits")
    found: Predictions = np.exp(log_softmax(logits.astype(np.float64), axis=1))
    return found


def _off(array: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which rows do not sum to 1 within the rounding of their type, shape (n,)."""
    sums = array.astype(np.float64).sum(axis=1)
    return np.asarray(~(np.abs(sums - 1.0) <= row_sum_tolerance(array.dtype, array.shape[1])))


def _rows_sum_to_one(array: np.ndarray[Any, np.dtype[Any]], label: str, *, normalize: bool) -> None:
    off = _off(array)
    if not off.any() and array.min() >= 0:
        return
    row = int(np.argmax(off)) if off.any() else int(np.argmin(array.min(axis=1)))
    total = float(array[row].astype(np.float64).sum())
    if array.shape[1] > 2 and np.array_equal(array[:, 0], np.arange(len(array))):
        raise DomainError(
            label,
            f"rows sum to {total:.6g} (row {row})",
            "Its first column counts the rows: drop it",
        )
    if array.min() < 0:
        i, c = (int(at) for at in np.argwhere(array < 0)[0])
        raise DomainError(
            label,
            f"rows sum to {total:.6g} (row {row}), and entry {(i, c)} is {array[i, c]:g}",
            "Did you mean --logits?",
        )
    if not normalize:
        raise DomainError(
            label,
            f"rows sum to {total:.10g} (row {row})",
            "Did you mean --logits? Or pass --normalize to divide each row by its sum",
        )


def labels(loaded: Loaded, points: int, classes: int) -> Predictions:
    """Return labels, class numbers (n,) or rows (n, k), as rows of shape (n, k).

    Raises:
        InputError: for numbers that are no classes, or rows that are no distributions.
    """
    array, label = loaded.array, loaded.source.label
    if array.shape == (points, 1):
        array = array[:, 0]
    if array.ndim == 1 and len(array) == points and array.min() == 1 and array.max() == classes:
        raise DomainError(
            label, f"counts the classes from 1 to {classes}", "Count from 0: subtract 1"
        )
    try:
        rows = as_label_rows(array, points, classes)
        return _unit(rows) if is_short(array.dtype) else rows
    except InputError as error:
        remedy = error.remedy
        if remedy.startswith("Did you mean logits"):
            remedy = "Save class numbers, or one-hot rows"
        raise type(error)(label, error.problem, remedy) from error


def column(loaded: Loaded) -> Float[np.ndarray, "..."]:
    """Return an array with a last axis of length 1 dropped: a table's one column, shape (n,)."""
    array = loaded.array
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
