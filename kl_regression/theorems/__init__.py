"""Theorems as objects: source and hypotheses, what is claimed and what was computed."""
