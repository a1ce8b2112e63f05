"""Strategies of the hunt, one a file: each proposes tables of rows to a watch."""
