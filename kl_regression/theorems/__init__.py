"""Theorems as objects: each states its source and hypotheses, and says what is claimed and computed."""
