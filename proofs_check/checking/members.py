"""What a truth outside the class is compared with: a member near it."""

from proofs_check.checking.exact import Exact, Matrix


def witness(at: Exact) -> Matrix:
    """Return a member of the class: the truth itself where it is a model, else the first model."""
    return next((model for model in at.models if _same(model, at.f)), at.models[0])


def _same(first: Matrix, second: Matrix) -> bool:
    """Tell whether balls of rationals are those of the same ones."""
    pairs = [pair for rows in zip(first, second, strict=True) for pair in zip(*rows, strict=True)]
    return all(a.overlaps(b) for a, b in pairs)
