"""Function classes: what a student can be. One concept, one file."""
