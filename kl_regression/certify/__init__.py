"""From an outcome to a statement that holds beyond floating point, and to a file that says so."""
