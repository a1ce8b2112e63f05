"""The tasks of the synthetic experiment: where a head extrapolates, and what that does to r."""

import numpy as np
import pytest
from scipy.stats import rankdata

from kl_regression.figure import tasks
from kl_regression.figure.charikar import settings
from kl_regression.figure.known import compare
from kl_regression.figure.record import plain
from tests.figure.small import data


def test_leverage_is_that_of_the_hat_matrix():
    """It is the largest diagonal entry of the hat matrix; the twin is a pseudoinverse."""
    rng = np.random.default_rng(0)
    fit = np.column_stack([rng.normal(size=(40, 3)), np.ones(40), np.zeros(40)])
    fresh = np.column_stack([rng.normal(size=(9, 3)) * 4.0, np.ones(9), np.zeros(9)])
    inverse = np.linalg.pinv(fit.T @ fit)
    for x in (fit, fresh):
        twin = np.einsum("ih,hj,ij->i", x, inverse, x).max()
        assert tasks.leverage(fit, x) == pytest.approx(twin)
    assert tasks.leverage(fit, fit) <= 1.0 < tasks.leverage(fit, fresh)


def test_a_unit_active_once_extrapolates():
    """A unit active at one point of the fit, with value a, has leverage (b/a)^2 at value b."""
    fit = np.zeros((20, 2))
    fit[:, 0] = np.arange(20.0)
    fit[0, 1] = 0.5
    assert tasks.leverage(fit, fit) == pytest.approx(1.0)
    assert tasks.leverage(fit, np.array([[0.0, 3.0]])) == pytest.approx(36.0)


def test_the_correlations_are_those_of_the_tasks():
    """r, the rank r and r without extrapolation follow from the gains and misfits beside them."""
    for panel in data("charikar").panels.values():
        for found in panel:
            inside = found.leverage <= 1.0
            ranks = np.corrcoef(rankdata(found.gain), rankdata(found.misfit))[0, 1]
            assert found.inside == inside.sum()
            assert np.isnan(found.inside_r) == (inside.sum() < 3)
            assert found.rank_r == pytest.approx(ranks)
            assert found.r == pytest.approx(np.corrcoef(found.gain, found.misfit)[0, 1])
            assert ((found.rarest >= 1) & (found.rarest <= 200)).all()


def test_every_known_outcome_has_its_own_beside_it():
    """What is known is compared with the least and the largest of what was found."""
    found = data("charikar")
    again = compare(found.panels["pretrained"], found.heads[0], found.losses)
    assert plain(found.known) == plain(again)
    shares = [series.above for series in found.panels["pretrained"]]
    by_name = {row.outcome: row for row in found.known}
    row = by_name["share above the line, exact heads"]
    assert (row.known, row.found) == ((0.71, 0.98), (min(shares), max(shares)))
    assert not any(low > high for r in found.known for low, high in (r.known, r.found))


def test_the_least_correlation_is_explained():
    """The page about the figures names the task behind the least r."""
    least = min(data("charikar").panels["pretrained"], key=lambda series: series.r)
    words = settings(data("charikar"))
    assert f"{least.r:.2f} of seed {least.seed}" in words
    assert f"gain {least.gain.min():.1f}" in words
