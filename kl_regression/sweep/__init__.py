"""Sweeps: many instances over a grid of settings, resumable, on any executor."""

from kl_regression.sweep.draws import instance
from kl_regression.sweep.reading import row

__all__ = ["instance", "row"]
