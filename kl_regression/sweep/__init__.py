"""Sweeps: many instances over a grid of settings, resumable, on any executor."""
