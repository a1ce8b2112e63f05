"""A small sample, saved as a user would save it."""

import numpy as np
from scipy.special import softmax

POINTS, OUTPUTS, MODELS = 30, 3, 4


def logits(seed=0):
    """Return logits of the teacher, of the models, the labels and the features of a sample."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(POINTS, 2))
    base = features @ rng.normal(size=(2, OUTPUTS))
    models = base + 0.7 * rng.normal(size=(MODELS, POINTS, OUTPUTS))
    teacher = base + 1.5 * rng.normal(size=base.shape)
    labels = (base + rng.gumbel(size=base.shape)).argmax(axis=1)
    return teacher, models, labels, features


def save(folder, seed=0):
    """Save teacher.npy, model0.npy, ..., truth.npy, labels.npy and features.npy in a folder."""
    teacher, models, labels, features = logits(seed)
    arrays = {f"model{j}": softmax(model, axis=1) for j, model in enumerate(models)}
    arrays |= {"teacher": softmax(teacher, axis=1), "labels": labels, "features": features}
    arrays["truth"] = 0.5 * arrays["model0"] + 0.5 * arrays["model2"]
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return arrays


def hull(folder, *more):
    """Return the arguments that audit the saved hull, and more."""
    models = [str(folder / f"model{j}.npy") for j in range(MODELS)]
    start = ["--teacher", str(folder / "teacher.npy"), "--models", *models]
    return [*start, "--out", str(folder / "out"), *map(str, more)]
