"""Tiny finite populations of small integers, so that exact fractions are at hand."""

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st


@st.composite
def populations(draw, *, models=1, least=0, points=5):
    """Draw integer rows of each model (n, k), integer weights (n,) and labels (n,)."""
    n, k = draw(st.integers(1, points)), draw(st.integers(2, 3))
    entry = st.lists(st.integers(least, 4), min_size=k, max_size=k).filter(any)
    rows = [
        np.array(draw(st.lists(entry, min_size=n, max_size=n)), dtype=float) for _ in range(models)
    ]
    weights = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(any))
    labels = draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n))
    return *(shares(table) for table in rows), shares(np.array([weights]))[0], np.array(labels)


def shares(table):
    """Return integer rows over their sums."""
    return table / table.sum(axis=1, keepdims=True)


def exact(value):
    """Return the float that a small fraction was rounded to as that fraction."""
    return Fraction(float(value)).limit_denominator(60)


def brute_force(predictions, labels, weights, key):
    """Return Σ_c E |E[F_c - Y_c | G]| as a fraction; key(i, c) names the cell of a point."""
    whole = Fraction(0)
    for c in range(predictions.shape[1]):
        cells = {}
        for i, label in enumerate(labels):
            residual = exact(predictions[i, c]) - (label == c)
            cells.setdefault(key(i, c), []).append((exact(weights[i]), residual))
        for cell in cells.values():
            mass = sum(p for p, _ in cell)
            if mass:
                whole += mass * abs(sum(p * r for p, r in cell) / mass)
    return whole
