"""A sweep's configuration: a TOML file with a grid, instances a cell, a seed, a chunk size."""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from itertools import product
from pathlib import Path
from typing import Any

from kl_regression.divergences import KL, GeneralizedKL, Loss, SquaredError
from kl_regression.errors import InputError

LOSSES: dict[str, Loss] = {"KL": KL, "GeneralizedKL": GeneralizedKL, "SquaredError": SquaredError}
KINDS = ("hull", "monotone")
CHUNK = 1000


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One setting of the grid.

    Args:
        points: n.
        outputs: k.
        models: m, of a hull.
        spread: standard deviation of the models' logits.
        kind: the class, "hull" or "monotone".
        side: where the student stands.
        loss: the loss's name.
        quality: 0 for a teacher of noise, 1 for the truth itself.
    """

    points: int
    outputs: int
    models: int
    spread: float
    kind: str
    side: str
    loss: str
    quality: float

    def __post_init__(self) -> None:
        _one_of("class", self.kind, KINDS)
        _one_of("side", self.side, ("left", "right"))
        _one_of("loss", self.loss, tuple(LOSSES))
        if self.kind == "monotone" and LOSSES[self.loss].domain.simplex:
            raise InputError(
                "grid.class", "is monotone under KL: constants alone", 'Use loss "GeneralizedKL"'
            )
        least = 2 if LOSSES[self.loss].domain.simplex else 1
        for name, low in (("points", 1), ("outputs", least), ("models", 1)):
            if getattr(self, name) < low:
                raise InputError(
                    f"grid.{name}", f"holds {getattr(self, name)}", f"Use {low} or more"
                )
        if self.spread < 0 or not 0 <= self.quality <= 1:
            raise InputError("grid", "spread < 0 or quality outside [0, 1]", "Correct it")


@dataclass(frozen=True)
class Chunk:
    """A stretch of instances of one cell: the unit of work, of files and of seeds.

    Args:
        cell: their setting.
        seed: the sweep's.
        number: of the chunk in the sweep.
        size: how many instances.
    """

    cell: Cell
    seed: int
    number: int
    size: int


@dataclass(frozen=True)
class Sweep:
    """What to run: cells, instances a cell, seed, instances a chunk."""

    cells: tuple[Cell, ...]
    instances: int
    seed: int
    chunk: int

    def __iter__(self) -> Iterator[Chunk]:
        number = 0
        for cell in self.cells:
            for start in range(0, self.instances, self.chunk):
                yield Chunk(cell, self.seed, number, min(self.chunk, self.instances - start))
                number += 1

    @property
    def chunks(self) -> int:
        """How many chunks there are; it takes no arrays."""
        return len(self.cells) * -(-self.instances // self.chunk)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything that decides the rows."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


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
    known = {"seed": 0, "instances": CHUNK, "chunk": CHUNK}
    _refuse(set(found) - set(known) - {"grid"}, (*known, "grid"))
    numbers = {key: found.get(key, default) for key, default in known.items()}
    for key, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < (key != "seed"):
            raise InputError(key, f"is {value!r}", "Give a positive integer")
    grid = {"kind" if key == "class" else key: value for key, value in found["grid"].items()}
    names = [field.name for field in fields(Cell)]
    _refuse(set(grid) - set(names), tuple(names))
    axes = [_axis(name, grid.get(name, DEFAULTS[name])) for name in names]
    cells = tuple(Cell(**dict(zip(names, values, strict=True))) for values in product(*axes))
    return Sweep(cells, numbers["instances"], numbers["seed"], numbers["chunk"])


DEFAULTS: dict[str, list[Any]] = {
    "points": [50],
    "outputs": [3],
    "models": [5],
    "spread": [1.0],
    "kind": ["hull"],
    "side": ["left", "right"],
    "loss": ["KL"],
    "quality": [0.5],
}


def _axis(name: str, value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    kind = type(DEFAULTS[name][0])
    for entry in values:
        if isinstance(entry, bool) or not isinstance(
            entry, (int, float) if kind is float else kind
        ):
            raise InputError(f"grid.{name}", f"holds {entry!r}", f"Use {kind.__name__} values")
    if not values:
        raise InputError(f"grid.{name}", "is empty", "Give one value or more")
    return [kind(entry) for entry in values]


def _refuse(unknown: set[str], known: tuple[str, ...]) -> None:
    if unknown:
        raise InputError(min(unknown), "is no key of a sweep", f"Use {', '.join(known)}")


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"grid.{name}", f"holds {value!r}", f"Use one of: {', '.join(known)}")
