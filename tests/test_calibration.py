"""Calibration errors of finite populations: against brute force, other programs and each other."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kl_regression import calibration
from kl_regression.arithmetic import Floats
from kl_regression.calibration.conditioning import coarser, ties
from kl_regression.calibration.marginal import class_errors
from kl_regression.errors import InputError
from tests.populations import brute_force, exact, populations

EDGES = [0.0, 0.3, 0.5, 0.75, 1.0]


def conditionings(teacher):
    """Return each conditioning with its cells' names for a model F, as brute force needs them."""

    def bin_of(score):
        return max(sum(score > edge for edge in EDGES), 1)

    halves = np.arange(len(teacher)) // 2
    return {
        calibration.own_score(): lambda F: lambda i, c: F[i, c],
        calibration.score(teacher): lambda _: lambda i, c: teacher[i, c],
        calibration.bins(EDGES): lambda F: lambda i, c: bin_of(F[i, c]),
        calibration.bins(EDGES, of=teacher): lambda _: lambda i, c: bin_of(teacher[i, c]),
        calibration.points(): lambda _: lambda i, _c: i,
        calibration.groups(halves): lambda _: lambda i, _c: halves[i],
    }


@given(populations(models=2))
def test_marginal_errors_are_those_of_brute_force(population):
    """For every conditioning the error is the sum of |E[F_c - Y_c; cell]|."""
    F, teacher, weights, labels = population
    for conditioning, name in conditionings(teacher).items():
        found = calibration.marginal_error(F, labels, conditioning, weights=weights)
        expected = brute_force(F, labels, weights, name(F))
        error = abs(Fraction(found.value) - expected)
        assert error <= found.rounding + 2 * np.finfo(float).eps, conditioning.name
        assert found.given == conditioning.name


class Exact(Floats):
    """Fractions as an arithmetic: sums that need no account."""

    encloses = True

    def number(self, value):
        """Return the value of a sum."""
        return Fraction(value.value)

    def total(self, values):
        """Return the sum of all entries."""
        return values.sum()


@given(populations())
def test_one_formula_serves_other_arithmetics(population):
    """On object arrays of fractions the same code gives the error exactly."""
    F, weights, labels = population
    lift = np.vectorize(exact, otypes=[object])
    residuals = lift(weights)[:, None] * (lift(F) - lift(np.eye(F.shape[1])[labels]))
    found = sum(class_errors(Exact(), residuals, ties(F)))
    assert found == brute_force(F, labels, weights, lambda i, c: F[i, c])


@given(populations())
def test_finer_conditionings_find_more(population):
    """By Jensen: one group <= own bins <= own score <= the point x <= 2."""
    F, weights, labels = population
    chain = [
        calibration.groups(np.zeros(len(F))),
        calibration.bins(EDGES),
        calibration.own_score(),
        calibration.points(),
    ]
    found = [calibration.marginal_error(F, labels, g, weights=weights) for g in chain]
    for less, more in pairwise(found):
        assert less.value <= more.value + less.rounding + more.rounding
    assert found[-1].value <= 2.0 + found[-1].rounding


@given(populations())
def test_one_hot_rows_are_labels(population):
    """Class numbers and their one-hot rows are the same labels, for every error."""
    F, weights, labels = population
    rows = np.eye(F.shape[1], dtype=int)[labels]
    for measure in (
        lambda y: calibration.marginal_error(F, y, calibration.own_score(), weights=weights).value,
        lambda y: calibration.smooth_error(F, y, weights=weights).value,
        lambda y: calibration.smooth_ece(F, y, width=0.3, weights=weights).per_class.sum(),
        lambda y: calibration.binned_error(F, y, weights=weights),
    ):
        assert measure(labels) == measure(rows)


@given(populations(models=2))
def test_coarser_cuts(population):
    """One cut is coarser than another iff points that tie in the other tie in it."""
    F, G, weights, _ = population
    counted = weights > 0
    where = np.flatnonzero(counted)
    expected = [
        all(F[i, c] == F[j, c] for i in where for j in where if G[i, c] == G[j, c])
        for c in range(F.shape[1])
    ]
    assert coarser(ties(F), ties(G), counted).tolist() == expected


def population_of_60(start=0):
    """Return the population that the packages' values were computed on, edges and ones included."""
    i, c = np.arange(60)[:, None], np.arange(3)
    raw = (1 + (7 * i + 5 * c + 3 * i * c) % 17) ** 2
    raw[:6] = [[2, 1, 1], [1, 0, 0], [0, 1, 0], [1, 1, 2], [3, 1, 0], [1, 0, 4]]
    raw[6:12] = [9, 1, 0]
    labels = np.where(
        i[:, 0] % 5 < 3, raw.argmax(axis=1), (raw.argmax(axis=1) + 1 + i[:, 0] % 2) % 3
    )
    labels[:12] = [1, 0, 2, 2, 0, 1, 0, 0, 0, 0, 0, 0]
    return (raw / raw.sum(axis=1, keepdims=True))[start:], labels[start:]


@pytest.mark.parametrize(
    ("bins", "convention", "value", "digits"),
    [
        # netcal 1.4.0, ECE(bins).measure(F, y), in float64
        (10, "netcal", 0.09153518514228522, 14),
        (15, "netcal", 0.10565669581552006, 14),
        (20, "netcal", 0.1352385527261876, 14),
        # torchmetrics 1.9.0, torch 2.13.0, multiclass_calibration_error(F, y, 3, bins), float32
        (10, "torchmetrics", 0.11153516918420792, 7),
        (15, "torchmetrics", 0.105656698346138, 7),
        (20, "torchmetrics", 0.13523854315280914, 7),
    ],
)
def test_binned_errors_of_packages(bins, convention, value, digits):
    """The binned error is what netcal and torchmetrics compute, to their float type's digits."""
    F, labels = population_of_60()
    found = calibration.binned_error(F, labels, bins=bins, convention=convention)
    assert round(abs(found - value), digits) == 0


