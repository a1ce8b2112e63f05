"""Every theorem that is checked on an outcome, in the order of the theory."""

from kl_regression.theorems import (
    certificate,
    fdivergence,
    identities,
    nonrealizable,
    right,
    risk,
    softmax,
    upper,
)
from kl_regression.theorems.base import Theorem
from kl_regression.theorems.gain import GAIN

THEOREMS: tuple[Theorem, ...] = (
    GAIN,
    *identities.THEOREMS,
    *certificate.THEOREMS,
    *upper.THEOREMS,
    *nonrealizable.THEOREMS,
    *right.THEOREMS,
    *softmax.THEOREMS,
    *risk.THEOREMS,
    *fdivergence.THEOREMS,
)
