"""Calls with arguments of the wrong type, made as a user makes them: without run-time types.

The test suite checks annotations at run time, a user's interpreter does not; so these calls run in
an interpreter of their own, and their errors are printed as JSON.
"""

import io
import json
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import kl_regression as klr
from kl_regression.errors import KlRegressionError
from kl_regression.theorems.catalogue import THEOREMS
from kl_regression.theorems.mixtures import sparse_student
from kl_regression.theorems.regularised import squared_distance
from kl_regression.theorems.sample import fitted_student, fixed_student
from kl_regression.theorems.smooth_calibration import distance_to_calibration
from kl_regression.theorems.stability import stability
from kl_regression.theorems.teachers import chain, several_teachers

G = np.array([[0.2, 0.8], [0.6, 0.4]])
HULL = klr.Hull([G, G[::-1]])
OUTCOME = klr.Instance(teacher=G, students=HULL).solve()
SIDES = 'side: is {}. Use "left" for D(student, teacher) or "right" for D(teacher, student)'
SOLVE = "{}: is {}. Pass Instance(...).solve()"
LAW = klr.Conjecture(statement="", claim=lambda at: at.gain, requires=lambda at: at.misfit > 0)
Case = tuple[Callable[[], Any], str]


def conic(build: Any) -> Any:
    """Project onto a class given by a build."""
    return klr.project(G, klr.ConicClass(build))


def raising(_: Any) -> Any:
    """Fail as a user's function may."""
    raise RuntimeError("out of ideas")


