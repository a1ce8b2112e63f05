"""Conjectures: hunt a counterexample, shrink it, prove it in ball arithmetic."""
