"""Every figure on a small setting, computed once."""

from functools import cache
from pathlib import Path

import kl_regression as klr
from kl_regression.figure.registry import FIGURES

TIMES = Path(__file__).with_name("times.json")
"""Times of a made-up benchmark run: sizes that were ended, failed and were not tried."""
ENTRIES = {entry.name: entry for entry in FIGURES}
SETTINGS = {
    "gain": {"cases": (("wine", klr.KL), ("diabetes", klr.GeneralizedKL)), "limit": 120},
    "triangle": {},
    "charikar": {"seeds": (1, 2), "tasks": 3, "points": 200, "epochs": 2},
    "yao_regression": {"tasks": 3, "points": 40, "population": 400, "sizes": (10, 400), "draws": 2},
    "risk_bounds": {"cases": ("wine",), "limit": 90},
    "calibration": {"name": "wine", "shown": "tree of depth 2", "limit": 90},
    "over_optimization": {
        "cases": (("wine", "tree of depth 3", 50),),
        "stops": 5,
        "landmarks": 20,
    },
    "mulgund": {"cases": ("wine",), "sizes": (1, 2, 12), "stride": 7, "limit": 90},
    "slack": {"count": 2, "exponents": (3, 6)},
    "scaling": {"results": TIMES},
    "counterexamples": {},
    "weak_to_strong_families": {
        "name": "wine",
        "teachers": (1, 2),
        "students": (2, 4),
        "limit": 120,
    },
}


@cache
def data(name):
    """Compute a figure's data on its small setting."""
    return ENTRIES[name].load().compute(0, **SETTINGS[name])
