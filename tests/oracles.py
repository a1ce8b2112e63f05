"""Independent twins, in 50 digits and from textbook formulas; nothing here calls a solver of ours.

A loss is known by its name: entries d(a, b) and derivatives are written out again.
"""

import itertools

import mpmath as mp
import numpy as np

DIGITS = 50
HALVINGS = 180
GOLDEN_STEPS = 90

ENTRIES = {
    "KL": lambda a, b: (a * mp.log(a / b) if a else mp.mpf(0)) - a + b,
    "GeneralizedKL": lambda a, b: (a * mp.log(a / b) if a else mp.mpf(0)) - a + b,
    "SquaredError": lambda a, b: (a - b) ** 2,
    "ItakuraSaito": lambda a, b: a / b - mp.log(a / b) - 1,
}
"""d(a, b) for mpf numbers, b > 0 where the loss needs it."""

SLOPES = {
    ("KL", "left"): lambda s, g: mp.log(s / g),
    ("KL", "right"): lambda s, g: 1 - g / s,
    ("GeneralizedKL", "left"): lambda s, g: mp.log(s / g),
    ("GeneralizedKL", "right"): lambda s, g: 1 - g / s,
    ("SquaredError", "left"): lambda s, g: 2 * (s - g),
    ("SquaredError", "right"): lambda s, g: 2 * (s - g),
    ("ItakuraSaito", "left"): lambda s, g: 1 / g - 1 / s,
}
"""The derivative of the objective in the student s, for a teacher g."""


def divergence(loss, p, q, weights):
    """Return D(p, q) in 50 digits; infinite where q = 0 < p under the logarithmic losses."""
    with mp.workdps(DIGITS):
        value = mp.mpf(0)
        for w, row, other in zip(weights, p, q, strict=True):
            for a, b in zip(row, other, strict=True):
                if w == 0 or a == b:
                    continue
                if b == 0 and loss != "SquaredError":
                    return mp.inf
                value += mp.mpf(float(w)) * ENTRIES[loss](mp.mpf(float(a)), mp.mpf(float(b)))
        return value


def objective(loss, side, student, teacher, weights):
    """Return D(student, teacher) or D(teacher, student) for a student of mpf numbers."""
    value = mp.mpf(0)
    for w, row, other in zip(weights, student, teacher, strict=True):
        for s, g in zip(row, other, strict=True):
            pair = (s, mp.mpf(float(g))) if side == "left" else (mp.mpf(float(g)), s)
            value += mp.mpf(float(w)) * ENTRIES[loss](*pair)
    return value


def mixture(shares, models):
    """Return Σ_j shares_j models_j as nested lists of mpf numbers, shape (n, k)."""
    _, n, k = np.shape(models)
    return [
        [
            mp.fsum(
                share * mp.mpf(float(model[i][c]))
                for share, model in zip(shares, models, strict=True)
            )
            for c in range(k)
        ]
        for i in range(n)
    ]


def hull_of_two(loss, side, models, teacher, weights):
    """Return the share of the second model in the student: the root of the slope, by halving."""
    with mp.workdps(DIGITS):
        low, high = mp.mpf(0), mp.mpf(1)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            rising = _slope_along(loss, side, models, teacher, weights, middle) > 0
            low, high = (low, middle) if rising else (middle, high)
        return (low + high) / 2


def _slope_along(loss, side, models, teacher, weights, share):
    student = mixture([1 - share, share], models)
    return mp.fsum(
        mp.mpf(float(w))
        * (mp.mpf(float(models[1][i][c])) - mp.mpf(float(models[0][i][c])))
        * SLOPES[loss, side](student[i][c], mp.mpf(float(teacher[i][c])))
        for i, w in enumerate(weights)
        for c in range(len(teacher[i]))
        if w > 0 and models[0][i][c] != models[1][i][c]
    )


def least_on_hull(loss, side, models, teacher, weights):
    """Return the least objective over the hull of up to three models, by golden sections."""
    with mp.workdps(DIGITS):

        def along(shares, left):
            if len(shares) == len(models) - 1:
                return objective(loss, side, mixture([*shares, left], models), teacher, weights)
            return golden(lambda share: along([*shares, left * share], left * (1 - share)))

        return along([], mp.mpf(1))


def golden(function):
    """Return the least value of a convex function on [0, 1]: golden sections, and both ends."""
    ratio = (mp.sqrt(5) - 1) / 2
    low, high = mp.mpf(0), mp.mpf(1)
    inner, outer = 1 - ratio, ratio
    at_inner, at_outer = function(inner), function(outer)
    for _ in range(GOLDEN_STEPS):
        if at_inner <= at_outer:
            high, outer, at_outer = outer, inner, at_inner
            inner = high - ratio * (high - low)
            at_inner = function(inner)
        else:
            low, inner, at_inner = inner, outer, at_outer
            outer = low + ratio * (high - low)
            at_outer = function(outer)
    return min(at_inner, at_outer, function(mp.mpf(0)), function(mp.mpf(1)))


def isotonic(loss, side, values, weights):
    """Return the monotone student of increasing points, shape (n,), by scipy's block averages.

    Blocks average the values on the right and under squared error, their logarithms on the left
    (generalised KL), their reciprocals (Itakura-Saito) or their logits (a Bernoulli pair).
    """
    from scipy.optimize import isotonic_regression
    from scipy.special import expit, logit

    there, back = np.asarray, np.asarray
    if side == "left":
        there, back = {
            "KL": (logit, expit),
            "GeneralizedKL": (np.log, np.exp),
            "SquaredError": (np.asarray, np.asarray),
            "ItakuraSaito": (lambda g: -1.0 / g, lambda s: -1.0 / s),
        }[loss]
    return back(isotonic_regression(there(values), weights=weights).x)


def steps(n):
    """Return the n + 1 increasing step functions on n points, shape (n + 1, n)."""
    return np.array([[float(i >= start) for i in range(n)] for start in range(n + 1)])


def vertices(k):
    """Return the k one-hot rows as models on one point, shape (k, 1, k)."""
    return np.eye(k)[:, None, :]


def slope_apart(first, second, teacher, weights, loss, side):
    """Return E Σ_c (F'(s) - F'(t)) (s - t) for students s, t of one teacher, without cancellation.

    <F'(s), s - t> is at most the gap of s and <F'(t), t - s> that of t, so this is at most the sum
    of the gaps; and it is zero only where the students agree.
    """
    total = 0.0
    for i, c in itertools.product(range(len(first)), range(len(first[0]))):
        s, t, g = float(first[i][c]), float(second[i][c]), float(teacher[i][c])
        if weights[i] == 0 or s == t:
            continue
        with np.errstate(divide="ignore"):
            if loss == "SquaredError":
                entry = 2.0 * (s - t) ** 2
            elif loss == "ItakuraSaito":
                entry = np.divide(s - t, s) * np.divide(s - t, t)
            elif side == "left":
                entry = (s - t) * np.log1p(np.divide(s - t, t)) if s > 0 else np.inf
            else:
                entry = g * np.divide(s - t, s) * np.divide(s - t, t) if g > 0 else 0.0
        total += float(weights[i]) * float(entry)
    return total
