"""Every theorem is stated in words, and once more in LaTeX."""

import kl_regression as klr
from kl_regression.theorems.catalogue import THEOREMS
from kl_regression.theorems.smooth_calibration import (
    distance_to_calibration,
    kernel_calibration,
    laplace_calibration,
    smooth_calibration,
)
from tests.theorems.test_balls import checks_of_several


def every_theorem():
    """Yield the theorems of the catalogue, of several outcomes and of smooth calibration."""
    yield from THEOREMS
    yield from (theorem for theorem, _ in checks_of_several())
    solved = klr.Instance(
        teacher=[[0.5, 0.5]], truth=[[1.0, 0.0]], students=klr.Hull([[[0.6, 0.4]]])
    ).solve()
    yield smooth_calibration(solved).theorem
    yield kernel_calibration(solved, width=0.1).theorem
    yield distance_to_calibration(solved).theorem
    yield laplace_calibration(solved).theorem


def test_statements_are_words_and_formulas_latex():
    """A statement has no raw LaTeX in it, and a formula closes what it opens."""
    for theorem in every_theorem():
        assert not set(theorem.statement) & set("\\${}"), theorem.key
        assert theorem.latex.count("{") == theorem.latex.count("}"), theorem.key
