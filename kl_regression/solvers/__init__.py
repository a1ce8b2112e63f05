"""Ways to find the student. Each returns coordinates; none is believed, the gap is recomputed."""
