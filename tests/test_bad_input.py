"""Every entry point names the argument, the first offending index and value, and what to do."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kl_regression as klr
from kl_regression.errors import (
    DomainError,
    InfeasibleError,
    InfiniteDivergenceError,
    InputError,
    KlRegressionError,
    ShapeError,
)
from tests.mistyped import CASES

ROOT = Path(__file__).resolve().parents[1]
G = np.array([[0.2, 0.8], [0.6, 0.4]])
HULL = klr.Hull([G, G[::-1]])

ENTRIES = {
    "project": ("teacher", lambda array: klr.project(array, HULL)),
    "Instance teacher": ("teacher", lambda array: klr.Instance(teacher=array, students=HULL)),
    "Instance truth": ("truth", lambda array: klr.Instance(teacher=G, truth=array, students=HULL)),
    "divergence p": ("p", lambda array: klr.KL.divergence(array, G)),
    "divergence q": ("q", lambda array: klr.KL.divergence(G, array)),
    "Hull": ("models", lambda array: klr.project(G, klr.Hull(array))),
    "LinearHead": ("features", lambda array: klr.LinearHead(array, outputs=2)),
    "LogLinear": ("features", lambda array: klr.LogLinear(array, classes=2)),
    "Monotone": ("order", klr.Monotone),
    "Lipschitz": ("points", lambda array: klr.Lipschitz(array, constant=1.0)),
    "Convex": ("points", klr.Convex),
    "Box lower": ("lower", lambda array: klr.Box(array, 1.0)),
    "Box upper": ("upper", lambda array: klr.Box(0.0, array)),
    "project weights": ("weights", lambda array: klr.project(G, HULL, weights=array)),
    "Instance weights": (
        "weights",
        lambda array: klr.Instance(teacher=G, students=HULL, weights=array),
    ),
    "divergence weights": ("weights", lambda array: klr.KL.divergence(G, G, weights=array)),
}

NO_ARRAYS = {
    "masked": (np.ma.masked_array(G), "is a masked array. Drop the masked rows"),
    "masked list": ([np.ma.masked_array(G[0]), G[1]], "is a masked array. Drop the masked rows"),
    "complex": (G * 1j, "is complex. Pass real numbers"),
    "text": ("many", "is of type <U4. Pass real numbers"),
    "objects": (np.array([object(), None]), "is of type object. Pass real numbers"),
    "nullable frame": (pd.DataFrame(G).astype(object), "is of type object. Pass real numbers"),
    "None in a list": ([[0.5, None]], "is of type object. Pass real numbers"),
    "ragged": ([[0.5, 0.5], [1.0]], "is not a rectangular array"),
    "empty": (np.zeros((2, 0)), "is empty, of shape (2, 0). Pass at least one sample point"),
    "nan": (np.array([[0.5, np.nan]]), "entry (0, 1) = nan is not finite. Remove or repair"),
    "inf": (np.array([[-np.inf, 0.5]]), "entry (0, 0) = -inf is not finite. Remove or repair"),
    "too many axes": (np.zeros((1, 1, 1, 1)), "has shape (1, 1, 1, 1)"),
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("case", NO_ARRAYS)
def test_what_is_no_array_of_numbers(entry, case):
    """Masked, complex, object, ragged, empty and infinite arrays are rejected by every entry."""
    argument, call = ENTRIES[entry]
    array, words = NO_ARRAYS[case]
    with pytest.raises(InputError, match=re.escape(f"{argument}: {words}")) as caught:
        call(array)
    assert caught.value.argument == argument
    assert caught.value.remedy


def solve(**changes):
    """Solve a good instance with some arguments changed."""
    return klr.Instance(**({"teacher": G, "students": HULL} | changes)).solve()


PAIR = np.array([[0.0, 1.0], [0.6, 0.4]])
ROOM = klr.Box([[0.5, 0.0], [0.0, 0.0]], 1.0)
CONTRADICTIONS = {
    "box above 1": lambda: solve(students=klr.Box(0.6, 1.0)),
    "box below 1": lambda: solve(students=klr.Box(0.0, 0.4)),
    "intersection": lambda: solve(students=klr.Box(0.0, [[0.4, 1.0], [1.0, 1.0]]) & ROOM),
    "cones": lambda: solve(students=klr.ConicClass(lambda f: [f >= 0.6])),
    "cones and a hull": lambda: solve(students=klr.ConicClass(lambda f: [f[0, 0] <= 0.1]) & HULL),
    "head without constant": lambda: solve(students=klr.LinearHead([[1.0], [2.0]], outputs=2)),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_an_empty_class_is_called_infeasible(name):
    """A class without members raises InfeasibleError, which says what to do."""
    with pytest.raises(InfeasibleError) as caught:
        CONTRADICTIONS[name]()
    assert re.search("sums to 1|no member|Add a column of ones", str(caught.value))


MESSAGES = {
    "rows": (
        lambda: solve(teacher=G * 1.1),
        DomainError,
        "teacher: row 0 sums to 1.1 (1 +0.1). Pass normalize=True to divide each row by its sum",
    ),
    "negative": (
        lambda: solve(teacher=[[-0.5, 1.5], [0.5, 0.5]]),
        DomainError,
        "teacher: entry (0, 0) = -0.5 is below 0, outside the loss's domain. Probabilities are",
    ),
    "truth shape": (
        lambda: solve(truth=G[:1]),
        ShapeError,
        "truth: has shape (1, 2). Use the shape of the teacher, (2, 2)",
    ),
    "one class": (
        lambda: klr.project([0.5, 0.5], klr.Hull([[0.5, 0.5]])),
        ShapeError,
        "teacher: has one output a row, and a distribution over one class is always 1. Use loss",
    ),
    "no models": (
        lambda: klr.Hull([]),
        ShapeError,
        "models: is empty: m = 0 models. Pass at least one model, of shape (n, k)",
    ),
    "model points": (
        lambda: solve(students=klr.Hull([G[:1]])),
        ShapeError,
        "models: has 1 sample points, the teacher 2. Use the same sample for both",
    ),
    "model classes": (
        lambda: solve(students=klr.Hull([np.full((2, 4), 0.25)])),
        ShapeError,
        "models[0]: has shape (2, 4). Use the shape of the teacher, (2, 2)",
    ),
    "model rows": (
        lambda: solve(students=klr.Hull([G, 2 * G])),
        DomainError,
        "models[1]: row 0 sums to 2 (1 +1). Divide each row by its sum",
    ),
    "weights": (
        lambda: solve(weights=[0.5, 0.6]),
        DomainError,
        "weights: sums to 1.1 (1 +0.1). Divide",
    ),
    "weights sign": (
        lambda: solve(weights=[1.5, -0.5]),
        DomainError,
        "entry (1,) = -0.5 is negative",
    ),
    "weights length": (
        lambda: solve(weights=[1.0]),
        ShapeError,
        "Use shape (2,): one weight a sam",
    ),
    "order length": (
        lambda: solve(students=klr.Monotone([1, 2, 3])),
        ShapeError,
        "order: has 3 sample points, the teacher 2",
    ),
    "order pairs": (
        lambda: klr.Monotone([[0, 5]], points=3),
        InputError,
        "order: entry (0, 1) = 5 is no point of 3. Count points from 0 to n - 1",
    ),
    "order sign": (
        lambda: klr.Monotone([[0, 1], [-1, 1]]),
        InputError,
        "entry (1, 0) = -1 is no po",
    ),
    "order triples": (lambda: klr.Monotone([[0, 1, 2]]), ShapeError, "order: has shape (1, 3)"),
    "order halves": (
        lambda: klr.Monotone([[0.0, 1.5]]),
        ShapeError,
        "integer pairs of shape (e, 2)",
    ),
    "points length": (
        lambda: solve(students=klr.Lipschitz([0, 1, 2], constant=1.0)),
        ShapeError,
        "points: has 3 sample points, the teacher 2",
    ),
    "convex length": (
        lambda: solve(students=klr.Convex([0])),
        ShapeError,
        "points: has 1 sample points, the teacher 2",
    ),
    "box crossed": (
        lambda: klr.Box([[0.1, 0.9]], 0.5),
        InputError,
        "upper: is below lower at (0, 1). Swap them where they cross",
    ),
    "box shapes": (
        lambda: klr.Box(np.zeros((2, 2)), np.ones((3, 2))),
        ShapeError,
        "upper: has shape (3, 2), lower (2, 2). Use shapes that broadcast",
    ),
    "box points": (
        lambda: solve(students=klr.Box(np.zeros((3, 2)), 1.0)),
        ShapeError,
        "lower: has shape (3, 2). Use a number or the teacher's shape (2, 2)",
    ),
    "head columns": (
        lambda: solve(students=klr.LinearHead(np.ones((2, 1)), outputs=3)),
        ShapeError,
        "outputs: is 3, the teacher has 2 columns. Use the same number",
    ),
    "softmax columns": (
        lambda: solve(students=klr.LogLinear(np.ones((2, 1)), classes=3)),
        ShapeError,
        "classes: is 3, the teacher has 2 columns. Use the same number",
    ),
    "duplicate features": (
        lambda: klr.LinearHead([[1.0, 1.0], [2.0, 2.0]], outputs=2),
        InputError,
        "features: has rank 1 < 2: a column is duplicated or combined from others. Drop dependent",
    ),
    "constant features twice": (
        lambda: klr.LinearHead([[1.0, 3.0], [1.0, 3.0]], outputs=2),
        InputError,
        "features: has rank 1 < 2",
    ),
    "more features than points": (
        lambda: klr.LinearHead(np.eye(3)[:2], outputs=2),
        InputError,
        "at most as many features as points",
    ),
    "softmax in an intersection": (
        lambda: HULL & klr.LogLinear(np.ones((2, 1)), classes=2),
        InputError,
        "right of &: LogLinear(n=2, d=1, classes=2) is not convex in outputs",
    ),
    "divergence shapes": (
        lambda: klr.KL.divergence(G, G[:1]),
        ShapeError,
        "q: has shape (1, 2). Use the shape of p, (2, 2)",
    ),
    "divergence logs": (
        lambda: klr.KL.divergence(G, G, log_q=[[0.0]]),
        ShapeError,
        "log_q: has shape (1, 1). Use the shape of the predictions, (2, 2)",
    ),
    "teacher 0 on a hull": (
        lambda: solve(teacher=PAIR),
        InfiniteDivergenceError,
        "teacher: entry (0, 0) = 0.0 where a model has mass, and every model meets such an entry",
    ),
    "teacher 0 in a box": (
        lambda: solve(teacher=PAIR, students=klr.Box(0.1, 0.9)),
        InfiniteDivergenceError,
        "teacher: entry (0, 0) = 0.0 where members have mass, and no member vanishes wherever",
    ),
    "teacher 0 with cones": (
        lambda: solve(teacher=PAIR, students=klr.ConicClass(lambda f: [f >= 0.1])),
        InfiniteDivergenceError,
        "teacher: entry (0, 0) = 0.0 where members have mass",
    ),
    "teacher 0 of a softmax": (
        lambda: solve(teacher=PAIR, students=klr.LogLinear(np.ones((2, 1)), classes=2)),
        InfiniteDivergenceError,
        "teacher: entry (0, 0) = 0.0, and a softmax layer vanishes nowhere",
    ),
    "hull 0 on the right": (
        lambda: solve(students=klr.Hull([PAIR]), side="right"),
        InfiniteDivergenceError,
        "teacher: entry (0, 0) = 0.2 where every member is 0: D(teacher, student) = inf",
    ),
    "box 0 on the right": (
        lambda: solve(students=klr.Box(0.0, [[0.0, 1.0], [1.0, 1.0]]), side="right"),
        InfiniteDivergenceError,
        "teacher: entry (0, 0) = 0.2 where every member is 0: D(teacher, student) = inf",
    ),
    "huge outputs": (
        lambda: klr.project([1e200], klr.Hull([[1.0]]), loss=klr.SquaredError),
        DomainError,
        "teacher: entry (0, 0) = 1e+200 is too large for its square. Rescale the outputs",
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_the_message_says_where_what_and_what_to_do(name):
    """Each mistake has its own error, with index, value and remedy."""
    call, kind, words = MESSAGES[name]
    with pytest.raises(kind, match=re.escape(words)):
        call()


@pytest.fixture(scope="module")
def mistyped():
    """Return what an interpreter without run-time types says of every mistyped call."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.mistyped"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", CASES)
