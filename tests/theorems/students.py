"""Random hulls, and students that are members of their class but not the best ones."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st
from scipy.special import softmax

import kl_regression as klr
from kl_regression.classes.base import Space
from kl_regression.solvers.candidate import Problem

SEEDS = st.integers(0, 10**6)


def hull(seed, loss=klr.KL, side="left", least=1):
    """Return a realizable instance on a random hull, up to 5 points and 4 outputs."""
    rng = np.random.default_rng(seed)
    n, k, m = rng.integers(1, 6), rng.integers(2, 5), rng.integers(least, 5)
    spread = rng.choice([0.1, 1.0, 3.0])

    def rows(*shape):
        values = spread * rng.normal(size=shape)
        if loss is klr.SquaredError:
            return values
        return np.exp(values) if loss is klr.GeneralizedKL else softmax(values, axis=-1)

    models = rows(m, n, k)
    return klr.Instance(
        teacher=rows(n, k),
        truth=np.tensordot(rng.dirichlet(np.ones(m)), models, 1),
        students=klr.Hull(models),
        weights=rng.dirichlet(np.ones(n)),
        loss=loss,
        side=side,
    )


def nearby(solved, seed, reach):
    """Return the outcome of a mixture that is ``reach`` of the way to a random one, and its gap."""
    away = np.random.default_rng(seed).dirichlet(np.ones(len(solved.student.coordinates)))
    return mixed(solved, (1 - reach) * solved.student.coordinates + reach * away)


def mixed(solved, mixture):
    """Return the outcome of a mixture of the models as student, with its gap."""
    instance = solved.instance
    space = Space.of(instance.loss.domain, *instance.teacher.shape)
    problem = Problem(
        instance.students, instance.teacher, instance.weights, instance.loss, instance.side, space
    )
    found = problem.member(mixture)
    logs = None if instance.loss is klr.SquaredError else np.log(found.predictions)
    student = replace(
        solved.student,
        predictions=found.predictions,
        log_predictions=logs,
        coordinates=found.coordinates,
        gap=found.gap.value + found.gap.rounding,
        gap_rounding=found.gap.rounding,
        status=klr.Status.APPROXIMATE,
        space=found.space,
    )
    return klr.Outcome(instance, student)


def ledger(outcome):
    """Return what the gap and rounding of a nearly exact student may move a claim by."""
    return np.sqrt(outcome.gap) + outcome.gap
