"""The synthetic regression experiment of charikar:24: representations, tasks and linear heads.

Settings of the authors' notebook: inputs N(0, 500^2 I) in 8 dimensions, width 16, the true
representation 5 layers deep, the strong one 8, the weak one 2; 10 pretraining tasks with fixed
heads, 1000 epochs of AdamW; then 100 new tasks. Heads are linear, so a new head is a least
squares fit, found exactly: a projection onto ``LinearHead`` under the squared error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Float32, Int
from scipy.linalg import qr

from kl_regression.data import networks
from kl_regression.data.networks import Stack

INPUTS, WIDTH, SPREAD = 8, 16, 500.0
TRUE_DEPTH, STRONG_DEPTH, WEAK_DEPTH = 5, 8, 2
PRETRAINING_TASKS = 10
STRONG_NOISE, WEAK_NOISE = 0.1, 3.0
"""Standard deviations of the perturbed panel: variances 0.01 and 9 (recalled)."""

Kind = Literal["realizable", "pretrained", "perturbed"]
KINDS: tuple[Kind, ...] = ("realizable", "pretrained", "perturbed")
Watch = Callable[[float, str], None]


@dataclass(frozen=True)
class World:
    """The true representation of every seed, and what pretraining made of a strong and a weak one.

    Args:
        seeds: one a network of each stack.
        true: the true representations.
        strong: pretrained, 8 layers.
        weak: pretrained, 2 layers.
        losses: final sums of the mean squared errors of the tasks, "strong" and "weak", shape (s,).
    """

    seeds: tuple[int, ...]
    true: Stack
    strong: Stack
    weak: Stack
    losses: dict[str, Float[np.ndarray, " s"]]

    def pair(self, index: int, kind: Kind) -> tuple[Stack, Stack, Stack]:
        """Return the true, the strong and the weak representation of a seed in a panel."""
        true, strong, weak = (
            networks.one_of(stack, index) for stack in (self.true, self.strong, self.weak)
        )
        if kind == "realizable":
            return true, true, weak
        if kind == "pretrained":
            return true, strong, weak
        rng = np.random.default_rng([self.seeds[index], KINDS.index(kind)])
        return true, _perturbed(true, rng, STRONG_NOISE), _perturbed(true, rng, WEAK_NOISE)


def _perturbed(stack: Stack, rng: np.random.Generator, noise: float) -> Stack:
    return [array + noise * rng.standard_normal(array.shape, dtype=np.float32) for array in stack]


def world(
    *,
    seeds: Sequence[int],
    epochs: int,
    points: int,
    watch: Watch = lambda _done, _next: None,
) -> World:
    """Draw and pretrain the representations of every seed, ``points`` points a task."""
    rngs = [np.random.default_rng(seed) for seed in seeds]
    true = networks.stacked(
        [networks.new_representation(rng, TRUE_DEPTH, INPUTS, WIDTH) for rng in rngs]
    )
    heads = [
        networks.stacked([networks.new_layer(rng, WIDTH, 1) for rng in rngs])
        for _ in range(PRETRAINING_TASKS)
    ]
    tasks = []
    for head in heads:
        x = np.concatenate([inputs(rng, points) for rng in rngs])
        y = networks.head_values(head, networks.represent(true, x)).astype(np.float32)
        tasks.append((x, y, head))
    trained, losses = {}, {}
    for share, name, depth in ((0.0, "strong", STRONG_DEPTH), (0.75, "weak", WEAK_DEPTH)):
        start = networks.stacked(
            [networks.new_representation(rng, depth, INPUTS, WIDTH) for rng in rngs]
        )

        def told(done: float, share: float = share, name: str = name) -> None:
            part = 0.75 if name == "strong" else 0.25
            watch(share + part * done, f"pretraining {len(seeds)} {name} representations")

        trained[name] = networks.pretrain(start, tasks, rngs, epochs=epochs, watch=told)
        losses[name] = np.sum([_loss(trained[name], *task) for task in tasks], axis=0)
    return World(tuple(seeds), true, trained["strong"], trained["weak"], losses)


def _loss(stack: Stack, x: Any, y: Any, head: Stack) -> Float[np.ndarray, " s"]:
    values = networks.head_values(head, networks.represent(stack, x))
    return np.square(values - y).mean(axis=(1, 2))


def inputs(rng: np.random.Generator, points: int) -> Float32[np.ndarray, "1 n d"]:
    """Return points from N(0, 500^2 I), shape (1, n, 8)."""
    return rng.normal(0.0, SPREAD, (1, points, INPUTS)).astype(np.float32)


@dataclass(frozen=True)
class Sample:
    """Points of one task as the three models see them, n points.

    Args:
        truth: the target, shape (n, 1).
        strong: features of the strong representation with a column of ones, shape (n, 17).
        weak: those of the weak one.
    """

    truth: Float[np.ndarray, "n 1"]
    strong: Float[np.ndarray, "n h"]
    weak: Float[np.ndarray, "n h"]


def sample(
    pair: tuple[Stack, Stack, Stack], head: Stack, rng: np.random.Generator, points: int
) -> Sample:
    """Return fresh points of the task that a head on the true representation defines."""
    true, strong, weak = pair
    x = inputs(rng, points)
    truth = networks.head_values(head, networks.represent(true, x))[0]
    return Sample(truth, _features(strong, x), _features(weak, x))


def _features(stack: Stack, x: Float32[np.ndarray, "1 n d"]) -> Float[np.ndarray, "n h"]:
    found = networks.represent(stack, x)[0].astype(np.float64)
    return np.column_stack([found, np.ones(len(found))])


def independent(features: Float[np.ndarray, "n h"]) -> Int[np.ndarray, " r"]:
    """Return indices of columns, shape (r,), that are independent and span what all span.

    A dead ReLU is 0 at every point, and units that are active at the same points can depend on
    one another: neither determines a weight.
    """
    rank = int(np.linalg.matrix_rank(features))
    order = qr(features, mode="r", pivoting=True)[1]
    return np.sort(order[:rank]).astype(np.int64)
