"""Intermediate results of long figures, kept by content: settings or code change, key changes.

Results lie in ``$KL_REGRESSION_CACHE``, else in ``$XDG_CACHE_HOME/kl_regression``, else in
``~/.cache/kl_regression``. A result is written under a temporary name and renamed, so Ctrl-C
leaves either a whole one or none; a file that cannot be read is computed again.
"""

import contextlib
import inspect
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, TypeVar

import joblib
import numpy as np

from kl_regression.writing import write_whole

Result = TypeVar("Result")
UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    ImportError,
    AttributeError,
    IndexError,
    UnpicklingError,
)


def folder() -> Path:
    """Return the folder of kept results."""
    chosen = os.environ.get("KL_REGRESSION_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "kl_regression"


def remember(compute: Callable[..., Result], *, uses: tuple[Any, ...], **settings: Any) -> Result:
    """Return ``compute(**settings)``, from the folder where the same was computed before.

    Args:
        compute: a function of the settings alone; a ``watch`` must be bound to it beforehand.
        uses: modules whose source decides the result.
        settings: its arguments: numbers, strings, arrays of any shape, dataclasses.
    """
    origin: Any = getattr(compute, "func", compute)
    sources = [inspect.getsource(module) for module in uses]
    key = joblib.hash((origin.__qualname__, sources, np.__version__, settings))
    path = folder() / f"{origin.__module__}.{origin.__qualname__}-{key}.joblib"
    with contextlib.suppress(*UNREADABLE):
        kept: Result = joblib.load(path)
        return kept
    fresh = compute(**settings)
    buffer = BytesIO()
    joblib.dump(fresh, buffer)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, buffer.getvalue())
    return fresh