def test_arguments_of_the_wrong_type(name, mistyped):
    """Unknown sides, losses, students and outcomes, bad counts and builds raise our errors."""
    kind, message = mistyped[name]
    assert kind.endswith("Error")
    assert not kind.startswith("not ours"), (kind, message)
    assert CASES[name][1] in message


def test_normalize_repairs_rows():
    """normalize=True divides teacher and truth by their sums, and leaves the caller's arrays."""
    teacher = 3.0 * G
    kept = teacher.copy()
    outcome = solve(teacher=teacher, truth=5.0 * G, normalize=True)
    np.testing.assert_allclose(outcome.instance.teacher, G, rtol=1e-15)
    np.testing.assert_allclose(outcome.instance.truth, G, rtol=1e-15)
    np.testing.assert_array_equal(teacher, kept)


@pytest.mark.parametrize(
    "students",
    [HULL, klr.Box(0.1, 0.9), klr.Monotone([0, 1]), klr.Lipschitz([0, 1], constant=0.1)],
    ids=repr,
)
@pytest.mark.parametrize("side", ["left", "right"])
def test_read_only_strided_and_foreign_arrays_give_the_same_student(students, side):
    """Lists, frames, read-only and strided arrays are one teacher, and none of them is changed."""
    frozen = G.copy()
    frozen.flags.writeable = False
    strided = np.repeat(G, 3, axis=1)[:, ::3]
    whole = klr.project(G, students, side=side).predictions
    for teacher in (G.tolist(), pd.DataFrame(G), frozen, strided, np.asfortranarray(G)):
        kept = np.array(teacher)
        found = klr.project(teacher, students, side=side, weights=pd.Series([0.5, 0.5]))
        np.testing.assert_array_equal(found.predictions, whole)
        np.testing.assert_array_equal(np.array(teacher), kept)


def test_every_error_of_bad_input_is_one_that_users_can_catch():
    """InputError is a ValueError and a KlRegressionError, so that either except clause works."""
    with pytest.raises(ValueError, match="teacher"):
        solve(teacher=-G)
    with pytest.raises(KlRegressionError):
        solve(teacher=-G)
