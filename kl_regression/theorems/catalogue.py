"""Every theorem that is checked on an outcome, in the order of the theory."""

from kl_regression.theorems import (
    calibration,
    certificate,
    enclosure,
    fdivergence,
    gain,
    identities,
    nonrealizable,
    right,
    risk,
    softmax,
    upper,
)
from kl_regression.theorems.base import Theorem

THEOREMS: tuple[Theorem, ...] = (
    *gain.THEOREMS,
    *identities.THEOREMS,
    *certificate.THEOREMS,
    *enclosure.THEOREMS,
    *upper.THEOREMS,
    *nonrealizable.THEOREMS,
    *right.THEOREMS,
    *softmax.THEOREMS,
    *risk.THEOREMS,
    *fdivergence.THEOREMS,
    *calibration.THEOREMS,
)


def markdown() -> str:
    """Return the catalogue as a Markdown table: claim, hypotheses, source and constants."""
    rows = ["| theorem | claim | needs | source | constants |", "|---|---|---|---|---|"]
    for theorem in THEOREMS:
        needs = ", ".join(hypothesis.name for hypothesis in theorem.hypotheses)
        cells = (theorem.key, theorem.statement, needs, theorem.source, theorem.constants)
        rows.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    return "\n".join(rows)
