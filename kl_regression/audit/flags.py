"""The flags of the command, each with the help that it shows."""

from pathlib import Path
from typing import Annotated

import typer

Text = str | None

Teacher = Annotated[
    str, typer.Option(metavar="FILE", help="Predictions of the weak model, (n, k).")
]
Models = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE...", help="Strong models, (n, k) each, or (m, n, k)."),
]
Truth = Annotated[Text, typer.Option(metavar="FILE", help="The truth's probabilities, (n, k).")]
Labels = Annotated[
    Text, typer.Option(metavar="FILE", help="Class numbers from 0, or one-hot rows.")
]
Weights = Annotated[Text, typer.Option(metavar="FILE", help="Probabilities of the points, (n,).")]
Features = Annotated[Text, typer.Option(metavar="FILE", help="Features of the points, (n, d).")]
Students = Annotated[
    Text,
    typer.Option(
        "--class",
        help="hull, linear-head, log-linear, lipschitz, monotone or convex; all but the hull of"
        " --models need --features.",
    ),
]
Constant = Annotated[float | None, typer.Option(metavar="L", help="Of --class lipschitz.")]
LossName = Annotated[str, typer.Option(help="kl, generalized-kl, squared-error or itakura-saito.")]
SideName = Annotated[
    str, typer.Option(help="left: D(student, teacher); right: D(teacher, student).")
]
Logits = Annotated[bool, typer.Option("--logits", help="Teacher and models are logits.")]
Normalize = Annotated[bool, typer.Option("--normalize", help="Divide rows by their sums.")]
Confidence = Annotated[float, typer.Option(help="Of every statement that is only probable.")]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the split in two halves.")]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder of report.json and report.html.")]
Example = Annotated[
    Text, typer.Option(help="digits, breast-cancer or wine: saves arrays and audits them.")
]
