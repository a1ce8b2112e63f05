"""The softmax layer: Newton in the parameters on the right of KL, several starts elsewhere.

On the right F(Θ) = KL(teacher, softmax(Φ Θ)) is convex in Θ. The class is not convex in outputs, so
its gap is that of the parameters: F(Θ^) - F(Θ) <= |grad F(Θ^)| |Θ - Θ^| (log-sum-exp is convex),
over all Θ within the distance 1 + |Θ^|. Where labels are separable no Θ is best: the attempt says
so, and the gap is the objective itself, F(Θ^) - inf F <= F(Θ^). On the left, and for other losses,
the objective is not convex and nothing is certified.
"""

from collections.abc import Callable
from itertools import count

import numpy as np
import scipy
from jaxtyping import Float

from kl_regression.arrays import Predictions
from kl_regression.classes.log_linear import LogLinear
from kl_regression.divergences import KL
from kl_regression.errors import InfiniteDivergenceError
from kl_regression.solvers.candidate import Candidate, Problem, Vector
from kl_regression.solvers.models import best_of
from kl_regression.solvers.separation import is_separable
from kl_regression.tolerance import CONIC_GAP, ENTRY_ULPS, EPS, SLSQP_TOLERANCE, Sum

Watch = Callable[[int, float], None]

STARTS = 8
NEWTON_STEPS = 100
HALVINGS = 40
LOCAL_STEPS = 1000
SEPARABLE = "separable labels: no parameters are best, longer ones are always better"


def is_likelihood(problem: Problem) -> bool:
    """Tell whether a softmax layer is fitted by its likelihood, which is concave in Θ."""
    likelihood = problem.side == "right" and problem.loss is KL
    return likelihood and isinstance(problem.students, LogLinear)


def solve_log_linear(
    problem: Problem, head: LogLinear, *, watch: Watch = lambda _iteration, _gap: None
) -> Candidate:
    """Return the student on a softmax layer: certified on the right of KL, elsewhere local.

    Args:
        problem: teacher, weights, loss and side.
        head: the class, on features of shape (n, d).
        watch: called with the iteration and the gap, inf where none is known, for progress.

    Raises:
        InfiniteDivergenceError: when the teacher vanishes where the student must, and cannot.
    """
    if problem.space.zero is not None:
        index = tuple(int(i) for i in np.argwhere(problem.space.zero)[0])
        raise InfiniteDivergenceError(
            "teacher",
            f"entry {index} = 0.0, and a softmax layer vanishes nowhere:"
            " D(student, teacher) = inf on the whole class",
            'Use side="right" or a teacher with full support',
        )
    if is_likelihood(problem):
        return _measured(problem, head, _newton(problem, head, watch))
    return best_of(STARTS, lambda rng: _local(problem, head, rng, watch))


def _newton(problem: Problem, head: LogLinear, watch: Watch) -> Vector:
    theta = np.zeros(head.features.shape[1] * head.classes)
    value = _value(problem, head, theta)
    for iteration in range(NEWTON_STEPS):
        slope = _slope(problem, head, theta)
        watch(iteration, _radius(theta) * float(np.linalg.norm(slope)))
        step = -scipy.linalg.lstsq(_hessian(problem, head, theta), slope)[0]
        length, decrease = 1.0, float(slope @ step)
        if abs(decrease) <= EPS * EPS * max(value, EPS):
            break
        for _ in range(HALVINGS):
            trial = _value(problem, head, theta + length * step)
            if trial <= value + 0.25 * length * decrease + EPS * abs(value):
                break
            length *= 0.5
        else:
            break
        theta, value = theta + length * step, trial
    return theta


def _radius(theta: Vector) -> float:
    """Return how far from Θ the gap is over."""
    return 1.0 + float(np.linalg.norm(theta))


def _local(problem: Problem, head: LogLinear, rng: np.random.Generator, watch: Watch) -> Candidate:
    from scipy.optimize import minimize

    def objective(theta: Vector) -> tuple[float, Vector]:
        logs = head.log_predictions(theta)
        student = np.exp(logs)
        slope = problem.slope(student, logs)
        moved = student * (slope - (student * slope).sum(axis=1, keepdims=True))
        return problem.objective(student, logs).value, (head.features.T @ moved).ravel()

    iterations = count()
    start = rng.normal(size=head.features.shape[1] * head.classes)
    found = minimize(
        objective,
        start,
        jac=True,
        method="BFGS",
        callback=lambda _theta: watch(next(iterations), np.inf),
        options={"gtol": SLSQP_TOLERANCE, "maxiter": LOCAL_STEPS},
    )
    return _measured(problem, head, np.asarray(found.x, dtype=np.float64))


def _measured(problem: Problem, head: LogLinear, theta: Vector) -> Candidate:
    logs = head.log_predictions(theta)
    student = np.exp(logs)
    gap, note, objective = Sum(np.inf, 0.0), "", problem.objective(student, logs)
    if is_likelihood(problem):
        radius = _radius(theta)
        slope = float(np.linalg.norm(_slope(problem, head, theta)))
        scale = float(np.abs(problem.weights[:, None] * head.features).sum())
        gap = Sum(radius * slope, radius * EPS * ENTRY_ULPS * scale)
        faint = (problem.teacher == 0.0) & (problem.weights[:, None] > 0.0) & (student < CONIC_GAP)
        if faint.any() and is_separable(head.features, problem.teacher, problem.weights):
            gap, note = objective, SEPARABLE
    return Candidate(theta, student, logs, objective, gap, problem.space, note)


def _value(problem: Problem, head: LogLinear, theta: Vector) -> float:
    logs = head.log_predictions(theta)
    return problem.objective(np.exp(logs), logs).value


def _slope(problem: Problem, head: LogLinear, theta: Vector) -> Vector:
    excess = np.exp(head.log_predictions(theta)) - problem.teacher
    return (head.features.T @ (problem.weights[:, None] * excess)).ravel()


def _hessian(problem: Problem, head: LogLinear, theta: Vector) -> Float[np.ndarray, "z z"]:
    student: Predictions = np.exp(head.log_predictions(theta))
    d, k = head.features.shape[1], head.classes
    hessian = np.zeros((d, k, d, k))
    for a in range(k):
        for b in range(k):
            mass = problem.weights * student[:, a] * ((a == b) - student[:, b])
            hessian[:, a, :, b] = (head.features * mass[:, None]).T @ head.features
    return hessian.reshape(d * k, d * k)
