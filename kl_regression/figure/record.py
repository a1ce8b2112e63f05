"""What a figure leaves on disk: its numbers as JSON."""

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from kl_regression.writing import write_whole

__all__ = ["LIBRARIES", "document", "plain", "write_whole"]

LIBRARIES = ("kl_regression", "numpy", "scipy", "scikit-learn", "matplotlib")


def document(name: str, *, seed: int, seconds: float, data: Any) -> bytes:
    """Return the JSON of a figure: its numbers, the seed, the versions and the seconds it took."""
    versions = {"python": platform.python_version()} | {lib: version(lib) for lib in LIBRARIES}
    content = {
        "figure": name,
        "seed": seed,
        "seconds": round(seconds, 1),
        "versions": versions,
        "data": plain(data),
    }
    text = json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False)
    return f"{text}\n".encode()


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
