"""Fewer examples for laws that solve cone programs, a fixed part of what the profile says."""

from hypothesis import settings

LEAST = 2


def fewer(factor):
    """Return settings with one example in ``factor`` of the profile's, and no fewer than two."""
    return settings(max_examples=max(LEAST, settings.default.max_examples // factor))


def agreeing():
    """Return settings for structured against conic: dev 25, ci 80, thorough 2000 examples."""
    return settings(max_examples=max(25, settings.default.max_examples * 2 // 5))