@given(populations(), st.integers(1, 6), st.sampled_from(list(calibration.Convention)))
def test_binned_errors_are_those_of_brute_force(population, count, convention):
    """The binned error is Σ_bins |E[confidence - hit; bin]| of the top label."""
    F, weights, labels = population
    interior = np.linspace(0.0, 1.0, count + 1)[1:-1]
    cells = {}
    for row, p, label in zip(F, weights, labels, strict=True):
        confidence, hit = row.max(), row.argmax() == label
        cell = sum(confidence > edge for edge in interior)
        if convention != "right-closed":
            cell = sum(confidence >= edge for edge in interior)
        if convention == "torchmetrics" and confidence == 1.0:
            cell = "one"
        cells[cell] = cells.get(cell, 0.0) + p * (confidence - hit)
    found = calibration.binned_error(F, labels, bins=count, convention=convention, weights=weights)
    assert found == pytest.approx(sum(map(abs, cells.values())), abs=1e-14)


GOOD = [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]


@pytest.mark.parametrize(
    ("predictions", "labels", "weights", "message"),
    [
        (GOOD, [0, 3], None, r"labels: entry 1 = 3 is no class\. Use the numbers 0, \.\.\., 2"),
        (GOOD, [0, -1], None, r"labels: entry 1 = -1 is no class"),
        (GOOD, [0.5, 1], None, r"labels: entry 0 = 0\.5 is no class"),
        (GOOD, [0, 1, 2], None, r"labels: has shape \(3,\)\. Use class numbers of shape \(2,\)"),
        (GOOD, [[0], [1]], None, r"labels: has shape \(2, 1\)"),
        (GOOD, [[1, 0, 0], [1, 1, 0]], None, r"labels: rows sum to 2 \(row 1\)"),
        (GOOD, ["a", "b"], None, r"labels: is of type <U1"),
        (GOOD, [0, np.nan], None, r"labels: entry \(1,\) = nan is not finite"),
        (
            [[1, 2, 0.2], [0, 0, 1]],
            [0, 1],
            None,
            r"predictions: rows sum to 3\.2 .*Did you mean log",
        ),
        ([[-1, 1, 1], [0, 0, 1]], [0, 1], None, r"predictions: entry \(0, 0\) = -1\.0 is below 0"),
        ([0.5, 0.5], [0, 1], None, r"predictions: has shape \(2,\)\. Use shape \(n, k\)"),
        ([[1.0], [1.0]], [0, 0], None, r"predictions: has shape \(2, 1\).*both columns"),
        ([], [], None, r"predictions: is empty"),
        (GOOD, [0, 1], [0.5, 0.6], r"weights: sums to 1\.1 \(1 \+0\.1\)"),
        (GOOD, [0, 1], [1.0], r"weights: has shape \(1,\)"),
    ],
)
def test_bad_populations(predictions, labels, weights, message):
    """Every error names argument, index and value, and says what to do: for every measure."""
    for measure in (
        lambda: calibration.marginal_error(
            predictions, labels, calibration.own_score(), weights=weights
        ),
        lambda: calibration.smooth_error(predictions, labels, weights=weights),
        lambda: calibration.smooth_ece(predictions, labels, width=0.1, weights=weights),
        lambda: calibration.binned_error(predictions, labels, weights=weights),
    ):
        with pytest.raises(InputError, match=message):
            measure()


@pytest.mark.parametrize(
    ("given_by", "message"),
    [
        (
            lambda: calibration.bins([0.0, 0.5, 0.5, 1.0]),
            r"edges: entry 2 = 0\.5 is not above entry 1",
        ),
        (lambda: calibration.bins([0.0]), r"edges: has shape \(1,\)"),
        (lambda: calibration.bins([[0.0, 1.0]]), r"edges: has shape \(1, 2\)"),
        (
            lambda: calibration.bins([0.0, 0.3, 0.4]),
            r"edges: leave out the score 0\.5 of point 0 and",
        ),
        (lambda: calibration.bins([0.3, 1.0]), r"edges: leave out the score 0\.25 of point 0 and"),
        (lambda: calibration.bins([0, 1], of=[[0.5, 0.5]]), r"predictions: has shape \(2, 3\)"),
        (lambda: calibration.score([[2.0, 1.2]]), r"predictions: rows sum to 3\.2"),
        (lambda: calibration.groups([0, 1, 2]), r"names: has shape \(3,\)\. Use \(2,\)"),
        (lambda: calibration.groups([[0], [1]]), r"names: has shape \(2, 1\)"),
    ],
)
def test_bad_conditionings(given_by, message):
    """A conditioning that cannot be used says why."""
    with pytest.raises(InputError, match=message):
        calibration.marginal_error(GOOD, [0, 1], given_by())


@pytest.mark.parametrize("bins", [0, -1, 2.5, True, None])
def test_bad_numbers_of_bins(bins):
    """A number of bins that is no positive whole number is refused."""
    with pytest.raises(InputError, match=r"bins: is .* positive whole number"):
        calibration.binned_error(GOOD, [0, 1], bins=bins)


def test_unknown_conventions():
    """A convention that is not known is refused with those that are."""
    with pytest.raises(InputError, match='Use one of "netcal", "torchmetrics", "right-closed"'):
        calibration.binned_error(GOOD, [0, 1], convention="sklearn")
