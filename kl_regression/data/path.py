"""A softmax student on its way: gradient descent on a teacher's predictions, step by step.

The objective is KL(teacher, student), the side on which students are trained in practice. From
W = 0, the uniform predictions, the student first learns what is easy, then whatever is left of its
teacher, mistakes included.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from jaxtyping import Float
from scipy.special import log_softmax
from sklearn.kernel_approximation import Nystroem
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kl_regression.arrays import Predictions
from kl_regression.data.sources import Source

MOMENTUM = 0.9


def rich_features(source: Source, seed: int, *, landmarks: int) -> Float[np.ndarray, "n d"]:
    """Return kernel features of the transfer set's points, shape (n, landmarks + 1).

    The kernel is fitted to the transfer set's own points, which need no labels; with as many
    landmarks as points the softmax layer on it can reproduce any teacher.
    """
    points = source.transfer.features
    chosen = min(landmarks, len(points))
    kernel = make_pipeline(StandardScaler(), Nystroem(n_components=chosen, random_state=seed))
    return np.column_stack([kernel.fit_transform(points), np.ones(len(points))])


def descent(
    features: Float[np.ndarray, "n d"],
    teacher: Predictions,
    stops: Sequence[int],
    *,
    watch: Callable[[float], None] = lambda _done: None,
) -> Iterator[Predictions]:
    """Yield the log predictions, shape (n, k), after each of the given numbers of steps.

    Args:
        features: shape (n, d).
        teacher: shape (n, k).
        stops: increasing numbers of steps.
        watch: told how much is done.
    """
    count = len(features)
    head = np.zeros((features.shape[1], teacher.shape[1]))
    velocity = np.zeros_like(head)
    # The Hessian of the softmax layer is at most half the covariance of the features.
    step = 2.0 * (1.0 - MOMENTUM) * count / float(np.linalg.norm(features, 2)) ** 2
    done = 0
    for stop in stops:
        for _ in range(stop - done):
            residual = np.exp(log_softmax(features @ head, axis=1)) - teacher
            velocity *= MOMENTUM
            velocity -= step / count * (features.T @ residual)
            head += velocity
        done = stop
        watch(done / stops[-1])
        yield log_softmax(features @ head, axis=1)
