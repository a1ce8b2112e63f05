"""From an outcome to a statement that holds beyond floating point."""
