"""Distance to calibration and Laplace kernel error: against definitions, and how they move."""

import numpy as np
import pytest
from hypothesis import given

from kl_regression import calibration
from kl_regression.errors import InputError
from tests.budget import fewer
from tests.populations import populations


def cuts(n):
    """Yield every cut of n points into cells, as a cell's number for each point."""
    if n == 0:
        yield ()
        return
    for cut in cuts(n - 1):
        for cell in range(max(cut, default=-1) + 2):
            yield (*cut, cell)


def nearest_by_cuts(scores, labels, weights):
    """Return the least E |F - h| over h = E[Y | cell], one cut after another."""
    costs = []
    for cut in cuts(len(scores)):
        cell = np.array(cut, int)
        mass = np.bincount(cell, weights)
        means = np.bincount(cell, weights * labels) / mass
        costs.append(weights @ np.abs(scores - means[cell]))
    return min(costs)


@fewer(5)
@given(populations())
def test_the_nearest_calibrated_predictor_is_the_best_of_all_cuts(population):
    """The distance is the least E |F - h| over the mean labels h on every cut of the points."""
    F, weights, labels = population
    here = weights > 0
    found = calibration.calibration_distance(F, labels, weights=weights)
    for c in range(F.shape[1]):
        expected = nearest_by_cuts(F[here, c], (labels[here] == c).astype(float), weights[here])
        assert found.per_class[c] == pytest.approx(expected, abs=2 * found.gaps[c])


@fewer(2)
@given(populations())
def test_smooth_error_is_at_most_twice_the_distance(population):
    """A calibrated predictor has no smooth error, and the constant is 2; on the joint ball 1."""
    F, weights, labels = population
    distance = calibration.calibration_distance(F, labels, weights=weights)
    for times, ball in ((2.0, {}), (1.0, {"joint": True})):
        smooth = calibration.smooth_error(F, labels, weights=weights, **ball)
        slack = times * distance.gaps + smooth.gaps
        assert np.all(smooth.per_class <= times * distance.per_class + slack)


def test_calibrated_scores_are_at_no_distance():
    """Scores that are the mean labels of their cells are calibrated, whatever the cells."""
    F = [[0.5, 0.5], [0.5, 0.5], [0.0, 1.0]]
    assert calibration.calibration_distance(F, [0, 1, 1]).per_class.tolist() == [0.0, 0.0]


def test_points_of_weight_zero_are_no_points():
    """Twelve points that count and more that do not are few enough; thirteen are too many."""
    F = np.tile([0.25, 0.75], (13, 1))
    labels = np.arange(13) % 2
    weights = np.append(np.full(12, 1 / 12), 0.0)
    whole = calibration.calibration_distance(F[:12], labels[:12])
    assert calibration.calibration_distance(F, labels, weights=weights).value == whole.value
    with pytest.raises(InputError, match=r"predictions: has 13 points .* use at most 12"):
        calibration.calibration_distance(F, labels)


@fewer(2)
@given(populations())
def test_the_laplace_error_is_the_quadratic_form(population):
    """kCE^2 is Σ r_i r_j exp(-|F_i - F_j|), over all pairs of points."""
    F, weights, labels = population
    found = calibration.laplace_error(F, labels, weights=weights)
    for c in range(F.shape[1]):
        r = weights * ((labels == c) - F[:, c])
        square = r @ np.exp(-np.abs(F[:, c, None] - F[:, c])) @ r
        rounding = found.gaps[c] * np.abs(r).sum()
        assert abs(found.per_class[c] ** 2 - square) <= 2.0 * rounding


@pytest.mark.parametrize("step", [2.0**-4, 2.0**-8, 2.0**-16, 2.0**-32])
def test_the_laplace_error_is_not_lipschitz(step):
    """Scores 1/2 +- e of labels 1 and 0: the error moves by about sqrt(e)/2, the scores by e."""
    level, apart = ([[0.5 - e, 0.5 + e], [0.5 + e, 0.5 - e]] for e in (0.0, step))
    labels = [1, 0]
    before, after = (calibration.laplace_error(F, labels).per_class[1] for F in (level, apart))
    assert before == 0.0
    expected = (0.5 - step) * np.sqrt(-np.expm1(-2.0 * step) / 2.0)
    assert after == pytest.approx(expected)
    assert after / step >= 0.4 / np.sqrt(step)
    assert after <= step + np.sqrt(2.0 * step)
