"""The left KL student on a linear head in thousands of bits, by Newton's method on its equations.

Unknown are W and, for predictions below exp(-30), their logarithms: with those, the system is
smooth. Its matrix stays that of the start, in floats, and each step adds about ten digits. What is
returned is log(Φ W) of the last W alone, so that predictions as small as exp(-1606) are products of
W and nothing else.
"""

import mpmath as mp
import numpy as np

FAINT = -30.0
GUARD = 120
STEPS = 400


def log_predictions(features, teacher, weights, head, logs):
    """Return log(Φ W) of the student, lists of mpf, and the largest |Σ p φ (u_a - u_k)|.

    Args: those of ``stationary``.
    """
    return log_of(features, teacher, weights, *stationary(features, teacher, weights, head, logs))


def log_of(features, teacher, weights, head, bits):
    """Return log(Φ W) of a head, and the largest |Σ p φ (u_a - u_k)| there, 0 at the student's.

    Args:
        features: Φ, shape (n, d), with a column of ones first.
        teacher: g > 0, shape (n, k).
        weights: p > 0, shape (n,).
        head: the columns of W but the last, one after another: d (k - 1) numbers.
        bits: the precision of all.
    """
    with mp.workprec(bits):
        system = _System(features, teacher, weights, [])
        found = [[mp.log(x) for x in row] for row in system.predictions(head)]
        return found, max(abs(r) for r in system.stationarity(found))


def stationary(features, teacher, weights, head, logs):
    """Return the student's W, its columns but the last one after another, and the bits it needs.

    Args:
        features: Φ, shape (n, d), with a column of ones first.
        teacher: g > 0, shape (n, k).
        weights: p > 0, shape (n,).
        head: W to start from, shape (d, k).
        logs: log predictions to start from, shape (n, k).
    """
    faint = [(int(i), int(c)) for i, c in np.argwhere(logs < FAINT)]
    bits = int(-logs.min() / np.log(2.0)) + GUARD
    system = _System(features, teacher, weights, faint)
    with mp.workprec(GUARD):
        unknown = [mp.mpf(float(w)) for w in head[:, :-1].T.ravel()]
        unknown += [mp.mpf(float(logs[i, c])) for i, c in faint]
    inverse, precision = np.linalg.inv(system.jacobian(np.exp(logs))), GUARD
    for _ in range(STEPS):
        with mp.workprec(precision):
            residual = system.residual(unknown)
            size = max(abs(r) for r in residual)
            step = inverse @ np.array([float(r / size) for r in residual])
            unknown = [u - size * mp.mpf(float(s)) for u, s in zip(unknown, step, strict=True)]
        if size < mp.ldexp(1, GUARD // 2 - bits):
            break
        precision = min(bits, GUARD - 2 * int(mp.log(size, 2)))
    else:
        raise AssertionError("Newton's method did not converge")
    return unknown[: system.d * (system.k - 1)], bits


class _System:
    """The equations Σ p φ (u_c - u_k) = 0 and Φ W = exp(l) at faint entries."""

    def __init__(self, features, teacher, weights, faint):
        self.phi = [[mp.mpf(float(x)) for x in row] for row in features]
        self.teacher = [[mp.mpf(float(x)) for x in row] for row in teacher]
        self.weights = [mp.mpf(float(x)) for x in weights]
        self.faint = {entry: j for j, entry in enumerate(faint)}
        self.d, self.k = len(features[0]), len(teacher[0])

    def predictions(self, unknown):
        """Return Φ W, its last column being 1 less the others."""
        d = self.d
        columns = [unknown[c * d : (c + 1) * d] for c in range(self.k - 1)]
        rows = [[mp.fdot(zip(phi, w, strict=True)) for w in columns] for phi in self.phi]
        return [[*row, 1 - mp.fsum(row)] for row in rows]

    def stationarity(self, logs):
        """Return Σ p φ (log(s/g)_c - log(s/g)_k) for all c < k."""
        total = [mp.mpf(0)] * (self.d * (self.k - 1))
        for phi, p, row, g in zip(self.phi, self.weights, logs, self.teacher, strict=True):
            u = [x - mp.log(y) for x, y in zip(row, g, strict=True)]
            for c in range(self.k - 1):
                for j in range(self.d):
                    total[c * self.d + j] += p * phi[j] * (u[c] - u[-1])
        return total

    def residual(self, unknown):
        """Return what the equations leave over."""
        free = self.d * (self.k - 1)
        predictions = self.predictions(unknown)
        logs = [
            [
                unknown[free + self.faint[i, c]] if (i, c) in self.faint else mp.log(x)
                for c, x in enumerate(row)
            ]
            for i, row in enumerate(predictions)
        ]
        apart = [predictions[i][c] - mp.exp(unknown[free + j]) for (i, c), j in self.faint.items()]
        return self.stationarity(logs) + apart

    def jacobian(self, student):
        """Return the derivative of the residual in floats, at predictions (n, k)."""
        d, k = self.d, self.k
        free = d * (k - 1)
        phi, p = np.array(self.phi, dtype=float), np.array(self.weights, dtype=float)
        matrix = np.zeros((free + len(self.faint),) * 2)
        signs = np.vstack([np.eye(k - 1), -np.ones((1, k - 1))])
        bend = p[:, None] / np.maximum(student, np.finfo(float).tiny)
        for (i, c), j in self.faint.items():
            row = np.outer(signs[c], phi[i]).ravel()
            matrix[free + j, :free], matrix[:free, free + j] = row, p[i] * row
            matrix[free + j, free + j] = -student[i, c]
            bend[i, c] = 0.0
        normal = np.einsum("ic,ij,il,ca,cb->ajbl", bend, phi, phi, signs, signs, optimize=True)
        matrix[:free, :free] = normal.reshape(free, free)
        return matrix
