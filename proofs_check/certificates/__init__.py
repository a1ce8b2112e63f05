"""The gallery: verified instances in integers, each a file that a paper can cite."""
