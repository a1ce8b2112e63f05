"""Small helps for the steps that sympy checks."""

from typing import Any

import sympy as sp

Expression = Any


def positive(names: str) -> tuple[Any, ...]:
    """Return positive symbols, as sympy.symbols does, always as a tuple."""
    found = sp.symbols(names, positive=True)
    return found if isinstance(found, tuple) else (found,)


def vanishes(expression: Expression) -> bool:
    """Tell whether an expression simplifies to 0."""
    return bool(sp.simplify(sp.expand_log(sp.expand(expression), force=True)) == 0)


def equal(first: Expression, second: Expression) -> bool:
    """Tell whether two expressions are the same."""
    return vanishes(first - second)


def kl(a: Expression, b: Expression) -> Expression:
    """Return one entry of generalised KL: a log(a/b) - a + b."""
    return a * sp.log(a / b) - a + b
