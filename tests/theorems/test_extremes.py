"""Predictions that span hundreds of magnitudes or differ in their last bits violate no theorem."""

import re

import numpy as np
import pytest

import kl_regression as klr

CASES = {
    "floor far below the rounding of rows": (
        [1.3e-151, 1.0],
        [4.467e-16, 1 - 4.4e-16],
        [1.0, 5e-31],
    ),
    "floor below a small student": (
        [1e-31, 1.0],
        [2.33370081150906e-06, 0.9999976662991886],
        [1.0, 0.0],
    ),
    "rows equal to seven digits": (
        [9.999506062930268e-09, 7.557316150914797e-08, 0.9999999144273324],
        [9.999506136944325e-09, 7.557316158316282e-08, 0.9999999144273323],
        [0.037992054097678536, 0.9620079459023215, 1.965422084733055e-30],
    ),
    "subnormal floor, teacher kept": ([1.0, 5.3e-320], [1.0, 5.3e-320], [1.0, 5.3e-320]),
    "everything apart": (
        [1e-110, 1.0, 1e-228],
        [9.6e-3, 0.9904, 1.3e-287],
        [1.3188e-4, 0.27128992, 0.7285782],
    ),
}


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", CASES)
def test_no_theorem_is_violated_and_no_term_is_nan(name, side):
    """On a class of one model every theorem that applies holds or is undecided, without NaN."""
    teacher, model, truth = (np.array([row]) / np.sum(row) for row in CASES[name])
    instance = klr.Instance(teacher=teacher, truth=truth, students=klr.Hull(model[None]), side=side)
    report = klr.check(instance.solve())
    assert not [found for found in report if found.verdict == "violated"], str(report)
    assert not re.search(r"\bnan\b", report.to_json())


def test_points_of_weight_below_the_floats_leave_the_risk_radius_infinite():
    """A weight times an entry that underflows bounds nothing, and divides by nothing."""
    teacher = np.array([[1.0, 4.4e-323], [0.9, 0.1]])
    instance = klr.Instance(
        teacher=teacher, truth=teacher, students=klr.Monotone([0, 1]), weights=[1e-70, 1.0]
    )
    report = klr.check(instance.solve())
    assert not [found for found in report if found.verdict == "violated"], str(report)
    assert not re.search(r"\bnan\b", report.to_json())
