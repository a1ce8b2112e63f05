"""Real weak-to-strong instances, from data sets that ship with scikit-learn.

Nothing is downloaded, and the seed decides everything: the split, the models, the teachers.
"""

from kl_regression.data.instances import Part, WeakToStrong, load
from kl_regression.data.sources import LOSSES, NAMES

__all__ = ["LOSSES", "NAMES", "Part", "WeakToStrong", "load"]
