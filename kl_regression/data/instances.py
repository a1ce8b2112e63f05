"""Weak-to-strong instances on real data: predictions of teachers and strong models, and labels.

Strong models and weak teachers learn on the ground-truth set. A student is chosen on the transfer
set, from the mixtures of the strong models, and its mixture weights are then used on the test set.
The truth is the strong ceiling, the model in the hull nearest to the labels (realizable), or the
labels themselves (not realizable).
"""

from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from kl_regression.arrays import Predictions
from kl_regression.classes.hull import Hull
from kl_regression.data.sources import LOSSES, Sample, Source, digest_of, load_source
from kl_regression.data.strong import Exponential, strong_classifiers, strong_regressors
from kl_regression.data.weak import weak_teachers
from kl_regression.divergences import GeneralizedKL, Loss
from kl_regression.errors import InputError
from kl_regression.instance import Instance

Truth = Literal["ceiling", "labels"]


@dataclass(frozen=True)
class Part:
    """Predictions of everybody on the transfer set or on the test set, n points, k outputs.

    Args:
        teachers: shape (t, n, k), positive wherever the loss has a logarithm.
        models: shape (m, n, k), the strong models.
        labels: shape (n, k), one-hot rows, or the real target.
    """

    teachers: Float[np.ndarray, "t n k"]
    models: Float[np.ndarray, "m n k"]
    labels: Float[np.ndarray, "n k"]


@dataclass(frozen=True)
class WeakToStrong:
    """A data set with its weak teachers and strong models, all trained.

    Args:
        name: of the data set.
        loss: KL for classes, GeneralizedKL or SquaredError for a positive real target.
        seed: decides split, models and teachers.
        teachers: their names.
        models: their names.
        ceiling: the index of the strong model nearest to the labels of the transfer set.
        transfer: predictions on the transfer set.
        test: predictions on the test set.
        data_digest: SHA-256 of features, targets and split.
        predictions_digest: SHA-256 of all predictions and labels.
    """

    name: str
    loss: Loss
    seed: int
    teachers: tuple[str, ...]
    models: tuple[str, ...]
    ceiling: int
    transfer: Part
    test: Part
    data_digest: str
    predictions_digest: str

    def truth(self, kind: Truth, part: Part) -> Predictions:
        """Return the truth on a part, shape (n, k): the ceiling's predictions, or the labels."""
        if kind not in ("ceiling", "labels"):
            raise InputError("truth", f"is {kind!r}", 'Use "ceiling" or "labels"')
        return part.models[self.ceiling] if kind == "ceiling" else part.labels

    def instance(self, teacher: int, *, truth: Truth = "ceiling") -> Instance:
        """Return the instance of a teacher on the transfer set, predictions of shape (n, k).

        >>> case = load("wine", limit=90)
        >>> outcome = case.instance(0).solve()
        >>> outcome.slack >= -outcome.gap
        True
        """
        return Instance(
            teacher=self.transfer.teachers[teacher],
            truth=self.truth(truth, self.transfer),
            students=Hull(self.transfer.models),
            loss=self.loss,
        )


def load(
    name: str, *, loss: Loss | None = None, seed: int = 0, limit: int | None = None
) -> WeakToStrong:
    """Return a real weak-to-strong case, the same for the same arguments.

    Args:
        name: "digits", "breast cancer", "wine" (KL) or "diabetes".
        loss: of ``diabetes``, SquaredError (the default) or GeneralizedKL, whose models are fitted
            to log y so that every prediction of shape (n, 1) is positive.
        seed: a nonnegative integer; decides split, models and teachers.
        limit: use this many points of the data set at most, for quick looks.

    Raises:
        InputError: for an unknown data set or a loss that does not fit it.
    """
    if not 0 <= seed < 2**32:
        raise InputError("seed", f"is {seed!r}", "Use an integer from 0 to 2^32 - 1")
    rng = np.random.default_rng(seed)
    source = load_source(name, rng, limit=limit)
    chosen = LOSSES[name][0] if loss is None else loss
    if chosen not in LOSSES[name]:
        known = ", ".join(map(repr, LOSSES[name]))
        raise InputError("loss", f"is {chosen!r}", f"For {name} use one of: {known}")
    teachers, models, transfer, test = _trained(source, chosen, rng, seed)
    errors = [chosen.divergence(transfer.labels, model) for model in transfer.models]
    everything = [getattr(part, f.name) for part in (transfer, test) for f in fields(Part)]
    return WeakToStrong(
        name=name,
        loss=chosen,
        seed=seed,
        teachers=teachers,
        models=models,
        ceiling=int(np.argmin(errors)),
        transfer=transfer,
        test=test,
        data_digest=source.digest,
        predictions_digest=digest_of(*everything),
    )


def _trained(
    source: Source, loss: Loss, rng: np.random.Generator, seed: int
) -> tuple[tuple[str, ...], tuple[str, ...], Part, Part]:
    """Train teachers and strong models; return their names and both parts' predictions."""
    positive = loss is GeneralizedKL
    weak = weak_teachers(source, rng, seed)
    teachers = [
        _predict(t.model, source, positive=positive, rows=t.rows, columns=t.columns) for t in weak
    ]
    pick = strong_classifiers if source.classes else strong_regressors
    strong = pick(len(source.ground.features), seed)
    models = [_predict(model, source, positive=positive) for model in strong.values()]
    transfer, test = (
        Part(
            np.stack([found[i] for found in teachers]),
            np.stack([found[i] for found in models]),
            sample.labels,
        )
        for i, sample in enumerate((source.transfer, source.test))
    )
    return tuple(t.name for t in weak), tuple(strong), transfer, test


def _predict(
    model: Any,
    source: Source,
    *,
    positive: bool,
    rows: Any = slice(None),
    columns: Any = slice(None),
) -> tuple[Float[np.ndarray, "n k"], Float[np.ndarray, "o k"]]:
    """Fit on the ground-truth set; predict the transfer set, (n, k), and the test set, (o, k)."""
    learner: Any = Exponential(model) if positive else model
    learner.fit(source.ground.features[rows][:, columns], source.ground.target[rows])

    def on(sample: Sample) -> Predictions:
        seen = sample.features[:, columns]
        found = learner.predict_proba(seen) if source.classes else learner.predict(seen)
        return np.asarray(found, dtype=np.float64).reshape(sample.labels.shape)

    return on(source.transfer), on(source.test)
