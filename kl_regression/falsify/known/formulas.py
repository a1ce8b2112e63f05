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


def strict(at: Cases) -> Batch:
    """Gain >= (E Σ f |1 - g/s|)^2 / 2; shape (b,)."""
    moved = at.expect(at.truth * at.x.absolute(1 - at.teacher / at.student))
    return at.gain - moved * moved / 2


def exact_gain(at: Cases) -> Batch:
    """Gain = -log m + KL(f, f g/(s m)), m = E Σ f g/s; shape (b,)."""
    m = at.expect(at.truth * at.teacher / at.student)
    ratio = at.student * m[:, None, None] / at.teacher
    divergence = at.expect(at.truth * at.x.log(ratio) - at.truth + at.truth / ratio)
    return -at.x.absolute(at.gain + at.x.log(m) - divergence)


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


def by_root(at: Cases, divergence: Batch, factor: int) -> Batch:
    """|gain| <= sqrt(factor (1-γ) D/γ), for a divergence of shape (b,); shape (b,)."""
    return at.x.sqrt(factor * (1 - at.floor) * divergence / at.floor) - at.x.absolute(at.gain)


def jeffreys(at: Cases) -> Batch:
    """|gain| <= sqrt((1-γ) J/γ), J = D(g, s) + D(s, g); shape (b,)."""
    return by_root(at, at.misfit + at.reverse_misfit, 1)


def chi_squared(at: Cases) -> Batch:
    """|gain| <= sqrt((1-γ) χ²/γ), the smaller of both orders; shape (b,)."""
    apart = (at.teacher - at.student) * (at.teacher - at.student)
    both = at.x.minimum(at.expect(apart / at.student), at.expect(apart / at.teacher))
    return by_root(at, both, 1)


def hellinger(at: Cases) -> Batch:
    """|gain| <= sqrt(4 (1-γ) H²/γ), H² = E Σ (√g - √s)^2; shape (b,)."""
    apart = at.x.sqrt(at.teacher) - at.x.sqrt(at.student)
    return by_root(at, at.expect(apart * apart), 4)


def jensen_shannon(at: Cases) -> Batch:
    """|gain| <= sqrt(8 (1-γ) JS/γ); shape (b,)."""
    middle = (at.teacher + at.student) / 2
    halves = [at.expect(p * at.x.log(p / middle)) / 2 for p in (at.teacher, at.student)]
    return by_root(at, halves[0] + halves[1], 8)


def total_variation(at: Cases) -> Batch:
    """|gain| <= log(1 + TV/γ); shape (b,)."""
    apart = at.expect(at.x.absolute(at.teacher - at.student)) / 2
    return at.x.log1p(apart / at.floor) - at.x.absolute(at.gain)


def jensen(at: Cases) -> Batch:
    """Gain <= log E Σ f s/g; shape (b,)."""
    return at.x.log(at.expect(at.truth * at.student / at.teacher)) - at.gain


def from_above(at: Cases) -> Batch:
    """Gain <= D(s, g) + E osc(log s/g) TV(f, s); shape (b,)."""
    points = at.teacher.shape[:2]
    slope = at.x.log(at.student / at.teacher).reshape(-1, at.teacher.shape[2])
    swing = (at.x.row_maximum(slope) - at.x.row_minimum(slope)).reshape(*points, 1)
    price = at.expect(swing * at.x.absolute(at.truth - at.student)) / 2
    return at.misfit + price - at.gain


def pinsker(at: Cases) -> Batch:
    """D(s, g) >= (E ||s - g||_1)^2 / 2; shape (b,)."""
    apart = at.expect(at.x.absolute(at.teacher - at.student))
    return at.misfit - apart * apart / 2


def distance(at: Cases) -> Batch:
    """E ||g - s||_1 <= min(2 sqrt(1-e^-d), sqrt(2 d)); shape (b,)."""
    return calibration_bound(at) - at.expect(at.x.absolute(at.teacher - at.student))


def calibration_bound(at: Cases) -> Batch:
    """min(2 sqrt(1-e^-d), sqrt(2 d)), d the smaller misfit; shape (b,)."""
    divergence = at.x.minimum(at.misfit, at.reverse_misfit)
    huber = 2 * at.x.sqrt(-at.x.expm1(-divergence))
    return at.x.minimum(huber, at.x.sqrt(2 * divergence))


def by_points(at: Cases) -> Batch:
    """|E ||g - f||_1 - E ||s - f||_1| <= the calibration bound, given x; shape (b,)."""
    off = [at.expect(at.x.absolute(p - at.truth)) for p in (at.teacher, at.student)]
    return calibration_bound(at) - at.x.absolute(off[0] - off[1])


def own_score(at: Cases) -> Batch:
    """|MCE(g) - MCE(s)| <= the calibration bound, each given its own score; shape (b,)."""
    difference = at.calibration("teacher") - at.calibration("student")
    return calibration_bound(at) - at.x.absolute(difference)


def textbook_constant(at: Cases, constant: float) -> Batch:
    """γ |gain| <= constant sqrt(D(g, s)): sharp at 1/sqrt(2); shape (b,)."""
    return constant * at.x.sqrt(at.reverse_misfit) - at.x.absolute(at.gain) * at.floor
