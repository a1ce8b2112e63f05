"""The grid of a sweep: its cells, and the chunks of instances that a cell is cut into."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from kl_regression.divergences import KL, GeneralizedKL, Loss, SquaredError
from kl_regression.errors import InputError

LOSSES: dict[str, Loss] = {"KL": KL, "GeneralizedKL": GeneralizedKL, "SquaredError": SquaredError}

SIZES = {
    "hull": "models, of which students are mixtures",
    "box": "models, between which the box lies",
    "linear-head": "features beside a constant one",
    "log-linear": "features beside a constant one",
    "monotone": "steps of the truth",
    "lipschitz": "waves of the truth, whose steepest slope is the constant",
    "convex": "bends of the truth",
}
"""The classes, and what m is in each: the key ``models`` of the grid."""

HEADS = ("linear-head", "log-linear")

MOST_SPREAD = 50.0
"""The largest spread whose softmax has no zeros: a million normal numbers stay within 7 of 0, and
e^(-2 * 7 * 50) is a normal float."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One setting of the grid.

    Args:
        points: n.
        outputs: k.
        models: m, the class's own size: what it counts is in ``SIZES``.
        spread: standard deviation of logits: of models, of the truth's coefficients, of the noise.
        kind: the class, a key of ``SIZES``.
        side: where the student stands.
        loss: the loss's name.
        quality: 0 for a teacher of noise, 1 for the truth itself.

    Raises:
        InputError: for a setting that has no meaning, with the cell that asks for it.
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
        _one_of("class", self.kind, tuple(SIZES))
        _one_of("side", self.side, ("left", "right"))
        _one_of("loss", self.loss, tuple(LOSSES))
        for name in ("points", "outputs", "models"):
            if getattr(self, name) < 1:
                raise InputError(f"grid.{name}", f"holds {getattr(self, name)}", "Use 1 or more")
        if not 0 <= self.spread <= MOST_SPREAD:
            raise InputError("grid.spread", f"holds {self.spread}", f"Use 0 to {MOST_SPREAD:g}")
        if not 0 <= self.quality <= 1:
            raise InputError("grid.quality", f"holds {self.quality}", "Use 0 to 1")
        self._check_together()

    def _check_together(self) -> None:
        """Raise an InputError where the settings are legal alone and have no meaning together."""
        simplex = LOSSES[self.loss].domain.simplex
        if self.kind == "log-linear" and not simplex:
            raise self._meaningless("a softmax layer predicts distributions", 'Use loss = "KL"')
        if simplex and self.outputs < 2:
            raise self._meaningless("one class has one distribution", "Use outputs = 2 or more")
        if self.kind == "box" and self.models < 2:
            raise self._meaningless("between one model lies one function", "Use models = 2 or more")
        if self.kind in HEADS and self.points <= self.models:
            raise self._meaningless(
                f"{self.models} features and a constant are dependent on {self.points} points",
                f"Use points = {self.models + 1} or more, or fewer models",
            )

    def _meaningless(self, reason: str, remedy: str) -> InputError:
        shown = {"class": self.kind, **asdict(self)}
        del shown["kind"]
        settings = ", ".join(f"{name} = {json.dumps(value)}" for name, value in shown.items())
        return InputError("grid", f"the cell {settings} has no meaning: {reason}", remedy)


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
    def rows(self) -> int:
        """How many instances there are; it takes no arrays."""
        return len(self.cells) * self.instances

    def size(self, number: int) -> int:
        """Return how many instances a chunk has; it takes no arrays."""
        start = number % -(-self.instances // self.chunk) * self.chunk
        return min(self.chunk, self.instances - start)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything that decides the rows."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"grid.{name}", f"holds {value!r}", f"Use one of: {', '.join(known)}")
