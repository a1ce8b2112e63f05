"""What every class must answer rightly, tried on many spaces: the laws the class tests share."""

import itertools

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from kl_regression.arrays import POSITIVE, REAL, SIMPLEX
from kl_regression.classes.base import Property, Space
from kl_regression.tolerance import LP_TOLERANCE, member_tolerance

DOMAINS = {"KL": SIMPLEX, "GeneralizedKL": POSITIVE, "SquaredError": REAL}
MEMBERS = 12


def space_of(domain, points, outputs):
    """Return a bounded space of (points, outputs) predictions, as gaps are taken over."""
    space = Space.of(DOMAINS[domain], points, outputs)
    return space.around(np.zeros((points, outputs)), np.ones((points, outputs)))


def uniform(space):
    """Return uniform weights of the space's points."""
    return np.full(space.points, 1.0 / space.points)


def rows_in_domain(predictions, space):
    """Tell whether predictions lie in the loss's domain, rows up to rounding."""
    low = (predictions >= space.domain.low).all()
    if not space.domain.simplex:
        return low and (predictions <= space.domain.high).all()
    off = np.abs(predictions.sum(axis=1) - 1.0).max()
    return low and off <= member_tolerance(1.0, predictions.shape[1])


def check_members(students, space, seed=0):
    """Members at random, and mixtures of them where the class is convex, are inside the class."""
    rng = np.random.default_rng(seed)
    students.check(space)
    members = [students.random_member(rng, space) for _ in range(MEMBERS)]
    for member in members:
        assert member.shape == (space.points, space.outputs)
        assert rows_in_domain(member, space)
        found = students.membership(member, space, uniform(space))
        assert found.inside
        assert found.distance <= LP_TOLERANCE
    assert np.ptp(np.array(members), axis=0).max() > 0 or space.points == 1
    if Property.CONVEX in students.properties:
        for first, second in itertools.pairwise(members):
            share = rng.uniform()
            mixed = share * first + (1.0 - share) * second
            assert students.membership(mixed, space, uniform(space)).inside


def check_outside(students, space, predictions, *, far):
    """Predictions outside lie at a positive distance from a witness that is inside."""
    found = students.membership(predictions, space, uniform(space))
    assert not found.inside
    assert found.distance >= far
    assert rows_in_domain(found.witness, space)
    again = students.membership(found.witness, space, uniform(space))
    assert again.inside
    true = np.abs(predictions - found.witness).sum(axis=1).mean()
    assert abs(found.distance - true) <= member_tolerance(found.distance, predictions.size)


def check_support(students, space, *, attained, seed=1):
    """The support function bounds <c, v> over members; where it is attained, a member has it."""
    rng = np.random.default_rng(seed)
    members = [students.random_member(rng, space) for _ in range(MEMBERS)]
    members = [
        np.clip(m, space.low, space.high) if not space.domain.simplex else m for m in members
    ]
    members = [m for m in members if students.membership(m, space, uniform(space)).inside]
    for _ in range(6):
        direction = rng.normal(size=(space.points, space.outputs))
        found = students.support(direction, space)
        scale = np.abs(direction).sum() * max(abs(space.low), abs(space.high), 1.0)
        for member in members:
            slack = found.bound.value + found.bound.rounding - float((direction * member).sum())
            assert slack >= -member_tolerance(scale, direction.size)
        if attained:
            exact = brute_support(students.polyhedron(space), direction)
            tolerance = 100 * LP_TOLERANCE * scale
            assert abs(found.bound.value - exact) <= tolerance
            point = students.member(found.coordinates, space)[1]
            assert found.bound.value - float((direction * point).sum()) <= tolerance


def brute_support(polyhedron, direction):
    """Return max <direction, B z> by SciPy's linear program on dense inequalities alone."""
    rows = polyhedron.rows.toarray()
    above, below = np.isfinite(polyhedron.upper), np.isfinite(polyhedron.lower)
    found = linprog(
        -(polyhedron.basis.T @ direction.ravel()),
        A_ub=np.vstack([rows[above], -rows[below]]),
        b_ub=np.concatenate([polyhedron.upper[above], -polyhedron.lower[below]]),
        bounds=np.column_stack([polyhedron.low, polyhedron.high]),
        method="highs-ipm",
    )
    assert found.status == 0
    return -float(found.fun)


def check_polyhedron(students, space, seed=2):
    """Points of the polyhedral form are members, and members satisfy its inequalities."""
    rng = np.random.default_rng(seed)
    polyhedron = students.polyhedron(space)
    assert polyhedron.basis.shape[0] == space.points * space.outputs
    for _ in range(4):
        cost = polyhedron.basis.T @ rng.normal(size=space.points * space.outputs)
        vertex = polyhedron.solve(cost)[0]
        predictions = (polyhedron.basis @ vertex).reshape(space.points, space.outputs)
        found = students.membership(predictions, space, uniform(space))
        assert found.distance <= 1e3 * LP_TOLERANCE
    for _ in range(4):
        member = students.random_member(rng, space)
        if space.domain.simplex or (space.low <= member.min() and member.max() <= space.high):
            lifted = polyhedron.stacked(
                sparse.csr_matrix(polyhedron.basis),
                member.ravel() - 100 * LP_TOLERANCE,
                member.ravel() + 100 * LP_TOLERANCE,
            )
            lifted.solve(np.zeros(polyhedron.size))


def strings(students):
    """Return the class's properties as the words that users read."""
    return {str(found) for found in students.properties}
