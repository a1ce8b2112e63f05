"""What a slack in floats may be off by: the hunt believes no violation that is rounding."""

import numpy as np
import pytest
from flint import fmpq

import kl_regression as klr
from kl_regression.arithmetic import Floats
from kl_regression.cases import FORMULAS, Cases, log_ratio
from kl_regression.certify.balls import Balls
from kl_regression.falsify.enclosing import enclose, fractions
from kl_regression.falsify.known.catalogue import KNOWN
from kl_regression.falsify.paths import LEFT, RIGHT
from kl_regression.falsify.solving import solve
from kl_regression.falsify.watching import Watch
from kl_regression.tolerance import EPS

DIRECTED = 3.0
"""Errors are moved in a random direction, by up to a bound: one may come out this much short."""

CLAIMS = [
    "gain theorem",
    "right: gain",
    "right: four points",
    "right: quadratic gain",
    "right: gain by roots",
    "risk bound with constant 0.70711/γ",
    "risk bound by logarithms",
    "one-sided risk bound",
    "distance of student and teacher",
    "gain is affine in the truth",
    "left/outputs/GeneralizedKL/risk D(f,.)/misfit D(s,g): gain >= misfit",
    "left/outputs/SquaredError/risk D(f,.)/misfit D(s,g): gain >= misfit",
    "left/outputs/ItakuraSaito/risk D(f,.)/misfit D(s,g): gain >= misfit",
    "softmax right: identity",
]


def table_of(ranges, rng):
    """Return integers, shape (r, 1, 2), whose rows are as near to each other as chance has it."""
    rows = ranges.rows(2)
    if ranges.students == "softmax":
        return rng.integers(1, 9, size=(rows, 1, 2))
    apart = 10.0 ** rng.integers(0, 6) * rng.standard_normal((rows, 1, 2))
    return np.maximum(rng.integers(10**3, 10**6, size=(1, 1, 2)) + np.rint(apart), 1)


@pytest.mark.parametrize("name", CLAIMS)
@pytest.mark.parametrize("seed", range(20))
def test_errors_bound_the_distance_to_the_truth(name, seed):
    """A slack in floats is within its error of the slack in balls, be the rows near or far."""
    law = KNOWN[name].conjecture
    table = table_of(law.given, np.random.default_rng(seed))
    watch = Watch(law, law.given)
    slack, _ = watch.slacks(table[None])
    error = watch.errors(solve(table[None], law.given), table[None], slack).item()
    with Balls(320) as x:
        cases = enclose(table.astype(int), law.given, x)
        if cases is not None:  # a softmax student at infinity is none
            apart = abs(np.asarray(law.claim(cases)).item() - slack.item())
            assert apart.lower() <= DIRECTED * error


ROUNDINGS = [
    [
        [[0.2047950510600927, 0.20466462871410743]],
        [[4.754009109704154, 4.750961633934153]],
        [[0.0024787521766663585, 403.4287934927351]],
    ],
    [
        [[0.037544795190156695, 0.037408217299707905]],
        [[14.856010919578843, 14.801968390754379]],
        [[0.0024787521766663585, 403.4287934927351]],
    ],
    [
        [[4.3502765500001255, 4.386512408901858]],
        [[4.9179096940919775, 4.958867833764952]],
        [[403.4287934927351, 0.0024787521766663585]],
    ],
]


@pytest.mark.parametrize("table", ROUNDINGS)
def test_a_divergence_of_near_rows_keeps_its_digits(table):
    """Where rows agree to 1e-5, rounding once violated a sharp bound by 1000 times its estimate."""
    law = KNOWN["risk bound with constant 0.70711/γ"].conjecture
    watch = Watch(law, law.given)
    rows = np.array(table)[None]
    assert watch.slacks(rows)[0] > 0
    assert not watch.certain(rows)[0]


ANY = klr.Ranges(students="any", truth="anywhere")
CLOSE = np.array([[[1.0, 2.0]], [[1.0, 2.0 + 2.0**-30]], [[1.0, 1.0]]])[None]


def error_of(claim, table, *, seed=0):
    """Return what a claim's slack may be off by on a table of rows, shape (1, r, n, k)."""
    law = klr.Conjecture(
        statement="a claim", claim=claim, requires=lambda at: at.misfit >= 0, given=ANY
    )
    watch = Watch(law, law.given, seed=seed)
    return watch.errors(solve(table, ANY), table, watch.slacks(table)[0]).item()


