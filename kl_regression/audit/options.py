"""What an audit can be asked, and the losses by their names on the command line."""

from dataclasses import dataclass

from kl_regression.divergences import KL, GeneralizedKL, ItakuraSaito, Loss, SquaredError

LOSSES: dict[str, Loss] = {
    "kl": KL,
    "generalized-kl": GeneralizedKL,
    "squared-error": SquaredError,
    "itakura-saito": ItakuraSaito,
}


@dataclass(frozen=True, kw_only=True)
class Options:
    """The flags of one run; a file is a path, or PATH.npz:NAME for one array of several.

    Args:
        teacher: file of the teacher's predictions, shape (n, k).
        models: files of the models of a hull, shape (n, k) each, or (m, n, k).
        truth: file of the truth's predictions, shape (n, k).
        labels: file of class numbers, shape (n,), or one-hot rows, shape (n, k).
        weights: file of the points' probabilities, shape (n,).
        features: file of features, shape (n, d).
        students: which class; None is a hull where there are models.
        constant: Lipschitz constant.
        loss: a key of LOSSES.
        side: "left" or "right".
        logits: teacher and models are logits.
        normalize: divide rows by their sums.
        confidence: of every statement that is only probable, 1 - δ.
        seed: of the split of the sample in two halves.
    """

    teacher: str
    models: tuple[str, ...] = ()
    truth: str | None = None
    labels: str | None = None
    weights: str | None = None
    features: str | None = None
    students: str | None = None
    constant: float | None = None
    loss: str = "kl"
    side: str = "left"
    logits: bool = False
    normalize: bool = False
    confidence: float = 0.95
    seed: int = 0
