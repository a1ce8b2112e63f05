"""What a hunt returns: a proven violation, or what was searched in vain."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kl_regression.certify.certificate import Certificate
from kl_regression.errors import InputError
from kl_regression.falsify.conjecture import Conjecture
from kl_regression.falsify.evidence import Evidence
from kl_regression.falsify.proving import BITS, Proof
from kl_regression.falsify.ranges import Ranges, exponents, one_hot, ratio
from kl_regression.instance import Instance
from kl_regression.writing import write_whole


@dataclass(frozen=True, eq=False)
class Refuted:
    """A conjecture that is false: integers, and the proof in ball arithmetic.

    Args:
        conjecture: what is false.
        ranges: how the table becomes an instance.
        table: integers, shape (r, n, k): teacher, models, truth.
        proof: of the violation at the true student.
        evidence: the certificate.
        strategy: what found it.
        instances: how many were looked at.
        seconds: how long it took.
    """

    conjecture: Conjecture
    ranges: Ranges
    table: Any
    proof: Proof
    evidence: Evidence
    strategy: str
    instances: int
    seconds: float

    @property
    def refuted(self) -> bool:
        """True: the conjecture is proven false."""
        return True

    @property
    def rows(self) -> list[list[list[int]]]:
        """The integers, shape (r, n, k): teacher, models, truth."""
        return [[[int(x) for x in row] for row in part] for part in self.table]

    def instance(self) -> Instance:
        """Return the instance in floats, predictions of shape (n, k).

        Raises:
            InputError: for a student that minimises nothing, which has no class.
        """
        return instance_of(self.table, self.ranges)

    @property
    def certificate(self) -> Certificate | None:
        """The certificate; None for a class, loss and side that none covers."""
        return self.evidence.certificate

    @property
    def record(self) -> dict[str, Any]:
        """The proof in this program's balls: integers, what they mean, the slack, the errors."""
        return {
            "format": "klc-refutation/1",
            "statement": self.conjecture.statement,
            "students": self.ranges.students,
            "truth": self.ranges.truth,
            "side": self.ranges.side,
            "loss": str(self.ranges.loss),
            "rows": self.rows,
            **_meaning(self.table, self.ranges),
            "slack": self.proof.slack,
            "quantities": self.proof.quantities,
            "bits": BITS,
        }

    def save(self, path: str | Path) -> Path:
        """Write the certificate, for ``python -m kl_regression.verify``; return the path.

        Where it does not state the violation itself, the record is written beside it, as
        NAME.proof.json; where there is none, the record is what is written.
        """
        where = Path(path)
        text = (json.dumps(self.record, indent=1, sort_keys=True) + "\n").encode()
        if self.certificate is None:
            write_whole(where, text)
            return where
        if not self.evidence.negative:
            write_whole(where.with_suffix(".proof.json"), text)
        return self.certificate.save(where)

    def __str__(self) -> str:
        where = f"{self.ranges.students}, {self.ranges.loss}, {self.ranges.side}"
        return (
            f"FALSE: {self.conjecture.statement}\n"
            f"  proven at {BITS} bits, true student: slack = {self.proof.slack}\n"
            f"  {_written(self.table, self.ranges)} ({where})\n"
            f"  {self.evidence}\n"
            f"  found by {self.strategy} in {self.instances} instances, {self.seconds:.2f} s"
        )


@dataclass(frozen=True, eq=False)
class Searched:
    """A conjecture that was not refuted. That is no proof.

    Args:
        conjecture: what was hunted.
        instances: how many counted.
        least: the least slack, computed in floats.
        nearest: the rows of the instance that has it, shape (r, n, k), or the instance itself.
        unproven: violations in floats that balls did not confirm.
        skipped: strategies that were not there.
        seconds: how long it took.
    """

    conjecture: Conjecture
    instances: int
    least: float
    nearest: Any
    unproven: int
    skipped: tuple[str, ...]
    seconds: float

    @property
    def refuted(self) -> bool:
        """False: nothing was found."""
        return False

    def __str__(self) -> str:
        least = f"least slack {self.least:.6g} (computed)"
        lines = [
            f"SEARCHED, not proven: {self.conjecture.statement}",
            f"  none in {self.instances} instances, {least}, {self.seconds:.1f} s",
        ]
        if isinstance(self.nearest, np.ndarray):
            lines.append(f"  nearest: {np.array2string(self.nearest, precision=6)}")
        elif self.nearest is not None:
            lines.append(f"  nearest: {self.nearest!r}")
        if self.unproven:
            lines.append(f"  {self.unproven} violations in floats were not confirmed in balls")
        if self.skipped:
            lines.append(
                f"  not tried: {', '.join(self.skipped)} (pip install 'kl_regression[falsify]')"
            )
        return "\n".join(lines)


Result = Refuted | Searched


def instance_of(table: Any, ranges: Ranges) -> Instance:
    """Return a table of rows, shape (r, n, k), as an instance in floats."""
    from kl_regression.classes.hull import Hull
    from kl_regression.falsify.solving import solve

    if ranges.students not in {"hull", "points"}:
        raise InputError("students", f'is "{ranges.students}"', "Read ``rows``: no class is stored")
    batch = np.asarray(table, dtype=np.float64)[None]
    teacher, models, _ = ranges.parts(batch)
    students: Any = Hull(models[0])
    if ranges.students == "points":
        students = Hull(models[0, :1])
        for model in models[0, 1:]:
            students = students | Hull(model[None])
    return Instance(
        teacher=teacher[0],
        truth=solve(batch, ranges)[0].truth[0],
        students=students,
        loss=ranges.loss,
        side=ranges.side,
    )


def _meaning(table: Any, ranges: Ranges) -> dict[str, Any]:
    """Return teacher, models and truth as the fractions that a referee starts from."""
    from fractions import Fraction

    exact = np.frompyfunc(lambda entry: Fraction(int(entry)), 1, 1)(np.asarray(table)[None])
    named = zip(("teacher", "models", "truth"), ranges.parts(exact), strict=True)
    found = {name: np.frompyfunc(str, 1, 1)(part[0]).tolist() for name, part in named}
    if ranges.students == "softmax":
        found |= {"truth": f"exp(w) = {ratio(exact[:, -1]).item()}"}
    return found


def _written(table: Any, ranges: Ranges) -> str:
    parts = [f"g = {_rows(table[0])}"]
    if ranges.students == "softmax":
        top, bottom = table[-1][0, :2].astype(int)
        return f"{parts[0]}, x = {_rows(exponents(table[1:2])[0])}, exp(w) = {top}/{bottom}"
    own_truth = ranges.truth != "first" or not ranges.spanning
    models = table[1:-1] if own_truth else table[1:]
    named = "s" if ranges.students == "any" else "V of"
    parts.append(f"{named} {', '.join(map(_rows, models))}")
    truth = one_hot(table[-1]) if ranges.truth == "labels" else table[-1]
    parts.append(f"f = {_rows(truth)}" if own_truth else "f = the first")
    return ", ".join(parts)


def _rows(rows: Any) -> str:
    written = ["(" + ",".join(str(int(x)) for x in row) + ")" for row in rows]
    return written[0] if len(written) == 1 else "[" + " ".join(written) + "]"
