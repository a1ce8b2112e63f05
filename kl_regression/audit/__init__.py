"""``python -m kl_regression.audit``: saved predictions of real models in, a report out.

What each theorem says of them, what needs no truth to be said, and how well calibrated they are.
"""
