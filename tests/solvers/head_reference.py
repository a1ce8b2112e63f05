"""A head of 1000 points whose log predictions reach -1800, and its W in 2700 bits.

python -m tests.solvers.head_reference computes W, in minutes, and writes head_reference.json. What
is stored is believed by nobody: the test puts W into the stationarity equations.
"""

import json
from pathlib import Path

import mpmath as mp
import numpy as np

import kl_regression as klr
from tests.solvers.head_oracle import stationary

STORED = Path(__file__).with_suffix(".json")
SHAPE = (1000, 3, 5)
UNIT = 2.0**24
"""Teachers are whole multiples of its inverse: the same numbers whatever the machine's exp."""
GRID = 2.0**10
SEED = 8


def instance():
    """Return teacher (1000, 3), features (1000, 5) and weights (1000,), right to the last bit."""
    n, k, d = SHAPE
    rng = np.random.default_rng(SEED)
    features = np.column_stack([np.ones(n), np.rint(GRID * rng.normal(size=(n, d - 1))) / GRID])
    logits = 1.5 * (features @ rng.normal(size=(d, k)) + 0.5 * rng.normal(size=(n, k)))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    parts = np.maximum(np.rint(UNIT * powers / powers.sum(axis=1, keepdims=True)), 1.0)
    parts[np.arange(n), parts.argmax(axis=1)] += UNIT - parts.sum(axis=1)
    shares = rng.integers(1, 10, size=n)
    return parts / UNIT, features, shares / shares.sum()


def stored():
    """Return the columns of W but the last, one after another, in mpf, and their bits."""
    found = json.loads(STORED.read_text("utf-8"))
    with mp.workprec(found["bits"]):
        return [mp.mpf(text) for text in found["head"]], found["bits"]


def main():
    """Compute W from the solver's point, by Newton's method in many bits, and write it."""
    teacher, features, p = instance()
    student = klr.project(teacher, klr.LinearHead(features, outputs=SHAPE[1]), weights=p)
    start = student.coordinates.reshape(features.shape[1], -1)
    head, bits = stationary(features, teacher, p, start, student.log_predictions)
    with mp.workprec(bits):
        texts = [mp.nstr(w, mp.mp.dps + 3) for w in head]
    STORED.write_text(json.dumps({"bits": bits, "head": texts}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
