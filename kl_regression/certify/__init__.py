"""From an outcome to a file that anyone verifies without a solver, and cites."""