@pytest.mark.parametrize("seed", range(8))
def test_errors_look_both_ways(seed):
    """A claim that only rises with D has an error, whichever direction is drawn first."""
    plain = solve(CLOSE, ANY)[0]
    misfit, off = plain.misfit.item(), plain.off(plain.student, plain.teacher).item()

    def claim(at):
        return at.x.sqrt(np.maximum(at.misfit - misfit, 0.0))

    assert error_of(claim, CLOSE, seed=seed) > np.sqrt(off) / 32


@pytest.mark.parametrize(
    "loss", [klr.KL, klr.GeneralizedKL, klr.SquaredError, klr.ItakuraSaito], ids=repr
)
@pytest.mark.parametrize("shape", [(1, 2), (40, 3)])
@pytest.mark.parametrize("spread", [2.0**-30, 2.0**-10, 4.0])
def test_a_divergence_is_known_to_what_it_may_be_off_by(loss, shape, spread):
    """D of floats, in floats, is that near to D of the same floats in balls."""
    rng = np.random.default_rng(0)
    p = np.exp(rng.standard_normal((1, *shape)))
    q = p * np.exp(spread * rng.standard_normal((1, *shape)))
    given = {"student": p, "weights": 1.0 / shape[0], "loss": loss}
    floats = Cases(teacher=p, truth=q, x=Floats(), **given)
    with Balls(320) as x:
        exact = [x.array(a) for a in (p, q)]
        balls = Cases(teacher=exact[0], truth=exact[1], x=x, **given)
        for first, second in ((0, 1), (1, 0)):
            pair = (p, q)[first], (p, q)[second]
            apart = abs(balls.d(exact[first], exact[second]).item() - floats.d(*pair).item())
            assert apart <= floats.off(*pair).item()


def first_order(loss, p, q):
    """Return |p - q| times the derivative's slope: what the terms are differences of."""
    scale = 1.0 if loss is not klr.ItakuraSaito else 1.0 / min(p, q)
    return abs(p - q) * scale * max(p, q) / min(p, q)


@pytest.mark.parametrize("loss", [klr.KL, klr.GeneralizedKL, klr.ItakuraSaito], ids=repr)
@pytest.mark.parametrize("distance", [2.0**-40, 2.0**-20, 0.5, 8.0])
@pytest.mark.parametrize("order", [1, -1])
def test_entries_and_slopes_lose_no_digits(loss, distance, order):
    """Slopes are right to a few units, entries to a few units of p - q, however near or far."""
    floats = Floats()
    pair = [np.array([[[3.0]]]), np.array([[[3.0 + 3.0 * distance]]])][::order]
    with Balls(320) as x:
        balls = [x.array(a) for a in pair]
        for found, wanted in (
            (log_ratio(floats, *pair), log_ratio(x, *balls)),
            (LEFT[loss](floats, *pair), LEFT[loss](x, *balls)),
            (RIGHT[loss](*pair), RIGHT[loss](*balls)),
        ):
            true = float(wanted.item().mid())
            assert abs(found.item() - true) <= 8 * EPS * abs(true)
        found, wanted = FORMULAS[loss](floats, *pair), FORMULAS[loss](x, *balls)
        apart = abs(found.item() - float(wanted.item().mid()))
        assert apart <= 8 * EPS * first_order(loss, *(a.item() for a in pair))


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("seed", range(20))
def test_students_are_right_to_the_last_bits(side, seed):
    """However near two models are; and their mixture's share is known to what it says."""
    ranges = klr.Ranges(side=side, models=(2, 2), outputs=(2, 2))
    table = table_of(ranges, np.random.default_rng(seed))[:3]
    table[0] = table[1] + table[2]
    cases, (share, doubt) = solve(table[None], ranges)
    with Balls(320) as x:
        exact = enclose(table.astype(int), ranges, x)
        student, models = exact.student.item(0), fractions(table.astype(int))[0, 1:, 0]
        start, end = (fmpq(m[0].numerator, sum(m).numerator) for m in models)
        true = (student - start) / (end - start)
    assert abs(float((student - cases.student.item(0)).mid())) <= 8 * EPS
    assert abs(float((true - share.item()).mid())) <= doubt.item()


def test_rounding_of_an_identity_is_no_violation():
    """An identity's slack is negative by rounding nearly everywhere, and nowhere beyond doubt."""
    law = KNOWN["gain is affine in the truth"].conjecture
    watch = Watch(law, law.given)
    tables = np.random.default_rng(0).integers(1, 30, size=(200, 3, 2, 3)).astype(float)
    assert (watch.slacks(tables)[0] < 0).any()
    assert not watch.certain(tables).any()
