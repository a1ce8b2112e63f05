"""The student of a hull to any number of bits: Newton's method with residuals in ball arithmetic.

The KKT matrix is a float64 one, so that a step gains about 13 digits; the residuals are exact to
the working precision. Models that are mixtures of others but for their rounding to integers need a
matrix in balls too: the 17th digit tells them apart. What is rounded at the end is the solution
itself to many more bits than are kept: where no model that the student uses is a mixture of others,
the integers depend neither on the start nor on a linear algebra library.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx, fmpz, fmpz_mat
from jaxtyping import Float

from kl_regression.certify.refusals import FAINT, UNMIXED
from kl_regression.certify.rounding import floored
from kl_regression.errors import SolverError
from kl_regression.tolerance import EPS

GUARD = 64
"""Bits that are computed and not kept."""

CUT = 16
"""What a weight is divided by when a step would end at 0, where it cannot be."""

CLOSE = 10**6
"""Products of two models' entries up to which a KKT matrix is one of balls where that is needed."""

STEPS = 200
"""Newton steps and changes of the active set before giving up."""


@dataclass(frozen=True)
class Mixtures:
    """A projection onto mixtures in integers: what a polish is told.

    Args:
        models: m matrices of one row, n k integers.
        floats: the models as floats, shape (m, n k).
        teacher: the teacher's entries, end to end.
        units: what each row of the teacher is divided by.
        weights: the points' weights.
        total: what the models are divided by.
        loss: "KL", "GKL" or "SQUARED".
        right: whether the student is the second argument.
        close: whether the KKT matrix is one of balls.
    """

    models: list[fmpz_mat]
    floats: Float[np.ndarray, "m f"]
    teacher: list[int]
    units: list[int]
    weights: list[int]
    total: int
    loss: str
    right: bool
    close: bool = False

    @property
    def outputs(self) -> int:
        """The number k of classes."""
        return len(self.teacher) // len(self.weights)

    def live(self) -> list[int]:
        """Return the models at finite divergence: on the left they vanish with the teacher."""
        equal = {model.tobytes(): j for j, model in reversed([*enumerate(self.floats)])}
        models = sorted(equal.values())  # the first of equal ones
        if self.right or self.loss == "SQUARED":
            return models
        holes = [e for e, g in enumerate(self.teacher) if not g and self.weights[e // self.outputs]]
        return [j for j in models if not any(self.models[j][0, e] for e in holes)]

    def slopes(self, rows: list[fmpz], scale: fmpz) -> list[arb]:
        """Return p grad at the rows over scale, entry by entry, in balls."""
        found, k = [], self.outputs
        for e, (x, g) in enumerate(zip(rows, self.teacher, strict=True)):
            p, unit = self.weights[e // k], self.units[e // k]
            if self.loss == "SQUARED":
                found.append(arb(2 * p * (x * unit - g * scale)) / (scale * unit))
            elif not (p and g and x != 0):
                found.append(arb(0))
            else:
                ratio = arb(x * unit) / (g * scale)
                found.append(-p / ratio if self.right else p * ratio.log())
        return found

    def student(self, mixture: dict[int, fmpz]) -> tuple[list[fmpz], fmpz]:
        """Return the mixture's entries, and the sum of its weights that they are times."""
        found = reduce(fmpz_mat.__add__, (self.models[j] * x for j, x in mixture.items()))
        return found.entries(), sum(mixture.values(), fmpz(0))

    def tilt(self, mixture: dict[int, fmpz]) -> tuple[list[arb], arb]:
        """Return T_j = <grad, v_j> for every model and <grad, student>, each times Σ p."""
        student, scale = self.student(mixture)
        slopes = self.slopes(student, scale * self.total)
        column = arb_mat(len(slopes), 1, slopes)
        tilts = [(arb_mat(model) * column)[0, 0] / self.total for model in self.models]
        return tilts, sum((x * tilts[j] for j, x in mixture.items()), arb(0)) / scale

    def newton(self, mixture: dict[int, fmpz]) -> tuple[dict[int, float], arb]:
        """Return Newton's step on the mixture, as floats in units of the second value.

        The largest weight makes up for the others, each in the unit of its own curvature: weights
        of 1 and of 1e-17 stand side by side.
        """
        tilts, mean = self.tilt(mixture)
        active, total = list(mixture), sum(mixture.values(), fmpz(0))
        residual = [tilts[j] - mean for j in active]
        size = reduce(arb.max, [abs(r) for r in residual]).upper()
        if not size > 0:
            return dict.fromkeys(active, 0.0), arb(1)
        shares = np.array([float(arb(mixture[j]) / total) for j in active])
        base, floats = int(np.argmax(shares)), self.floats[active]
        slopes = [r / size for r in residual]
        right = [slopes[base] - r for i, r in enumerate(slopes) if i != base]
        if self.close:
            step = self.closely(mixture, active[base], right)
        else:
            edges = np.delete(floats, base, axis=0) - floats[base]
            system = (edges * self.curvature(shares @ floats)) @ edges.T
            bends = np.diag(system)
            unit = 1.0 / np.sqrt(np.where(bends > 0, bends, 1.0))
            scaled = unit[:, None] * system * unit
            step = unit * np.linalg.lstsq(scaled, unit * np.array([float(r) for r in right]))[0]
        return dict(zip(active, np.insert(step, base, -step.sum()).tolist(), strict=True)), size

    def closely(
        self, mixture: dict[int, fmpz], base: int, right: list[arb]
    ) -> Float[np.ndarray, " a"]:
        """Solve for Newton's step by a KKT matrix in balls, the weight of ``base`` left out.

        Raises:
            SolverError: when the models depend on each other exactly.
        """
        student, scale = self.student(mixture)
        edges = [(self.models[j] - self.models[base]).entries() for j in mixture if j != base]
        bends = self.bends(student, scale)
        size = len(bends)
        across = arb_mat(
            size, len(edges), [row[e] * b for e, b in enumerate(bends) for row in edges]
        )
        system = arb_mat(fmpz_mat(len(edges), size, [x for row in edges for x in row])) * across
        try:
            found = system.solve(arb_mat(len(edges), 1, right))
        except ZeroDivisionError:
            raise SolverError(UNMIXED) from None
        return np.array([float(x.mid()) for x in found.entries()])

    def bends(self, rows: list[fmpz], scale: fmpz) -> list[arb]:
        """Return p φ'' at the rows over scale, over the square of the models' total, in balls."""
        found, k = [], self.outputs
        for e, (x, g) in enumerate(zip(rows, self.teacher, strict=True)):
            p = arb(self.weights[e // k]) / self.total**2
            if self.loss == "SQUARED":
                found.append(2 * p)
            elif not (self.weights[e // k] and g and x != 0):
                found.append(arb(0))
            else:
                s = arb(x) / (scale * self.total)
                found.append(p * g / self.units[e // k] / (s * s) if self.right else p / s)
        return found

    def entering(self, mixture: dict[int, fmpz], live: list[int], bits: int) -> int | None:
        """Return the model that most lowers the divergence where some does, for sure."""
        missing = self.missing(mixture, live)
        if missing is not None:
            return missing
        tilts, mean = self.tilt(mixture)
        below = {j: tilts[j] - mean for j in live if j not in mixture}
        best = min(below, key=lambda j: float(below[j].mid()), default=None)
        return None if best is None or not below[best] < -(arb(2) ** -bits) else best

    def missing(self, mixture: Iterable[int], live: list[int]) -> int | None:
        """Return a model with mass where the mixture has none and the teacher has: slope -inf."""
        if self.loss == "SQUARED":
            return None
        p = np.repeat(np.array(self.weights) > 0, self.outputs)
        bare = p & (np.array(self.teacher) > 0) & ~(self.floats[list(mixture)] > 0).any(axis=0)
        return next((j for j in live if (self.floats[j][bare] > 0).any()), None)

    def curvature(self, student: Float[np.ndarray, " f"]) -> Float[np.ndarray, " f"]:
        """Return p φ'' at the student, in floats, shape (n k,)."""
        p = np.repeat(np.array(self.weights, dtype=float), self.outputs)
        unit = np.repeat(np.array(self.units, dtype=float), self.outputs)
        g = np.array(self.teacher, dtype=float) / unit
        if self.loss == "SQUARED":
            return 2.0 * p
        with np.errstate(divide="ignore", invalid="ignore"):
            bend = p * g / np.square(student) if self.right else p / student
        return np.where((student > 0) & (p > 0) & (g > 0), bend, 0.0)


def polish_hull(hull: Mixtures, start: Float[np.ndarray, " m"], bits: int) -> list[int]:
    """Return mixture weights of the student as integers, relative to 2^bits.

    Args:
        hull: the projection.
        start: mixture weights near the student's, shape (m,); any will do.
        bits: how many bits the weights have.

    Raises:
        SolverError: when the active set does not settle: the student's weights are not unique; or
            when a weight that the student needs is 0 to so many bits.
    """
    precision = bits + GUARD
    before, ctx.prec = ctx.prec, precision + GUARD
    try:
        return _polished(hull, start, bits, precision)
    except SolverError:
        if len(hull.models) * hull.floats.size > CLOSE:
            raise
        ctx.prec += 2 * GUARD
        return _polished(replace(hull, close=True), start, bits, precision + 2 * GUARD)
    finally:
        ctx.prec = before


def _polished(
    hull: Mixtures, start: Float[np.ndarray, " m"], bits: int, precision: int
) -> list[int]:
    live, one = hull.live(), fmpz(1) << precision
    active = [j for j in live if start[j] > EPS] or live
    mass = float(start[active].sum()) or 1.0
    mixture = {j: _whole(max(float(start[j]) / mass, EPS), one) for j in active}
    entry = dict.fromkeys(live, EPS)
    for _ in range(STEPS):
        found, size = hull.newton(mixture)
        share, blocking = 1.0, None
        for j, step in found.items():
            reach = float(arb(mixture[j]) / one / size) if step < 0 else np.inf
            if -step * share >= reach:
                share, blocking = min(share, reach / -step), j
        before = dict(mixture)
        for j, step in found.items():
            mixture[j] += _whole(arb(step * share) * size, one)
        if blocking is not None:
            del mixture[blocking]
            if hull.missing(mixture, live) is not None:  # a slope of -inf waits at 0
                mixture[blocking] = before[blocking] // CUT
        elif max(map(abs, found.values()), default=0.0) * size < arb(2) ** -(bits + GUARD // 2):
            entering = hull.entering(mixture, live, bits)
            if entering is None:
                total = sum(mixture.values(), fmpz(0))
                whole = {j: (2 * (x << bits) + total) // (2 * total) for j, x in mixture.items()}
                if hull.missing([j for j, x in whole.items() if x != 0], live) is not None:
                    raise SolverError(FAINT)
                return [int(whole.get(j, 0)) for j in range(len(hull.models))]
            mixture[entering] = _whole(entry[entering], one)
            entry[entering] *= EPS  # one that left before is needed, but less of it
    raise SolverError(UNMIXED)


def _whole(value: Any, one: fmpz) -> fmpz:
    return fmpz(floored(arb(value) * one))
