"""Softmax layers by their parameters: fits with a ridge, and what becomes of separable teachers.

F(Θ) = KL(g, softmax(Φ Θ)) has no minimiser iff some direction Δ keeps, at every point, the logits
of all classes that the teacher uses tied at the top and drops another: along it F falls forever.
The pairs (point, class) that any such Δ drops are found by one linear program; F's infimum is the
minimum over the face where they have probability 0, and is attained there (albert:84, for labels).
"""

import numpy as np
import scipy
from jaxtyping import Bool, Float

from kl_regression.arrays import Predictions
from kl_regression.classes.base import Space
from kl_regression.classes.log_linear import LogLinear
from kl_regression.divergences import KL
from kl_regression.errors import InputError, SolverError
from kl_regression.instance import Instance, Outcome
from kl_regression.projection import Status, Student
from kl_regression.tolerance import EPS

Face = Bool[np.ndarray, "n k"]
Parameters = Float[np.ndarray, "d k"]

STEPS = 100
HALVINGS = 40
POLISHING = 2
"""Steps after the value stands still: quadratic convergence gives the slope's last digits."""


def layer(instance: Instance) -> LogLinear:
    """Return the softmax layer of a right-side KL instance.

    Raises:
        InputError: for another class, loss or side.
    """
    students = instance.students
    if not isinstance(students, LogLinear) or instance.loss is not KL or instance.side != "right":
        raise InputError("instance", f"is {instance!r}", "Use LogLinear, KL and side='right'")
    return students


def face(instance: Instance) -> Face:
    """Return which (point, class) keep a positive probability at the infimum of F, shape (n, k)."""
    head, teacher = layer(instance), np.asarray(instance.teacher)
    used = (teacher > 0) | (instance.weights[:, None] == 0)
    if used.all():
        return used
    from scipy import sparse
    from scipy.optimize import linprog

    (n, d), k = head.features.shape, head.classes
    points, classes = np.divmod(np.arange(n * k), k)
    logits = sparse.kron(sparse.csr_matrix(head.features), sparse.identity(k), format="csr")
    tops = sparse.csr_matrix((np.ones(n * k), (np.arange(n * k), points)), shape=(n * k, n))
    spare = np.flatnonzero(~used.ravel())
    drops = sparse.identity(n * k, format="csr")[:, spare]
    counted = np.flatnonzero(instance.weights[points] > 0)
    rows = sparse.hstack([logits, -tops, drops], format="csr")[counted]
    tied = used.ravel()[counted]
    found = linprog(
        np.concatenate([np.zeros(d * k + n), -np.ones(len(spare))]),
        A_eq=rows[tied],
        b_eq=np.zeros(int(tied.sum())),
        A_ub=rows[~tied],
        b_ub=np.zeros(int((~tied).sum())),
        bounds=[(None, None)] * (d * k + n) + [(0, 1)] * len(spare),
    )
    kept = used.ravel().copy()
    if found.x is None:
        raise SolverError(f"no solver separated the teacher's classes: {found.message}")
    kept[spare] = found.x[d * k + n :] < 0.5
    return kept.reshape(len(points) // k, len(classes) // n)


def fit(
    instance: Instance,
    *,
    ridge: float = 0.0,
    on: Face | None = None,
    start: Parameters | None = None,
) -> Parameters:
    """Return the minimiser Θ of F(Θ) + ridge |Θ|^2 / 2, by Newton's method.

    Args:
        instance: right side, KL, a softmax layer on features (n, d), k classes.
        ridge: at least 0.
        on: the (n, k) pairs that have probability; all where None.
        start: parameters to begin with, shape (d, k); 0 where None.
    """
    head = layer(instance)
    theta = np.zeros((head.features.shape[1], head.classes)) if start is None else start
    value = _objective(instance, theta, ridge, on)
    last = STEPS
    for step_number in range(STEPS):
        slope = gradient(instance, theta, on) + ridge * theta
        hessian = _hessian(instance, theta, ridge, on)
        step = -scipy.linalg.lstsq(hessian, slope.ravel())[0].reshape(slope.shape)
        step -= step.mean(axis=1, keepdims=True)  # all logits of a point may move together: no need
        decrease, length = float((slope * step).sum()), 1.0
        for _ in range(HALVINGS):
            trial = _objective(instance, theta + length * step, ridge, on)
            if trial <= value + 0.25 * length * decrease + EPS * abs(value):
                break
            length *= 0.5
        else:
            break
        theta, value = theta + length * step, trial
        if abs(decrease) <= EPS * value:
            last = min(last, step_number + POLISHING)
        if step_number >= last:
            break
    return theta


def log_softmax(instance: Instance, theta: Parameters, on: Face | None = None) -> Predictions:
    """Return log softmax(Φ Θ) over the face, shape (n, k); -inf off it."""
    logits = layer(instance).features @ theta
    if on is not None:
        logits = np.where(on, logits, -np.inf)
    top = logits.argmax(axis=1)[:, None]
    below = logits - np.take_along_axis(logits, top, axis=1)
    others = np.exp(below)
    np.put_along_axis(others, top, 0.0, axis=1)
    return below - np.log1p(others.sum(axis=1, keepdims=True))  # near 0 at the top to all digits


def gradient(instance: Instance, theta: Parameters, on: Face | None = None) -> Parameters:
    """Return grad F(Θ) = Φ' P (softmax(Φ Θ) - g), shape (d, k)."""
    logs, g = log_softmax(instance, theta, on), instance.teacher
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.where(g > 0, g * np.expm1(logs - np.log(g)), np.exp(logs))
    return np.asarray(layer(instance).features.T @ (instance.weights[:, None] * excess))


def outcome_at(instance: Instance, theta: Parameters, on: Face | None = None) -> Outcome:
    """Return the outcome with the student softmax(Φ Θ), on a face or in the class.

    Its gap over mixtures of outputs is not looked at, and infinite.
    """
    logs = log_softmax(instance, theta, on)
    predictions = np.exp(logs)
    student = Student(
        predictions=predictions,
        log_predictions=logs,
        coordinates=theta.ravel(),
        misfit=KL.measure(predictions, instance.teacher, instance.weights, logs, None).value,
        objective=KL.measure(instance.teacher, predictions, instance.weights, None, logs).value,
        gap=np.inf,
        gap_rounding=0.0,
        status=Status.LOCAL,
        solver="newton",
        attempts=(),
        space=Space.of(KL.domain, *predictions.shape),
    )
    return Outcome(instance, student)


def _objective(instance: Instance, theta: Parameters, ridge: float, on: Face | None) -> float:
    logs = log_softmax(instance, theta, on)
    value = KL.measure(instance.teacher, np.exp(logs), instance.weights, None, logs).value
    return value + 0.5 * ridge * float((theta * theta).sum())


def _hessian(
    instance: Instance, theta: Parameters, ridge: float, on: Face | None
) -> Float[np.ndarray, "z z"]:
    features, s = layer(instance).features, np.exp(log_softmax(instance, theta, on))
    mixed = np.einsum("ia,ab->iab", s, np.eye(s.shape[1])) - np.einsum("ia,ib->iab", s, s)
    curved = np.einsum("i,id,iab,ie->daeb", instance.weights, features, mixed, features)
    return curved.reshape(theta.size, theta.size) + ridge * np.eye(theta.size)
