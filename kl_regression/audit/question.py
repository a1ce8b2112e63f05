"""Options and files, checked, as an instance to solve: what an audit was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from kl_regression.arrays import Predictions, as_side, as_weights
from kl_regression.audit.options import LOSSES, Options
from kl_regression.audit.reading import Loaded, Source, column, is_short, labels, predictions, read
from kl_regression.audit.students import Given, build
from kl_regression.divergences import KL, Loss
from kl_regression.errors import InputError, ShapeError
from kl_regression.instance import Instance

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Question:
    """What was asked.

    Args:
        options: the flags.
        sources: the files that were read, in order.
        instance: teacher (n, k), class, weights (n,), and for truth the truth or the labels' rows.
        students: the class in words.
        models: the names of a hull's models, empty for another class.
        labels: the labels as rows, shape (n, k), or None.
        notes: what a reader should know about the files.
    """

    options: Options
    sources: tuple[Source, ...]
    instance: Instance
    students: str
    models: tuple[str, ...]
    labels: Predictions | None
    notes: tuple[str, ...]

    @contextmanager
    def naming(self) -> Iterator[None]:
        """Name files, not arguments, in the errors of a block."""
        with _naming(self.sources, self.models):
            yield


def ask(options: Options) -> Question:
    """Read and check every file that the options name.

    Raises:
        InputError: for options that contradict each other and files that cannot be used.
    """
    loss = _loss(options)
    with _naming((), ()):
        as_side(options.side)
    teacher = read("--teacher", options.teacher)
    g = predictions(teacher, loss, logits=options.logits, normalize=options.normalize)
    loaded = [read("--models", path) for path in options.models]
    names, models = _models(loaded, options, loss, teacher.source, g)
    others = {
        flag: read(flag, path) for flag, path in _optional(options).items() if path is not None
    }
    truth, rows = _truth(others, options, loss, g, teacher.source)
    sources = (teacher.source, *(m.source for m in loaded), *(o.source for o in others.values()))
    given = Given(
        models=models,
        features=others["--features"].array if "--features" in others else None,
        constant=options.constant,
        outputs=g.shape[1],
        loss=loss,
    )
    with _naming(sources, names):
        students, words = build(options.students or _default(given), given)
        weights = column(others["--weights"]) if "--weights" in others else None
        instance = Instance(
            teacher=g,
            truth=truth,
            students=students,
            weights=as_weights(weights, len(g)),
            loss=loss,
            side=options.side,
        )
    notes = (*_lost(options, g, models), *_rounded(options, loss, sources))
    return Question(options, sources, instance, words, names, rows, notes)


def _default(given: Given) -> str:
    if given.models is None and given.features is not None:
        raise InputError("--class", "is missing", "Name the class of functions of --features")
    return "hull"


def _optional(options: Options) -> dict[str, str | None]:
    return {
        "--truth": options.truth,
        "--labels": options.labels,
        "--weights": options.weights,
        "--features": options.features,
    }


def _loss(options: Options) -> Loss:
    """Return the loss, after checking the options that need no file."""
    if options.loss not in LOSSES:
        raise InputError("--loss", f"is {options.loss!r}", f"Use one of: {', '.join(LOSSES)}")
    if options.truth is not None and options.labels is not None:
        raise InputError(
            "--truth",
            "is given, and so is --labels",
            "Pass one: the truth's predictions, or labels drawn from it",
        )
    if not 0.0 < options.confidence < 1.0:
        raise InputError("--confidence", f"is {options.confidence!r}", "Use a number in (0, 1)")
    loss = LOSSES[options.loss]
    for flag, used in (("--logits", options.logits), ("--normalize", options.normalize)):
        if used and loss is not KL:
            raise InputError(flag, "makes distributions", "Use it with --loss kl")
    if options.labels is not None and loss is not KL:
        raise InputError("--labels", "are classes", "Pass a real target as --truth")
    return loss


def _models(
    loaded: list[Loaded], options: Options, loss: Loss, teacher: Source, g: Predictions
) -> tuple[tuple[str, ...], Any]:
    """Return the names of the models and their predictions, shape (m, n, k), or None."""
    if not loaded:
        return (), None
    names, found = [], []
    stems = [m.source.stem for m in loaded]
    for one, stem in zip(loaded, stems, strict=True):
        name = stem if stems.count(stem) == 1 else one.source.path
        stack = one.array if one.array.ndim == 3 else one.array[None]
        for j, array in enumerate(stack):
            values = predictions(
                Loaded(array, one.source), loss, logits=options.logits, normalize=options.normalize
            )
            _like_teacher(values, one.source, teacher, g.shape)
            names.append(f"{name}[{j}]" if one.array.ndim == 3 else name)
            found.append(values)
    return tuple(names), np.stack(found)


def _like_teacher(values: Predictions, source: Source, teacher: Source, shape: Shape) -> None:
    if values.shape != shape:
        raise ShapeError(
            source.label,
            f"has shape {values.shape}",
            f"Use the points and outputs of {teacher.label}, which has {shape}",
        )


def _truth(
    others: dict[str, Loaded], options: Options, loss: Loss, g: Predictions, teacher: Source
) -> tuple[Predictions | None, Predictions | None]:
    """Return the truth's rows and the labels' rows, shapes (n, k), None where unknown."""
    if "--labels" in others:
        rows = labels(others["--labels"], *g.shape)
        return rows, rows
    if "--truth" not in others:
        return None, None
    loaded = others["--truth"]
    truth = predictions(loaded, loss, logits=False, normalize=options.normalize)
    _like_teacher(truth, loaded.source, teacher, g.shape)
    return truth, None


def _lost(options: Options, g: Predictions, models: Any) -> tuple[str, ...]:
    """Return what a softmax lost: probabilities below the smallest float, read as 0."""
    if not options.logits:
        return ()
    lost = int((g == 0).sum()) + (0 if models is None else int((models == 0).sum()))
    if not lost:
        return ()
    return (f"{lost} probabilities are below the smallest float and were read as 0",)


def _rounded(options: Options, loss: Loss, sources: tuple[Source, ...]) -> tuple[str, ...]:
    """Return which files hold rows that sum to 1 only up to the rounding of a shorter float."""
    flags = ("--truth",) if options.logits else ("--teacher", "--models", "--truth")
    short = [
        source.path
        for source in sources
        if source.flag in flags and is_short(np.dtype(source.kind)) and loss is KL
    ]
    if not short or options.normalize:
        return ()
    return (f"rows saved in short floats were divided by their sums: {', '.join(short)}",)


@contextmanager
def _naming(sources: tuple[Source, ...], models: tuple[str, ...]) -> Iterator[None]:
    by_flag = {source.flag: source.label for source in sources}
    named = {
        "teacher": by_flag.get("--teacher", "--teacher"),
        "weights": by_flag.get("--weights", "--weights"),
        "truth": by_flag.get("--truth", by_flag.get("--labels", "--truth")),
        "constant": "--constant",
        "side": "--side",
    }
    named |= dict.fromkeys(("features", "points", "order"), by_flag.get("--features", "--features"))
    named |= {f"models[{j}]": f"--models {name}" for j, name in enumerate(models)}
    try:
        yield
    except InputError as error:
        if error.argument not in named:
            raise
        raise type(error)(named[error.argument], error.problem, error.remedy) from error
