"""From the JSON of a figure back to its frozen data, and how two such data differ."""

import types
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from kl_regression.errors import InputError
from kl_regression.tolerance import FIGURE_COMPUTED, FIGURE_TRAINED

Unions = (Union, types.UnionType)


def restore(kind: Any, value: Any, where: str = "data") -> Any:
    """Return the value of a type from what ``record.plain`` made of it.

    Args:
        kind: a dataclass, an array type of any shape, a tuple, a dictionary or a plain type.
        value: as JSON holds it.
        where: its place, for errors.

    Raises:
        InputError: where the JSON does not hold what the type says, with the place.
    """
    try:
        return _restored(kind, value, where)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise InputError(
            where, f"does not fit {kind} ({error})", "Draw the figure again without --from-json"
        ) from error


def _restored(kind: Any, value: Any, where: str) -> Any:
    origin, parts = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        fields = {key: restore(hint, value[key], f"{where}.{key}") for key, hint in hints.items()}
        made: Any = kind
        return made(**fields)
    if origin is tuple:
        kinds = parts[:1] * len(value) if parts[-1] is Ellipsis else parts
        pairs = zip(kinds, value, strict=True)
        return tuple(restore(part, v, f"{where}[{i}]") for i, (part, v) in enumerate(pairs))
    if origin is dict:
        return {key: restore(parts[1], v, f"{where}.{key}") for key, v in value.items()}
    return _leaf(kind, value, where)


def _leaf(kind: Any, value: Any, where: str) -> Any:
    """Return an optional value, an array, one of a few words, or a number, text or truth value."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in Unions:
        (other,) = (part for part in parts if part is not types.NoneType)
        return None if value is None else restore(other, value, where)
    if hasattr(kind, "array_type"):
        return np.array(value, dtype=kind.dtypes[-1].rstrip("_"))
    return value if origin is Literal else kind(value)


@dataclass(frozen=True)
class Agreement:
    """How far a number computed again may lie from the stored one.

    Args:
        relative: in units of the larger magnitude.
        absolute: for numbers near 0, such as gaps and the slacks of equalities.
    """

    relative: float
    absolute: float

    def met(self, stored: float, fresh: float) -> bool:
        """Tell whether two numbers agree."""
        allowed = self.relative * max(abs(stored), abs(fresh)) + self.absolute
        return abs(stored - fresh) <= allowed


COMPUTED = Agreement(*FIGURE_COMPUTED)
TRAINED = Agreement(*FIGURE_TRAINED)


@dataclass(frozen=True)
class Difference:
    """A place where two figures' numbers differ by more than they may, or in kind."""

    place: str
    stored: Any
    fresh: Any


def differences(
    stored: Any, fresh: Any, within: Agreement, place: str = "data"
) -> Iterator[Difference]:
    """Yield each place where JSON data differ: numbers beyond the agreement, all else at all."""
    if isinstance(stored, dict) and isinstance(fresh, dict) and stored.keys() == fresh.keys():
        for key, value in stored.items():
            yield from differences(value, fresh[key], within, f"{place}.{key}")
    elif isinstance(stored, list) and isinstance(fresh, list) and len(stored) == len(fresh):
        for index, pair in enumerate(zip(stored, fresh, strict=True)):
            yield from differences(*pair, within, f"{place}[{index}]")
    elif _is_number(stored) and _is_number(fresh):
        if not within.met(float(stored), float(fresh)):
            yield Difference(place, stored, fresh)
    elif stored != fresh:
        yield Difference(place, stored, fresh)


def count_numbers(value: Any) -> int:
    """Return how many numbers JSON data hold."""
    if isinstance(value, dict):
        return sum(map(count_numbers, value.values()))
    if isinstance(value, list):
        return sum(map(count_numbers, value))
    return int(_is_number(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
