"""The worked example: arrays of a data set that ships with scikit-learn, saved as files."""

from io import BytesIO
from pathlib import Path

import numpy as np

from kl_regression.audit.options import Options
from kl_regression.audit.writing import write_new
from kl_regression.errors import InputError

EXAMPLES = {"digits": "digits", "breast-cancer": "breast cancer", "wine": "wine"}
TEACHER = 10
"""A decision tree of depth 4 on a random half of the features."""


def save_example(name: str, folder: Path, *, seed: int) -> Options:
    """Train the models of a data set, save their predictions, and return the options to audit.

    Args:
        name: a key of EXAMPLES.
        folder: where teacher.npy and labels.npy, shapes (n, k) and (n,), go, and a file a model.
        seed: decides split and models.
    """
    if name not in EXAMPLES:
        raise InputError("--example", f"is {name!r}", f"Use one of: {', '.join(EXAMPLES)}")
    from kl_regression.data import load

    case = load(EXAMPLES[name], seed=seed)
    part = case.transfer
    arrays = {"teacher": part.teachers[TEACHER], "labels": part.labels.argmax(axis=1)}
    models = {
        model.replace(", ", "-").replace(" ", "-"): found
        for model, found in zip(case.models, part.models, strict=True)
    }
    for label, array in (arrays | models).items():
        write_new(folder / f"{label}.npy", _bytes(array))
    return Options(
        teacher=str(folder / "teacher.npy"),
        models=tuple(str(folder / f"{model}.npy") for model in models),
        labels=str(folder / "labels.npy"),
        seed=seed,
    )


def _bytes(array: np.ndarray) -> bytes:
    buffer = BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()