CASES: dict[str, Case] = {
    "side none": (lambda: klr.project(G, HULL, side=None), SIDES.format("None")),
    "side up": (lambda: klr.project(G, HULL, side="up"), SIDES.format("'up'")),
    "side array": (
        lambda: klr.project(G, HULL, side=np.array(["left", "right"])),
        "side: is array(",
    ),
    "instance side": (
        lambda: klr.Instance(teacher=G, students=HULL, side="forward"),
        SIDES.format("'forward'"),
    ),
    "directions loss": (
        lambda: klr.directions(side="left", convexity="neither", loss="KL"),
        "loss: is 'KL'. Pass KL, GeneralizedKL, SquaredError or another",
    ),
    "solver name": (
        lambda: klr.project(G, HULL, solver="magic"),
        "has no solver 'magic'. Use one of",
    ),
    "solver list": (
        lambda: klr.project(G, HULL, solver=["conic"]),
        "solver: is ['conic']. Use \"auto\"",
    ),
    "no structured solver": (
        lambda: klr.project(G, HULL & klr.Box(0, 1), solver="structured"),
        "solver: no structured solver knows",
    ),
    "options": (lambda: klr.project(G, HULL, options=[1]), "options: is [1]. Pass a dictionary"),
    "unknown option": (
        lambda: klr.project(G, HULL, solver="CLARABEL", options={"magic": 1}),
        "magic",
    ),
    "structured options": (
        lambda: klr.project(G, HULL, solver="structured", options={"max_iter": 1}),
        "options: is {'max_iter': 1}, and structured solvers have none. Use solver=\"conic\"",
    ),
    "loss": (lambda: klr.project(G, HULL, loss="kl"), "loss: is 'kl'. Pass KL, GeneralizedKL"),
    "loss class": (
        lambda: klr.Instance(teacher=G, students=HULL, loss=klr.Bregman),
        "loss: is <cl",
    ),
    "students array": (lambda: klr.project(G, [G]), "students: is list. Pass a class such as Hull"),
    "students none": (
        lambda: klr.Instance(teacher=G, students=None),
        "students: is NoneType. Pass a class such as Hull(models)",
    ),
    "students class": (lambda: klr.project(G, klr.Hull), "students: is ABCMeta. Pass a class"),
    "check": (lambda: klr.check(G), "outcome: is ndarray. Pass Instance(...).solve()"),
    "check instance": (lambda: klr.check(OUTCOME.instance), SOLVE.format("outcome", "Instance")),
    "stability instance": (
        lambda: stability(OUTCOME.instance, OUTCOME),
        SOLVE.format("first", "Instance"),
    ),
    "stability text": (lambda: stability(OUTCOME, "b"), SOLVE.format("second", "str")),
    "fixed student instance": (
        lambda: fixed_student(OUTCOME.instance),
        SOLVE.format("outcome", "Instance"),
    ),
    "fitted student none": (lambda: fitted_student(None), SOLVE.format("outcome", "NoneType")),
    "assert holds text": (
        lambda: klr.testing.assert_holds("a", "gain"),
        SOLVE.format("outcome", "str"),
    ),
    "assert holds conjecture": (
        lambda: klr.testing.assert_holds(
            OUTCOME.instance,
            klr.Conjecture(statement="", claim=lambda at: at.gain, requires=lambda _: True),
        ),
        SOLVE.format("outcome", "Instance"),
    ),
    "theorem": (
        lambda: THEOREMS[0].check(OUTCOME.instance),
        SOLVE.format("outcome", "Instance"),
    ),
    "calibration labels": (
        lambda: distance_to_calibration(OUTCOME.instance, labels=[0, 1]),
        SOLVE.format("outcome", "Instance"),
    ),
    "chain outcome": (lambda: chain(OUTCOME), "outcomes: is Outcome. Pass a list, one outcome a"),
    "chain text": (lambda: chain(["a"]), SOLVE.format("outcomes[0]", "str")),
    "coefficients number": (
        lambda: several_teachers([G], HULL, 1.0, truth=G),
        "coefficients: has shape (). Use shape (1,): one coefficient a teacher",
    ),
    "coefficients text": (
        lambda: several_teachers([G], HULL, "a", truth=G),
        "coefficients: is of type <U1. Pass real numbers",
    ),
    "teachers none": (
        lambda: several_teachers(None, HULL, [1.0], truth=G),
        "teachers: is NoneType. Pass a list, one array a teacher",
    ),
    "size half": (
        lambda: sparse_student(OUTCOME.instance, 1.5),
        "size: is 1.5. Let a whole number of models take part, 1 or more",
    ),
    "confidence text": (
        lambda: fixed_student(OUTCOME, confidence="a"),
        "confidence: is 'a'. Give a number between 0 and 1",
    ),
    "spread text": (
        lambda: fixed_student(OUTCOME, spread="a"),
        "spread: is 'a', and the sample's own range",
    ),
    "strength text": (
        lambda: squared_distance(G, "1"),
        "strength: is '1'. Give a nonnegative number",
    ),
    "centre none": (lambda: squared_distance(None, 1.0), "centre: is None. Pass an array"),
    "outputs bool": (
        lambda: klr.LinearHead([[1.0]], outputs=True),
        "outputs: is True. Give the number of outputs k >= 1",
    ),
    "outputs text": (lambda: klr.LinearHead([[1.0]], outputs="2"), "outputs: is '2'. Give the"),
    "outputs 0": (lambda: klr.LinearHead([[1.0]], outputs=0), "outputs: is 0. Give the number"),
    "outputs 1.5": (lambda: klr.LinearHead([[1.0]], outputs=1.5), "outputs: is 1.5. Give the"),
    "classes": (lambda: klr.LogLinear([[1.0]], classes=1), "classes: is 1. Give the number of cla"),
    "classes 2.0": (lambda: klr.LogLinear([[1.0]], classes=2.0), "classes: is 2.0. Give the"),
    "constant": (
        lambda: klr.Lipschitz([0, 1], constant=-1),
        "constant: is -1. Give a finite Lipsch",
    ),
    "constant nan": (
        lambda: klr.Lipschitz([0, 1], constant=np.nan),
        "constant: is nan. Give a fin",
    ),
    "constant list": (lambda: klr.Lipschitz([0, 1], constant=[1.0]), "constant: is [1.0]. Give"),
    "constant bool": (lambda: klr.Lipschitz([0, 1], constant=True), "constant: is True. Give"),
    "constant complex": (lambda: klr.Lipschitz([0, 1], constant=1j), "constant: is 1j. Give"),
    "points": (lambda: klr.Monotone([[0, 1]], points="3"), "points: is '3'. Give the number of"),
    "points 0": (
        lambda: klr.Monotone([[0, 1]], points=0),
        "points: is 0. Give the number of sample",
    ),
    "intersection": (lambda: HULL & 3, "right of &: is int. Pass a class such as Hull(models)"),
    "union": (lambda: HULL | None, "right of |: is NoneType. Pass a class such as Hull(models)"),
    "build number": (
        lambda: klr.ConicClass(3),
        "build: is int. Pass a function f -> [constraints]",
    ),
    "build none": (lambda: conic(lambda _f: None), "build: fails on an expression of shape (2, 2)"),
    "build text": (lambda: conic(lambda _f: "f >= 0"), "build: fails on an expression of shape"),
    "build numbers": (lambda: conic(lambda _f: [3]), "Return a list of constraints"),
    "build one constraint": (lambda: conic(lambda f: f >= 0), "Return a list of constraints"),
    "build raises": (
        lambda: conic(raising),
        "build: fails on an expression of shape (2, 2): out of",
    ),
    "build key": (lambda: conic(lambda _f: {}["a"]), "build: fails on an expression of shape"),
    "build divides": (lambda: conic(lambda _f: [1 / 0]), "division by zero"),
    "build two arguments": (lambda: conic(lambda _f, _g: []), "missing 1 required positional"),
    "build not convex": (
        lambda: conic(lambda f: [f**2 >= 1]),
        "build: states a constraint that is not convex. Use cvxpy's DCP rules",
    ),
    "certify instance": (
        lambda: klr.certify(OUTCOME.instance),
        "outcome: is of type Instance. Pass what Instance(...).solve() returns",
    ),
    "certify none": (lambda: klr.certify(None), "outcome: is of type NoneType. Pass what"),
    "bits text": (lambda: klr.certify(OUTCOME, bits="x"), "bits: is 'x'. Give a whole number"),
    "bits none": (lambda: klr.certify(OUTCOME, bits=None), "bits: is None. Give a whole number"),
    "bits float": (lambda: klr.certify(OUTCOME, bits=256.0), "bits: is 256.0. Give a whole number"),
    "truths array": (
        lambda: klr.certify(OUTCOME, truths=G),
        'truths: is a ndarray. Pass a dictionary {"name": predictions}',
    ),
    "truths number": (
        lambda: klr.certify(OUTCOME, truths={1: G}),
        "truths: has the name 1. Use at most 64 small letters",
    ),
    "claims text": (
        lambda: klr.certify(OUTCOME, claims="gap"),
        "claims: is 'gap'. Pass a list of quantities",
    ),
    "claims number": (lambda: klr.certify(OUTCOME, claims=[1]), "claims: has 1. Use gap, radius"),
    "budget text": (
        lambda: klr.falsify(LAW, budget="a"),
        "budget: is 'a'. Allow a whole number of instances",
    ),
    "budget 1e6": (lambda: klr.falsify(LAW, budget=1e6), "budget: is 1000000.0. Allow a whole"),
    "seconds text": (lambda: klr.falsify(LAW, seconds="a"), "seconds: is 'a'. Give a number"),
    "models number": (lambda: klr.Ranges(models=2), "models: is 2. Give the least and the largest"),
    "models text": (lambda: klr.Ranges(models=("a", "b")), "models: is ('a', 'b'). Give the"),
    "points three": (
        lambda: klr.Ranges(points=(1, 2, 3)),
        "points: is (1, 2, 3). Give the least and the largest",
    ),
    "students name": (lambda: klr.Ranges(students="hulls"), "students: is 'hulls'. Use one of"),
    "truth name": (lambda: klr.Ranges(truth=None), "truth: is None. Use one of"),
    "path bytes": (lambda: klr.load_predictions(b"a.npy"), "path: is b'a.npy'. Pass the name"),
    "path none": (lambda: klr.load_predictions(None), "path: is None. Pass the name of a file"),
    "path number": (lambda: klr.load_predictions(3), "path: is 3. Pass the name of a file"),
    "path file": (lambda: klr.load_predictions(io.StringIO("1")), "path: is <_io.StringIO"),
    "own score": (
        lambda: klr.calibration.marginal_error(G, [0, 1], klr.calibration.own_score),
        "given: is the function own_score, no conditioning. Pass own_score(), score(teacher)",
    ),
    "own score text": (
        lambda: klr.calibration.marginal_error(G, [0, 1], "own_score"),
        "given: is 'own_score', no conditioning. Pass own_score(), score(teacher)",
    ),
    "joint text": (
        lambda: klr.calibration.smooth_error(G, [0, 1], joint="no"),
        "joint: is 'no'. Use True or False",
    ),
    "normalize": (
        lambda: klr.project(G, HULL, normalize="no"),
        "normalize: is 'no'. Use True or False",
    ),
    "generator": (lambda: klr.Bregman(3), "generator: is int. Pass a Generator"),
    "generator value": (
        lambda: klr.Bregman(klr.Generator(1, np.exp, np.exp)),
        "generator.value: is not callable. Pass a function of an array",
    ),
}


def outcome_of(call: Callable[[], Any]) -> list[str]:
    """Return the error's kind and message, or ["", result] where there is none."""
    try:
        return ["", repr(call())]
    except KlRegressionError as error:
        return [type(error).__name__, str(error)]
    except Exception as error:  # noqa: BLE001, what these tests look for
        return ["not ours: " + type(error).__name__, str(error)]


if __name__ == "__main__":
    warnings.simplefilter("error")
    print(json.dumps({name: outcome_of(call) for name, (call, _) in CASES.items()}))  # noqa: T201
