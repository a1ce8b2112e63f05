"""The regression experiment of yao:25 with KL: teachers and students as heads on representations.

The design is that of charikar:24 (recalled; the paper's sizes are not known): random ReLU
representations, a strong and a weak one, a truth that is a head on the strong one, a teacher that
is a head on the weak one fitted to the truth, and a student that is a head on the strong one fitted
to its teacher. Heads are mixtures of predictors (convex in outputs), nonnegative combinations of
positive features (generalised KL), or softmax layers (convex in logits).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import softmax

from kl_regression.classes.hull import Hull
from kl_regression.classes.log_linear import LogLinear
from kl_regression.data import networks
from kl_regression.divergences import KL, GeneralizedKL
from kl_regression.instance import Instance
from kl_regression.projection import project

INPUTS, WIDTH, OUTPUTS = 8, 16, 3
STRONG, WEAK = 10, 4
"""Predictors, or features, of the strong and of the weak representation."""
STRONG_DEPTH, WEAK_DEPTH = 3, 1
STRONG_LAYER, WEAK_LAYER = 4, 2
"""Features of the softmax layers beside the constant."""
SHARPNESS = 2.0
CEILING = 3.0
"""Largest total weight of a nonnegative combination."""

Rng = np.random.Generator
Models = Float[np.ndarray, "m n k"]


@dataclass(frozen=True)
class Representation:
    """Random ReLU networks with random heads: m functions from points to logits.

    Args:
        stack: m networks.
        heads: m layers from their outputs to the logits.
    """

    stack: networks.Stack
    heads: networks.Stack

    @classmethod
    def draw(cls, rng: Rng, count: int, depth: int, outputs: int) -> "Representation":
        """Draw ``count`` functions of the given depth."""
        nets = [networks.new_representation(rng, depth, INPUTS, WIDTH) for _ in range(count)]
        heads = [networks.new_layer(rng, WIDTH, outputs) for _ in range(count)]
        return cls(networks.stacked(nets), networks.stacked(heads))

    def logits(self, x: Float[np.ndarray, "n d"]) -> Models:
        """Return the logits of every function, shape (m, n, k), of about unit spread."""
        points = np.broadcast_to(x.astype(np.float32), (len(self.stack[0]), *x.shape))
        found: Models = networks.head_values(self.heads, networks.represent(self.stack, points))
        centred = found - found.mean(axis=1, keepdims=True)
        return centred / centred.std(axis=1, keepdims=True)


def points(rng: Rng, count: int) -> Float[np.ndarray, "n d"]:
    """Return standard normal points, shape (n, 8)."""
    return rng.standard_normal((count, INPUTS))


def predictors(rng: Rng, x: Float[np.ndarray, "n d"], *, strong: bool) -> Models:
    """Return m predictors of three classes at the points, shape (m, n, 3)."""
    count, depth = (STRONG, STRONG_DEPTH) if strong else (WEAK, WEAK_DEPTH)
    logits = Representation.draw(rng, count, depth, OUTPUTS).logits(x)
    return np.asarray(softmax(SHARPNESS * logits, axis=-1))


def mixtures(rng: Rng, x: Float[np.ndarray, "n d"]) -> Instance:
    """Return an instance with mixture heads: truth in the strong hull, teacher in the weak one."""
    strong, weak = (predictors(rng, x, strong=strong) for strong in (True, False))
    truth = np.tensordot(rng.dirichlet(np.ones(STRONG)), strong, 1)
    teacher = project(truth, Hull(weak), side="right").predictions
    return Instance(teacher=teacher, truth=truth, students=Hull(strong))


def combinations(rng: Rng, x: Float[np.ndarray, "n d"]) -> Instance:
    """Return an instance with nonnegative combinations of positive features, total at most 3.

    They are the hull of the features times 3 and of the function 0.
    """
    strong = _positive(rng, x, STRONG, STRONG_DEPTH)
    weak = _positive(rng, x, WEAK, WEAK_DEPTH)
    truth = np.tensordot(rng.dirichlet(np.ones(STRONG)), strong, 1)
    teacher = project(truth, Hull(weak), loss=GeneralizedKL, side="right").predictions
    vertices = np.concatenate([CEILING * strong, np.zeros((1, *strong.shape[1:]))])
    return Instance(teacher=teacher, truth=truth, students=Hull(vertices), loss=GeneralizedKL)


def _positive(rng: Rng, x: Float[np.ndarray, "n d"], count: int, depth: int) -> Models:
    return np.exp(Representation.draw(rng, count, depth, 1).logits(x) / 2)


def layers(rng: Rng, x: Float[np.ndarray, "n d"], side: str) -> Instance:
    """Return an instance with softmax layers: truth in the strong class, teacher in the weak."""
    strong = _features(rng, x, STRONG_LAYER, STRONG_DEPTH)
    weak = _features(rng, x, WEAK_LAYER, WEAK_DEPTH)
    head = rng.standard_normal((strong.shape[1], OUTPUTS))
    truth = np.asarray(softmax(strong @ head, axis=1))
    teacher = project(truth, LogLinear(weak, classes=OUTPUTS), side="right").predictions
    students = LogLinear(strong, classes=OUTPUTS)
    return Instance(teacher=teacher, truth=truth, students=students, loss=KL, side=side)


def _features(
    rng: Rng, x: Float[np.ndarray, "n d"], width: int, depth: int
) -> Float[np.ndarray, "n w"]:
    found = Representation.draw(rng, width, depth, 1).logits(x)[..., 0]
    return np.column_stack([*found, np.ones(len(x))])
