"""Conjectures whose answer is known: the hunt is measured on them."""
