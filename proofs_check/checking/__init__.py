"""What the theorem files are written with: exact instances, records, runs and tables."""
