"""Slacks of theorems on cases: the larger side minus the smaller, in either arithmetic."""

from kl_regression.cases import Batch, Cases


def gain_theorem(at: Cases) -> Batch:
    """D(f, s) + D(s, g) <= D(f, g); shape (b,)."""
    return at.slack


def no_worse(at: Cases) -> Batch:
    """D(f, s) <= D(f, g); shape (b,)."""
    return at.gain


def four_points(at: Cases) -> Batch:
    """E Σ f g/s <= 1; shape (b,)."""
    return 1 - at.expect(at.truth * at.teacher / at.student)


def quadratic(at: Cases) -> Batch:
    """Gain >= 2 (E Σ f (1 - g/s)_+)^2; shape (b,)."""
    lost = 1 - at.teacher / at.student
    mass = at.expect(at.truth * at.x.maximum(lost, 0 * lost))
    return at.gain - 2 * mass * mass


def by_roots(at: Cases) -> Batch:
    """Gain >= -2 log E Σ f sqrt(g/s); shape (b,)."""
    return at.gain + 2 * at.x.log(at.expect(at.truth * at.x.sqrt(at.teacher / at.student)))


def affine_in_truth(at: Cases) -> Batch:
    """Gain = E Σ f log(s/g), minus what the masses of s and g differ by under KL; shape (b,)."""
    linear = at.expect(at.truth * at.x.log(at.student / at.teacher) + at.teacher - at.student)
    return -at.x.absolute(at.gain - linear)


def softmax_identity(at: Cases) -> Batch:
    """D(g, f) = D(g, s) + D(s, f); shape (b,)."""
    gain = at.d(at.teacher, at.truth) - at.d(at.student, at.truth)
    return -at.x.absolute(gain - at.reverse_misfit)


def risk_root(at: Cases, share: float = 1.0) -> Batch:
    """|gain| <= share sqrt(2 (1-γ) d/γ), d the smaller misfit; shape (b,)."""
    divergence = at.x.minimum(at.misfit, at.reverse_misfit)
    bound = at.x.sqrt(2 * (1 - at.floor) * divergence / at.floor)
    return share * bound - at.x.absolute(at.gain)


def risk_logarithm(at: Cases) -> Batch:
    """|gain| <= log(1 + min(sqrt(d/2), sqrt(1-e^-d))/γ); shape (b,)."""
    divergence = at.x.minimum(at.misfit, at.reverse_misfit)
    distance = at.x.minimum(at.x.sqrt(divergence / 2), at.x.sqrt(-at.x.expm1(-divergence)))
    return at.x.log1p(distance / at.floor) - at.x.absolute(at.gain)


def one_sided_risk(at: Cases) -> Batch:
    """-gain <= (y + sqrt(y^2 + 8 y))/2, y = D(g, s)/min g; shape (b,)."""
    y = at.reverse_misfit / at.least(at.teacher)
    return (y + at.x.sqrt(y * y + 8 * y)) / 2 + at.gain


def distance(at: Cases) -> Batch:
    """E ||g - s||_1 <= min(2 sqrt(1-e^-d), sqrt(2 d)); shape (b,)."""
    return calibration_bound(at) - at.expect(at.x.absolute(at.teacher - at.student))


def calibration_bound(at: Cases) -> Batch:
    """min(2 sqrt(1-e^-d), sqrt(2 d)), d the smaller misfit; shape (b,)."""
    divergence = at.x.minimum(at.misfit, at.reverse_misfit)
    huber = 2 * at.x.sqrt(-at.x.expm1(-divergence))
    return at.x.minimum(huber, at.x.sqrt(2 * divergence))


def own_score(at: Cases) -> Batch:
    """|MCE(g) - MCE(s)| <= the calibration bound, each given its own score; shape (b,)."""
    difference = at.calibration("teacher") - at.calibration("student")
    return calibration_bound(at) - at.x.absolute(difference)


def textbook_constant(at: Cases, constant: float) -> Batch:
    """γ |gain| <= constant sqrt(D(g, s)): sharp at 1/sqrt(2); shape (b,)."""
    return constant * at.x.sqrt(at.reverse_misfit) - at.x.absolute(at.gain) * at.floor
