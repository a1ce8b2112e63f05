"""Stored counterexamples as cases in balls, their students enclosed by the other enclosure."""

from contextlib import contextmanager

import numpy as np
from flint import arb, fmpq

from kl_regression.cases import Cases
from kl_regression.certify.balls import Balls
from kl_regression.falsify.proving import BITS
from proofs_check.checking.exact import solve


@contextmanager
def stored(example, *, student=None):
    """Give an example of integers as one case; another student's rows may stand for its own."""
    with Balls(BITS) as x:
        exact = solve(example, student=student)
        g, s, f = (np.array(rows, dtype=object)[None] for rows in (exact.g, exact.s, exact.f))
        yield Cases(
            teacher=g,
            student=s,
            truth=f,
            weights=arb(fmpq(1, len(example.teacher))),
            loss=example.loss,
            x=x,
        )


def violates(conjecture, example, *, student=None):
    """Tell whether an example counts for a conjecture, and its slack is proven negative."""
    with stored(example, student=student) as cases:
        slack = np.asarray(conjecture.claim(cases)).item()
        return bool(np.asarray(conjecture.requires(cases)).item()) and bool(slack < 0)
