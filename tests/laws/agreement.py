"""When two students are the same: as near as their gaps say."""

from tests.oracles import slope_apart


def apart(first, second, instance):
    """Return E Σ (F'(s) - F'(t)) (s - t) of two students' predictions, shape (n, k)."""
    return slope_apart(
        first, second, instance.teacher, instance.weights, instance.loss.name, instance.side
    )


def assert_same(first, second, instance):
    """Assert that two students of one instance are as near as their gaps say, in value too."""
    allowed = first.gap + second.gap
    assert apart(first.predictions, second.predictions, instance) <= allowed
    assert abs(first.objective - second.objective) <= allowed


def assert_is(student, expected, instance):
    """Assert that a student has the expected predictions, shape (n, k), known to the last bits.

    Their gap is the rounding of their bits, which is in the student's gap as well.
    """
    assert student.predictions.shape == expected.shape
    assert apart(student.predictions, expected, instance) <= 2.0 * student.gap
