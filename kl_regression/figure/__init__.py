"""Figures, one file each: ``compute`` returns frozen data, ``draw`` turns data into a picture.

``python -m kl_regression.figure`` makes the default ones. Nothing is drawn that is not in the
data, and the data is what the JSON beside the picture holds.
"""
