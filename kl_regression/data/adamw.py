"""AdamW with PyTorch's defaults on parameters that lie in one float32 vector.

Many small arrays are views into one vector, so that a step is a dozen vector operations whatever
the number of layers or of networks that are trained side by side.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

Arrays = list[Float32[np.ndarray, "..."]]

RATE = 1 / 1000
DECAY = 1 / 100
FIRST, SECOND = 0.9, 0.999
FLOOR = 1 / 10**8


def in_one_vector(
    arrays: Sequence[Float32[np.ndarray, "..."]],
) -> tuple[Float32[np.ndarray, " z"], Arrays]:
    """Return a float32 vector that holds copies of all arrays, and views of it in their shapes."""
    vector = np.concatenate([array.ravel() for array in arrays]).astype(np.float32)
    ends = np.cumsum([array.size for array in arrays])
    parts = np.split(vector, ends[:-1])
    return vector, [part.reshape(array.shape) for part, array in zip(parts, arrays, strict=True)]


class AdamW:
    """The optimiser of Loshchilov and Hutter: the decay acts on the parameters themselves.

    Args:
        parameters: shape (z,), float32, changed in place by ``step``.
    """

    def __init__(self, parameters: Float32[np.ndarray, " z"]) -> None:
        self.parameters = parameters
        self.mean = np.zeros_like(parameters)
        self.square = np.zeros_like(parameters)
        self.scratch = np.empty_like(parameters)
        self.steps = 0

    def step(self, gradient: Float32[np.ndarray, " z"]) -> None:
        """Take one step along a gradient, which is used as scratch."""
        self.steps += 1
        self.parameters *= np.float32(1.0 - RATE * DECAY)
        np.multiply(gradient, np.float32(1.0 - FIRST), out=self.scratch)
        self.mean *= np.float32(FIRST)
        self.mean += self.scratch
        np.multiply(gradient, gradient, out=gradient)
        gradient *= np.float32(1.0 - SECOND)
        self.square *= np.float32(SECOND)
        self.square += gradient
        np.multiply(self.square, np.float32(1.0 / (1.0 - SECOND**self.steps)), out=self.scratch)
        np.sqrt(self.scratch, out=self.scratch)
        self.scratch += np.float32(FLOOR)
        np.divide(self.mean, self.scratch, out=self.scratch)
        self.scratch *= np.float32(RATE / (1.0 - FIRST**self.steps))
        self.parameters -= self.scratch
