"""Sweeps: many instances over a grid of settings, resumable, on any executor."""

from kl_regression.sweep.draws import instance

__all__ = ["instance"]
