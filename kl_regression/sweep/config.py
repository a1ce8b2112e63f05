"""A sweep's configuration: a TOML file with a grid, instances a cell, a seed, a chunk size."""

import tomllib
from collections.abc import Collection
from dataclasses import fields
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Any

from kl_regression.errors import InputError
from kl_regression.sweep.grid import Cell, Sweep

CHUNK = 1000

NUMBERS = {"seed": 0, "instances": CHUNK, "chunk": CHUNK}
"""The keys beside the grid."""

GRID: dict[str, list[Any]] = {
    "points": [50],
    "outputs": [3],
    "models": [5],
    "spread": [1.0],
    "class": ["hull"],
    "side": ["left", "right"],
    "loss": ["KL"],
    "quality": [0.5],
}
"""The keys of the grid: a cell's settings, by the names that a configuration uses."""


def read(path: Path) -> Sweep:
    """Return the sweep that a TOML file describes; it takes no arrays.

    Raises:
        InputError: naming the key that cannot be used.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            "config", f"{path} cannot be read ({error})", "Give a TOML file"
        ) from error
    return from_dict(found)


def from_dict(found: dict[str, Any]) -> Sweep:
    """Return the sweep of a parsed configuration; it takes no arrays.

    Raises:
        InputError: naming the key that cannot be used.
    """
    _refuse_unknown(found, (*NUMBERS, "grid"), "")
    numbers = {key: found.get(key, default) for key, default in NUMBERS.items()}
    for key, value in numbers.items():
        least = int(key != "seed")
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(key, f"is {value!r}", f"Give an integer, {least} or more")
    grid = found.get("grid", {})
    if not isinstance(grid, dict):
        raise InputError("grid", f"is {grid!r}", "Write a table: [grid], then its keys")
    _refuse_unknown(grid, GRID, "grid.")
    axes = {name: _axis(name, grid.get(name, default)) for name, default in GRID.items()}
    axes["kind"] = axes.pop("class")
    order = [field.name for field in fields(Cell)]
    cells = (
        Cell(**dict(zip(order, values, strict=True)))
        for values in product(*(axes[name] for name in order))
    )
    return Sweep(tuple(cells), numbers["instances"], numbers["seed"], numbers["chunk"])


def _axis(name: str, value: Any) -> list[Any]:
    """Return the values of a key of the grid, one of which may stand without brackets."""
    values = value if isinstance(value, list) else [value]
    kind = type(GRID[name][0])
    legal = (int, float) if kind is float else kind
    for entry in values:
        if isinstance(entry, bool) or not isinstance(entry, legal):
            raise InputError(f"grid.{name}", f"holds {entry!r}", f"Use {kind.__name__} values")
    if not values:
        raise InputError(f"grid.{name}", "is empty", "Give one value or more")
    if len(set(values)) < len(values):
        raise InputError(f"grid.{name}", f"holds a value twice: {values}", "Give each once")
    return [kind(entry) for entry in values]


def _refuse_unknown(found: Collection[str], known: Collection[str], where: str) -> None:
    """Raise an InputError that names the first unknown key and the known one nearest to it."""
    for key in found:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            meant = f"Did you mean {near[0]}? " if near else ""
            raise InputError(
                f"{where}{key}", "is no key of a sweep", f"{meant}Use {', '.join(known)}"
            )
