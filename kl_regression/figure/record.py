"""What a figure leaves on disk: files written whole or not at all, and its numbers as JSON."""

import hashlib
import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from kl_regression.errors import InputError
from kl_regression.figure.registry import Entry
from kl_regression.figure.restore import restore

LIBRARIES = ("kl_regression", "numpy", "scipy", "scikit-learn", "cvxpy", "matplotlib")


def document(entry: Entry, *, seed: int, seconds: float, data: Any) -> bytes:
    """Return the JSON of a figure, as ``schema.json`` says.

    The numbers in ``data`` with their SHA-256, the seed, the versions, the wall time in seconds,
    and how far the numbers may lie from these when computed again.
    """
    versions = {"python": platform.python_version()} | {lib: version(lib) for lib in LIBRARIES}
    numbers = plain(data)
    content = {
        "figure": entry.name,
        "seed": seed,
        "seconds": round(seconds, 1),
        "versions": versions,
        "within": asdict(entry.within),
        "sha256": digest(numbers),
        "data": numbers,
    }
    text = json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False)
    return f"{text}\n".encode()


def digest(numbers: Any) -> str:
    """Return the SHA-256 of JSON data, written with sorted keys and without spaces."""
    text = json.dumps(numbers, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read(entry: Entry, folder: Path) -> dict[str, Any]:
    """Return the JSON of a figure that was made before.

    Raises:
        InputError: where there is none, it is no JSON, or its numbers were edited.
    """
    path = folder / f"{entry.name}.json"
    remedy = f"Make it first: python -m kl_regression.figure {entry.name}"
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", remedy) from error
    except ValueError as error:
        raise InputError(str(path), f"is no JSON ({error})", remedy) from error
    if digest(found.get("data")) != found.get("sha256"):
        raise InputError(str(path), "holds numbers that are not those of its sha256", remedy)
    return found


def data_of(entry: Entry, found: Mapping[str, Any]) -> Any:
    """Return the frozen data that a figure's JSON holds."""
    return restore(entry.kind(), found["data"], f"{entry.name}.json: data")


def plain(value: Any) -> Any:
    """Return data as JSON holds it: arrays of any shape as lists, infinities as "inf", "-inf"."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
