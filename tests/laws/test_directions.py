"""The direction table: what it guarantees is never violated, what it calls false is proven false.

Each guaranteed cell is tried on random instances; each false one is its stored counterexample, of
small integers, solved for the true student in ball arithmetic.
"""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kl_regression as klr
from kl_regression.errors import InputError
from kl_regression.strategies import LOSSES, instances
from kl_regression.theorems.catalogue import THEOREMS
from kl_regression.theorems.direction import Convexity, Guarantee, Misfit, Risk
from kl_regression.theorems.directions import DIRECTIONS, HALF, directions
from kl_regression.theorems.setting import Setting
from kl_regression.theorems.softmax import residual_bound
from kl_regression.tolerance import Sum
from proofs_check.checking.exact import solve

DIGIT = 15
"""Counterexamples have no larger integer."""

ORDERS = tuple(itertools.product(Risk, Misfit))
CELLS = [
    pytest.param(row, side, loss, id=f"{side}-{row.convexity.value}-{loss}-{row.risks[0].value}")
    for row in DIRECTIONS
    for side in row.sides
    for loss in row.losses
]
GUARANTEED = [
    cell
    for cell in CELLS
    if next(iter(cell.values[0].answers.values())).guarantee != Guarantee.NOTHING
]


def measured(outcome, risk, misfit):
    """Return gain and misfit in the given orders, with their rounding."""
    student, teacher = outcome.student, outcome.instance.teacher
    s, log_s = student.predictions, student.log_predictions
    if risk is Risk.TRUTH_FIRST:
        errors = outcome.teacher_error_sum, outcome.student_error_sum
    else:
        errors = (
            outcome.divergence(teacher, outcome.truth, None, None),
            outcome.divergence(s, outcome.truth, log_s, None),
        )
    gain = Sum(np.inf, 0.0) if np.isinf(errors[0].value) else errors[0] - errors[1]
    if misfit is Misfit.STUDENT_FIRST:
        return gain, outcome.misfit_sum
    return gain, outcome.divergence(teacher, s, None, log_s)


def allowed(outcome, convexity):
    """Return by how much the student's own inexactness may lower the gain less the misfit."""
    if convexity is Convexity.LOGITS:
        return float(residual_bound(Setting(outcome)))
    gap = max(outcome.gap, 0.0)
    return gap if outcome.instance.side == "left" else max(gap, np.log1p(gap))


@pytest.mark.parametrize(("row", "side", "loss"), GUARANTEED)
@given(data=st.data())
def test_what_is_guaranteed(row, side, loss, data):
    """A guaranteed claim holds for every truth in the class, within gap and rounding."""
    kinds = ("log-linear",) if row.convexity is Convexity.LOGITS else ("hull", "box")
    instance = data.draw(instances(losses=(loss,), sides=(side,), kinds=kinds, spread=3))
    if row.convexity is Convexity.LOGITS:
        instance = replace(
            instance, teacher=0.5 * (instance.teacher + 1.0 / instance.teacher.shape[1])
        )
    outcome = instance.solve()
    for risk, (misfit, answer) in itertools.product(row.risks, row.answers.items()):
        gain, disagreement = measured(outcome, risk, misfit)
        if np.isinf(gain.value) or np.isinf(disagreement.value) or np.isinf(outcome.gap):
            continue
        least = {
            Guarantee.NONNEGATIVE: Sum(0.0, 0.0),
            Guarantee.MISFIT: disagreement,
            Guarantee.IDENTITY: disagreement,
        }[answer.guarantee]
        slack = gain - least
        spare = slack.rounding + allowed(outcome, row.convexity)
        assert slack.value >= -spare, (risk, misfit, answer.guarantee)
        if answer.guarantee is Guarantee.IDENTITY:
            assert slack.value <= spare


def exactly(example, risk, misfit):
    """Return gain and misfit of the true student in balls."""
    at = solve(example)
    gain = at.gain if risk is Risk.TRUTH_FIRST else at.d(at.g, at.f) - at.d(at.s, at.f)
    return gain, at.misfit if misfit is Misfit.STUDENT_FIRST else at.d(at.g, at.s)


