"""ReLU representations and linear heads on them, trained by AdamW, many of one shape side by side.

A representation is a list of layers, Linear and ReLU each. Networks of one shape are stacked on a
leading axis; each is drawn and shuffled by its own generator, so it does not matter which others
are trained beside it. Initialisation is PyTorch's: uniform in ±1/sqrt(fan-in).
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float32

from kl_regression.data.adamw import AdamW, in_one_vector

Rng = np.random.Generator
Stack = list[Float32[np.ndarray, "..."]]
"""Weights of shape (b, in, out) and biases of shape (b, 1, out) in turn, one pair a layer."""

BATCH = 32


def new_layer(rng: Rng, fan_in: int, fan_out: int) -> Stack:
    """Return weights of shape (1, in, out) and biases of shape (1, 1, out)."""
    bound = 1.0 / np.sqrt(fan_in)
    shapes = ((1, fan_in, fan_out), (1, 1, fan_out))
    return [rng.uniform(-bound, bound, shape).astype(np.float32) for shape in shapes]


def new_representation(rng: Rng, depth: int, inputs: int, width: int) -> Stack:
    """Return a stack of one: ``depth`` layers, the first from ``inputs``, all to ``width``."""
    sizes = [inputs] + [width] * depth
    return [array for pair in pairwise(sizes) for array in new_layer(rng, *pair)]


def stacked(stacks: Sequence[Stack]) -> Stack:
    """Return one stack of several of the same shape."""
    return [np.concatenate(arrays) for arrays in zip(*stacks, strict=True)]


def one_of(stack: Stack, index: int) -> Stack:
    """Return one network of a stack, as a stack of one."""
    return [array[index : index + 1] for array in stack]


def represent(stack: Stack, x: Float32[np.ndarray, "b n d"]) -> Float32[np.ndarray, "b n h"]:
    """Return the representations of points, shape (b, n, d), by a stack of b networks."""
    return _layers(stack, x)[-1]


def _layers(stack: Stack, x: Float32[np.ndarray, "..."]) -> Stack:
    found = [x]
    for weights, bias in zip(stack[::2], stack[1::2], strict=True):
        following = np.matmul(found[-1], weights)
        following += bias
        found.append(np.maximum(following, 0.0, out=following))
    return found


def pretrain(
    stack: Stack,
    tasks: Sequence[tuple[Float32[np.ndarray, "..."], Float32[np.ndarray, "..."], Stack]],
    rngs: Sequence[Rng],
    *,
    epochs: int,
    watch: Callable[[float], None] = lambda _done: None,
) -> Stack:
    """Train representations through fixed heads, mean squared error, a task after another.

    Args:
        stack: the networks to start from.
        tasks: points (b, n, d), targets (b, n, 1) and the fixed heads (b, h, 1), (b, 1, 1).
        rngs: one a network, for the order of the points.
        epochs: passes over all tasks.
        watch: told how much is done.
    """
    vector, trained = in_one_vector(stack)
    slopes_vector, slopes = in_one_vector(stack)
    optimiser = AdamW(vector)
    points = tasks[0][0].shape[1]
    for epoch in range(epochs):
        for x, y, head in tasks:
            order = np.stack([rng.permutation(points) for rng in rngs])[..., None]
            xs, ys = np.take_along_axis(x, order, 1), np.take_along_axis(y, order, 1)
            for start in range(0, points, BATCH):
                part = slice(start, start + BATCH)
                _backward(trained, head, xs[:, part], ys[:, part], slopes)
                optimiser.step(slopes_vector)
        watch((epoch + 1) / epochs)
    return [array.copy() for array in trained]


def _backward(
    stack: Stack,
    head: Stack,
    x: Float32[np.ndarray, "..."],
    y: Float32[np.ndarray, "..."],
    slopes: Stack,
) -> None:
    """Write the slopes of the mean squared error of ``head(representation(x))`` at y."""
    found = _layers(stack, x)
    residual = np.matmul(found[-1], head[0])
    residual += head[1]
    residual -= y
    residual *= np.float32(2.0 / x.shape[1])
    back = np.matmul(residual, head[0].transpose(0, 2, 1))
    ones = np.ones((1, 1, x.shape[1]), dtype=np.float32)
    for level in range(len(stack) - 2, -1, -2):
        before, after = found[level // 2], found[level // 2 + 1]
        back *= after > 0.0
        np.matmul(before.transpose(0, 2, 1), back, out=slopes[level])
        np.matmul(ones, back, out=slopes[level + 1])
        if level:
            back = np.matmul(back, stack[level].transpose(0, 2, 1))


def train_heads(
    features: Float32[np.ndarray, "b n h"],
    targets: Float32[np.ndarray, "b n 1"],
    heads: Stack,
    rng: Rng,
    *,
    epochs: int,
    watch: Callable[[float], None] = lambda _done: None,
) -> Stack:
    """Train b linear heads on frozen representations by AdamW, mean squared error, side by side."""
    vector, trained = in_one_vector(heads)
    slopes_vector, slopes = in_one_vector(heads)
    optimiser = AdamW(vector)
    count = features.shape[1]
    ones = np.ones((1, 1, BATCH), dtype=np.float32)
    for epoch in range(epochs):
        order = rng.permutation(count)
        xs, ys = features[:, order], targets[:, order]
        for start in range(0, count, BATCH):
            x, y = xs[:, start : start + BATCH], ys[:, start : start + BATCH]
            residual = np.matmul(x, trained[0])
            residual += trained[1]
            residual -= y
            residual *= np.float32(2.0 / x.shape[1])
            np.matmul(x.transpose(0, 2, 1), residual, out=slopes[0])
            np.matmul(ones[..., : x.shape[1]], residual, out=slopes[1])
            optimiser.step(slopes_vector)
        watch((epoch + 1) / epochs)
    return [array.copy() for array in trained]


def head_values(head: Stack, features: Any) -> Any:
    """Return the outputs of heads on representations, shape (b, n, 1), in float64."""
    return features.astype(np.float64) @ head[0] + head[1]
