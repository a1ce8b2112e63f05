"""Where to look: small instances written as integer rows, and how rows become an instance.

A table of rows has shape (r, n, k): the teacher first, then what spans the students' class, then
the truth unless it is the first model. A row stands for itself over its sum where the loss asks for
distributions. Searches also use positive real rows; integers are what is proven.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from kl_regression.arrays import as_side
from kl_regression.cases import EXPECTED, FORMULAS
from kl_regression.classes.base import is_count
from kl_regression.divergences import KL, GeneralizedKL, Loss, SquaredError
from kl_regression.errors import InputError

Class = Literal["hull", "points", "softmax", "any"]
Truth = Literal["first", "anywhere", "labels"]
Shape = tuple[int, int, int]
"""Points n, outputs k and models m."""

BATCHED: tuple[Loss, ...] = (KL, GeneralizedKL, SquaredError)
"""Losses whose hulls of three and more models are solved by project_many()."""

STEEPEST = 5
"""Integers that a softmax layer's exponents are rounded into, 0 to STEEPEST - 1."""


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """Which instances a conjecture is about.

    Args:
        points: the least and the largest n.
        outputs: the least and the largest k.
        models: the least and the largest m.
        students: "hull" of the models; "points", the models alone; "softmax", the distributions
            exp(w x) over their sum for one row of integers x a point and all real w; "any", a
            student that minimises nothing.
        truth: "first", the first model; "anywhere"; "labels", one-hot rows.
        side: where the student stands.
        loss: the divergence.
        build: from m models, shape (..., m, n, k), to those that span the class, by + - * / alone,
            so that it means the same on fractions; the truth is the first of them.
    """

    points: tuple[int, int] = (1, 3)
    outputs: tuple[int, int] = (2, 4)
    models: tuple[int, int] = (1, 2)
    students: Class = "hull"
    truth: Truth = "first"
    side: str = "left"
    loss: Loss = KL
    build: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        for name in ("points", "outputs", "models"):
            pair = getattr(self, name)
            both = isinstance(pair, tuple | list) and len(pair) == 2
            if not (both and is_count(pair[0], least=1) and is_count(pair[1], least=pair[0])):
                raise InputError(name, f"is {pair!r}", "Give the least and the largest: (1, 2)")
        for name, known in (("students", get_args(Class)), ("truth", get_args(Truth))):
            if getattr(self, name) not in known:
                raise InputError(name, f"is {getattr(self, name)!r}", f"Use one of {known}")
        as_side(self.side)
        if self.loss not in FORMULAS:
            raise InputError("loss", f"is {self.loss!r}", EXPECTED)
        if self.outputs[0] < 2 and self.loss.domain.simplex:
            raise InputError("outputs", f"is {self.outputs}", "A distribution has 2 or more")
        if self.students == "hull" and self.models[1] > 2 and self.loss not in BATCHED:
            raise InputError("models", f"is {self.models}", f"Use up to 2 under {self.loss}")
        if self.students in {"any", "softmax"} and self.build is not None:
            raise InputError("build", "is given", f'Students "{self.students}" have no models')

    @property
    def normalised(self) -> bool:
        """Whether rows stand for themselves over their sum."""
        return self.loss.domain.simplex

    @property
    def spanning(self) -> bool:
        """Whether m models span the class: one row otherwise, of a student or of exponents."""
        return self.students in {"hull", "points"}

    def rows(self, models: int) -> int:
        """Return how many rows a point has: teacher, models, truth."""
        return 1 + (models if self.spanning else 1) + (self.truth != "first" or not self.spanning)

    def shapes(self) -> Iterator[Shape]:
        """Yield every (n, k, m), small ones first."""
        m_range = self.models if self.spanning else (1, 1)
        grid = [
            (n, k, m)
            for n in range(self.points[0], self.points[1] + 1)
            for k in range(self.outputs[0], self.outputs[1] + 1)
            for m in range(m_range[0], m_range[1] + 1)
        ]
        yield from sorted(grid, key=lambda s: (s[0] * s[1] * self.rows(s[2]), s))

    def parts(self, table: Any) -> tuple[Any, Any, Any]:
        """Return teacher, models and truth of tables, shapes (b, n, k), (b, m, n, k), (b, n, k).

        Args:
            table: positive rows, shape (b, r, n, k), of floats or of fractions; exponents of a
                softmax layer stay as they are.
        """
        rows = table / table.sum(axis=3, keepdims=True) if self.normalised else table
        own_truth = self.truth != "first" or not self.spanning
        models = rows[:, 1:-1] if own_truth else rows[:, 1:]
        if self.build is not None:
            models = self.build(models)
        if not own_truth:
            return rows[:, 0], models, models[:, 0]
        if self.truth == "labels":
            return rows[:, 0], models, one_hot(table[:, -1])
        if self.students == "softmax":
            return rows[:, 0], exponents(table[:, 1])[:, None], table[:, -1]
        return rows[:, 0], models, rows[:, -1]


def one_hot(rows: Any) -> Any:
    """Return 1 at the first largest entry of each row and 0 elsewhere, shape (b, n, k)."""
    classes = rows.shape[-1]
    return np.eye(classes, dtype=int)[np.argmax(rows, axis=-1)]


def exponents(rows: Any) -> Any:
    """Return the integers x of a softmax layer, shape (b, n, k), from rows of shape (b, n, k)."""
    floats = np.asarray(rows, dtype=np.float64)
    return np.rint(np.clip(floats, 1, STEEPEST)).astype(int) - 1


def ratio(rows: Any) -> Any:
    """Return exp(w) of the truth on a softmax layer, shape (b,), from rows of shape (b, n, k)."""
    return rows[:, 0, 0] / rows[:, 0, 1]