@pytest.mark.parametrize(("row", "side", "loss"), CELLS)
def test_what_is_false(row, side, loss):
    """The next stronger claim is proven false by the stored counterexample, at the true student."""
    for risk, (misfit, answer) in itertools.product(row.risks, row.answers.items()):
        if answer.guarantee is Guarantee.IDENTITY:
            assert answer.counterexample is None
            continue
        example = replace(answer.counterexample, side=side, loss=loss)
        gain, disagreement = exactly(example, risk, misfit)
        refuted = {
            Guarantee.NONNEGATIVE: gain < 0,
            Guarantee.MISFIT: gain < disagreement,
            Guarantee.IDENTITY: gain != disagreement,
        }[answer.guarantee.next]
        assert refuted, (risk, misfit, gain.str(6), disagreement.str(6))


@pytest.mark.parametrize("loss", [klr.KL, klr.GeneralizedKL])
@pytest.mark.parametrize("misfit", Misfit)
def test_no_part_of_the_misfit(loss, misfit):
    """On the right the gain is no part of the misfit: here it is 0, and the misfit is not."""
    gain, disagreement = exactly(replace(HALF, side="right", loss=loss), Risk.TRUTH_FIRST, misfit)
    assert gain.contains(0)
    assert disagreement > 0
    at = solve(replace(HALF, side="right", loss=loss))
    shares = [entry / sum(at.s[0]) for entry in at.s[0]]
    assert all(
        (share * 8 - whole).contains(0) for share, whole in zip(shares, (2, 3, 3), strict=True)
    )


@pytest.mark.parametrize(("row", "side", "loss"), CELLS)
def test_the_computed_student_is_the_true_one(row, side, loss):
    """On each counterexample the computed gain is the true one, and the truth is in the class."""
    for risk, (misfit, answer) in itertools.product(row.risks, row.answers.items()):
        if answer.counterexample is None:
            continue
        example = replace(answer.counterexample, side=side, loss=loss)
        outcome = example.instance().solve()
        assert outcome.truth_membership.inside
        found, exact = measured(outcome, risk, misfit), exactly(example, risk, misfit)
        for sum_, ball in zip(found, exact, strict=True):
            assert sum_.value == pytest.approx(float(ball.mid()))


def test_counterexamples_are_small():
    """A counterexample has one or two points, integers below 16, and prints in a line."""
    for row in DIRECTIONS:
        for answer in row.answers.values():
            example = answer.counterexample
            if example is None:
                continue
            entries = np.ravel([*example.teacher, *example.truth])
            assert entries.max() <= DIGIT
            assert len(example.teacher) <= 2
            assert "\n" not in str(example)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("convexity", list(Convexity))
def test_every_combination_is_answered_once(loss, side, convexity):
    """Side, class and loss have one answer for each order of risk and misfit."""
    rows = directions(side=side, convexity=convexity, loss=loss)
    answered = [(risk, misfit) for row in rows for risk in row.risks for misfit in row.answers]
    assert sorted(answered) == sorted(ORDERS)
    for row in rows:
        for answer in row.answers.values():
            assert answer.theorem in {"", *(theorem.key for theorem in THEOREMS)}
            assert (answer.theorem == "") == (answer.guarantee is Guarantee.NOTHING)
            if answer.counterexample is not None:
                assert answer.counterexample.side == side
                assert answer.counterexample.loss is loss


def test_a_loss_without_a_name_is_any_bregman_divergence():
    """The table answers for every Bregman divergence, with the counterexample of one."""
    cosh = klr.Bregman(klr.Generator(value=np.cosh, derivative=np.sinh, second_derivative=np.cosh))
    rows = directions(side="right", convexity=Convexity.OUTPUTS, loss=cosh)
    assert {a.guarantee for row in rows for a in row.answers.values()} == {Guarantee.NOTHING}
    assert all(
        a.counterexample.loss is klr.ItakuraSaito for row in rows for a in row.answers.values()
    )


def test_a_report_says_what_no_theorem_can():
    """A report on the right says what is guaranteed, and shows what is false, in every format."""
    outcome = HALF.instance()
    report = klr.check(replace(outcome, side="right").solve())
    told = f"gain >= misfit is false for {replace(HALF, side='right')}"
    assert told in " ".join(str(report).split())
    assert "guaranteed, side right, KL" in report._repr_html_()
    assert told in report.to_json()


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"side": "up", "convexity": "neither"}, "side"),
        ({"side": "left", "convexity": "round"}, "convexity"),
    ],
)
def test_a_combination_that_does_not_exist(asked, named):
    """Asking for another side or class is an error that names it."""
    with pytest.raises(InputError, match=named):
        directions(**asked)
